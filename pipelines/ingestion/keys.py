"""One key for one thing (contract §0.2): `reference.key_map` read into `control.key`, and the SQL that applies it.

`raw` keeps the keys that its systems use; whoever reads it translates. So a map that comes late, or is corrected,
holds for everything that is there, and a replay of the past uses the map of its day. A key that the map does not
hold stays as it is. Of several keys that one system gives to one thing the first to be known stands: to translate all
of them would make two rows of one stock or one product. The others are listed (mart `key_exception`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import duckdb

from contracts.keys import KeyPlace, key_places
from contracts.model import Table
from pipelines.ingestion.schema import contract_tables, literal, quote

__all__ = ["KEY_MAP", "Spoken", "known_keys", "own_keys", "read_now", "spoken"]

KEY_MAP = "reference.key_map"
ROW = "t"  # how SQL of this module calls a row to translate


@dataclass(frozen=True)
class Spoken:
    """SQL that puts the keys of a table's rows, called `t`, into ours: columns that change, and joins to append."""

    columns: Mapping[str, str]
    joins: str

    def column(self, name: str) -> str:
        """SQL for a column, translated if it holds keys."""
        return self.columns.get(name, f"{ROW}.{quote(name)}")


def known_keys(rows: str) -> str:
    """Query for `control.key` from `rows`, a query for the key map."""
    return f"""
        select entity, source_system, source_id, id,
            row_number() over (
                partition by entity, source_system, id order by known_at, source_id) = 1 as is_standing
        from ({rows})"""


def own_keys(connection: duckdb.DuckDBPyConnection, keys: str = "control.key") -> Mapping[str, list[str]]:
    """Kind of thing to the systems that use keys of their own for it, as the key table named `keys` has it."""
    rows = connection.execute(
        f"select entity, list(distinct source_system order by source_system) from {keys} "
        "where is_standing and source_id <> id group by entity"
    )
    return dict(rows.fetchall())


def spoken(
    connection: duckdb.DuckDBPyConnection, table: Table, systems: Mapping[str, list[str]], keys: str = "control.key"
) -> Spoken:
    """How rows of a table are translated by the key table named `keys`, of which `systems` are the `own_keys`."""
    columns: dict[str, str] = {}
    joins = ""
    if not systems or table.qualified == KEY_MAP:
        return Spoken(columns, joins)
    places = [place for place in key_places(table) if place.entity in systems]
    mapped = {entity for entity in {place.entity for place in places} if _has_rows(connection, table, systems[entity])}
    for number, place in enumerate(place for place in places if place.entity in mapped):
        key = f"key_{number}"
        joins += f" left join {keys} as {key} on {' and '.join(_same(place, key))}"
        columns[place.column] = _replaced(place, key, columns.get(place.column, f"{ROW}.{quote(place.column)}"))
    return Spoken(columns, joins)


def _has_rows(connection: duckdb.DuckDBPyConnection, table: Table, systems: list[str]) -> bool:
    # One value in most row groups: zone maps answer it.
    named = ", ".join(map(literal, systems))
    [(found,)] = connection.execute(
        " or ".join(
            f"exists(select 1 from {schema}.{table.raw_name} where source_system in ({named}))"
            for schema in ("raw", "history")
        ).join(("select ", ""))
    ).fetchall()
    return found


def _same(place: KeyPlace, key: str) -> Iterator[str]:
    column = f"{ROW}.{quote(place.column)}"
    yield f"{key}.is_standing and {key}.entity = {literal(place.entity)}"
    yield f"{key}.source_system = {ROW}.source_system"
    yield f"{key}.source_id = " + (f"json_extract_string({column}, {literal(place.path)})" if place.path else column)
    if place.when:
        teller, said = place.when
        yield f"{ROW}.{quote(teller)} = {literal(said)}"


def _replaced(place: KeyPlace, key: str, before: str) -> str:
    if not place.path:
        return f"coalesce({key}.id, {before})"
    name = place.path.removeprefix("$.")
    return (
        f"case when {key}.id is null then {before} "
        f"else cast(json_merge_patch({before}, json_object({literal(name)}, {key}.id)) as varchar) end"
    )


def read_now(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    """Keep what the map says by all that is loaded as the temporary table `name`."""
    raw = contract_tables()[KEY_MAP].raw_name
    rows = f"select * from raw.{raw} where not coalesce(is_deleted, false)"
    connection.execute(f"create or replace temp table {name} as {known_keys(rows)}")
