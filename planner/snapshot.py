"""One publication, open for the desk's own questions; read only."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import polars as pl

from planner.tenant import Published, Tenant

# The desk asks for little at a time; analysts' queries run elsewhere.
MEMORY_LIMIT = "128MB"
# Marts of the analysis pass that the worklist reads: a run that only decides leaves them out, and then they are empty.
NOT_MADE_YET = {
    "exceptions": "exception_id varchar, money_at_stake decimal(18, 4)",
    "sku_lifecycle": "sku_id varchar, stage varchar, recorded_lifecycle varchar",
    "purchase_order_tracking": (
        "sku_id varchar, location_id varchar, po_id varchar, po_line_id varchar, supplier_id varchar, "
        "tracking_status varchar, open_qty decimal(18, 4), is_acknowledged boolean, expected_arrival_date date, "
        "expected_date date, requested_date date, latest_arrival_date date"
    ),
    "expiry_projection": (
        "sku_id varchar, location_id varchar, batch_no varchar, sellable_qty decimal(18, 4), "
        "unsold_qty decimal(18, 4), days_left bigint, expiry_date date, last_sale_date date"
    ),
    "supplier_closure": "supplier_id varchar, closed_from date, closed_to date",
    "purchase_outcome": "sku_id varchar, location_id varchar, outcome_date date, holding_rate decimal(18, 8)",
}


class Snapshot:
    """The marts of one publication, kept from being pruned until `close`. May be shared by threads."""

    # Whether it has the rows of every place.
    is_whole = True
    # Where questions find the marts.
    schema = "main"

    def __init__(self, lease: Callable[[], AbstractContextManager[Published]], zone: ZoneInfo) -> None:
        self._lease = ExitStack()
        self.published: Published = self._lease.enter_context(lease())
        self.today = self.published.as_of.astimezone(zone).date()
        config = {"memory_limit": MEMORY_LIMIT, "threads": 2, "temp_directory": "", "autoload_known_extensions": False}
        self._connection = duckdb.connect(":memory:", config=config)
        self._connection.execute(f"set TimeZone = '{zone.key}'")
        self._connection.execute("set parquet_metadata_cache = true")
        # The system keeps the files in its cache already; a second copy would fill the memory that the desk may use.
        self._connection.execute("set enable_external_file_cache = false")
        self._connection.execute("set allocator_flush_threshold = '8MB'")
        for name, path in self.published.marts.items():
            file = str(path).replace("'", "''")
            self._connection.execute(f"create view \"{name}\" as from read_parquet('{file}')")
        for name in NOT_MADE_YET.keys() - self.published.marts.keys():
            self._connection.execute(f"create table {name} ({NOT_MADE_YET[name]})")

    @property
    def kept_list(self) -> Path | None:
        """The file in which the list of this publication may be kept."""
        return self.published.kept_list

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """What holds the marts, for another view of them."""
        return self._connection

    @property
    def home_currency(self) -> str | None:
        """In which money sums are; None where no item tells, or the publication is of a version before it was told."""
        if "home_currency" not in self.published.columns.get("replenishment_input", ()):
            return None
        return self.row("select max(home_currency) as currency from replenishment_input")["currency"]

    def rows(self, sql: str, parameters: Sequence[object] | Mapping[str, object] = ()) -> list[dict[str, object]]:
        """Every row of a query over the marts, as a mapping by column."""
        with self._cursor() as cursor:
            cursor.execute(sql, parameters)
            columns = [column[0] for column in cursor.description]
            return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]

    def row(self, sql: str, parameters: Sequence[object] | Mapping[str, object] = ()) -> dict[str, object]:
        """The one row of a query."""
        [row] = self.rows(sql, parameters)
        return row

    def scan(self, mart: str) -> pl.LazyFrame:
        """A mart to read some columns of, whole: the engine above keeps buffers, and half a million lines are many."""
        return pl.scan_parquet(self.published.marts[mart])

    def frame(self, sql: str) -> pl.DataFrame:
        """The answer of a query as a frame."""
        with self._cursor() as cursor:
            return cursor.execute(sql).pl()

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        cursor = self._connection.cursor()
        cursor.execute(f"set schema = '{self.schema}'")
        return cursor

    def has(self, *marts: str) -> bool:
        """Whether all of these are in the publication."""
        return all(mart in self.published.marts for mart in marts)

    def close(self) -> None:
        """Give the publication free."""
        self._connection.close()
        self._lease.close()


class Snapshots:
    """The current publication of a workspace, opened anew when another one is published.

    The one before stays open until the next comes, for whoever is still reading it.
    """

    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant
        self._lock = threading.Lock()
        self._open: list[Snapshot] = []

    def current(self) -> Snapshot | None:
        """The publication that readers open now; None before the first."""
        publication_id = self.tenant.current()
        if publication_id is None:
            return None
        with self._lock:
            if not self._open or self._open[-1].published.publication_id != publication_id:
                self._open.append(Snapshot(self.tenant.lease, self.tenant.zone))
                for old in self._open[:-2]:
                    old.close()
                self._open = self._open[-2:]
            return self._open[-1]
