"""What only the world knows, as Parquet beside the inbox: what forecasts, scorecards and estimates are judged by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from simulator.exports.arrow import ids
from simulator.layout import Book, Serial
from simulator.times import as_date

if TYPE_CHECKING:
    from simulator.world import World

__all__ = ["outside_inbox", "truth_table", "write_truth"]

# How the world's places and serial numbers are called and written; all other columns stand as they are.
_IDS: dict[str, tuple[str, Book | Serial]] = {
    "sku": ("sku_id", Book("sku")), "warehouse": ("warehouse_id", Book("warehouse")),
    "supplier": ("supplier_id", Book("supplier")), "province": ("province", Book("province")),
    "service": ("service_code", Book("service")), "po_line": ("po_line_id", Serial("POL")),
    "waybill": ("waybill_no", Serial("Y")), "wave": ("wave_id", Serial("WV")),
}  # fmt: skip
_DAYS = frozenset({"day", "ordered", "started", "promised", "arrives"})


def write_truth(world: World, folder: Path) -> list[Path]:
    """Write what was added to the truth since the last call, a file for each table, named by the last day lived.

    Raises
    ------
    ValueError
        If the folder lies in an inbox, where the platform would read it.
    """
    outside_inbox(folder)
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name in world.truth.names:
        path = folder / f"{name}.{as_date(world.day - 1):%Y%m%d}.parquet"
        pq.write_table(truth_table(world.truth.take(name), world.books), path, compression="zstd")
        paths.append(path)
    return paths


def truth_table(columns: Mapping[str, np.ndarray], books: Mapping[str, Sequence[str]]) -> pa.Table:
    """A table of the truth with the ids that the exports use: days as dates, all else as numbers."""
    out: dict[str, pa.Array] = {}
    for name, values in columns.items():
        if name in _IDS:
            called, writing = _IDS[name]
            out[called] = ids(writing, values, books).cast(pa.string())
        elif name in _DAYS:
            out[name] = pa.array(np.asarray(values, np.int32), pa.int32()).cast(pa.date32())
        else:
            out[name] = pa.array(values)
    return pa.table(out)


def outside_inbox(folder: Path) -> None:
    """Refuse a folder for the truth that the platform reads.

    Raises
    ------
    ValueError
        If the folder is called `inbox` or lies in one.
    """
    if "inbox" in folder.resolve().parts:
        raise ValueError(f"{folder}: the truth must not lie in the inbox, where it would be read; write it beside")
