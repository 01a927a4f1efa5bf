"""A purchase plan settled with earlier suggestions: levels, suggestions, their bridges and curves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import polars as pl

from feedback.identity import Matching
from optimization.replenishment import Plan
from optimization.replenishment.currencies import in_our_money
from optimization.replenishment.stability import stability
from pipelines.planning.living import Buying, buying
from pipelines.planning.replenishment_frames import KEY


def replenish(
    plan: Plan,
    frames: dict[str, pl.DataFrame],
    as_of_date: date,
    settle: Callable[[Buying, dict[str, Decimal]], Matching],
) -> dict[str, pl.DataFrame]:
    """Settle a plan with what is known of earlier suggestions.

    `settle` takes what the plan asks for and what it counted as in flight; it says which suggestion answers which
    need, and how much of it is left if something was approved meanwhile.
    """
    known = frames["items"].select("sku_id", "location_id", "stock_known", "lead_time_days", "review_days", "defaults")
    lines = plan.lines.join(known, on=KEY, maintain_order="left")
    ordered = _with_packs(_ordered(plan, as_of_date), frames)
    bridge = _bridges(plan)
    wanted = buying(ordered, lines, bridge, frames["others"])
    living = _living(settle(wanted, dict(frames["in_flight"].iter_rows())))
    suggestions = _suggestions(ordered, living)
    return {
        "replenishment_level": lines.drop("demand_mean_qty").rename(
            {"demand_mean": "demand_mean_qty", "safety_stock_qty": "safety_qty"}
        ),
        "replenishment_suggestion": suggestions,
        "replenishment_bridge": _bridge(bridge, suggestions),
        "replenishment_curve": _curve(plan.curve, suggestions),
        "replenishment_limit": plan.shadow_prices,
        "replenishment_proof": _proof(plan),
        "plan_stability": stability(
            in_our_money(pl.concat([plan.lines, plan.further]), frames["rates"], "unit_cost"), frames["previous"]
        ),
    }


def _ordered(plan: Plan, as_of_date: date) -> pl.DataFrame:
    """Every order of the plan; what comes beside an item's first order has its supplier for its target."""
    orders = pl.concat(
        [
            plan.lines.filter(status="order").with_columns(target=pl.lit("")),
            plan.further.with_columns(target="supplier_id"),
        ]
    )
    lead_time = pl.duration(days=pl.col("order_lead_days").ceil().cast(pl.Int64))
    return orders.with_columns(action=pl.lit("buy"), requested_date=pl.lit(as_of_date) + lead_time)


def _with_packs(orders: pl.DataFrame, frames: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """The orders with the names of their goods, and the packs that their supplier sells."""
    packs = ("purchase_uom", "pack_numerator", "pack_denominator")
    told = frames["items"].select(*KEY, "sku_name", "worked_lead_days", *packs)
    his = frames["others"].select(
        *KEY, "supplier_id", *(pl.col(name).alias(f"his_{name}") for name in packs), other=pl.lit(True)
    )
    joined = orders.join(told, on=KEY, how="left", maintain_order="left").join(
        his, on=[*KEY, "supplier_id"], how="left", maintain_order="left"
    )
    another = pl.col("other").fill_null(False)
    return joined.with_columns(
        # Of others only days with their rests in them are known.
        pl.when(~another).then("worked_lead_days").alias("worked_lead_days"),
        *(pl.when(another).then(f"his_{name}").otherwise(name).alias(name) for name in packs),
    ).drop("other", *(f"his_{name}" for name in packs))  # fmt: skip


def _bridges(plan: Plan) -> pl.DataFrame:
    """The bridges of all orders, by item and target."""
    return pl.concat(
        [
            plan.bridge.with_columns(target=pl.lit("")),
            plan.further_bridge.rename({"supplier_id": "target"}).select(*plan.bridge.columns, "target"),
        ]
    )


def _living(matching: Matching) -> pl.DataFrame:
    """The suggestion of every need that is left, and the base units it asks for."""
    living = [c for c in (*matching.new, *matching.revised, *matching.unchanged) if c.need is not None]
    columns = dict.fromkeys((*KEY, "target", "suggestion_id"), pl.String) | {"left_qty": pl.Int64}
    rows = [
        (c.need.sku_id, c.need.destination_id, c.need.target or "", c.suggestion_id, int(c.quantity)) for c in living
    ]
    return pl.DataFrame(rows, schema=columns, orient="row")


def _suggestions(ordered: pl.DataFrame, living: pl.DataFrame) -> pl.DataFrame:
    """The lines to order under their living ids, less what was approved while the plan was computed."""
    found = ordered.join(living, on=[*KEY, "target"], maintain_order="left")
    return found.with_columns(
        approved_meanwhile_qty=pl.col("left_qty") - pl.col("suggested_qty"),
        suggested_qty="left_qty",
        suggested_packs=pl.col("left_qty") * pl.col("pack_denominator") // pl.col("pack_numerator"),
        amount=(pl.col("left_qty") * pl.col("unit_cost")).cast(ordered.schema["amount"]),
    )


def _bridge(steps: pl.DataFrame, suggestions: pl.DataFrame) -> pl.DataFrame:
    """The steps of every suggestion, with one more where something was approved while the plan was computed."""
    named = suggestions.select("suggestion_id", *KEY, "target", "approved_meanwhile_qty")
    bridge = steps.join(named, on=[*KEY, "target"]).drop("approved_meanwhile_qty", "target")
    meanwhile = named.filter(pl.col("approved_meanwhile_qty") != 0).select(
        "suggestion_id", *KEY,
        seq=pl.lit(steps["seq"].max(), pl.Int64) + 1,
        step=pl.lit("approved_meanwhile"), quantity="approved_meanwhile_qty",
        text_en=pl.lit("approved while the plan was computed"), text_zh=pl.lit("计算期间已批准"),
    )  # fmt: skip
    return pl.concat([bridge, meanwhile], how="diagonal").sort("suggestion_id", "seq")


def _curve(curve: pl.DataFrame, suggestions: pl.DataFrame) -> pl.DataFrame:
    """What every quantity looked at would earn, of the lines that are suggested."""
    named = suggestions.select("suggestion_id", *KEY, "supplier_id")
    return curve.join(named, on=[*KEY, "supplier_id"]).sort("suggestion_id", "quantity")


def _proof(plan: Plan) -> pl.DataFrame:
    """What the plan as a whole earns, and how much more any plan could."""
    parts = plan.economics.parts
    placed = pl.concat(part.orders.select("supplier_id") for part in parts)
    return pl.DataFrame(
        {
            "value": [-plan.objective],
            "bound": [-plan.bound],
            "gap": [plan.gap],
            "spend": [float(sum(part.lines["spend"].sum() for part in parts))],
            "orders": [placed.n_unique()],
            "why": [plan.why],
        }
    )
