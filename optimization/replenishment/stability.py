"""How nervous plans are: how much of what one suggested the next one changed."""

import polars as pl

from optimization.replenishment.problem import KEY

MONEY = pl.Decimal(18, 4)


def stability(lines: pl.DataFrame, previous: pl.DataFrame) -> pl.DataFrame:
    """What a plan changed of the one before, line by line and in money (Kadipasaoglu and Sridharan 1995, JOM 13).

    Parameters
    ----------
    lines
        Lines and further orders of a plan: ``sku_id``, ``location_id``, ``suggested_qty`` (null: not decided),
        ``unit_cost`` (null: not known).
    previous
        ``sku_id``, ``location_id``, ``quantity``: what the plan before suggested and nobody approved.

    Returns
    -------
    pl.DataFrame
        One row: ``lines_before``, ``lines_kept``, ``lines_changed``, ``lines_dropped`` (int: of those before; what
        became unknown counts in none of the last three), ``lines_new`` (int: suggested now and not before),
        ``amount_before``, ``amount_changed`` (money: units more or less of those before, at their price),
        ``changed_share`` (float: of the money before; null without any).
    """
    now = lines.group_by(KEY).agg(
        quantity=pl.col("suggested_qty").sum(), known=pl.col("suggested_qty").is_not_null().any(),
        unit_cost=pl.col("unit_cost").first(),
    )  # fmt: skip
    suggested = previous.filter(pl.col("quantity") > 0).select(*KEY, before="quantity")
    both = suggested.join(now, on=KEY, how="full", coalesce=True)
    before, quantity = pl.col("before").fill_null(0), pl.col("quantity").fill_null(0)
    was, known = before > 0, pl.col("known").fill_null(True)
    cost = pl.col("unit_cost").cast(MONEY).fill_null(0)
    told = both.select(
        lines_before=was.sum(),
        lines_kept=(was & known & (quantity == before)).sum(),
        lines_changed=(was & known & (quantity != before) & (quantity > 0)).sum(),
        lines_dropped=(was & known & (quantity == 0)).sum(),
        lines_new=(~was & (quantity > 0)).sum(),
        amount_before=(before * cost).sum().cast(MONEY),
        amount_changed=pl.when(was & known).then((quantity - before).abs() * cost).sum().cast(MONEY),
    ).with_columns(pl.col("^lines_.*$").cast(pl.Int64))
    share = pl.col("amount_changed").cast(pl.Float64) / pl.col("amount_before").cast(pl.Float64)
    return told.with_columns(changed_share=pl.when(pl.col("amount_before") > 0).then(share))
