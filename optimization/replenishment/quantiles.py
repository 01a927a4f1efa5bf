"""Demand quantiles read between the levels given."""

import polars as pl

from optimization.replenishment.problem import KEY


def quantity_at(demand: pl.DataFrame, items: pl.DataFrame, interval: str) -> pl.Series:
    """Demand quantile of each item at its own service target, linear between the levels given.

    Parameters
    ----------
    demand, items
        As in ``Problem``.
    interval
        ``lead_time`` or ``protection``.

    Returns
    -------
    pl.Series
        Float, in the order of ``items``; null where the item has no quantiles.
    """
    curve = demand.filter(pl.col("interval") == interval).drop_nulls("quantity")
    curve = curve.select(*KEY, pl.col("level").cast(pl.Float64), pl.col("quantity").cast(pl.Float64)).sort("level")
    asked = items.select(*KEY, level=pl.col("service_target").cast(pl.Float64)).with_row_index().sort("level")
    for side, strategy in (("below", "backward"), ("above", "forward")):
        given = curve.rename({"level": f"{side}_level", "quantity": f"{side}_quantity"})
        asked = asked.join_asof(
            given,
            left_on="level",
            right_on=f"{side}_level",
            by=KEY,
            strategy=strategy,
            check_sortedness=False,
        )
    width = pl.col("above_level") - pl.col("below_level")
    share = pl.when(width > 0).then((pl.col("level") - pl.col("below_level")) / width).otherwise(0.0)
    rise = pl.col("above_quantity") - pl.col("below_quantity")
    return asked.sort("index").select(pl.col("below_quantity") + share * rise).to_series()


def expected_shortage(demand: pl.DataFrame, items: pl.DataFrame, position: pl.Series) -> pl.Series:
    """Expected units short over the protection interval if nothing is ordered until the next review.

    An order of the next review arrives at the end of the protection interval, so until then only the
    position serves: E[(D − position)⁺] = ∫ (q(u) − position)⁺ du, where q runs linearly through the
    quantiles given, from no demand at level 0, and stays at the highest quantile above it, which
    understates the far tail.

    Parameters
    ----------
    demand, items
        As in ``Problem``.
    position
        Units that can serve the interval; in the order of ``items``.

    Returns
    -------
    pl.Series
        Float, in the order of ``items``; null where position or demand is not known.
    """
    curve = demand.filter(pl.col("interval") == "protection").drop_nulls("quantity")
    curve = curve.select(*KEY, pl.col("level").cast(pl.Float64), pl.col("quantity").cast(pl.Float64))
    highest = curve.group_by(KEY).agg(quantity=pl.col("quantity").max())
    start, end = (
        highest.select(*KEY, level=pl.lit(level), quantity=quantity)
        for level, quantity in ((0.0, pl.lit(0.0)), (1.0, "quantity"))
    )
    curve = pl.concat([start, curve, end]).sort(*KEY, "level")
    steps = curve.with_columns(
        width=pl.col("level").diff().over(KEY), before=pl.col("quantity").shift().over(KEY)
    ).drop_nulls("width")
    asked = items.select(KEY).with_columns(position=position.cast(pl.Float64)).with_row_index()
    low, high = pl.col("before") - pl.col("position"), pl.col("quantity") - pl.col("position")
    area = pl.when(low >= 0).then((low + high) / 2).when(high <= 0).then(0.0).otherwise(high**2 / (2 * (high - low)))
    return (
        asked.join(steps, on=KEY, how="left", maintain_order="left")
        .group_by("index", maintain_order=True)
        .agg(
            shortage=(area * pl.col("width")).sum(),
            known=(pl.col("width") + pl.col("position")).is_not_null().all(),
        )
        .sort("index")
        .select(pl.when("known").then("shortage"))
        .to_series()
    )
