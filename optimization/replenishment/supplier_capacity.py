"""What a supplier has left of a SKU, shared between the places whose terms are the same."""

import numpy as np
import polars as pl

from optimization.replenishment.allocation.fair_share import fair_share
from optimization.replenishment.economics.problem import OPTION_KEY
from optimization.replenishment.problem import HELD, KEY
from optimization.replenishment.rounding import round_up

# Who shares: for `fair_share` a supplier's terms are the place that gives.
GROUP = ["sku_id", "from_location_id"]
ALL_OTHERS = "*"
DAYS_OF_SUPPLY = 7  # what a supplier has is told by the week


def shared_capacity(
    offered: pl.DataFrame, items: pl.DataFrame, demand: pl.DataFrame, capacities: pl.DataFrame, breaks: pl.DataFrame
) -> pl.Series:
    """Most that each place may order, where a supplier has only so much for all of them.

    Where he has less than all together may need, they are brought to the same days of cover (``fair_share``), those who
    cover most stepping back where a share would be less than the smallest order. Ordered place by place, the first to
    be confirmed would get all, and the rest be cancelled day after day. What is left beyond the needs goes to those who
    need something, so that their orders reach price steps, the rest by what they sell; but who needs nothing today
    keeps what it sells until he delivers anew, or its smallest order.

    Parameters
    ----------
    offered
        Options: the key, ``supplier_id``, ``item`` (row of ``items``), ``daily`` (units a day), ``moq`` and
        ``order_step`` (int, base units), ``capacity_qty`` (int, null: no limit of the place's own), ``buys`` (bool:
        whether the place would buy from him now; others take no share).
    items
        ``on_hand_qty``, ``in_transit_qty``, ``on_order_qty``, ``approved_qty``, ``reserved_qty``.
    demand
        As ``Problem.demand``: what may be needed is the highest level known of demand until the next order comes.
    capacities, breaks
        As ``Problem.capacities`` and ``Problem.price_breaks``.

    Returns
    -------
    pl.Series
        Int, null without any limit; in the options' order.
    """
    if capacities.is_empty():
        return offered["capacity_qty"]
    steps = breaks.sort("from_quantity").group_by(OPTION_KEY).agg(steps="from_quantity")
    needs = _needs(offered.join(steps, on=OPTION_KEY, how="left", maintain_order="left"), items, demand, capacities)
    given, smallest = _in_whole_orders(needs), needs["smallest"]
    most = given + _beyond_the_needs(needs.with_columns(given=given))
    # The last few units help nobody alone: what all others leave may be one smallest order.
    most = most.to_numpy().astype(np.int64)
    most = np.where(most >= smallest.to_numpy(), most, 0)
    found = offered["capacity_qty"].cast(pl.Float64).fill_null(np.inf).to_numpy().copy()
    rows = needs["row"].to_numpy()
    found[rows] = np.minimum(found[rows], most)
    return pl.Series(found).replace(np.inf, None).cast(pl.Int64)


def _beyond_the_needs(needs: pl.DataFrame) -> pl.Series:
    """What each place may order beyond its share of the needs, of what is left when they are met; int."""
    sold = pl.col("demand_rate") + 1e-9
    needy, idle = (pl.col("buys") & said for said in (pl.col("need_qty") > 0, pl.col("need_qty") == 0))
    told = needs.with_columns(
        spare=pl.col("left_qty") - pl.col("given").sum().over(GROUP),
        kept=pl.when(idle).then(pl.max_horizontal(DAYS_OF_SUPPLY * sold, "smallest")).otherwise(0.0),
        # Where nobody needs anything, all may order ahead.
        weight=pl.when(needy | (idle & ~needy.any().over(GROUP))).then(sold).otherwise(0.0),
    )
    beyond = np.zeros(needs.height)
    for _, group in told.with_row_index("place").group_by(GROUP, maintain_order=True):
        place, given, kept, weight = (group[name].to_numpy() for name in ("place", "given", "kept", "weight"))
        to_idle = min(group["spare"][0], kept.sum())
        mine = kept * (to_idle / max(kept.sum(), 1e-9))
        mine += _by_steps(group["spare"][0] - to_idle, given + mine, weight, group["steps"].to_list())
        beyond[place] = np.floor(mine + 1e-6)
    return pl.Series(beyond).cast(pl.Int64)


def _by_steps(units: float, has: np.ndarray, weight: np.ndarray, steps: list[list[int] | None]) -> np.ndarray:
    """Units shared so that orders reach price steps, the lowest first, who lacks least first; the rest by weight."""
    more = np.zeros(has.size)
    for number in range(max((len(one or ()) for one in steps), default=0)):
        gaps = [
            (one[number] - has[place] - more[place], place)
            for place, one in enumerate(steps)
            if one and number < len(one) and weight[place] > 0
        ]
        for gap, place in sorted(gaps):
            if 0 < gap <= units:
                more[place] += gap
                units -= gap
    return more + units * weight / max(weight.sum(), 1e-12)


def _needs(offered: pl.DataFrame, items: pl.DataFrame, demand: pl.DataFrame, capacities: pl.DataFrame) -> pl.DataFrame:
    """Options whose supplier is limited, with what each place may need of him, at least an order where anything."""
    highest = (
        demand.filter(pl.col("interval") == "protection")
        .group_by(KEY)
        .agg(highest=pl.col("quantity").cast(pl.Float64).max())
    )
    position = items.select(
        position=pl.sum_horizontal(HELD, ignore_nulls=False) - pl.col("reserved_qty"), item=pl.int_range(pl.len())
    )
    own = capacities.filter(pl.col("location_id") != ALL_OTHERS)
    others = capacities.filter(pl.col("location_id") == ALL_OTHERS).drop("location_id")
    of_supplier = ["supplier_id", "sku_id"]
    least = round_up(np.maximum(offered["moq"].fill_null(0).to_numpy(), 1), offered["order_step"].to_numpy())
    need = (pl.col("highest").fill_null(0.0) - pl.col("position")).clip(0).ceil().cast(pl.Int64)
    return (
        offered.with_row_index("row")
        .with_columns(smallest=pl.Series(least))
        .join(own.rename({"left_qty": "own_left"}), on=[*of_supplier, "location_id"], how="left")
        .join(others, on=of_supplier, how="left")
        .with_columns(left_qty=pl.coalesce("own_left", "left_qty"))
        .filter(pl.col("left_qty").is_not_null())
        .join(position, on="item", how="left")
        .join(highest, on=KEY, how="left")
        .sort("row")
        .select(
            "row", "buys", "smallest", "steps", "sku_id", "location_id", "left_qty",
            from_location_id=pl.concat_str(
                "supplier_id", pl.when(pl.col("own_left").is_null()).then(pl.lit(ALL_OTHERS)).otherwise("location_id"),
                separator=" ",
            ),
            need_qty=pl.when(pl.col("buys") & (need > 0)).then(pl.max_horizontal(need, "smallest")).otherwise(0),
            position_qty=pl.col("position").cast(pl.Int64),
            demand_rate=pl.col("daily").fill_null(0.0).clip(0.0),
            step="order_step",
        )
    )  # fmt: skip


def _in_whole_orders(needs: pl.DataFrame) -> pl.Series:
    """Fair shares of which none is less than the smallest order: who covers most steps back, one at a time."""
    supply = needs.select(*GROUP, available_qty="left_qty").unique(GROUP, maintain_order=True)
    asked = needs.drop("row", "buys", "left_qty", "steps")
    while True:
        shared = fair_share(supply, asked)
        cover = pl.col("position_qty") / pl.max_horizontal("demand_rate", 1e-9)
        small = (pl.col("need_qty") > 0) & (pl.col("allocated_qty") < pl.col("smallest"))
        found = shared.with_row_index("row").filter(small).sort(cover, descending=True, maintain_order=True)
        if found.is_empty():
            return shared["allocated_qty"]
        back = found.unique(GROUP, keep="first", maintain_order=True)["row"]
        asked = asked.with_row_index("row").with_columns(
            need_qty=pl.when(pl.col("row").is_in(back.implode())).then(0).otherwise("need_qty")
        ).drop("row")  # fmt: skip
