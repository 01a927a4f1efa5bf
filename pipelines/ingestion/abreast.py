"""Which files of an inbox may be loaded side by side: small ones that fill tables of their own.

A file waits for those before it that write what it reads, write what it writes, or read what it writes. So whatever is
loaded meanwhile, it finds what it would find if one file were loaded after the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from contracts.mapping import Mapping
from contracts.model import Table
from pipelines.ingestion.delivery import DeliveryRefusedError, recognise, split_name

__all__ = ["may_use_all_cores", "waits_for"]

SMALL = 2_000_000  # bytes
PACKED, PACKING = (".parquet", ".gz", ".zip", ".xlsx"), 20
# Where the units of a row's goods are looked up (units.py).
UNITS = frozenset({"product.sku", "product.sku_uom", "reference.key_map"})


def waits_for(files: Sequence[Path], mappings: Sequence[Mapping]) -> list[set[int]]:
    """By file, the places of earlier ones that must be loaded before it."""
    fills = [None if may_use_all_cores(path) else _fills(path, mappings) for path in files]
    sizes = [None if filled is None else path.stat().st_size for path, filled in zip(files, fills, strict=True)]
    return [
        {
            other
            for other in range(place)
            # The same content under another name is known by what the first became.
            if sizes[place] == sizes[other] or _meet(fills[place], fills[other])
        }
        for place in range(len(files))
    ]


def may_use_all_cores(path: Path) -> bool:
    """Whether a file is so large, or so unusual, that it is loaded alone."""
    try:
        found = path.lstat()
    except OSError:
        return True
    times = PACKING if split_name(path)[1].endswith(PACKED) else 1
    return path.is_symlink() or not path.is_file() or found.st_size * times > SMALL


def _fills(path: Path, mappings: Sequence[Mapping]) -> tuple[Table, ...] | None:
    """The tables that a file fills; None if that cannot be told."""
    try:
        return tuple(table for _, table in recognise(path, "", list(mappings)).targets)
    except DeliveryRefusedError:
        return None


def _meet(one: tuple[Table, ...] | None, other: tuple[Table, ...] | None) -> bool:
    """Whether either of two files writes what the other reads or writes."""
    if one is None or other is None:
        return True
    return not (_written(one).isdisjoint(_used(other)) and _written(other).isdisjoint(_used(one)))


def _written(tables: tuple[Table, ...]) -> set[str]:
    return {table.qualified for table in tables}


def _used(tables: tuple[Table, ...]) -> set[str]:
    masters = {key.table for table in tables for key in table.foreign_keys if key.hard}
    return _written(tables) | masters | UNITS
