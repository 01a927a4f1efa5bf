"""A view of the list as a sheet: what identifies a line first, then the quantity to change, then the rest."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import polars as pl

from feedback.files.sheet import Cell, Sheet
from planner.access.hiding import Hidden, is_hidden

KEYS = ("suggestion_id", "version", "sku_id", "location_id", "quantity")
# The one column that is read back.
CHANGED = "new_quantity"


def as_sheet(frame: pl.DataFrame, hidden: Hidden, name: str) -> Sheet:
    """Every line of `frame` in its order, without columns that are hidden.

    Parameters
    ----------
    frame
        Lines of a worklist; all of `KEYS` are in it.
    """
    rest = [column for column in frame.columns if column not in KEYS and not is_hidden(column, hidden)]
    shown = frame.select(*KEYS, pl.col("quantity").alias(CHANGED), *rest)
    return Sheet(name, tuple(shown.columns), [_row(row) for row in shown.iter_rows()])


def _row(values: Sequence[Any]) -> tuple[Cell, ...]:
    return tuple(_cell(value) for value in values)


def _cell(value: Any) -> Cell:
    if isinstance(value, float):
        # Quantities and days; six places are more than either has.
        return Decimal(f"{value:.6f}") if math.isfinite(value) else None
    return value
