"""Between which prices a SKU should be sold."""

import polars as pl

from forecasting.door import check_frame, refuse_rows

ROWS = {
    "sku_id": "text",
    "shop_id": "text",
    "price": "number",
    "tax_rate": "number",
    "fee_share": "number",
    "selling_cost": "number",
    "replacement_value": "number",
    "salvage_value": "number",
    "units_to_clear": "integer",
    "days_to_clear": "integer",
    "daily_demand_qty": "number",
    "elasticity": "number?",
}


def price_guardrails(rows: pl.DataFrame) -> pl.DataFrame:
    """Lowest price at which a sale still earns, and highest at which stock still clears.

    A sale is worth making while what it leaves after fees and its own costs exceeds what the unit is worth otherwise:
    what replacing it costs as long as it will be replaced, and its salvage value once it must be cleared, for then
    nobody buys another. The highest price follows from ``demand × (price / today's price) ** elasticity`` over the days
    left.

    Parameters
    ----------
    rows
        ``sku_id``, ``shop_id`` (text), ``price`` (money, tax included, > 0), ``tax_rate`` (≥ 0), ``fee_share`` (in
        [0, 1), of the price without tax), ``selling_cost`` (money per unit: picking, packing, freight),
        ``replacement_value`` (money: landed cost of another), ``salvage_value`` (money), ``units_to_clear`` (int: 0 for
        none), ``days_to_clear`` (int), ``daily_demand_qty`` (number, at today's price, whole stock), ``elasticity``
        (below zero, null: unknown).

    Returns
    -------
    pl.DataFrame
        ``sku_id``, ``shop_id``, ``min_price`` (float, tax included), ``max_price`` (float, null: no limit is known),
        ``units_to_clear``, ``below_floor`` (bool: today's price is), ``clears`` (bool: both prices can be kept; null
        where there is no highest).

    Raises
    ------
    ValueError
        Naming column, value and row of the first thing that is wrong.
    """
    check_frame(rows, ROWS, "rows")
    refuse_rows(rows, ~(pl.col("price") > 0), "price", "must be above zero", "rows")
    for column in ("tax_rate", "selling_cost", "units_to_clear", "days_to_clear", "daily_demand_qty"):
        refuse_rows(rows, ~(pl.col(column) >= 0), column, "must be zero or more", "rows")
    inside = (pl.col("fee_share") >= 0) & (pl.col("fee_share") < 1)
    refuse_rows(rows, ~inside, "fee_share", "must lie in [0, 1)", "rows")
    refuse_rows(rows, pl.col("elasticity") >= 0, "elasticity", "must be below zero", "rows")
    clearing = pl.col("units_to_clear") > 0
    otherwise = pl.when(clearing).then(pl.col("salvage_value")).otherwise(pl.col("replacement_value"))
    net = (otherwise + pl.col("selling_cost")) / (1 - pl.col("fee_share"))
    lowest = pl.max_horizontal(net * (1 + pl.col("tax_rate")), pl.lit(0.0))
    wanted = pl.col("units_to_clear") / (pl.col("daily_demand_qty") * pl.col("days_to_clear"))
    sells = (pl.col("daily_demand_qty") > 0) & (pl.col("days_to_clear") > 0)
    highest = pl.when(clearing & sells & pl.col("elasticity").is_not_null()).then(
        pl.col("price") * wanted ** (1 / pl.col("elasticity"))
    )
    return rows.select(
        "sku_id",
        "shop_id",
        min_price=lowest.cast(pl.Float64),
        max_price=highest.cast(pl.Float64),
        units_to_clear="units_to_clear",
        below_floor=pl.col("price") < lowest,
        clears=highest >= lowest,
    )
