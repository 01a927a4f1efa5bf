"""Sharing what is there when it is not enough: everybody lasts equally long."""

import numpy as np
import polars as pl

from forecasting.door import check_frame, check_unique, refuse_rows

NEEDS = {
    "sku_id": "text",
    "from_location_id": "text",
    "location_id": "text",
    "need_qty": "integer",
    "position_qty": "integer",
    "demand_rate": "number",
    "step": "integer",
}
SUPPLY = {"sku_id": "text", "from_location_id": "text", "available_qty": "integer"}
KEY = ["sku_id", "from_location_id"]
ROUNDS = 80
# Units a day below which a location does not sell, and what halving may leave of a unit.
SLOWEST, TOLERANCE = 1e-9, 1e-6


def fair_share(supply: pl.DataFrame, needs: pl.DataFrame) -> pl.DataFrame:
    """Split what a location can give among those who need it, by equal days of cover.

    Where there is enough, everybody gets the need in whole steps. Else the days of cover are raised for all alike until
    the units are used up: who has least is served first, and nobody gets more than the need. Steps that do not come out
    even go to whoever then covers fewest days. (Fair share by equal run-out: Silver, Pyke and Thomas 2017, section
    11.5.)

    Parameters
    ----------
    supply
        ``sku_id``, ``from_location_id`` (text), ``available_qty`` (int, ≥ 0).
    needs
        ``sku_id``, ``from_location_id``, ``location_id`` (text), ``need_qty`` (int, ≥ 0), ``position_qty`` (int: stock
        and what is on its way), ``demand_rate`` (number, ≥ 0: units per day), ``step`` (int, ≥ 1: sent in multiples).

    Returns
    -------
    pl.DataFrame
        ``needs`` with ``allocated_qty`` (int, multiples of ``step``): never more than the need, and together never more
        than is available.

    Raises
    ------
    ValueError
        Naming column, value and row of the first thing that is wrong.
    """
    check_frame(supply, SUPPLY, "supply")
    check_frame(needs, NEEDS, "needs")
    check_unique(supply, KEY, "supply")
    check_unique(needs, [*KEY, "location_id"], "needs")
    refuse_rows(supply, pl.col("available_qty") < 0, "available_qty", "must be zero or more", "supply")
    for column in ("need_qty", "demand_rate"):
        refuse_rows(needs, pl.col(column) < 0, column, "must be zero or more", "needs")
    refuse_rows(needs, pl.col("step") < 1, "step", "must be 1 or more", "needs")
    asked = needs.join(supply.select(*KEY, "available_qty"), on=KEY, how="left", maintain_order="left")
    group = asked.select(pl.struct(KEY).rank("dense") - 1).to_series().to_numpy().astype(np.int64)
    available = np.zeros(group.max(initial=-1) + 1, dtype=np.int64)
    available[group] = asked["available_qty"].fill_null(0).to_numpy()
    need, step = asked["need_qty"].to_numpy(), asked["step"].to_numpy()
    position, rate = asked["position_qty"].to_numpy(), asked["demand_rate"].to_numpy().astype(float)
    exact = _level_cover(group, available, need, position, rate)
    allocated = np.floor(exact / step + TOLERANCE).astype(np.int64) * step
    _share_steps(allocated, group, available, need, step, position, rate)
    return needs.with_columns(allocated_qty=pl.Series(allocated, dtype=pl.Int64))


def _share_steps(
    allocated: np.ndarray,
    group: np.ndarray,
    available: np.ndarray,
    need: np.ndarray,
    step: np.ndarray,
    position: np.ndarray,
    rate: np.ndarray,
) -> None:
    """Give what whole steps left over, a step at a time, to whoever covers fewest days and can take one."""
    left = available - np.bincount(group, allocated, minlength=available.size).astype(np.int64)
    while True:
        takes = (allocated + step <= need) & (step <= left[group])
        if not takes.any():
            return
        cover = (position + allocated) / np.maximum(rate, SLOWEST)
        first = np.lexsort((cover, rate <= SLOWEST, ~takes, group))
        poorest = first[np.unique(group[first], return_index=True)[1]]
        poorest = poorest[takes[poorest]]
        allocated[poorest] += step[poorest]
        left[group[poorest]] -= step[poorest]


def _level_cover(
    group: np.ndarray, available: np.ndarray, need: np.ndarray, position: np.ndarray, rate: np.ndarray
) -> np.ndarray:
    """Units that bring everybody of a group to the same cover, at most the need, by halving for all groups at once."""
    # Who sells nothing is served after all others: its cover counts as if it sold very little.
    slow = np.maximum(rate, SLOWEST)
    low = np.zeros(available.size)
    high = np.zeros(available.size)
    np.minimum.at(low, group, position / slow)
    np.maximum.at(high, group, (position + need) / slow)
    for _ in range(ROUNDS):
        middle = (low + high) / 2
        used = np.bincount(group, np.clip(middle[group] * slow - position, 0, need), minlength=available.size)
        fits = used <= available + TOLERANCE
        low, high = np.where(fits, middle, low), np.where(fits, high, middle)
    enough = np.bincount(group, need, minlength=available.size) <= available
    level = np.where(enough, np.inf, low)
    return np.where(enough[group], need, np.clip(level[group] * slow - position, 0, need))
