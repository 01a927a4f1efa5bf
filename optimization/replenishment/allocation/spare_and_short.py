"""Which locations have goods to spare, and which run out before an order of today could help."""

import numpy as np
import polars as pl

from forecasting.door import check_frame, check_unique
from optimization.replenishment.economics.problem import BUCKETS, ReplenishmentProblem
from optimization.replenishment.problem import KEY

SOONEST = {"location_id": "text", "days": "integer"}
HERE = ("on_hand", "reserved")
SURE = 0.1  # spare is what is left on nine of ten paths


def spare_and_short(priced: ReplenishmentProblem, soonest: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Units that are left when the next order arrives, and sales lost before an order of today could arrive.

    No purchase can win the latter back, so nothing is bought for them (``ReplenishmentProblem`` counts from the
    arrival on): a transfer for them takes no need away from the purchases, nor does it double one. Customers who wait
    are not lost: what is bought serves them, so nothing is moved for them besides.

    Parameters
    ----------
    priced
        What replenishment decides on, with one option per item in the items' order.
    soonest
        ``location_id`` (text), ``days`` (int): until a transfer of today can arrive there.

    Returns
    -------
    tuple of pl.DataFrame
        Surplus and needs as ``plan_transfers`` takes them: a spare unit is worth what another would cost; the n-th
        unit sent is sold where at least n would be lost, and lies there in place of another where they are not.

    Raises
    ------
    ValueError
        When a column is missing or wrong, or a location doubled.
    """
    check_frame(soonest, SOONEST, "soonest")
    check_unique(soonest, ["location_id"], "soonest")
    days = priced.items.join(soonest, on="location_id", how="left", maintain_order="left")["days"]
    receipts = priced.receipts(*(bucket for bucket in BUCKETS if bucket not in HERE))
    here = _here(priced)
    spare, lost = _lived(priced, receipts, here, days.cast(pl.Int64).fill_null(10**6).to_numpy())
    money = priced.items.select(*KEY, "unit_price").with_columns(value_here=priced.options["unit_cost"])
    surplus = money.select(
        *KEY, surplus_qty=pl.Series(np.minimum(spare, here.clip(0)), dtype=pl.Int64), value_here="value_here"
    )
    return surplus.filter(pl.col("surplus_qty") > 0), _needs(money, lost)


def _needs(money: pl.DataFrame, lost: np.ndarray) -> pl.DataFrame:
    """Units by the chance that they would be lost, and what they are worth there; shape of `lost`: (items, paths).

    No more than are lost in the mean: in 45 days of a world the units that only few futures miss took three times the
    freight and saved no sale.
    """
    most = np.floor(lost.mean(axis=1) + 1e-6).astype(np.int64)
    whole = np.minimum(np.floor(np.sort(lost, axis=1)[:, ::-1] + 1e-6).astype(np.int64), most[:, None])
    # So many units are lost on the worst n paths: each step down is a rung of units lost on n of them.
    rungs = whole - np.concatenate([whole[:, 1:], np.zeros((len(whole), 1), dtype=np.int64)], axis=1)
    item, place = np.nonzero(rungs)
    chance = (place + 1) / lost.shape[1]
    at = money[item]
    sold, kept = at["unit_price"].cast(pl.Float64), at["value_here"].cast(pl.Float64)
    told = at.select(
        *KEY, need_qty=pl.Series(rungs[item, place], dtype=pl.Int64),
        value_there=pl.Series(chance * sold.to_numpy() + (1 - chance) * kept.to_numpy(), dtype=pl.Float64),
    )  # fmt: skip
    # A sale worth what its unit costs is worth that on every rung.
    return told.group_by(*KEY, "value_there", maintain_order=True).agg(pl.col("need_qty").sum())


def _here(priced: ReplenishmentProblem) -> np.ndarray:
    """Units here and free; shape (items,)."""
    sign = pl.when(pl.col("bucket") == "reserved").then(-pl.col("quantity")).otherwise(pl.col("quantity"))
    units = priced.batches.filter(pl.col("bucket").is_in(HERE)).group_by(KEY).agg(here=sign.sum())
    found = priced.items.select(KEY).join(units, on=KEY, how="left", maintain_order="left")["here"]
    return found.fill_null(0).cast(pl.Float64).to_numpy().copy()


def _lived(
    priced: ReplenishmentProblem, receipts: np.ndarray, here: np.ndarray, soonest: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Units surely spare when the next order arrives, and those lost on each path while only a transfer can help."""
    items, paths, days = priced.demand.shape
    waits = priced.items["backorder"].to_numpy()[:, None]
    lead = priced.lead_time
    end = np.minimum(priced.covered_until(), days)
    stock, lost, spare = np.repeat(here[:, None], paths, axis=1), np.zeros((items, paths)), np.zeros((items, paths))
    for day in range(days):
        stock = stock + receipts[:, :, day]
        asked = priced.demand[:, :, day]
        sold = np.minimum(np.maximum(stock, 0.0), asked)
        helped = (day < lead) & (day >= soonest[:, None]) & ~waits
        lost += np.where(helped, asked - sold, 0.0)
        stock = stock - np.where(waits, asked, sold)
        spare = np.where(end == day + 1, stock, spare)
    sure = np.sort(spare, axis=1)[:, int(SURE * paths)] if spare.size else np.zeros(items)
    return np.floor(sure.clip(0) + 1e-6).astype(np.int64), lost
