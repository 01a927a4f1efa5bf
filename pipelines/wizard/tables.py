"""Which contract tables an unknown file holds: as many of its columns as can be must have a place there."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import sqrt

import duckdb

from contracts import table as contract_table
from contracts.model import Column, Table
from contracts.vocabulary import plain, vocabulary
from pipelines.ingestion.readers.relation import LINE
from pipelines.ingestion.schema import quote
from pipelines.wizard.answers import Answers
from pipelines.wizard.naming import likeness
from pipelines.wizard.observe import File, Observed

ENOUGH = 0.55  # to propose a column
NEAR = 0.04  # two candidates so close are told apart by a person
ALL_FIT = 0.98
BARE_NUMBERS, BARE_NUMBER = ("name", "id", "number", "document", "reference", "单号", "编号"), 0.88
CLEAR_LEAD = 0.5  # half a column that no other table has
MISSING, MISSING_BUT_KNOWN, MISSING_BUT_MADE = 1.2, 0.3, 0.1


@dataclass(frozen=True)
class Fit:
    """Tables that a file may hold, a line's table before its header's, and which column goes where."""

    tables: tuple[Table, ...]
    assigned: Mapping[tuple[str, str], Observed]  # (table, column) to the source
    scores: Mapping[tuple[str, str, str], float]  # (source, table, column)
    score: float
    first_only: frozenset[str] = frozenset()  # sources that stand in the first row of a document alone
    doubtful: frozenset[str] = frozenset()  # sources that belong to the other table, which has no place for them


def fits_of(
    connection: duckdb.DuckDBPyConnection, file: File, sources: Sequence[Observed], answers: Answers
) -> list[Fit]:
    candidates = [contract_table(name) for name in answers.tables or vocabulary().tables]
    scores = {
        (source.name, table.qualified, column.name): score
        for table in candidates
        for source in sources
        for column in table.all_columns
        if column.name != "source_system" and (score := _score(source, table, column, answers)) > 0
    }
    weights = _weights(sources, scores)
    single = [_fit((table,), sources, scores, weights, file, answers) for table in candidates]
    if len(answers.tables) > 1:
        return [_fit(tuple(candidates), sources, scores, weights, file, answers)]
    if answers.tables:
        return single
    viable = [fit for fit in single if fit.score > 0 and not lacks(fit, sources)]
    pairs = []
    for fit in viable:
        for header in _headers(fit.tables[0]):
            pair = _fit((*fit.tables, header), sources, scores, weights, file, answers)
            if (
                shared_key(pair)
                and not lacks(pair, sources)
                and sum(t == header.qualified for t, _ in pair.assigned) > 2
            ):
                pairs.append(_by_constancy(connection, pair))
    # Where no table is complete, the nearest is shown with all that it lacks.
    found = [*viable, *pairs] or [fit for fit in single if len(fit.assigned) > 1]
    return sorted(found, key=lambda fit: -fit.score)


def _score(source: Observed, table: Table, column: Column, answers: Answers) -> float:
    said = answers.columns.get(source.name)
    if said is not None:
        return 2.0 if said in (column.name, f"{table.qualified}.{column.name}", f"{table.name}.{column.name}") else 0.0
    name = likeness(source.name, table, column)
    if source.is_numbered and plain(source.name) in BARE_NUMBERS and _numbers_documents(table, column):
        name = max(name, BARE_NUMBER)
    return name * value_factor(source, table, column) if name >= ENOUGH - 0.1 else 0.0


def _numbers_documents(table: Table, column: Column) -> bool:
    """Whether the column is the key of a document, or of the document that a line belongs to."""
    own = table.primary_key == ("source_system", column.name) and not column.name.endswith("line_id")
    return own or any(
        key.columns[-1] == column.name and contract_table(key.table) in _headers(table) for key in table.foreign_keys
    )


def value_factor(source: Observed, table: Table, column: Column) -> float:
    if source.filled == 0:
        return 0.95
    if column.type == "enum":
        if not source.words:
            return 0.4
        known = vocabulary().values_of(table, column)
        return 0.8 + 0.2 * sum(plain(word) in known for word in source.words) / len(source.words)
    if column.type == "id":
        is_time = source.dates.share >= ALL_FIT and source.fits.get("int", 0) < 0.5
        is_amount = source.fits.get("money", 0) >= ALL_FIT and source.fits.get("int", 0) < ALL_FIT
        if is_time or (is_amount and source.kind == "VARCHAR"):
            return 0.4
    fit = source.fit(column)
    return 1.0 if fit >= ALL_FIT else 0.93 if fit >= 0.8 else 0.6 if fit >= 0.5 else 0.2


def _weights(sources: Sequence[Observed], scores: Mapping[tuple[str, str, str], float]) -> dict[str, float]:
    """A column that many tables have tells little of which table a file holds."""
    tables: dict[str, set[str]] = {source.name: set() for source in sources}
    for (source, table, _), score in scores.items():
        if score >= 0.85:
            tables[source].add(table)
    return {source: 1 / sqrt(max(1, len(found))) for source, found in tables.items()}


def _fit(
    tables: tuple[Table, ...],
    sources: Sequence[Observed],
    scores: Mapping[tuple[str, str, str], float],
    weights: Mapping[str, float],
    file: File,
    answers: Answers,
) -> Fit:
    """The best use of each source column in `tables`; what the tables ask and the file lacks counts against them."""
    named = {source.name: source for source in sources}
    wanted = {table.qualified for table in tables}
    places = {table.qualified: place for place, table in enumerate(tables)}
    pairs = sorted(
        ((score, s, t, c) for (s, t, c), score in scores.items() if t in wanted and score >= ENOUGH),
        # A number that could be a document's key or its second number is its key.
        key=lambda p: (-p[0] - NEAR * tables[places[p[2]]].column(p[3]).required, places[p[2]], p[1], p[3]),
    )
    assigned: dict[tuple[str, str], Observed] = {}
    used: set[str] = set()
    total = 0.0
    for score, source, table, column in pairs:
        if source not in used and (table, column) not in assigned:
            assigned[table, column] = named[source]
            used.add(source)
            total += min(score, 1.0) * weights[source]
    _share_key(tables, assigned)
    for table in tables:
        total += _named_so(file, table) / len(tables)
        total -= sum(_penalty(table, column, assigned, answers) for column in table.columns)
    return Fit(tables, assigned, scores, total)


def _share_key(tables: tuple[Table, ...], assigned: dict[tuple[str, str], Observed]) -> None:
    """A line's table and its header's both read the column that tells which header a line belongs to."""
    if len(tables) < 2:
        return
    near, far = tables[0], tables[1]
    link = _link(near, far)
    if link is None:
        return
    ends = ((near.qualified, link[0]), (far.qualified, link[1]))
    found = next((assigned[end] for end in ends if end in assigned), None)
    if found is not None:
        assigned.update(dict.fromkeys(ends, found))


def _link(near: Table, far: Table) -> tuple[str, str] | None:
    for key in near.foreign_keys:
        columns = [pair for pair in zip(key.columns, key.to_columns, strict=True) if pair[0] != "source_system"]
        if key.table == far.qualified and len(columns) == 1:
            return columns[0]
    return None


def shared_key(fit: Fit) -> str | None:
    """The source column by which the rows of a line's table are combined into its header's."""
    if len(fit.tables) < 2 or (link := _link(*fit.tables[:2])) is None:
        return None
    found = fit.assigned.get((fit.tables[0].qualified, link[0]))
    return found.name if found else None


def _headers(table: Table) -> list[Table]:
    """Tables that a line's rows repeat: a file of order lines holds the orders as well."""
    stem = table.name.removesuffix("_line")
    return [
        contract_table(key.table)
        for key in table.foreign_keys
        if key.table in vocabulary().tables and stem != table.name and key.table.split(".")[1].startswith(stem)
    ]


def _by_constancy(connection: duckdb.DuckDBPyConnection, fit: Fit) -> Fit:
    """A column that differs between a header's lines is the line's; one that only the first line has, the header's."""
    key, (line, header) = shared_key(fit), fit.tables[:2]
    link = _link(line, header)
    placed = [(t, c, o) for (t, c), o in fit.assigned.items() if c not in link]
    if not placed:
        return fit
    counted = _constancy(connection, key, [observed.name for _, _, observed in placed])
    assigned, score, first_only, doubtful = dict(fit.assigned), fit.score, set(), set()
    for (table, column, source), (differing, only_first) in zip(placed, counted, strict=True):
        if only_first:
            first_only.add(source.name)
        belongs = header if only_first else line if differing else None
        if belongs is None or belongs.qualified == table:
            continue
        options = [(s, c) for (o, t, c), s in fit.scores.items() if o == source.name and t == belongs.qualified]
        better, target = max(options, default=(0.0, ""))
        if better >= ENOUGH and (belongs.qualified, target) not in assigned:
            del assigned[table, column]
            assigned[belongs.qualified, target] = source
            continue
        doubtful.add(source.name)
        if differing and header.column(column).type not in ("ts", "date"):
            score -= 0.5
    return replace(fit, assigned=assigned, score=score, first_only=frozenset(first_only), doubtful=frozenset(doubtful))


def _constancy(connection: duckdb.DuckDBPyConnection, key: str, names: Sequence[str]) -> list[tuple[bool, bool]]:
    """Per source column: whether it differs within a document, and whether only first rows of documents fill it."""
    filled = ", ".join(f"nullif(trim(cast({quote(name)} as varchar)), '') as c{n}" for n, name in enumerate(names))
    places = range(len(names))
    within = ", ".join(
        f"count(distinct c{n}) as d{n}, count(c{n}) filter (where n = 1) as a{n}, "
        f"count(c{n}) filter (where n > 1) as b{n}"
        for n in places
    )
    summed = ", ".join(f"avg((d{n} > 1)::int), sum(a{n}), sum(b{n})" for n in places)
    found = connection.execute(
        f"""select max(rows) > 1, {summed} from (
                select count(*) as rows, {within} from (
                    select {quote(key)} as k, row_number() over (partition by k order by {LINE}) as n, {filled}
                    from staged)
                group by k)"""
    ).fetchone()
    several, counts = found[0], found[1:]
    return [(counts[3 * n] > 0.01, bool(several and counts[3 * n + 1] > 0 and counts[3 * n + 2] == 0)) for n in places]


def _named_so(file: File, table: Table) -> float:
    """What the file's own name says of the table."""
    name = plain(re.sub(r"\d+", " ", file.path.name.split(".")[0]))
    found = [plain(word) for word in (*vocabulary().tables[table.qualified], table.name, table.title_zh)]
    longest = max(
        (len(w) for w in found if w in name and (not w.isascii() or re.search(rf"\b{w}s?\b", name))), default=0
    )
    return 0.8 + 0.02 * longest if longest else 0.0


def _penalty(table: Table, column: Column, assigned: Mapping[tuple[str, str], Observed], answers: Answers) -> float:
    if not column.required or column.key_default is not None or (table.qualified, column.name) in assigned:
        return 0.0
    if column.name in answers.values:
        return 0.0
    if column.name in vocabulary().owner_knows:
        return MISSING_BUT_KNOWN
    if is_line_key(table, column) and any(t == table.qualified and c.endswith("_id") for t, c in assigned):
        return MISSING_BUT_MADE
    return MISSING


def lacks(fit: Fit, sources: Sequence[Observed]) -> bool:
    """Whether a table asks for what neither the file nor its owner can tell."""
    placed = {source.name for source in fit.assigned.values()}
    spare = any(source.dates.share >= ALL_FIT and source.name not in placed for source in sources)
    return any(
        _penalty(table, column, fit.assigned, Answers()) >= MISSING and not (spare and column.type in ("ts", "date"))
        for table in fit.tables
        for column in table.columns
    )


def is_line_key(table: Table, column: Column) -> bool:
    """A key that many exports do not hold, since a line's number within its document is enough for them."""
    return table.primary_key == ("source_system", column.name) and column.name.endswith("line_id")


def is_clear(fits: Sequence[Fit], sources: Sequence[Observed]) -> bool:
    """Whether the first of the fits lacks nothing and leaves the next one, of other tables, well behind."""
    best = fits[0]
    others = [fit.score for fit in fits[1:] if not {t.name for t in fit.tables} & {t.name for t in best.tables}]
    return not lacks(best, sources) and best.score - max(others, default=0.0) >= CLEAR_LEAD
