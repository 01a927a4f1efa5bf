"""Columns of a list in no more bytes than their values need; no value changes."""

from __future__ import annotations

import polars as pl

# A code of one or two bytes. What has more different values, as SKUs have, keeps four.
MOST_CATEGORIES = 4096


def narrow(column: pl.Series) -> pl.Series:
    """Texts of few values as codes in their order, numbers in four bytes where those hold them; else as it is."""
    if column.dtype == pl.Float64:
        short = column.cast(pl.Float32)
        return short if (short.cast(pl.Float64) == column).all() else column
    if column.dtype == pl.Categorical:
        named = column.unique().drop_nulls().cast(pl.String).sort()
        if len(named) <= MOST_CATEGORIES:
            return column.cast(pl.String).cast(pl.Enum(named))
    return column
