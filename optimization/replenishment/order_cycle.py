"""What a unit in stock saves of the orders to come, whose cost is paid once for all goods in them."""

import polars as pl


def saved_by_stock(goods: pl.DataFrame, terms: pl.DataFrame, longest_days: float) -> pl.Series:
    """Money that a unit beyond the need of today saves, since the next order can come later for it.

    An order that is paid for once, and covers T days of all its goods, costs K / T + (T − R) Σ h d / 2 a day: its cost,
    and what those goods cost that lie until they sell (h a unit and day, d units a day) and that an order at each look,
    every R days, would not bring. That is least at T = √(2 K / Σ h d) (the economic order quantity of goods that are
    ordered together: Silver, Pyke and Thomas 2017, §10.3), longer where the supplier's least order takes longer to
    sell, or where nobody looks sooner. A day without an order saves the cost of a day, shared by goods as their lying
    costs, so unit by unit h (T − R / 2) at the best T.

    Without it an order of today would be charged its whole cost, and goods that its least size brings too soon, for the
    few days until the next one, which costs as much: everybody would wait until those days lose more than an order
    costs, and then buy as little as the supplier takes.

    Parameters
    ----------
    goods
        ``order_of`` (the order that each item goes into), ``daily`` (units a day, ≥ 0), ``unit_cost`` (money),
        ``excess_cost`` (money a unit and day that lies), ``review_days`` (days between looks).
    terms
        ``order_of``, ``order_cost`` and ``minimum_value`` (money, ≥ 0).
    longest_days
        Days that an order is to cover at most.

    Returns
    -------
    pl.Series
        Money per unit, ≥ 0, in the rows' order; zero where an order at each look costs nothing.
    """
    rate = (pl.col("order_cost") / (pl.col("days") * pl.col("lying"))).fill_nan(0.0)
    groups = order_cycles(goods, terms, longest_days).select(
        "order_of", rate=rate + (pl.col("days") - pl.col("review")) / 2
    )
    known = goods.join(groups, on="order_of", how="left", maintain_order="left")
    return known.select((pl.col("excess_cost") * pl.col("rate")).fill_null(0.0)).to_series()


def order_cycles(goods: pl.DataFrame, terms: pl.DataFrame, longest_days: float) -> pl.DataFrame:
    """The days that an order of each supplier covers at the least cost; parameters as of ``saved_by_stock``.

    Returns
    -------
    pl.DataFrame
        ``order_of``, ``days``, ``order_cost``, ``lying`` (money a day that all its goods cost that lie) and ``review``
        (days between looks), of orders whose goods sell and cost something where they lie.
    """
    lying = pl.col("excess_cost") * pl.col("daily")
    return (
        goods.group_by("order_of")
        .agg(
            lying=lying.sum(),
            spend=(pl.col("unit_cost") * pl.col("daily")).sum(),
            review=pl.col("review_days").min().cast(pl.Float64),
        )
        .join(terms, on="order_of")
        .filter(pl.col("lying") > 0)
        .with_columns(
            days=pl.max_horizontal(
                (2 * pl.col("order_cost") / pl.col("lying")).sqrt(),
                (pl.col("minimum_value") / pl.col("spend")).fill_nan(0.0),
                "review",
            ).clip(upper_bound=pl.max_horizontal(pl.lit(float(longest_days)), "review"))
        )
        .select("order_of", "days", "order_cost", "lying", "review")
    )
