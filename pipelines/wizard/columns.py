"""Which source column becomes which column of the tables a file holds, how sure that is, and how it is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from contracts import table as contract_table
from contracts.model import Column, Table
from contracts.vocabulary import plain, vocabulary
from pipelines.wizard.answers import Answers
from pipelines.wizard.naming import likeness
from pipelines.wizard.observe import File, Observed
from pipelines.wizard.proposal import Placement, Question
from pipelines.wizard.tables import ALL_FIT, ENOUGH, NEAR, Fit, value_factor

CERTAIN = 0.9  # to need no confirmation, if its values fit and nothing else is as near


def placements(fit: Fit, sources: Sequence[Observed], answers: Answers) -> list[Placement]:
    chosen = {table.qualified: table for table in fit.tables}
    placed = []
    for (name, column_name), source in fit.assigned.items():
        table = chosen[name]
        score = fit.scores.get((source.name, name, column_name), 0.0)
        placed.append(_placement(source, table, table.column(column_name), score, fit, answers))
    used = {placement.source for placement in placed}
    for table in fit.tables:
        placed += _only_candidates(table, placed, [s for s in sources if s.name not in used])
    return sorted(placed, key=lambda p: [s.name for s in sources].index(p.source))


def _placement(source: Observed, table: Table, column: Column, score: float, fit: Fit, answers: Answers) -> Placement:
    said = source.name in answers.columns
    rivals = [] if said else _rivals(source, table, column, score, fit)
    values = value_factor(source, table, column)
    doubtful = source.name in fit.doubtful
    certain = said or (score >= CERTAIN and values >= 0.95 and not rivals and not doubtful)
    name = likeness(source.name, table, column)
    why = "as you said" if said else f"name {name:.0%}" if name >= ENOUGH else "it numbers documents"
    if source.filled == 0:
        why += ", no value in the file"
    elif column.type not in ("text", "enum", "id"):
        why += f", {source.fit(column):.0%} of its values are a {column.type}"
    if doubtful:
        why += ", but by its place in the rows it belongs to the other table"
    if rivals:
        why += f"; or {' or '.join(rivals[:3])}"
    placement = Placement(source.name, table.qualified, column.name, min(score or 1.0, 1.0), certain, why)
    if column.type in ("ts", "date"):
        return _with_formats(placement, source, column, answers)
    if column.type == "enum":
        return _with_values(placement, source, table, column)
    return placement


def _rivals(source: Observed, table: Table, column: Column, score: float, fit: Fit) -> list[str]:
    """Other columns that the source could as well be, and other sources that could as well be this column."""
    tables = {t.qualified for t in fit.tables}
    other_places = [
        f"{t.split('.')[1]}.{c}"
        for (s, t, c), other in fit.scores.items()
        if s == source.name and t in tables and s not in fit.first_only and c != column.name
        and other >= score - NEAR and fit.assigned.get((t, c), source) is source
        and (contract_table(t).column(c).required or not column.required)
    ]  # fmt: skip
    placed = {observed.name for observed in fit.assigned.values()}
    other_sources = [
        f"the source '{s}'"
        for (s, t, c), other in fit.scores.items()
        if (t, c) == (table.qualified, column.name) and s not in placed and other >= max(score - NEAR, CERTAIN)
    ]
    return other_places + other_sources


def _only_candidates(table: Table, placed: Sequence[Placement], left: Sequence[Observed]) -> list[Placement]:
    """A required time or quantity that no name gives away, where just one column of the file could be it."""
    filled = {p.column for p in placed if p.table == table.qualified}
    found = []
    for column in table.columns:
        if not column.required or column.name in filled or column.type not in ("ts", "date", "qty"):
            continue
        able = [s for s in left if s.filled > 0.9 and s.fit(column) >= ALL_FIT]
        if len(able) == 1 and not any(p.source == able[0].name for p in found):
            why = f"the only column left whose values are a {column.type}"
            found.append(
                _with_formats(
                    Placement(able[0].name, table.qualified, column.name, 0.5, False, why), able[0], column, Answers()
                )
                if column.type != "qty"
                else Placement(able[0].name, table.qualified, column.name, 0.5, False, why)
            )
    return found


def _with_formats(placement: Placement, source: Observed, column: Column, answers: Answers) -> Placement:
    if source.kind != "VARCHAR":
        return placement
    said = answers.formats.get(source.name)
    if said:
        return replace(placement, formats=(said,), why=f"{placement.why}, written {said} as you said")
    dates, formats = source.dates, formats_of(source, column)
    seen = f"{placement.why}, written {' or '.join(dates.formats) or 'as ISO 8601'}"
    if dates.either:
        seen += f" or {dates.either[0]}: the values do not tell day from month"
    return replace(
        placement, formats=formats, either=dates.either, why=seen, certain=placement.certain and not dates.either
    )


def formats_of(source: Observed, column: Column) -> tuple[str, ...]:
    """The formats that a mapping must declare for the source's times."""
    if source.kind != "VARCHAR" or column.type not in ("ts", "date"):
        return ()
    if source.dates.formats or not source.filled or column.type == "ts":
        return source.dates.formats
    return ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M:%S.%f")


def _with_values(placement: Placement, source: Observed, table: Table, column: Column) -> Placement:
    known = vocabulary().values_of(table, column)
    mapped = {word.strip(): known[plain(word)] for word in source.words if plain(word) in known}
    unknown = tuple(word.strip() for word in source.words if plain(word) not in known)
    why = placement.why
    if source.words:
        why += f", {len(mapped)} of its {len(source.words)} values are known"
    enum_map = {word: value for word, value in mapped.items() if word != value}
    certain = placement.certain and not (unknown and column.hard)
    return replace(placement, enum_map=enum_map, unknown=unknown, why=why, certain=certain)


def column_questions(placed: Sequence[Placement], file: File) -> list[Question]:
    questions = []
    for placement in placed:
        if placement.either:
            text = f"'{placement.source}': {placement.why}; which is it?"
            # Another column of the file, written the same way, may tell.
            known = {f for other in placed if not other.either for f in other.formats}
            shapes = {item.split(" ")[0] for item in known}
            likely = next((f for f in (*placement.formats, *placement.either) if f.split(" ")[0] in shapes), "")
            questions.append(Question(f"{placement.source}.format", text, likely))
        elif not placement.certain:
            target = f"{placement.table}.{placement.column}"
            questions.append(
                Question(placement.source, f"'{placement.source}' could be {target} ({placement.why})", target)
            )
    return questions
