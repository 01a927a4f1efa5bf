"""What a promotion must sell to earn what no promotion would."""

import polars as pl

from forecasting.door import check_frame, refuse_rows

PROMOTIONS = {
    "baseline_qty": "number",
    "unit_cost": "number",
    "selling_cost": "number",
    "usual_price": "number",
    "promo_price": "number",
    "fee_share": "number",
    "funded_per_unit": "number",
    "fixed_cost": "number",
    "margin_floor": "number",
    "expected_qty": "number?",
    "planned_qty": "number?",
}


def promotion_break_even(promotions: pl.DataFrame) -> pl.DataFrame:
    """Units that a promotion must sell, and whether its margin stays above the floor.

    Units needed = (baseline × usual margin + fixed cost) / promotional margin, all margins after what a sale costs
    and with what a platform or supplier pays towards the discount. Units bought ahead or taken from sister goods are
    not counted: the baseline should be that of all goods it touches.

    Parameters
    ----------
    promotions
        Any columns, and: ``baseline_qty`` (number, ≥ 0: units without it over the same days), ``unit_cost``,
        ``selling_cost`` (money: freight and handling), ``usual_price``, ``promo_price`` (money, net of tax),
        ``fee_share`` (in [0, 1): of a price, for commission, payment and returns), ``funded_per_unit`` (money paid by
        others per unit sold), ``fixed_cost`` (money: placement, content), ``margin_floor`` (share of the promotional
        price that must remain), ``expected_qty`` (number, null: not forecast), ``planned_qty`` (number, null: nobody
        said): units that are forecast over these days, and that marketing plans.

    Returns
    -------
    pl.DataFrame
        ``promotions`` with ``usual_margin``, ``promo_margin`` (money per unit), ``units_needed`` (float; null: no
        number of units is enough), ``uplift_needed`` (float: units needed over the baseline, less 1), ``keeps_floor``
        (bool), ``lowest_price`` (money: promotional price at which the margin just keeps the floor; null: none
        does), ``expected_gain`` (money more than without the promotion, by the forecast, else by what is planned; null:
        neither) and ``verdict`` (``loses``: each unit costs more than it brings; ``short``: fewer are expected than are
        needed; ``pays``; null: nothing is expected).

    Raises
    ------
    ValueError
        Naming column, value and row of the first thing that is wrong.
    """
    check_frame(promotions, PROMOTIONS, "promotions")
    prices = ("unit_cost", "selling_cost", "usual_price", "promo_price", "fixed_cost", "funded_per_unit")
    for column in ("baseline_qty", *prices):
        refuse_rows(promotions, ~(pl.col(column) >= 0), column, "must be zero or more", "promotions")
    for column in ("fee_share", "margin_floor"):
        inside = (pl.col(column) >= 0) & (pl.col(column) < 1)
        refuse_rows(promotions, ~inside, column, "must lie in [0, 1)", "promotions")
    kept = 1 - pl.col("fee_share")
    costs = pl.col("unit_cost") + pl.col("selling_cost")
    usual = pl.col("usual_price") * kept - costs
    promo = pl.col("promo_price") * kept - costs + pl.col("funded_per_unit")
    needed = pl.when(promo > 0).then((pl.col("baseline_qty") * usual + pl.col("fixed_cost")) / promo)
    room = kept - pl.col("margin_floor")
    sells = pl.coalesce("expected_qty", "planned_qty")
    gain = sells * promo - pl.col("baseline_qty") * usual - pl.col("fixed_cost")
    verdict = (
        pl.when(promo <= 0)
        .then(pl.lit("loses"))
        .when(sells.is_null())
        .then(pl.lit(None, pl.String))
        .when(gain < 0)
        .then(pl.lit("short"))
        .otherwise(pl.lit("pays"))
    )
    return promotions.with_columns(
        usual_margin=usual,
        promo_margin=promo,
        units_needed=needed,
        uplift_needed=pl.when(pl.col("baseline_qty") > 0).then(needed / pl.col("baseline_qty") - 1),
        keeps_floor=promo >= pl.col("margin_floor") * pl.col("promo_price"),
        lowest_price=pl.when(room > 0).then(pl.max_horizontal((costs - pl.col("funded_per_unit")) / room, pl.lit(0.0))),
        expected_gain=gain,
        verdict=verdict,
    )
