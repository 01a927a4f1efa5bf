"""The open-loop generator's output: Parquet by table and month, written beside the running world.

A changing row is written once, when it is final or the generator ends. Converting and writing run in a thread of
their own: numpy and Arrow let go of the interpreter there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from simulator.exports.arrow import rows_table
from simulator.exports.daily import as_arrow, collect
from simulator.exports.files import Delivery, control_totals, file_name, write_file, write_manifest
from simulator.tables import Facts
from simulator.times import as_datetime, moment, month_of

if TYPE_CHECKING:
    from simulator.world import World

__all__ = ["Bulk", "generate"]

# Days after which nothing touches a row again. Over 500 days of the reference world an order, with its return and
# refund, was last touched after 33 days, an outbound order, a parcel or a return after 23; a row needed later than
# is said here stops the world (IndexError), it is never missed in silence.
LIVE_DAYS = {"order": 50, "warehouse": 40, "logistics": 40, "aftersales": 40}
# Procurement, finance and transfers have few rows, and some are looked at long after: what goes back to a supplier
# goes back against its order. They are kept to the end.
ROWS_AT_ONCE = 250_000
WAITING = 3  # batches on their way to disk: bounds memory


def generate(
    world: World, folder: Path, days: int, report: Callable[[int], None] = lambda day: None, daily: int = 0
) -> dict[str, int]:
    """Live `days` days and write all tables to `folder`; returns the rows written by table. The truth is not kept.

    The last `daily` days are deliveries of their own, as the systems export them: a row comes again when it changed.
    """
    world.truth.kept = False
    with Bulk(world, folder) as bulk:
        for _ in range(days - daily):
            world.live()
            bulk.collect()
            report(world.day)
    for _ in range(daily):
        delivery = Delivery(as_datetime(moment(world.day)), as_datetime(moment(world.day + 1)))
        world.live()
        for qualified, rows in collect(world).items():
            write_file(folder, qualified, rows, delivery, "parquet")
            bulk.rows[qualified] = bulk.rows.get(qualified, 0) + rows.num_rows
        report(world.day)
    return bulk.rows


class Bulk:
    """Collects a running world's rows and writes them; use as a context, and `collect` after every day."""

    def __init__(self, world: World, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.world, self.folder = world, folder
        self.rows: dict[str, int] = {}
        self._first_day = world.day
        self._marks: dict[str, list[int]] = {}  # rows there were at the end of each day
        self._parts: dict[str, _Part] = {}
        self._held: dict[str, list[Mapping[str, np.ndarray]]] = {}
        self._writer = ThreadPoolExecutor(1)
        self._waiting: list[Future] = []

    def __enter__(self) -> Bulk:
        return self

    def __exit__(self, kind: object, *rest: object) -> None:
        if kind is None:
            self._flush(final=True)
        self._writer.shutdown(wait=True, cancel_futures=kind is not None)
        if kind is None:
            for future in self._waiting:
                future.result()
            for part in self._parts.values():
                part.close()

    def collect(self) -> None:
        self._flush(final=False)
        if month_of(self.world.day) != month_of(self.world.day - 1):
            self._write_held()
            self._submit(self._close_parts)

    def _flush(self, final: bool) -> None:
        for qualified, table in self.world.tables.items():
            if isinstance(table, Facts):
                self._hold(qualified, table.take())
                continue
            marks = self._marks.setdefault(qualified, [])
            marks.append(table.count)
            live = LIVE_DAYS.get(qualified.split(".")[0])
            before = marks[-live] if live and len(marks) >= live else 0
            while table.base < before:
                self._hold(qualified, table.retire(min(before, table.base + ROWS_AT_ONCE)))
            # What lives on is told as it stands, and told again once it changes.
            while final and len((rows := table.take_changed(ROWS_AT_ONCE))["_serial"]):
                self._hold(qualified, rows)
        if final:
            self._write_held()

    def _hold(self, qualified: str, columns: Mapping[str, np.ndarray]) -> None:
        if columns:
            held = self._held.setdefault(qualified, [])
            held.append(columns)
            if sum(len(batch["_serial"]) for batch in held) >= ROWS_AT_ONCE:
                self._write(qualified)

    def _write_held(self) -> None:
        for qualified in list(self._held):
            self._write(qualified)
        for qualified, rows in self.world.rows.items():
            if rows:
                self._submit(self._append, qualified, rows_table(qualified, rows))
        self.world.rows = {}

    def _write(self, qualified: str) -> None:
        self._submit(self._convert, qualified, self._held.pop(qualified))

    def _submit(self, do: Callable, *args: object) -> None:
        while len(self._waiting) >= WAITING:
            self._waiting.pop(0).result()
        self._waiting.append(self._writer.submit(do, *args))

    # ---------- in the writer's thread
    def _convert(self, qualified: str, batches: list[Mapping[str, np.ndarray]]) -> None:
        tables = [as_arrow(self.world, qualified, batch) for batch in batches]
        self._append(qualified, pa.concat_tables(tables).unify_dictionaries())

    def _append(self, qualified: str, rows: pa.Table) -> None:
        part = self._parts.get(qualified)
        if part is None:
            start = as_datetime(moment(self._first_day))
            part = self._parts[qualified] = _Part(self.folder, qualified, rows.schema, start)
        part.append(rows, as_datetime(moment(self.world.day)))
        self.rows[qualified] = self.rows.get(qualified, 0) + rows.num_rows

    def _close_parts(self) -> None:
        for part in self._parts.values():
            part.close()
        self._parts = {}


class _Part:
    """One Parquet file being written, with its sums."""

    def __init__(self, folder: Path, qualified: str, schema: pa.Schema, window_from: object) -> None:
        self.folder, self.qualified = folder, qualified
        self.window_from = window_from
        self.until = window_from
        self.path = folder / f"{qualified}.part"
        self.writer = pq.ParquetWriter(
            self.path, schema, compression="zstd", compression_level=1, write_statistics=False, **_encodings(schema)
        )
        self.rows = 0
        self.totals: dict[str, Decimal] = {}

    def append(self, rows: pa.Table, until: object) -> None:
        self.writer.write_table(rows.select(self.writer.schema.names))
        self.rows += rows.num_rows
        self.until = until
        for name, total in control_totals(self.qualified, rows).items():
            self.totals[name] = self.totals.get(name, Decimal(0)) + Decimal(total)

    def close(self) -> None:
        self.writer.close()
        # What lives on at a month's end is a second file of that day.
        number = 1
        while (path := self._named(delivery := Delivery(self.window_from, self.until, number=number))).exists():
            number += 1
        self.path.rename(path)
        totals = {name: str(total) for name, total in self.totals.items()}
        write_manifest(path, self.qualified, self.rows, totals, delivery)

    def _named(self, delivery: Delivery) -> Path:
        return self.folder / file_name(self.qualified, delivery, "parquet")


def _encodings(schema: pa.Schema) -> dict[str, object]:
    """How each column is written: together these take less than half the room of plain snappy.

    Amounts repeat, ids are all different (a dictionary of them costs a third of the writing and saves nothing) but
    each follows the one before it, and instants lie close together.
    """
    kinds = {field.name: field.type for field in schema}
    ids = [name for name, kind in kinds.items() if pa.types.is_string(kind)]
    steps = [name for name, kind in kinds.items() if pa.types.is_timestamp(kind) or pa.types.is_integer(kind)]
    return {
        "use_dictionary": [
            name for name, kind in kinds.items() if pa.types.is_dictionary(kind) or pa.types.is_decimal(kind)
        ],
        "store_decimal_as_integer": True,
        "column_encoding": dict.fromkeys(ids, "DELTA_BYTE_ARRAY") | dict.fromkeys(steps, "DELTA_BINARY_PACKED"),
    }
