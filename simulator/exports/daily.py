"""What the eleven systems export at the end of a day: everything new or changed since the last export."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from simulator.exports.arrow import columns_table, rows_table
from simulator.exports.dialects import deliver_foreign, speak
from simulator.exports.files import Delivery, write_file
from simulator.layout import VERSIONED
from simulator.steps import snapshots
from simulator.tables import Facts
from simulator.times import as_datetime, moment

if TYPE_CHECKING:
    from simulator.world import World

__all__ = ["as_arrow", "collect", "deliver"]


MANY_ROWS = 20_000


def deliver(world: World, folder: Path, since: int) -> list[Path]:
    """Write one file per table with news into `folder`, for the days from `since` to yesterday.

    Large tables are Parquet, the others CSV, and what the world's dialects say is in their formats. Returns the
    paths, in order of table, dialects last; a table without news writes nothing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    delivery = Delivery(as_datetime(moment(since)), as_datetime(moment(world.day)))
    tables, foreign = speak(collect(world), delivery, world.parameters.exports.dialects)
    written = [
        write_file(folder, qualified, rows, delivery, "parquet" if rows.num_rows > MANY_ROWS else "csv")
        for qualified, rows in sorted(tables.items())
    ]
    return written + deliver_foreign(foreign, folder, delivery)


def collect(world: World) -> dict[str, pa.Table]:
    """Take everything new or changed since the last call, and where stock lies at this moment, by table."""
    out: dict[str, pa.Table] = {}
    snapshots.bins(world, world.day - 1)
    for qualified, table in world.tables.items():
        columns = table.take() if isinstance(table, Facts) else table.take_changed()
        if columns and len(columns["_serial"]):
            out[qualified] = as_arrow(world, qualified, columns)
    for qualified, rows in world.rows.items():
        if rows:
            out[qualified] = rows_table(qualified, rows)
    world.rows = {}
    return out


def as_arrow(world: World, qualified: str, columns: Mapping[str, np.ndarray]) -> pa.Table:
    return columns_table(qualified, columns, world.books, versioned=qualified in VERSIONED)
