"""Soft foreign keys (contract §0.6): rows whose master data are missing are published and say so in `_fk_missing`.

What is checked is little: rows of new loads, and, when a master table got new rows, those that lacked one. A master
table of which nothing was ever delivered is missing as a whole, which `delivery_status` tells; no row is marked for it.
Both sides are compared in our keys, as the key map has them by now.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache

import duckdb

from contracts.model import ForeignKey, Table
from pipelines.abreast import abreast
from pipelines.ingestion.keys import KEY_MAP, Spoken, own_keys, read_now, spoken
from pipelines.ingestion.schema import contract_tables, literal, quote
from pipelines.transactions import transactions

MISSING = "_fk_missing"
KEYS_NOW = "keys_now"
Translation = Callable[[Table], Spoken]


def check_references(connection: duckdb.DuckDBPyConnection, beside: duckdb.DuckDBPyConnection | None = None) -> None:
    """Bring `_fk_missing` and `control.missing_master` up to date with what was loaded since they last were.

    With `beside`, another connection to the warehouse, tables are looked at two at a time.
    """
    loads = dict(
        connection.execute(
            "select contract, count(*) from control.delivery where status = 'loaded' group by 1"
        ).fetchall()
    )
    checked = dict(connection.execute("from control.reference_check").fetchall())
    if loads == checked:
        return
    # The one that notes that all is checked ends last.
    connections = [connection] if beside is None else [beside, connection]
    tables = [table for table in contract_tables().values() if loads.get(table.qualified)]
    with transactions(connections):
        spoken_now = [_translation_now(each) for each in connections]
        abreast(
            [()] * len(tables),
            lambda place, lane: _check_table(connections[lane], tables[place], loads, checked, spoken_now[lane]),
            len(connections),
        )
        connection.execute("delete from control.reference_check")
        connection.executemany("insert into control.reference_check values (?, ?)", list(loads.items()))


def _translation_now(connection: duckdb.DuckDBPyConnection) -> Translation:
    """How each table is translated by the key map as it is loaded now; asked once per table."""
    read_now(connection, KEYS_NOW)
    systems = own_keys(connection, KEYS_NOW)
    by_name = cache(lambda name: spoken(connection, contract_tables()[name], systems, KEYS_NOW))
    return lambda table: by_name(table.qualified)


def _check_table(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    loads: dict[str, int],
    checked: dict[str, int],
    spoken_now: Translation,
) -> None:
    """Mark the rows of one table whose references may have changed."""
    keys = [key for key in table.foreign_keys if loads.get(key.table)]
    if loads.get(KEY_MAP) != checked.get(KEY_MAP):
        checked = {}  # another key may name another master
    changed = [key for key in keys if loads[key.table] != checked.get(key.table)]
    is_new = loads[table.qualified] != checked.get(table.qualified)
    if not changed and not (keys and is_new):
        return
    seen = checked.get(table.qualified, 0)
    fresh = f"""_load_id in (
        select load_id from control.delivery where contract = {literal(table.qualified)} and status = 'loaded'
        order by rowid offset {seen})"""
    rows = "true" if any(_must_see_all(key, checked) for key in changed) else f"{MISSING} is not null or {fresh}"
    named = dict.fromkeys(name for key in keys for name in key.columns)
    [(looked_at,)] = connection.execute(
        f"""create or replace temp table looked_at as
            select t.rowid as id, {MISSING} as before, {_in_our_keys(table, named, spoken_now)} where {rows}"""
    ).fetchall()
    changes = looked_at and _find_changes(connection, table, keys, spoken_now)
    if changes:
        _mark(connection, table)
    if changes or _is_listed(connection, table):  # rows that lacked a master may have left the table
        _list(connection, table)


def _must_see_all(key: ForeignKey, checked: dict[str, int]) -> bool:
    """Whether rows that lacked nothing may lack this master now: the first ones came, or one may have gone."""
    return key.table not in checked or not set(key.to_columns) <= set(contract_tables()[key.table].primary_key)


def _find_changes(
    connection: duckdb.DuckDBPyConnection, table: Table, keys: list[ForeignKey], spoken_now: Translation
) -> int:
    """Put rows, of those that are looked at, that lack other masters than they said into `remarked`."""
    unreferenced = " union all ".join(_unreferenced(table, key, spoken_now) for key in keys)
    [(changed,)] = connection.execute(
        f"""create or replace temp table remarked as
            select r.id, u.missing
            from looked_at as r
            left join (select id, list(name order by name) as missing from ({unreferenced}) group by 1) as u using (id)
            where r.before is distinct from u.missing"""
    ).fetchall()
    return changed


def _in_our_keys(table: Table, names: Iterable[str], spoken_now: Translation) -> str:
    """Columns of a table's rows, called `t`, with the relation that they come from."""
    translation = spoken_now(table)
    columns = ", ".join(f"{translation.column(name)} as {quote(name)}" for name in names)
    return f"{columns} from raw.{table.raw_name} as t {translation.joins}"


def _unreferenced(table: Table, key: ForeignKey, spoken_now: Translation) -> str:
    """Query for the rows, of those that are looked at, whose key names no master."""
    master = f"(select {_in_our_keys(contract_tables()[key.table], key.to_columns, spoken_now)})"
    named = " and ".join(_is_named(table, name) for name in key.columns)
    pairs = zip(key.columns, key.to_columns, strict=True)
    same = " and ".join(f"m.{quote(to)} = s.{quote(near)}" for near, to in pairs)
    return f"""
        select s.id, {literal(_name(key))} as name from looked_at as s
        where {named} and not exists (select 1 from {master} as m where {same})"""


def _is_named(table: Table, column: str) -> str:
    """SQL that tells whether a column names one thing: not nothing, nor all of them."""
    stand_in = table.column(column).key_default
    return f"{quote(column)} is not null" + (f" and {quote(column)} <> {literal(stand_in)}" if stand_in else "")


def _name(key: ForeignKey) -> str:
    return ",".join(key.columns)


def _mark(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    connection.execute(
        f"update raw.{table.raw_name} as s set {MISSING} = m.missing from remarked as m where s.rowid = m.id"
    )


def _is_listed(connection: duckdb.DuckDBPyConnection, table: Table) -> bool:
    [(listed,)] = connection.execute(
        "select exists(from control.missing_master where contract = ?)", [table.qualified]
    ).fetchall()
    return listed


def _list(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    """Count, for each key of the table, the rows and the masters that are missing, with those most rows ask for."""
    connection.execute("delete from control.missing_master where contract = ?", [table.qualified])
    for key in table.foreign_keys:
        named = ", ".join(f"{quote(name)}::varchar" for name in key.columns)
        connection.execute(
            f"""insert into control.missing_master
                select $contract, $name, $master, sum(rows), count(*), list(key order by rows desc, key)[:5]
                from (
                    select concat_ws(',', {named}) as key, count(*) as rows
                    from raw.{table.raw_name} where list_contains({MISSING}, $name) group by 1)
                having count(*) > 0""",
            {"contract": table.qualified, "name": _name(key), "master": key.table},
        )
