"""What every problem on paths checks at its door: shapes, whole periods, keys that are known."""

import numpy as np
import polars as pl

from forecasting.door import refuse_rows


def check_demand(demand: np.ndarray, items: pl.DataFrame) -> None:
    """Refuse demand that is not of shape (items, paths, periods), finite and zero or more.

    Raises
    ------
    ValueError
        Naming the shape that was found.
    """
    if demand.ndim != 3 or demand.shape[0] != items.height or 0 in demand.shape[1:]:
        raise ValueError(f"demand must have shape ({items.height}, paths, periods), found {demand.shape}")
    if not (np.isfinite(demand).all() and (demand >= 0).all()):
        raise ValueError("demand must be finite and zero or more on every path")


def check_periods(name: str, periods: np.ndarray, rows: int, paths: int) -> None:
    """Refuse periods that are not whole, zero or more and of shape (rows, paths).

    Raises
    ------
    ValueError
        Naming the array and what was found.
    """
    if periods.shape != (rows, paths) or not np.issubdtype(periods.dtype, np.integer):
        raise ValueError(
            f"{name} must be whole numbers of shape ({rows}, {paths}), found {periods.dtype} {periods.shape}"
        )
    if periods.size and periods.min() < 0:
        raise ValueError(f"{name} must be zero or more, found {periods.min()}")


def refuse_unknown(
    frame: pl.DataFrame, known: pl.DataFrame, keys: list[str], column: str, what: str, among: str
) -> None:
    """Refuse rows of ``what`` whose key is not among those known.

    Raises
    ------
    ValueError
        Naming the first of them.
    """
    there = known.select(keys).with_columns(there=True)
    joined = frame.join(there, on=keys, how="left", maintain_order="left")
    refuse_rows(joined, pl.col("there").is_null(), column, f"is not among the {among}", what)
