"""What marketing should push, and what it must not."""

from datetime import date

import polars as pl

from forecasting.door import check_frame, refuse_rows

ROWS = {
    "sku_id": "text",
    "available_qty": "integer",
    "unsold_qty": "integer",
    "expiring_qty": "integer",
    "daily_demand_qty": "number",
    "stock_out_chance": "number",
    "next_arrival_date": "date?",
    "arrival_is_late": "bool",
    "unit_margin": "number",
}


def push_or_hold_back(
    rows: pl.DataFrame, as_of_date: date, most_risk: float = 0.2, good_margin: float | None = None
) -> pl.DataFrame:
    """SKUs that gain from attention, and those whose attention would only empty the shelf sooner.

    The first that holds: ``hold_back`` for ``supply_delay`` (they may run out, and what is to come is late) or
    ``stock_out_risk``; ``push`` for ``near_expiry``, ``excess``, or ``margin`` (they earn well, and what is there
    outlasts the next arrival by as long again). Nothing is pushed that may run out, whatever else lies around it: units
    that expire first are sold first anyway.

    Parameters
    ----------
    rows
        One row per SKU: ``sku_id`` (text), ``available_qty`` (int: free to promise), ``unsold_qty`` (int: will not sell
        in time), ``expiring_qty`` (int: of these, for they expire), ``daily_demand_qty`` (number), ``stock_out_chance``
        (in [0, 1]: to run out before the next arrival), ``next_arrival_date`` (date, null: nothing is to come),
        ``arrival_is_late`` (bool), ``unit_margin`` (money).
    as_of_date
        Business date.
    most_risk
        Chance to run out above which nothing is pushed. Default 0.2.
    good_margin
        Unit margin from which a SKU is pushed for its margin. Default: of the best quarter of these SKUs.

    Returns
    -------
    pl.DataFrame
        ``sku_id``, ``action`` (``push`` or ``hold_back``), ``driver`` (str), ``available_qty``, ``units_to_move`` (int,
        null for ``hold_back``), ``days_of_cover`` (float, null: no demand), ``next_arrival_date``, ``unit_margin``,
        ``money_at_stake`` (float: margin of the units to move, or of those likely to be missed); those concerned only,
        largest stake first.

    Raises
    ------
    ValueError
        Naming column, value and row of the first thing that is wrong.
    """
    check_frame(rows, ROWS, "rows")
    for column in ("unsold_qty", "expiring_qty", "daily_demand_qty"):
        refuse_rows(rows, ~(pl.col(column) >= 0), column, "must be zero or more", "rows")
    refuse_rows(rows, ~pl.col("stock_out_chance").is_between(0, 1), "stock_out_chance", "must lie in [0, 1]", "rows")
    margin, demand = pl.col("unit_margin").cast(pl.Float64), pl.col("daily_demand_qty").cast(pl.Float64)
    good = pl.lit(good_margin) if good_margin is not None else margin.quantile(0.75)
    cover = pl.when(demand > 0).then(pl.col("available_qty") / demand)
    waits = (pl.col("next_arrival_date") - pl.lit(as_of_date)).dt.total_days().clip(0).cast(pl.Float64)
    risky = (pl.col("stock_out_chance") > most_risk) & (demand > 0)
    spare = (pl.col("available_qty") - 2 * waits * demand).floor().clip(0).cast(pl.Int64)
    driver = (
        pl.when(risky & pl.col("arrival_is_late")).then(pl.lit("supply_delay"))
        .when(risky).then(pl.lit("stock_out_risk"))
        .when(pl.col("expiring_qty") > 0).then(pl.lit("near_expiry"))
        .when(pl.col("unsold_qty") > 0).then(pl.lit("excess"))
        .when((margin >= good) & (margin > 0) & (spare > 0)).then(pl.lit("margin"))
    )  # fmt: skip
    held = pl.col("driver").is_in(["supply_delay", "stock_out_risk"])
    units = (
        pl.when(pl.col("driver") == "near_expiry").then("expiring_qty")
        .when(pl.col("driver") == "excess").then("unsold_qty")
        .when(pl.col("driver") == "margin").then(spare)
    )  # fmt: skip
    missed = pl.col("stock_out_chance") * demand * pl.max_horizontal(waits.fill_null(30.0) - cover, pl.lit(0.0))
    return (
        rows.with_columns(driver=driver, days_of_cover=cover)
        .filter(pl.col("driver").is_not_null())
        .with_columns(action=pl.when(held).then(pl.lit("hold_back")).otherwise(pl.lit("push")), units_to_move=units)
        .select(
            "sku_id",
            "action",
            "driver",
            "available_qty",
            "units_to_move",
            "days_of_cover",
            "next_arrival_date",
            "unit_margin",
            money_at_stake=pl.when(held).then(missed * margin).otherwise(pl.col("units_to_move") * margin),
        )
        .sort(["money_at_stake", "sku_id"], descending=[True, False])
    )
