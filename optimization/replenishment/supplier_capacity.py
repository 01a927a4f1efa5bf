"""What a supplier has left of a SKU, shared between the places that buy it."""

import numpy as np
import polars as pl

from optimization.replenishment.allocation.fair_share import fair_share
from optimization.replenishment.problem import KEY

OF_SUPPLIER = ["supplier_id", "sku_id"]
HELD = ("on_hand_qty", "in_transit_qty", "on_order_qty", "approved_qty")


def shared_capacity(
    offered: pl.DataFrame, items: pl.DataFrame, demand: pl.DataFrame, capacities: pl.DataFrame
) -> pl.Series:
    """Most that each place may order, where a supplier has only so much for all of them.

    While he has what all together may need, each may take what the others leave; else all are brought to the same days
    of cover (``fair_share``). Ordered place by place, the first to be confirmed would get all, and the rest be
    cancelled day after day.

    Parameters
    ----------
    offered
        Options: the key, ``supplier_id``, ``item`` (row of ``items``), ``daily`` (units a day), ``order_multiple``
        (int), ``capacity_qty`` (int, null: no limit of the place's own).
    items
        ``on_hand_qty``, ``in_transit_qty``, ``on_order_qty``, ``approved_qty``, ``reserved_qty``.
    demand
        As ``Problem.demand``: what may be needed is the highest level known of demand until the next order comes.
    capacities
        As in ``Problem``.

    Returns
    -------
    pl.Series
        Int, null without any limit; in the options' order.
    """
    if capacities.is_empty():
        return offered["capacity_qty"]
    highest = (
        demand.filter(pl.col("interval") == "protection")
        .group_by(KEY)
        .agg(highest=pl.col("quantity").cast(pl.Float64).max())
    )
    position = items.select(
        position=sum(pl.col(name) for name in HELD) - pl.col("reserved_qty"), item=pl.int_range(pl.len())
    )
    needs = (
        offered.with_row_index("row")
        .join(capacities, on=OF_SUPPLIER)
        .join(position, on="item", how="left")
        .join(highest, on=KEY, how="left")
        .sort("row")
        .select(
            "row",
            "sku_id",
            "location_id",
            "left_qty",
            from_location_id="supplier_id",
            need_qty=(pl.col("highest").fill_null(0.0) - pl.col("position")).clip(0).ceil().cast(pl.Int64),
            position_qty=pl.col("position").cast(pl.Int64),
            demand_rate=pl.col("daily").fill_null(0.0).clip(0.0),
            step=pl.col("order_multiple").fill_null(1).clip(1),
        )
    )
    group = ["sku_id", "from_location_id"]
    supply = needs.select(*group, available_qty="left_qty").unique(group, maintain_order=True)
    given = fair_share(supply, needs.drop("row", "left_qty"))["allocated_qty"]
    spare = pl.col("left_qty") - pl.col("given").sum().over(group)
    alike = spare // pl.len().over(group)
    most = needs.with_columns(given=given).with_columns(most=pl.col("given") + alike.clip(0))
    found = offered["capacity_qty"].cast(pl.Float64).fill_null(np.inf).to_numpy().copy()
    rows = most["row"].to_numpy()
    found[rows] = np.minimum(found[rows], most["most"].to_numpy())
    return pl.Series(found).replace(np.inf, None).cast(pl.Int64)
