"""The warehouse's own tables, made from the contracts: `raw`, `history`, `control`."""

from __future__ import annotations

import duckdb

from contracts import inbox
from contracts.model import Table

# What the loader adds to every row (contract §0.2), with DuckDB types. A row's file hash and contract
# version stand once in `control.delivery` under its `_load_id`, not on each of its twenty million rows.
LOADER_COLUMNS = {
    "known_at": "TIMESTAMPTZ",
    "_extra": "VARCHAR",
    "_line_no": "BIGINT",
    "_row_hash": "UBIGINT",
    "_fk_missing": "VARCHAR[]",
    "_load_id": "VARCHAR",
    "_first_loaded_at": "TIMESTAMPTZ",
    "_last_changed_at": "TIMESTAMPTZ",
}

CONTROL_TABLES = {
    "delivery": """
        load_id VARCHAR, file_name VARCHAR, file_sha256 VARCHAR, file_bytes BIGINT, mapping VARCHAR,
        system VARCHAR, table_name VARCHAR, contract VARCHAR, contract_version VARCHAR,
        status VARCHAR, reason VARCHAR,
        rows_in BIGINT, rows_loaded BIGINT, rows_quarantined BIGINT, rows_duplicate BIGINT,
        rows_superseded BIGINT, rows_set_aside BIGINT, rows_combined BIGINT, rows_elsewhere BIGINT,
        attested BOOLEAN, complete BOOLEAN, scope VARCHAR, window_from TIMESTAMPTZ, window_to TIMESTAMPTZ,
        extracted_at TIMESTAMPTZ, known_to TIMESTAMPTZ, loaded_at TIMESTAMPTZ""",
    "quarantine": """
        quarantine_id VARCHAR, load_id VARCHAR, file_name VARCHAR, file_sha256 VARCHAR, line_no BIGINT, sheet VARCHAR,
        contract VARCHAR, contract_version VARCHAR, stage VARCHAR, reason_code VARCHAR, columns VARCHAR[],
        raw_line VARCHAR, parsed VARCHAR, first_seen TIMESTAMPTZ, status VARCHAR,
        resolved_by VARCHAR, resolved_load_id VARCHAR, resolved_at TIMESTAMPTZ, resolution VARCHAR""",
    "drift": """
        load_id VARCHAR, file_name VARCHAR, contract VARCHAR, kind VARCHAR, column_name VARCHAR,
        found VARCHAR, rows BIGINT, first_seen TIMESTAMPTZ""",
    "contract_table": """
        system VARCHAR, table_name VARCHAR, contract VARCHAR, tier INTEGER, title VARCHAR, title_zh VARCHAR,
        absent_default VARCHAR, absent_default_zh VARCHAR""",
    "reference_check": "contract VARCHAR, loads BIGINT",
    "missing_master": """
        contract VARCHAR, columns VARCHAR, master VARCHAR, rows BIGINT, keys BIGINT, examples VARCHAR[]""",
    "key": "entity VARCHAR, source_system VARCHAR, source_id VARCHAR, id VARCHAR, is_standing BOOLEAN",
    "latest": "as_of TIMESTAMPTZ",
    "tested": "load_id VARCHAR, contract VARCHAR",
    "settled_file": "entry VARCHAR",
    "engine": "hash_probe UBIGINT",
    "personal_key": "probe VARCHAR",
    "replayed": "contract VARCHAR",
    "pass_done": "stage VARCHAR, rules VARCHAR, as_of TIMESTAMPTZ, loads BIGINT, replayed BOOLEAN, turn BIGINT",
    "increment": "is_possible BOOLEAN, last_as_of TIMESTAMPTZ, turn BIGINT, last_turn BIGINT",
    "new_load": "load_id VARCHAR, contract VARCHAR",
    "told_change": "model VARCHAR, whole_turn BIGINT",
    "replaced": "model VARCHAR, turn BIGINT, units BIGINT",
    "stage_fingerprint": "stage VARCHAR, fingerprint VARCHAR, as_of TIMESTAMPTZ",
}


def quote(name: str) -> str:
    """A SQL identifier, whatever characters it holds."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: str | None) -> str:
    """A SQL text literal, or NULL."""
    return "NULL" if value is None else "'" + value.replace("'", "''") + "'"


def contract_tables() -> dict[str, Table]:
    """Every table a deployment may deliver, by qualified name, in the order of the contracts."""
    return {table.qualified: table for system in inbox().values() for table in system.tables.values()}


def raw_columns(table: Table) -> dict[str, str]:
    """Name to DuckDB type of every column of `raw.<table>`, contract columns first."""
    return {column.name: column.duckdb_type for column in table.all_columns} | LOADER_COLUMNS


def row_hash(table: Table) -> str:
    """SQL for a hash of what a row says (not of when it was said)."""
    said = ", ".join(quote(column.name) for column in table.columns)
    return f"hash({said}, coalesce(is_deleted, false))"


def create_warehouse(connection: duckdb.DuckDBPyConnection) -> None:
    """Make what is missing; what exists is widened by new contract columns, never narrowed."""
    connection.execute("begin")
    for schema in ("raw", "history", "known", "control", "plan"):
        connection.execute(f"create schema if not exists {schema}")
    for name, columns in CONTROL_TABLES.items():
        connection.execute(f"create table if not exists control.{name} ({columns})")
    connection.execute("alter table control.delivery add column if not exists complete BOOLEAN")
    connection.execute("alter table control.quarantine add column if not exists sheet VARCHAR")
    connection.execute("alter table control.quarantine add column if not exists resolved_at TIMESTAMPTZ")
    connection.execute("alter table control.quarantine add column if not exists resolution VARCHAR")
    connection.execute("alter table control.stage_fingerprint add column if not exists as_of TIMESTAMPTZ")
    for name in ("pass_done", "increment"):
        connection.execute(f"alter table control.{name} add column if not exists turn BIGINT")
    connection.execute("alter table control.increment add column if not exists last_turn BIGINT")
    connection.execute("alter table control.told_change add column if not exists whole_turn BIGINT")
    existing = _existing_columns(connection)
    for table in contract_tables().values():
        columns = raw_columns(table)
        for schema in ("raw", "history"):
            _create_or_widen(connection, f"{schema}.{table.raw_name}", columns, existing)
    _record_contract_tables(connection)
    _rehash_after_upgrade(connection)
    connection.execute("commit")


def _existing_columns(connection: duckdb.DuckDBPyConnection) -> dict[str, set[str]]:
    rows = connection.execute(
        "select schema_name || '.' || table_name, list(column_name) from duckdb_columns() "
        "where schema_name in ('raw', 'history') group by 1"
    ).fetchall()
    return {name: set(columns) for name, columns in rows}


def _create_or_widen(
    connection: duckdb.DuckDBPyConnection, name: str, columns: dict[str, str], existing: dict[str, set[str]]
) -> None:
    if name not in existing:
        body = ", ".join(f"{quote(column)} {kind}" for column, kind in columns.items())
        connection.execute(f"create table {name} ({body})")
        return
    for column, kind in columns.items():
        if column not in existing[name]:
            connection.execute(f"alter table {name} add column {quote(column)} {kind}")


def _record_contract_tables(connection: duckdb.DuckDBPyConnection) -> None:
    rows = [
        (t.system, t.name, t.qualified, t.tier, t.title, t.title_zh, t.absent_default, t.absent_default_zh)
        for t in contract_tables().values()
    ]
    stored = connection.execute("from control.contract_table").fetchall()
    if stored != rows:
        connection.execute("delete from control.contract_table")
        places = ", ".join("(?, ?, ?, ?, ?, ?, ?, ?)" for _ in rows)
        connection.execute(
            f"insert into control.contract_table values {places}", [cell for row in rows for cell in row]
        )


def _rehash_after_upgrade(connection: duckdb.DuckDBPyConnection) -> None:
    """Hash stored rows anew where an upgrade changed the engine's hash function.

    md5 would outlive upgrades but costs fifty times as much on every row of every load.
    """
    probe = connection.execute(
        "select hash('supplyloop', 1::bigint, 1.5::decimal(18, 4), date '2026-01-01')"
    ).fetchone()
    stored = connection.execute("select hash_probe from control.engine").fetchone()
    if stored == probe:
        return
    connection.execute("delete from control.engine")
    connection.execute("insert into control.engine values (?)", probe)
    if stored is None:
        return
    for table in contract_tables().values():
        for schema in ("raw", "history"):
            connection.execute(f"update {schema}.{table.raw_name} set _row_hash = {row_hash(table)}")
