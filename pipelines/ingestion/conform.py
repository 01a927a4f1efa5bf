"""Staged relation to typed rows of one contract table, each with the reasons it breaks the contract.

Leaves `conformed`: the table's columns, `known_at`, `_extra`, `_line_no`, `_row_hash`, and `_bad` (NULL, or
`column:reason` joined by blanks); `keys`: `_line_no`, hash `h` of the key, `is_bad`; and `wanted`: the rows of
`conformed` on the lines listed in `wanted_lines`. Text is typed once, into a table that all three are views
of. Parquet is typed as often as it is read; what is asked of every row is kept, narrow, for `keys`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime

import duckdb

from contracts.mapping import Target, Unit
from contracts.model import Column, Table
from pipelines.ingestion.delivery import Delivery, DeliveryRefusedError
from pipelines.ingestion.personal import is_personal, require_key, without_reach, without_values
from pipelines.ingestion.plain import EMPTY, looks, plain_forms, typed_by_look, typed_plainly
from pipelines.ingestion.readers.relation import Drift
from pipelines.ingestion.schema import literal, quote
from pipelines.ingestion.stage import LINE, Staged
from pipelines.ingestion.threads import threads_of_engine
from pipelines.ingestion.typed import UNKNOWN, Rules, Typed, by_rules, with_limits
from pipelines.ingestion.typing_query import typing_query, unit_name
from pipelines.ingestion.units import UNKNOWN_UNIT, units_of

SMALL_FILE = 20_000  # rows
PLAIN_NAME = re.compile(r'\w+|"[^"]+"')
CONSTANT = re.compile(r"'(?:[^']|'')*'")


@dataclass(frozen=True)
class Conformed:
    """What became of the rows of one target: `rows` typed ones, `bad` of them against the contract.

    `parked` of the bad ones only wait for master data, as for a unit that is not known yet. `combined` were
    grouped into others, `set_aside` were named and kept out by the mapping; `relations` are the queries behind
    `conformed`, `keys` and `wanted`.
    """

    rows: int
    bad: int
    known_to: datetime | None
    set_aside: int
    combined: int
    drift: tuple[Drift, ...]
    parked: int = 0
    relations: dict[str, str] = field(default_factory=dict)


def conform(
    connection: duckdb.DuckDBPyConnection,
    delivery: Delivery,
    target: Target,
    table: Table,
    staged: Staged,
    loaded_at: datetime,
    business_timezone: str,
    position: int,
) -> Conformed:
    """Type the rows of `target` by the contract of `table`.

    Raises
    ------
    DeliveryRefusedError
        `missing_column` when the file lacks a column without which no row can load, `bad_mapping`
        when an expression does not fit the file's columns, `not_computable` when one that combines
        rows fails on their values.
    """
    units = units_of(delivery, target, table, staged)
    sources = _sources(delivery, target, table, staged)
    if any(column.personal == "hash" and column.name in sources for column in table.columns):
        require_key(connection)
    unknown = _unknown_columns(delivery, table, staged, units)
    sources |= {unit_name(name): unit.unit for name, unit in units.items() if unit.unit}
    types = _types_of(connection, delivery, target, sources, staged)
    risky = _risky(delivery, target)
    tz = delivery.tz or business_timezone

    def query(rows: str) -> str:
        selected = _selected(target, rows, _guarded(sources, risky), _extra(unknown))
        return typing_query(delivery, table, selected, cells, risky, units, staged.undecodable, loaded_at)

    try:
        with _planned_cheaply(connection, staged.rows < SMALL_FILE):
            columns = [(c, _rules(delivery, target, c, tz, units)) for c in _asked(target, table) if c.name in sources]
            cells = _cells(connection, columns, sources, types, staged)
            as_view = not units and _is_view(delivery, target)
            relations = _relations(connection, table, query, as_view, position)
            counted = _count(connection, target, table, sources, as_view, bool(units), position)
            counted = replace(counted, relations=relations)
            use_target(connection, counted)
    except (duckdb.DataError, duckdb.InvalidInputException) as error:
        raise _not_computable(delivery, table, error) from error
    absent = [c.name for c in table.columns if c.name not in sources] if delivery.file_mapping is None else []
    drift = (
        *(staged.drift if position == 0 else ()),
        *(Drift("unknown_column", name[:200], None, staged.rows) for name in unknown),
        *(Drift("missing_optional", name, None, staged.rows) for name in absent),
    )
    return replace(counted, drift=(*counted.drift, *drift))


def _sources(delivery: Delivery, target: Target, table: Table, staged: Staged) -> dict[str, str]:
    """Contract column to SQL over the source columns; columns the source lacks are not in it."""
    if delivery.file_mapping is not None:
        sources = dict(target.columns) | {name: literal(str(v)) for name, v in target.constants.items()}
        sources.setdefault("source_system", literal(delivery.source_system))
        _require_source_columns(delivery, staged)
    else:
        by_name = {name.casefold(): name for name in staged.types}
        sources = {c.name: quote(by_name[c.name]) for c in table.all_columns if c.name in by_name}
        sources.setdefault("source_system", literal(table.system))
    _require_contract_columns(delivery, table, sources)
    return sources


def _require_source_columns(delivery: Delivery, staged: Staged) -> None:
    present = {name.casefold() for name in staged.types}
    missing = [name for name in delivery.file_mapping.required_columns if name.casefold() not in present]
    if missing:
        raise _missing(delivery, missing, list(staged.types))


def _require_contract_columns(delivery: Delivery, table: Table, sources: dict[str, str]) -> None:
    needed = [c for c in table.columns if (c.required or c.hard) and c.key_default is None]
    missing = [c.name for c in needed if c.name not in sources]
    if missing:
        raise _missing(delivery, missing, list(sources))


def _missing(delivery: Delivery, missing: list[str], found: list[str]) -> DeliveryRefusedError:
    return DeliveryRefusedError(
        "missing_column",
        f"{delivery.path.name}: column {', '.join(repr(name) for name in missing)} is missing "
        f"(found {', '.join(found)[:300]}). Add it to the export, or map it under its other name.",
    )


def _asked(target: Target, table: Table) -> list[Column]:
    """The table's columns, those required that the mapping says its source always fills."""
    asked = {"required": True, "key_default": None}
    return [c.model_copy(update=asked) if c.name in target.required else c for c in table.all_columns]


def _rules(delivery: Delivery, target: Target, column: Column, tz: str, units: dict[str, Unit]) -> Rules:
    formats, enum_map = tuple(target.formats.get(column.name, ())), target.enum_map.get(column.name)
    has_unit = column.name in units
    if delivery.file_mapping is None:
        return Rules(tz, formats, enum_map, has_unit=has_unit)
    return Rules(tz, formats, enum_map, delivery.file_mapping.decimal, delivery.file_mapping.currency, has_unit)


def _cells(
    connection: duckdb.DuckDBPyConnection,
    columns: list[tuple[Column, Rules]],
    sources: dict[str, str],
    types: dict[str, str],
    staged: Staged,
) -> dict[str, Typed]:
    """How each column is typed: a small file is looked through before it is planned, a large one while it is typed.

    Of both, constants are looked at before.
    """
    based = {column.name: by_rules(column, quote(column.name), types[column.name], rules) for column, rules in columns}
    forms = {c.name: plain_forms(c, rules) for c, rules in columns if types[c.name] == "VARCHAR" and not rules.has_unit}
    is_small = staged.rows < SMALL_FILE
    constants = {name for name in forms if CONSTANT.fullmatch(sources[name])}
    readable = constants | {name for name in forms if is_small and PLAIN_NAME.fullmatch(sources[name])}
    read = {name: some for name, some in forms.items() if name in readable}
    for name, form in looks(connection, sources, read, "staged" if is_small else "(from staged limit 1)").items():
        based[name] = typed_plainly(based[name], form, quote(name)) if form else EMPTY
    if not is_small:
        for name, some in ((name, some) for name, some in forms.items() if name not in constants):
            for form in (form for form in some if form.is_cheaper):
                based[name] = typed_by_look(based[name], form, quote(name))
    return {column.name: with_limits(column, based[column.name]) for column, _ in columns}


def aside_sql(target: Target) -> str:
    """SQL for the reason a row is named and kept aside, or NULL; the first rule that matches wins."""
    if not target.set_aside:
        return "cast(null as varchar)"
    cases = " ".join(f"when {rule.when} then {literal(rule.reason)}" for rule in target.set_aside)
    return f"case {cases} end"


def _selected(target: Target, rows: str, sources: dict[str, str], extra: str) -> str:
    """The target's rows with one expression per column, still untyped; grouped if the mapping says so."""
    rows = f"select * from {rows} where ({target.where or 'true'}) and ({aside_sql(target)}) is null"
    columns = ", ".join(f"({sql}) as {quote(name)}" for name, sql in sources.items())
    if not target.group_by:
        return f"select {LINE}, 1 as _rows, {extra} as _extra, {columns} from ({rows})"
    keys = ", ".join(f"({key})" for key in target.group_by)
    return (
        f"select min({LINE}) as {LINE}, count(*) as _rows, cast(null as varchar) as _extra, {columns} "
        f"from ({rows}) group by {keys}"
    )


def _risky(delivery: Delivery, target: Target) -> list[str]:
    """Columns of a mapping whose expression may fail on a row's values: such a row breaks the contract."""
    if delivery.file_mapping is None or target.group_by:
        return []
    return [n for n, sql in target.columns.items() if not PLAIN_NAME.fullmatch(sql) and not _windowed(sql)]


def _guarded(sources: dict[str, str], risky: list[str]) -> dict[str, str]:
    """A failed expression is NULL as a whole, one that yields NULL a struct that holds it."""
    return sources | {name: f"try({{'v': ({sources[name]})}})" for name in risky}


def _windowed(sql: str) -> bool:
    return " over " in f" {sql} ".lower()


def _is_view(delivery: Delivery, target: Target) -> bool:
    """Typed Parquet is cheap to read again and may be too large to hold; text is dear to type twice."""
    windowed = any(map(_windowed, target.columns.values()))
    return delivery.format == "parquet" and not target.group_by and not windowed


def _relations(
    connection: duckdb.DuckDBPyConnection, table: Table, query: Callable[[str], str], as_view: bool, position: int
) -> dict[str, str]:
    """The relations of the target at `position` by name, made as far as they are not views."""
    key = f"hash({', '.join(map(quote, table.primary_key))}) as h"
    only = f"where {LINE} in (select {LINE} from wanted_lines)"
    connection.execute(f"create temp table if not exists wanted_lines ({LINE} bigint)")
    held = f"typed_{position}"
    if not as_view:
        connection.execute(f"create or replace temp table {held} as select *, {key} from ({query('staged')})")
        keys = f"select {LINE}, h, is_bad from {held}"
        return {"conformed": f"from {held}", "keys": keys, "wanted": f"from {held} {only}"}
    unknown = "".join(f", {quote(c.name)} = '{UNKNOWN}' as {quote(c.name)}" for c in _open_enums(table))
    kept_of_all = f"{LINE}, {key}, is_bad, known_at {unknown}"
    connection.execute(f"create or replace temp table {held} as select {kept_of_all} from ({query('staged')})")
    # The rows that are wanted are sought in the file before they are typed.
    wanted = query(f"(select * from staged {only})")
    return {"conformed": query("staged"), "keys": f"from {held}", "wanted": wanted}


def forget(connection: duckdb.DuckDBPyConnection, delivery: Delivery) -> None:
    """Free what `conform` made for the targets of a delivery."""
    for position in range(len(delivery.targets)):
        connection.execute(f"drop table if exists typed_{position}")


def use_target(connection: duckdb.DuckDBPyConnection, conformed: Conformed) -> None:
    """Let `conformed`, `keys` and `wanted` be those of one target; `conform` leaves them to be of its own."""
    for name, relation in conformed.relations.items():
        connection.execute(f"create or replace temp view {name} as {relation}")


def _not_computable(delivery: Delivery, table: Table, error: Exception) -> DeliveryRefusedError:
    return DeliveryRefusedError(
        "not_computable",
        f"{delivery.path.name}: mapping '{delivery.mapping_name}' cannot compute {table.qualified} "
        f"({without_values(str(error).splitlines()[0])[:300]}). Mend the export, or let the mapping take such values.",
    )


@contextmanager
def _planned_cheaply(connection: duckdb.DuckDBPyConnection, small: bool) -> Iterator[None]:
    """For a small file, planning hundreds of expressions for every core costs ten times their evaluation."""
    if not small:
        yield
        return
    with threads_of_engine(connection, 1):
        connection.execute("pragma disable_optimizer")
        try:
            yield
        finally:
            connection.execute("pragma enable_optimizer")


def _unknown_columns(delivery: Delivery, table: Table, staged: Staged, units: dict[str, Unit]) -> list[str]:
    """Source columns that contract or mapping do not know."""
    if delivery.file_mapping is not None:
        return list(staged.unknown)
    known = {column.name.casefold() for column in table.all_columns}
    read = {unit.unit for unit in units.values()}
    return [name for name in staged.types if name.casefold() not in known and quote(name) not in read]


def _extra(unknown: list[str]) -> str:
    """SQL for what the contract does not name, kept as JSON; what its name says is a person's is not."""
    fields = ", ".join(f"{literal(name)}, {quote(name)}" for name in unknown if not is_personal(name))
    if not fields:
        return "cast(null as varchar)"
    return without_reach(f"cast(json_object({fields}) as varchar)")


def _types_of(
    connection: duckdb.DuckDBPyConnection,
    delivery: Delivery,
    target: Target,
    sources: dict[str, str],
    staged: Staged,
) -> dict[str, str]:
    if delivery.file_mapping is None:
        named = {quote(name): kind for name, kind in staged.types.items()}
        return {name: named.get(source, "VARCHAR") for name, source in sources.items()}
    selected = _selected(target, "staged", sources, "null")
    try:
        described = connection.execute(f"describe {selected}").fetchall()
    except duckdb.Error as error:
        raise bad_mapping(delivery, error) from error
    return {name: kind for name, kind, *_ in described if name in sources}


def bad_mapping(delivery: Delivery, error: Exception) -> DeliveryRefusedError:
    """An expression of the mapping that cannot be read, or not with this file's columns."""
    return DeliveryRefusedError(
        "bad_mapping",
        f"{delivery.path.name}: mapping '{delivery.mapping_name}' does not fit this file "
        f"({str(error).splitlines()[0]}). Mend the mapping {delivery.mapping_name}.yaml.",
    )


def _count(
    connection: duckdb.DuckDBPyConnection,
    target: Target,
    table: Table,
    sources: dict[str, str],
    as_view: bool,
    has_units: bool,
    position: int,
) -> Conformed:
    # Of a view, it is the answer that is kept.
    is_unknown = "{}" if as_view else f"{{}} = '{UNKNOWN}'"
    enums = {c.name: is_unknown.format(quote(c.name)) for c in _open_enums(table) if c.name in sources}
    counts = "".join(f", count(*) filter ({unknown})" for unknown in enums.values())
    taken = "sum(_rows)::bigint" if target.group_by else "count(*)"
    waits = f"count(*) filter (regexp_full_match(_bad, '(\\w+:{UNKNOWN_UNIT} ?)+'))" if has_units else "0"
    rows, taken, bad, parked, known_to, *unknowns = connection.execute(
        f"""select count(*), {taken}, count(*) filter (is_bad), {waits}, max(known_at) filter (not is_bad) {counts}
            from typed_{position}"""
    ).fetchone()
    aside = 0
    if target.set_aside:
        aside = connection.execute(
            f"select count(*) from staged where ({target.where or 'true'}) and ({aside_sql(target)}) is not null"
        ).fetchone()[0]
    drift = [
        Drift(
            "unknown_value",
            name,
            _examples(connection, sources[name], f"typed_{position} where {enums[name]}"),
            count,
        )
        for name, count in zip(enums, unknowns, strict=True)
        if count
    ]
    return Conformed(rows, bad, known_to, aside, (taken or 0) - rows, tuple(drift), parked)


def _open_enums(table: Table) -> list[Column]:
    """Columns whose unknown values load all the same, and are told."""
    return [column for column in table.columns if column.type == "enum" and not column.hard]


def _examples(connection: duckdb.DuckDBPyConnection, source: str, lines: str) -> str:
    """Up to five of the values of `source` on those `lines`."""
    found = connection.execute(
        f"select distinct left(cast(({source}) as varchar), 100) from staged "
        f"where {LINE} in (select {LINE} from {lines}) order by 1 limit 5"
    ).fetchall()
    return ", ".join(str(value) for (value,) in found)
