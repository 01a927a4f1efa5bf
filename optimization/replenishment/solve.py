"""Order up to the quantile of demand over the protection interval."""

from collections.abc import Callable
from decimal import Decimal

import numpy as np
import polars as pl

from optimization.replenishment.params import Params
from optimization.replenishment.plan import Plan
from optimization.replenishment.problem import KEY, Problem
from optimization.replenishment.quantiles import expected_shortage, quantity_at
from optimization.replenishment.rounding import order_step, round_up

MONEY = pl.Decimal(18, 4)

WHY = (
    "Money spent on suggestions. Every line is ordered up to its demand quantile over lead time and review, "
    "one by one; money is not traded between lines, so there is no bound."
)

# The bridge, in order: the step's name and what it adds, from columns of the table of lines.
STEPS = {
    "demand_over_protection_interval": pl.col("demand_mean_qty"),
    "safety_stock": pl.col("safety_stock_qty"),
    "on_hand": -pl.col("on_hand_qty"),
    "in_transit": -pl.col("in_transit_qty"),
    "on_order": -pl.col("on_order_qty"),
    "approved_not_yet_seen": -pl.col("approved_qty"),
    "reserved": pl.col("reserved_qty"),
    "no_order_needed": pl.max_horizontal(-pl.col("need_qty"), pl.lit(0)),
    "pack_rounding": pl.when(pl.col("need_qty") > 0).then(pl.col("packed_qty") - pl.col("need_qty")).otherwise(0),
    "minimum_order": pl.col("suggested_qty") - pl.col("packed_qty"),
}


def solve(
    problem: Problem, params: Params | None = None, stop: Callable[[], bool] | None = None, seed: int = 0
) -> Plan:
    """Order every item up to its target: the base stock policy under periodic review.

    target = quantile of demand over lead time + review at the service target (Silver, Pyke & Thomas 2017,
    section 6.10, with the measured quantile in place of the normal one); need = target − position, where
    position = on hand + in transit + on order + approved − reserved. A need is rounded up to whole packs
    and the supplier's multiple, then to the minimum order. What is late still counts, so nothing is bought
    twice: with the suggestion on order, the next plan suggests nothing.

    Parameters
    ----------
    problem
        Items, demand, as-of date.
    params
        Settings; defaults if None.
    stop, seed
        Part of every solver's face; one pass without chance has no use for them.

    Returns
    -------
    Plan
    """
    params = params or Params()
    items = problem.items.sort(KEY)
    lines = with_quantities(with_levels(items, problem.demand))
    lines = with_money(lines, problem.demand)
    lines = with_cover(lines, problem, params)
    bridge = bridges(lines)
    spent = lines["amount"].sum()
    return Plan(
        objective=spent if spent is not None else Decimal(0),
        bound=None,
        why=WHY,
        lines=published(lines),
        bridge=bridge,
    )


def with_levels(items: pl.DataFrame, demand: pl.DataFrame) -> pl.DataFrame:
    """Add the levels in whole base units: mean demand, order-up-to level, reorder point, safety stock."""
    # Nine digits: a float a hair above a whole number must not cost a unit.
    up = [
        quantity_at(demand, items, interval).round(9).ceil().cast(pl.Int64) for interval in ("protection", "lead_time")
    ]
    return items.with_columns(
        up[0].alias("order_up_to_qty"),
        up[1].alias("reorder_point_qty"),
        demand_mean_qty=(pl.col("demand_mean") + 0.5).floor().cast(pl.Int64),
    ).with_columns(
        pl.when(pl.col("demand_mean").is_not_null()).then("order_up_to_qty"),
        pl.when(pl.col("demand_mean").is_not_null()).then("reorder_point_qty"),
        safety_stock_qty=pl.col("order_up_to_qty") - pl.col("demand_mean_qty"),
    )


def with_quantities(lines: pl.DataFrame) -> pl.DataFrame:
    """Add position, need, the need in whole packs, and the suggested quantity with the line's status."""
    position = sum(pl.col(name) for name in ("in_transit_qty", "on_order_qty", "approved_qty")) + pl.col("on_hand_qty")
    step = order_step(
        *(lines[name].cast(pl.Int64).to_numpy() for name in ("order_multiple", "pack_numerator", "pack_denominator"))
    )
    lines = lines.with_columns(
        pl.Series("order_step_qty", step, dtype=pl.Int64),
        position_qty=pl.when("stock_known").then(position - pl.col("reserved_qty")).cast(pl.Int64),
        moq=pl.col("moq").cast(pl.Int64),
    ).with_columns(need_qty=pl.col("order_up_to_qty") - pl.col("position_qty"))
    need = lines["need_qty"].fill_null(0).to_numpy()
    packed = round_up(np.maximum(need, 0), step)
    whole = np.where(need > 0, round_up(np.maximum(need, lines["moq"].to_numpy()), step), 0)
    status = (
        pl.when(pl.col("demand_mean").is_null())
        .then(pl.lit("no_forecast"))
        .when(~pl.col("stock_known"))
        .then(pl.lit("stock_unknown"))
        .when(pl.col("need_qty") <= 0)
        .then(pl.lit("enough"))
        .when(pl.col("supplier_id").is_null())
        .then(pl.lit("no_supplier"))
        .otherwise(pl.lit("order"))
    )
    lines = lines.with_columns(status=status, packed_qty=pl.Series(packed, dtype=pl.Int64))
    decided = pl.col("status").is_in(["order", "enough"])
    return lines.with_columns(
        suggested_qty=pl.when(decided).then(pl.Series(whole, dtype=pl.Int64)),
    ).with_columns(
        suggested_packs=pl.col("suggested_qty")
        * pl.col("pack_denominator").cast(pl.Int64)
        // pl.col("pack_numerator").cast(pl.Int64)
    )


def with_money(lines: pl.DataFrame, demand: pl.DataFrame) -> pl.DataFrame:
    """Add the amount to pay, and what waiting until the next review is expected to lose."""
    shortage = expected_shortage(demand, lines, lines["position_qty"])
    return lines.with_columns(
        pl.col("unit_cost").cast(MONEY), pl.col("unit_margin").cast(MONEY), expected_shortage_qty=shortage
    ).with_columns(
        amount=(pl.col("suggested_qty") * pl.col("unit_cost")).cast(MONEY),
        money_at_stake=(
            pl.col("expected_shortage_qty").round(4).cast(MONEY)
            * pl.when(pl.col("unit_margin") < 0).then(pl.lit(Decimal(0), dtype=MONEY)).otherwise(pl.col("unit_margin"))
        ).cast(MONEY),
    )


def with_cover(lines: pl.DataFrame, problem: Problem, params: Params) -> pl.DataFrame:
    """Add days of cover now and after, the stock-out date if nothing more arrives, the overstock warning."""
    daily = pl.col("demand_mean") / (pl.col("lead_time_days") + pl.col("review_days"))
    selling = pl.when(pl.col("stock_known") & (daily > 0)).then(daily)
    on_shelf = pl.col("on_hand_qty") - pl.col("reserved_qty")
    days = pl.max_horizontal(pl.col("cover_days_now"), pl.lit(0.0)).floor()
    dated = pl.col("cover_days_now").is_not_null() & (days <= params.stock_out_horizon_days)
    return lines.with_columns(
        cover_days_now=on_shelf / selling,
        cover_days_after=(pl.col("position_qty") + pl.col("suggested_qty")) / selling,
    ).with_columns(
        stock_out_date=pl.when(dated).then(
            pl.lit(problem.as_of_date) + pl.duration(days=pl.when(dated).then(days).cast(pl.Int64))
        ),
        warning=pl.when((pl.col("status") == "order") & (pl.col("cover_days_after") > params.overstock_days)).then(
            pl.lit("overstock")
        ),
    )


def bridges(lines: pl.DataFrame) -> pl.DataFrame:
    """The steps from demand to quantity of every line that has one."""
    decided = lines.filter(pl.col("suggested_qty").is_not_null())
    parts = [
        decided.select(*KEY, seq=pl.lit(seq, dtype=pl.Int64), step=pl.lit(step), quantity=quantity.cast(pl.Int64))
        for seq, (step, quantity) in enumerate(STEPS.items(), start=1)
    ]
    return pl.concat(parts).sort(*KEY, "seq")


def published(lines: pl.DataFrame) -> pl.DataFrame:
    """The lines as ``Plan`` documents them, with their reason in words."""
    words = {
        "no_forecast": pl.lit("No demand history: nothing can be forecast, so nothing is suggested."),
        "stock_unknown": pl.lit("Stock was not delivered: the levels hold, a quantity cannot be known."),
        "no_supplier": pl.format("{} are needed, but no supplier is known.", "need_qty"),
        "enough": pl.format("Position {} covers the order-up-to level {}.", "position_qty", "order_up_to_qty"),
        "order": pl.format(
            "Demand {} and safety {} less position {} leave a need of {}; in steps of {}, at least {}: {}.",
            *(
                "demand_mean_qty",
                "safety_stock_qty",
                "position_qty",
                "need_qty",
                "order_step_qty",
                "moq",
                "suggested_qty",
            ),
        ),
    }
    reason = pl.coalesce(pl.when(pl.col("status") == status).then(text) for status, text in words.items())
    return lines.select(
        *KEY,
        pl.col("supplier_id").cast(pl.String),
        "status",
        pl.col("service_target", "demand_mean").cast(pl.Float64),
        "safety_stock_qty",
        "reorder_point_qty",
        "order_up_to_qty",
        "position_qty",
        "need_qty",
        "suggested_qty",
        "order_step_qty",
        "suggested_packs",
        "unit_cost",
        "amount",
        "expected_shortage_qty",
        "money_at_stake",
        "cover_days_now",
        "cover_days_after",
        "stock_out_date",
        "warning",
        reason=reason,
    )
