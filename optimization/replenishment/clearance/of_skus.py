"""What a clearance plan says of whole SKUs: what marketing may push, and between which prices it may sell."""

from datetime import date

import numpy as np
import polars as pl

from optimization.replenishment.clearance.guardrails import price_guardrails
from optimization.replenishment.clearance.plan import ClearancePlan
from optimization.replenishment.clearance.push_pull import push_or_hold_back

FLOAT = pl.Float64
EVERY_SHOP = "*"


def push_and_hold_back(plan: ClearancePlan, skus: pl.DataFrame, as_of_date: date, most_risk: float) -> pl.DataFrame:
    """What marketing should push, and what it must not.

    All locations of a SKU are taken together: customers are served from any. They run out if demand on a future is
    more than what is free before more comes, or before an order of today could.

    Parameters
    ----------
    plan
        What is unsold, and the demand it rests on.
    skus
        One row per SKU: ``sku_id``, ``available_qty`` (number), ``next_arrival_date`` (date, null: nothing is to
        come), ``late_qty`` (number: overdue), ``order_days`` (number: until an order of today could be sold),
        ``unit_price``, ``unit_cost``, ``selling_cost`` (money, null: unknown), ``fee_share`` (of the price, for
        commission, payment and returns), ``currency``.
    as_of_date
        Business date.
    most_risk
        Chance to run out above which nothing is pushed.

    Returns
    -------
    pl.DataFrame
        As ``push_or_hold_back`` returns it, with ``currency``, ``reason`` and ``reason_zh``.
    """
    unsold = plan.unsold.group_by("sku_id").agg(
        unsold_qty=pl.col("unsold_qty").filter(~pl.col("expiring")).sum().cast(pl.Int64),
        expiring_qty=pl.col("unsold_qty").filter("expiring").sum().cast(pl.Int64),
    )
    daily = plan.demand.group_by("sku_id").agg(daily_demand_qty=pl.col("expected_daily_qty").sum())
    waits = (pl.col("next_arrival_date") - pl.lit(as_of_date)).dt.total_days().clip(lower_bound=0).cast(FLOAT)
    margin = pl.col("unit_price") * (1 - pl.col("fee_share")) - pl.col("selling_cost") - pl.col("unit_cost")
    rows = (
        skus.join(daily, on="sku_id", how="inner", maintain_order="left")
        .join(unsold, on="sku_id", how="left", maintain_order="left")
        .with_columns(
            pl.col("unsold_qty", "expiring_qty").fill_null(0),
            available_qty=pl.col("available_qty").floor().cast(pl.Int64),
            waits=pl.coalesce(waits, "order_days"),
            unit_margin=margin.cast(FLOAT),
            arrival_is_late=pl.col("late_qty") > 0,
        )
        .filter(pl.col("unit_margin").is_not_null() & pl.col("available_qty").is_not_null())
    )
    rows = rows.with_columns(stock_out_chance=pl.Series(_chances(plan.demand, rows), dtype=FLOAT))
    found = push_or_hold_back(rows, as_of_date, most_risk)
    words, chinese = _push_words()
    return found.join(skus.select("sku_id", "currency"), on="sku_id", how="left", maintain_order="left").with_columns(
        reason=words, reason_zh=chinese
    )


def guard_prices(plan: ClearancePlan, skus: pl.DataFrame) -> pl.DataFrame:
    """Between which prices each SKU should sell, for all shops.

    Parameters
    ----------
    plan
        Markdowns that are suggested: what they move, and until when.
    skus
        As for ``push_and_hold_back``, with ``tax_rate`` (null: none).

    Returns
    -------
    pl.DataFrame
        As ``price_guardrails`` returns it, with ``price`` (today's, tax included), ``currency``, ``clear_by``,
        ``reason`` and ``reason_zh``; SKUs whose price and cost are known.
    """
    moving = (
        plan.suggestions.filter(action="markdown")
        .group_by("sku_id")
        .agg(
            units_to_clear=pl.col("quantity").sum(),
            floor_price=pl.col("floor_price").max(),
            clear_by=pl.col("clear_by").min(),
            days_to_clear=pl.col("days_left").max(),
        )
    )
    daily = plan.demand.group_by("sku_id").agg(daily_demand_qty=pl.col("expected_daily_qty").sum())
    tax = pl.col("tax_rate").cast(FLOAT).fill_null(0.0)
    priced = skus.filter((pl.col("unit_price") > 0) & pl.col("unit_cost").is_not_null())
    rows = (
        priced.join(moving, on="sku_id", how="left", maintain_order="left")
        .join(daily, on="sku_id", how="left", maintain_order="left")
        .join(plan.elasticity.select("sku_id", "elasticity"), on="sku_id", how="left", maintain_order="left")
        .with_columns(
            pl.col("daily_demand_qty").fill_null(0.0),
            pl.col("units_to_clear", "days_to_clear").fill_null(0).cast(pl.Int64),
            shop_id=pl.lit(EVERY_SHOP),
            price=pl.col("unit_price") * (1 + tax),
            tax_rate=tax,
            selling_cost=pl.col("selling_cost").fill_null(0.0),
            replacement_value=pl.col("unit_cost"),
        )
        # A floor has the costs of the sale in it, as the limit of a price will again.
        .with_columns(
            salvage_value=(pl.col("floor_price") * (1 - pl.col("fee_share")) - pl.col("selling_cost")).fill_null(0.0)
        )
        # What sells anyway must sell as well.
        .with_columns(
            units_to_clear=pl.when(pl.col("units_to_clear") > 0)
            .then(pl.col("units_to_clear") + (pl.col("daily_demand_qty") * pl.col("days_to_clear")).ceil())
            .otherwise(0)
            .cast(pl.Int64)
        )
    )
    told = rows.select("sku_id", "price", "currency", "clear_by")
    found = price_guardrails(rows).join(told, on="sku_id", how="left", maintain_order="left")
    words, chinese = _price_words()
    return found.with_columns(
        max_price=pl.when(pl.col("max_price") >= pl.col("min_price")).then(pl.min_horizontal("max_price", "price")),
        clear_by=pl.when(pl.col("units_to_clear") > 0).then("clear_by"),
    ).with_columns(reason=words, reason_zh=chinese)


def _chances(demand: pl.DataFrame, rows: pl.DataFrame) -> np.ndarray:
    """Share of the futures on which a SKU's demand until more comes exceeds what is free; shape (rows,)."""
    placed = demand.join(rows.select("sku_id").with_row_index("row"), on="sku_id", how="inner")
    if placed.is_empty():
        return np.zeros(rows.height)
    levels = np.array(placed["levels"].to_list()) * placed["expected_daily_qty"].to_numpy()[:, None]
    daily = np.zeros((rows.height, levels.shape[1]))
    np.add.at(daily, placed["row"].to_numpy(), levels)
    wanted = daily * rows["waits"].cast(FLOAT).to_numpy()[:, None]
    return (wanted > rows["available_qty"].to_numpy()[:, None]).mean(axis=1)


def _push_words() -> tuple[pl.Expr, pl.Expr]:
    units, cover = pl.col("units_to_move").cast(pl.String), pl.col("days_of_cover").round(0).cast(pl.String)
    english = {
        "near_expiry": pl.format("{} would expire unsold", units),
        "excess": pl.format("{} are more than will sell in time", units),
        "margin": pl.format("it earns {} a unit, and {} are to spare", pl.col("unit_margin").round(2), units),
        "stock_out_risk": pl.format("stock lasts {} days and may run out before more comes", cover),
        "supply_delay": pl.format("stock lasts {} days, and what is to come is late", cover),
    }
    chinese = {
        "near_expiry": pl.format("{} 件将到期卖不完", units),
        "excess": pl.format("{} 件超出按期可售", units),
        "margin": pl.format("单件毛利 {}，可多卖 {} 件", pl.col("unit_margin").round(2), units),
        "stock_out_risk": pl.format("库存可供 {} 天，到货前可能断货", cover),
        "supply_delay": pl.format("库存可供 {} 天，在途已延误", cover),
    }
    told = (
        pl.coalesce(pl.when(pl.col("driver") == driver).then(text) for driver, text in words.items())
        for words in (english, chinese)
    )
    return tuple(told)


def _price_words() -> tuple[pl.Expr, pl.Expr]:
    clears = pl.col("units_to_clear") > 0
    english = (
        pl.when(clears)
        .then(pl.format("{} must sell; below the lowest price keeping them is better", "units_to_clear"))
        .when("below_floor")
        .then(pl.lit("today's price does not earn what another unit costs"))
        .otherwise(pl.lit("the lowest price earns what another unit and its sale cost"))
    )
    chinese = (
        pl.when(clears)
        .then(pl.format("需售出 {} 件；低于最低价不如留存", "units_to_clear"))
        .when("below_floor")
        .then(pl.lit("现价低于补货成本"))
        .otherwise(pl.lit("最低价刚好覆盖补货与销售成本"))
    )
    return english, chinese
