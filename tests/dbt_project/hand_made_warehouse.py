"""A warehouse as ingestion leaves it, made by hand, and dbt run over it in process."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from contracts import inbox
from pipelines.ingestion.schema import CONTROL_TABLES
from pipelines.journal_tables import create_feedback_tables
from pipelines.known import PROMISES
from pipelines.planning.tables import create_plan_tables

PROJECT = Path(__file__).parents[2] / "dbt_project"
AS_OF = "2026-11-01 06:00:00+08:00"
LOADER_COLUMNS = "known_at timestamptz, _file_sha256 varchar, _line_no bigint, _load_id varchar"

CONTROL = {
    "missing_master": CONTROL_TABLES["missing_master"],
    "delivery": CONTROL_TABLES["delivery"],
    "quarantine": CONTROL_TABLES["quarantine"],
    "contract_table": """system varchar, table_name varchar, contract varchar, tier integer, title varchar,
        title_zh varchar, absent_default varchar, absent_default_zh varchar""",
    "key": CONTROL_TABLES["key"],
    "latest": "as_of timestamptz",
}


def connect(path: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(str(path))
    connection.execute("set TimeZone = 'Asia/Shanghai'")
    return connection


def create(path: Path) -> None:
    """Every table of the contract, empty; nothing delivered."""
    with connect(path) as connection:
        for schema in ("raw", "known", "control", "plan"):
            connection.execute(f"create schema {schema}")
        for name, columns in CONTROL.items():
            connection.execute(f"create table control.{name} ({columns})")
        create_plan_tables(connection)
        create_feedback_tables(connection)
        connection.execute("insert into control.latest values (?)", [AS_OF])
        for table in (table for system in inbox().values() for table in system.tables.values()):
            columns = ", ".join(f'"{column.name}" {column.duckdb_type}' for column in table.all_columns)
            connection.execute(f"create table raw.{table.raw_name} ({columns}, {LOADER_COLUMNS})")
            views = ("", "__versions") if table.qualified in PROMISES else ("",)
            for view in views:
                connection.execute(f"create view known.{table.raw_name}{view} as select * from raw.{table.raw_name}")
            connection.execute(
                "insert into control.contract_table values (?, ?, ?, ?, ?, ?, ?, ?)",
                [table.system, table.name, table.qualified, table.tier, table.title, table.title_zh,
                 table.absent_default, table.absent_default_zh],
            )  # fmt: skip


def deliver(path: Path, table: str, rows: list[dict]) -> None:
    """Put rows into a table of the contract and record the delivery, or into one that planning writes."""
    system, name = table.split(".")
    target = f"plan.{name}" if system == "plan" else f"raw.{system}__{name}"
    common = {} if system == "plan" else {"source_system": system, "updated_at": "2026-09-01 00:00:00+08:00"}
    with connect(path) as connection:
        for row in ({**common, **row} for row in rows):
            columns = ", ".join(f'"{column}"' for column in row)
            places = ", ".join("?" * len(row))
            connection.execute(f"insert into {target} ({columns}) values ({places})", [*row.values()])
        if system != "plan":
            connection.execute(
                "insert into control.delivery (system, table_name, contract, status, rows_loaded, "
                "rows_quarantined, rows_duplicate, attested, extracted_at) "
                "values (?, ?, ?, 'loaded', ?, 0, 0, true, ?)",
                [system, name, table, len(rows), AS_OF],
            )


@dataclass
class Built:
    """A warehouse after dbt has run over it."""

    path: Path
    target: Path
    rows_when_nothing_was_delivered: dict[str, int] = field(default_factory=dict)
    status_when_nothing_was_delivered: list[tuple] = field(default_factory=list)

    def dbt(self, *command: str):
        from dbt.adapters.duckdb import DuckDBConnectionManager
        from dbt.cli.main import dbtRunner

        try:
            return dbtRunner().invoke(
                [*command, "--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT), "--target-path",
                 str(self.target), "--log-path", str(self.target / "logs"), "--quiet"]
            )  # fmt: skip
        finally:
            DuckDBConnectionManager.close_all_connections()

    def query(self, sql: str) -> list[tuple]:
        with connect(self.path) as connection:
            return connection.execute(sql).fetchall()

    def marts(self) -> list[str]:
        tables = self.query("select table_name from information_schema.tables where table_schema = 'marts'")
        return sorted(name for (name,) in tables)
