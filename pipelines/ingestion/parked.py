"""Rows that wait in quarantine for master data (contract §0.6): a hard foreign key, a unit not known yet.

They are no fault of their file and do not count when it is judged. Once everything that a row waits for is there,
its file is loaded again.
"""

from __future__ import annotations

import duckdb

from contracts.model import ForeignKey, Table
from pipelines.ingestion.readers.relation import LINE
from pipelines.ingestion.schema import contract_tables, literal, quote
from pipelines.ingestion.units import KNOWN_UNITS, UNKNOWN_UNIT

MISSING_MASTER = "missing_master"


def park(connection: duckdb.DuckDBPyConnection, table: Table, position: int) -> int:
    """Take the rows of `conformed` whose hard keys find no master out of the running; returns how many went."""
    keys = [key for key in table.foreign_keys if key.hard]
    if not keys:
        return 0
    lacking = {" ".join(key.columns): _lacks(key, [quote(name) for name in key.columns], table) for key in keys}
    names = ", ".join(f"case when {lacks} then {literal(name)} end" for name, lacks in lacking.items())
    typed = ", ".join(f"{literal(column.name)}, {quote(column.name)}" for column in table.all_columns)
    [(count,)] = connection.execute(
        f"""create or replace temp table parked as
            select {LINE}, missing, cast(json_object({typed}) as varchar) as parsed
            from (select *, nullif(concat_ws(' ', {names}), '') as missing from conformed)
            where missing is not null and {LINE} in (select {LINE} from keys where not is_bad)"""
    ).fetchall()
    if count:
        connection.execute(
            f"""insert into faults
                select {LINE}, 'fk', '{MISSING_MASTER}', string_split(missing, ' '), 'open', null, null, parsed
                from parked"""
        )
        connection.execute(f"update typed_{position} set is_bad = true where {LINE} in (select {LINE} from parked)")
    return count


def _lacks(key: ForeignKey, values: list[str], arriving: Table | None = None) -> str:
    """SQL that tells whether the key's `values` name no row of its master table, nor of the one that is `arriving`."""
    raw = contract_tables()[key.table].raw_name
    filled = " and ".join(f"{value} is not null" for value in values)
    columns = ", ".join(map(quote, key.to_columns))
    named = " and ".join(f"{quote(name)} is not null" for name in key.to_columns)
    masters = f"select ({columns}) from raw.{raw} where {named}"
    if arriving is not None and key.table == arriving.qualified:
        masters += f" union all select ({columns}) from conformed where {named}"
    return f"({filled} and ({', '.join(values)}) not in ({masters}))"


def waiting_no_more(connection: duckdb.DuckDBPyConnection) -> set[tuple[str, str]]:
    """Name and SHA-256 of the files with an open row that waited for master data, all of which are there now."""
    waiting = connection.execute(
        "select distinct contract, reason_code from control.quarantine where status = 'open' and stage = 'fk'"
    ).fetchall()
    found: set[tuple[str, str]] = set()
    for contract, reason in waiting:
        table = contract_tables()[contract]
        ready = _units_known() if reason == UNKNOWN_UNIT else _masters_known(table)
        found |= set(
            connection.execute(
                f"""select distinct file_name, file_sha256
                    from (select * from control.quarantine where status = 'open' and stage = 'fk'
                        and contract = $contract and reason_code = $reason) as q
                    where {ready}""",
                {"contract": contract, "reason": reason},
            ).fetchall()
        )
    return found


def _units_known() -> str:
    asked = """select
            quarantine_id, json_extract_string(parsed, '$._units.' || name || '.sku') as sku_id,
            json_extract_string(parsed, '$._units.' || name || '.unit') as uom
        from (select quarantine_id, parsed, unnest(columns) as name from control.quarantine
            where status = 'open' and stage = 'fk')"""
    return f"""quarantine_id not in (
        select quarantine_id from ({asked}) left join ({KNOWN_UNITS}) using (sku_id, uom) where factor is null)"""


def _masters_known(table: Table) -> str:
    lacking = [
        _lacks(key, [f"json_extract_string(parsed, '$.{name}')" for name in key.columns])
        for key in table.foreign_keys
        if key.hard
    ]
    return f"not ({' or '.join(lacking)})" if lacking else "true"
