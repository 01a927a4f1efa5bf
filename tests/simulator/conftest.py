"""A small world lived once per worker, and what it exported as tables in DuckDB."""

from dataclasses import dataclass

import duckdb
import pyarrow as pa
import pytest

from contracts import inbox
from simulator.choice import choose
from simulator.exports.daily import collect
from simulator.world import World


@dataclass
class Exported:
    """A world after its history, and its tables as views `<system>_<table>`."""

    world: World
    tables: dict[str, pa.Table]
    connection: duckdb.DuckDBPyConnection


@pytest.fixture(scope="session")
def exported() -> Exported:
    parameters = choose("small")
    world = World.of(parameters)
    world.live(parameters.world.history_days)
    tables = collect(world)
    connection = duckdb.connect()
    connection.execute("set timezone = 'Asia/Shanghai'")
    for system in inbox().values():
        for table in system.tables.values():
            rows = tables.get(table.qualified)
            if rows is None:
                rows = pa.table({column.name: pa.nulls(0, pa.string()) for column in table.all_columns})
            connection.register(table.qualified.replace(".", "_"), latest(rows, table))
    connection.execute("create view now as select max(as_of) as instant from inventory_stock_snapshot")
    return Exported(world, tables, connection)


@pytest.fixture
def db(exported) -> duckdb.DuckDBPyConnection:
    return exported.connection


def latest(rows: pa.Table, table) -> pa.Table:
    """The last version of every key, as a receiver would hold it."""
    if table.semantics != "upsert" or not rows.num_rows:
        return rows
    keys = ", ".join(f'"{part}"' for part in table.primary_key if part in rows.column_names)
    found = duckdb.sql(
        f"select * from rows qualify row_number() over (partition by {keys} order by updated_at desc) = 1"
    )
    return found.to_arrow_table()
