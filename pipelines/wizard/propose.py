"""From the columns of an unknown file to contract tables, with what speaks for each and what must be asked."""

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
from pipelines.ingestion.schema import literal, quote
from pipelines.wizard.answers import FROM_COLUMN, FROM_FILE_NAME, KEPT, UNREAD, AnswerError, Answers
from pipelines.wizard.dates import turned
from pipelines.wizard.naming import likeness
from pipelines.wizard.observe import File, Observed

ENOUGH = 0.55  # to propose a column
CERTAIN = 0.9  # to need no confirmation, if its values fit and nothing else is as near
NEAR = 0.04  # two candidates so close are told apart by a person
ALL_FIT = 0.98
ASKED_OF_ORDERS = "fulfil_mode"
BARE_NUMBERS, BARE_NUMBER = ("name", "id", "number", "document", "reference", "单号", "编号"), 0.88
TOTALS = ("合计", "总计", "小计", "汇总", "total", "grand total", "subtotal", "sum")
DAY_IN_NAME = re.compile(r"(?<!\d)(20\d{2})([-_.]?)(\d{2})\2(\d{2})(?!\d)")
CLEAR_LEAD = 0.5  # half a column that no other table has
MISSING, MISSING_BUT_KNOWN, MISSING_BUT_MADE = 1.2, 0.3, 0.1


@dataclass(frozen=True)
class Placement:
    """A source column as a column of a contract table."""

    source: str
    table: str
    column: str
    confidence: float
    certain: bool
    why: str
    formats: tuple[str, ...] = ()
    either: tuple[str, ...] = ()
    enum_map: Mapping[str, str] | None = None
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True)
class Made:
    """A contract column that no source column holds: SQL or a constant, and why."""

    sql: str
    why: str
    is_constant: bool = False
    formats: tuple[str, ...] = ()


@dataclass(frozen=True)
class Draft:
    """One target: placements, what is made, the key that its rows are combined by, rows that are totals."""

    table: Table
    placements: tuple[Placement, ...]
    made: Mapping[str, Made]
    group_by: str | None = None
    totals_in: str | None = None


@dataclass(frozen=True)
class Question:
    """What a person must say; `suggested` is what speaks for itself, and empty where nothing does."""

    key: str
    text: str
    suggested: str = ""


@dataclass(frozen=True)
class Proposal:
    """Everything a mapping of the file needs, and the questions that stand in its way."""

    file: File
    drafts: tuple[Draft, ...]
    unread: Mapping[str, str]
    kept: tuple[str, ...]
    fill_down: tuple[str, tuple[str, ...]] | None
    from_name: str | None
    questions: tuple[Question, ...]
    others: tuple[str, ...]  # tables that came next

    @property
    def placements(self) -> tuple[Placement, ...]:
        return tuple(placement for draft in self.drafts for placement in draft.placements)


def propose(connection: duckdb.DuckDBPyConnection, file: File, answers: Answers) -> Proposal:
    """The best mapping of `file`, whose rows stand in the table `staged`, that agrees with the answers.

    Raises
    ------
    AnswerError
        If an answer names a table or column that does not exist, or no table fits the file at all.
    """
    unread = _unread(file, answers)
    sources = [c for c in file.columns if c.name not in unread and answers.columns.get(c.name) != KEPT]
    fits = _fits(connection, file, sources, answers)
    if not fits:
        raise AnswerError(
            f"{file.path.name}: no contract table fits its columns ({', '.join(c.name for c in file.columns)[:300]}). "
            "Name one with --table, such as order.sales_order_line, and its columns with --set."
        )
    best = fits[0]
    is_sure = bool(answers.tables) or _is_clear(fits, sources)
    placed = _placements(best, sources, answers)
    if not is_sure:
        placed = [replace(p, certain=p.certain and p.source in answers.columns) for p in placed]
    drafts, questions, from_name = [], [], None
    key = _shared_key(best)
    for place, table in enumerate(best.tables):
        own = tuple(p for p in placed if p.table == table.qualified)
        made, asked, named = _made(connection, file, table, own, answers)
        from_name = from_name or named
        group = key if place and len(best.tables) > 1 else None
        drafts.append(Draft(table, own, made, group, _totals_in(connection, own)))
        questions += asked
    questions = [*_column_questions(placed, file), *questions]
    if not is_sure:
        named = "+".join(table.qualified for table in best.tables)
        # What its columns are is asked once it is known what its rows are.
        questions = [Question("table", f"its rows look like {named}, and others come near; which is it?", named)]
    if not file.decimal_is_certain and answers.decimal is None:
        questions.append(Question("decimal", "the sign before the cents cannot be told from the amounts", file.decimal))
    used = {p.source for p in placed}
    kept = tuple(c.name for c in file.columns if c.name not in used and c.name not in unread)
    return Proposal(
        file, tuple(drafts), unread, kept, _fill_down(connection, file, drafts, key), from_name,
        tuple({q.key: q for q in questions}.values()), tuple("+".join(t.name for t in f.tables) for f in fits[1:4]),
    )  # fmt: skip


def _is_clear(fits: Sequence[Fit], sources: Sequence[Observed]) -> bool:
    """Whether the first of the fits lacks nothing and leaves the next one, of other tables, well behind."""
    best = fits[0]
    others = [fit.score for fit in fits[1:] if not {t.name for t in fit.tables} & {t.name for t in best.tables}]
    return not _lacks(best, sources) and best.score - max(others, default=0.0) >= CLEAR_LEAD


# Which columns are read at all


def _unread(file: File, answers: Answers) -> dict[str, str]:
    words = vocabulary()
    people, free = ({plain(word) for word in words} for words in (words.people, words.free_text))
    unread = {}
    for column in file.columns:
        answer = answers.columns.get(column.name)
        if answer == UNREAD:
            unread[column.name] = "as you said"
        elif answer is not None or column.name in file.stated:
            continue
        elif column.is_personal and not _is_hashed(column.name):
            unread[column.name] = "holds persons"
        elif plain(column.name) in people:
            unread[column.name] = "mostly names of persons"
        elif plain(column.name) in free:
            unread[column.name] = "what people type may name persons"
    return unread


def _is_hashed(name: str) -> bool:
    """Whether the contract keeps such a column as a keyed hash."""
    order = contract_table("order.sales_order")
    return likeness(name, order, order.column("member_id")) >= CERTAIN


# Which tables the file holds


@dataclass(frozen=True)
class Fit:
    """Tables that a file may hold, a line's table before its header's, and which column goes where."""

    tables: tuple[Table, ...]
    assigned: Mapping[tuple[str, str], Observed]  # (table, column) to the source
    scores: Mapping[tuple[str, str, str], float]  # (source, table, column)
    score: float
    first_only: frozenset[str] = frozenset()  # sources that stand in the first row of a document alone
    doubtful: frozenset[str] = frozenset()  # sources that belong to the other table, which has no place for them


def _fits(
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
    viable = [fit for fit in single if fit.score > 0 and not _lacks(fit, sources)]
    pairs = []
    for fit in viable:
        for header in _headers(fit.tables[0]):
            pair = _fit((*fit.tables, header), sources, scores, weights, file, answers)
            if (
                _shared_key(pair)
                and not _lacks(pair, sources)
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
    return name * _value_factor(source, table, column) if name >= ENOUGH - 0.1 else 0.0


def _numbers_documents(table: Table, column: Column) -> bool:
    """Whether the column is the key of a document, or of the document that a line belongs to."""
    own = table.primary_key == ("source_system", column.name) and not column.name.endswith("line_id")
    return own or any(
        key.columns[-1] == column.name and contract_table(key.table) in _headers(table) for key in table.foreign_keys
    )


def _value_factor(source: Observed, table: Table, column: Column) -> float:
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


def _shared_key(fit: Fit) -> str | None:
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
    key, (line, header) = _shared_key(fit), fit.tables[:2]
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
    if _is_line_key(table, column) and any(t == table.qualified and c.endswith("_id") for t, c in assigned):
        return MISSING_BUT_MADE
    return MISSING


def _lacks(fit: Fit, sources: Sequence[Observed]) -> bool:
    """Whether a table asks for what neither the file nor its owner can tell."""
    placed = {source.name for source in fit.assigned.values()}
    spare = any(source.dates.share >= ALL_FIT and source.name not in placed for source in sources)
    return any(
        _penalty(table, column, fit.assigned, Answers()) >= MISSING and not (spare and column.type in ("ts", "date"))
        for table in fit.tables
        for column in table.columns
    )


def _is_line_key(table: Table, column: Column) -> bool:
    """A key that many exports do not hold, since a line's number within its document is enough for them."""
    return table.primary_key == ("source_system", column.name) and column.name.endswith("line_id")


# Which column goes where


def _placements(fit: Fit, sources: Sequence[Observed], answers: Answers) -> list[Placement]:
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
    values = _value_factor(source, table, column)
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


def _column_questions(placed: Sequence[Placement], file: File) -> list[Question]:
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


# What no source column holds


def _made(
    connection: duckdb.DuckDBPyConnection,
    file: File,
    table: Table,
    placed: Sequence[Placement],
    answers: Answers,
) -> tuple[dict[str, Made], list[Question], str | None]:
    has = {placement.column: placement.source for placement in placed}
    made: dict[str, Made] = {}
    questions: list[Question] = []
    from_name = None
    for column in table.all_columns:
        said = answers.values.get(f"{table.qualified}.{column.name}", answers.values.get(column.name))
        if column.name in has:
            continue
        if said == FROM_FILE_NAME and (pattern := _day_in_name(file)):
            made[column.name] = Made(quote("file_day"), "the day in the file's name")
            from_name = pattern
        elif said is not None and said.startswith(FROM_COLUMN):
            made[column.name] = _same_as(file, table, column, said.removeprefix(FROM_COLUMN))
        elif said is not None:
            _check_constant(table, column, said)
            made[column.name] = Made(said, "as you said", True)
        elif column.name == ASKED_OF_ORDERS and table.system == "order":
            questions.append(_asked(file, table, column, has))
        elif not column.required or column.key_default is not None or column.name == "source_system":
            continue
        elif _is_line_key(table, column) and (key := _line_key(connection, table, has)):
            made[column.name] = key
        else:
            questions.append(_asked(file, table, column, has))
    return made, questions, from_name


def _same_as(file: File, table: Table, column: Column, source: str) -> Made:
    """A source column that stands for a second contract column as well."""
    observed = next((c for c in file.columns if c.name == source), None)
    if observed is None:
        raise AnswerError(f"{column.name} is to be as {source!r}, which is no column of {file.path.name}")
    return Made(quote(source), f"as you said, the same as '{source}'", formats=formats_of(observed, column))


def _asked(file: File, table: Table, column: Column, has: Mapping[str, str]) -> Question:
    text = f"{table.qualified}.{column.name} ({column.title_zh}): no column of the file holds it"
    if column.values:
        return Question(column.name, f"{text}; one of {', '.join(column.values)} for every row?")
    if column.type in ("ts", "date") and _day_in_name(file):
        return Question(column.name, f"{text}; {FROM_FILE_NAME} takes the day from the file's name", FROM_FILE_NAME)
    times = [
        source
        for name, source in has.items()
        if column.type in ("ts", "date") and table.column(name).type in ("ts", "date")
    ]
    if times:
        return Question(column.name, f"{text}; {FROM_COLUMN} and a column's name takes that", FROM_COLUMN + times[0])
    return Question(column.name, f"{text}; its value for every row?")


def _day_in_name(file: File) -> str | None:
    """A regular expression for the file's name whose group is the day in it."""
    name = file.path.name
    found = DAY_IN_NAME.search(name)
    if not found:
        return None
    gap = re.escape(found[2])
    return rf".*?(?P<file_day>20\d{{2}}{gap}\d{{2}}{gap}\d{{2}}).*"


def day_format(file: File) -> str:
    """The format of the day in the file's name."""
    gap = DAY_IN_NAME.search(file.path.name)[2]
    return f"%Y{gap}%m{gap}%d"


def _check_constant(table: Table, column: Column, value: str) -> None:
    if column.values and value not in column.values:
        raise AnswerError(f"{table.qualified}.{column.name} is {value!r}; choose from {', '.join(column.values)}")


def _line_key(connection: duckdb.DuckDBPyConnection, table: Table, has: Mapping[str, str]) -> Made | None:
    """A line's key of what tells lines apart: its document and number, else its item, else its place."""
    parents = [key.columns[-1] for key in table.foreign_keys if key.columns[-1] in has and key.columns[-1] != "sku_id"]
    parents += [name for name in has if name.endswith("_id") and name not in ("sku_id", "warehouse_id", "supplier_id")]
    if not parents:
        return None
    parent = quote(has[parents[0]])
    for name in ("line_no", "sku_id"):
        if name in has and _is_key(connection, [has[parents[0]], has[name]]):
            return Made(
                f"trim({parent}) || '-' || trim({quote(has[name])})",
                f"the file numbers no lines; document and {name} are unique in it",
            )
    return Made(
        f"trim({parent}) || '-' || row_number() over (partition by {parent} order by {LINE})",
        "the file numbers no lines and nothing tells them apart: they keep their order",
    )


def _is_key(connection: duckdb.DuckDBPyConnection, names: Sequence[str]) -> bool:
    listed = ", ".join(map(quote, names))
    return not connection.execute(f"select 1 from staged group by {listed} having count(*) > 1 limit 1").fetchall()


# How rows stand together


def _totals_in(connection: duckdb.DuckDBPyConnection, placed: Sequence[Placement]) -> str | None:
    """The id column in which a row says that it is a total."""
    words = ", ".join(map(literal, TOTALS))
    for placement in placed:
        if contract_table(placement.table).column(placement.column).type != "id":
            continue
        name = quote(placement.source)
        if connection.execute(
            f"select 1 from staged where lower(trim(cast({name} as varchar), ' :：')) in ({words}) limit 1"
        ).fetchall():
            return placement.source
    return None


def _fill_down(
    connection: duckdb.DuckDBPyConnection, file: File, drafts: Sequence[Draft], key: str | None
) -> tuple[str, tuple[str, ...]] | None:
    """Cells of a document that stand in its first row alone."""
    if key is None or file.profile.format not in ("csv", "xlsx"):
        return None
    names = [p.source for p in drafts[1].placements if p.source != key]
    if not names:
        return None
    blank = [f"coalesce(trim({quote(name)}), '') = ''" for name in names]
    counts = ", ".join(
        f"count(*) filter (where n = 1 and not b{i}), count(*) filter (where n > 1 and not b{i})"
        for i in range(len(names))
    )
    found = connection.execute(
        f"select count(*) filter (where n > 1), {counts} from (select row_number() over "
        f"(partition by {quote(key)} order by {LINE}) as n, {', '.join(f'{b} as b{i}' for i, b in enumerate(blank))} "
        "from staged)"
    ).fetchone()
    later, counted = found[0], found[1:]
    filled = tuple(name for i, name in enumerate(names) if later and counted[2 * i] > 0 and counted[2 * i + 1] == 0)
    return (key, filled) if filled else None


__all__ = ["Draft", "Made", "Placement", "Proposal", "Question", "day_format", "propose", "turned"]
