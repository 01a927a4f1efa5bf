"""Sales that would be lost before an order of today could come, and who saves them."""

import polars as pl

from optimization.replenishment.allocation.spare_and_short import spare_and_short
from optimization.replenishment.allocation.transfers import plan_transfers
from optimization.replenishment.economics.problem import ReplenishmentProblem
from optimization.replenishment.problem import KEY

TAKER = ["sku_id", "to_location_id"]


def rescue(
    ordered: ReplenishmentProblem, trips: pl.DataFrame, clearing: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What places have to spare, and the best move to each place that runs out before an order could come.

    Parameters
    ----------
    ordered
        The problem with one option per item.
    trips, clearing
        As in ``Problem``: what is to be cleared is spare to nobody.

    Returns
    -------
    tuple of pl.DataFrame
        ``sku_id``, ``location_id``, ``surplus_qty``, ``value_here``; and moves as ``plan_transfers`` returns them, of a
        SKU one to a place.
    """
    in_days = (pl.col("arrival_date") - ordered.as_of_date).dt.total_days().cast(pl.Int64)
    soonest = trips.group_by(location_id="to_location_id").agg(days=in_days.min()).sort("location_id")
    spare, short = spare_and_short(ordered, soonest)
    cleared = clearing.select(*KEY, cleared="quantity")
    free = spare.join(cleared, on=KEY, how="left", maintain_order="left").with_columns(
        surplus_qty=pl.col("surplus_qty") - pl.col("cleared").fill_null(0)
    )
    left = free.drop("cleared").filter(pl.col("surplus_qty") > 0)
    moves = plan_transfers(left, short, trips.select("from_location_id", "to_location_id", "unit_cost"))
    return left, moves.unique(TAKER, keep="first", maintain_order=True)
