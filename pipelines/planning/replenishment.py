"""What to buy: marts and interval demand to levels, suggestions and their bridges."""

from __future__ import annotations

from datetime import date

import duckdb
import polars as pl

from feedback import suggestion_id
from optimization.replenishment import Params, Problem, solve
from pipelines.planning.tables import read

ITEMS = """
    with mean as (
        select sku_id, location_id, any_value(demand_mean) as demand_mean
        from plan.interval_demand
        where "interval" = 'protection'
        group by all
    )
    select
        i.sku_id, i.location_id, i.supplier_id, i.stock_known,
        i.on_hand_qty::bigint as on_hand_qty,
        i.in_transit_transfer_qty::bigint as in_transit_qty,
        i.on_order_qty::bigint as on_order_qty,
        case when i.stock_known then 0 end::bigint as approved_qty,
        i.reserved_qty::bigint as reserved_qty,
        i.lead_time_days, i.review_days,
        coalesce(i.moq_qty, 0)::bigint as moq,
        coalesce(i.order_multiple_qty, 1)::bigint as order_multiple,
        coalesce(i.pack_numerator, 1) as pack_numerator,
        coalesce(i.pack_denominator, 1) as pack_denominator,
        i.unit_cost, i.unit_margin, i.service_target, m.demand_mean,
        i.defaults
    from marts.replenishment_input as i
    left join mean as m on m.sku_id = i.sku_id and m.location_id = i.location_id
    -- Without a supplier there is nothing to order, but a level to hold.
    where i.not_orderable_reason is null or i.supplier_id is null
    order by i.sku_id, i.location_id
"""
DEMAND = """
    select sku_id, location_id, "interval", "level", quantity
    from plan.interval_demand
    semi join marts.replenishment_input using (sku_id, location_id)
    order by all
"""


def read_replenishment(connection: duckdb.DuckDBPyConnection) -> dict[str, pl.DataFrame]:
    """What replenishment needs, as frames."""
    items = read(connection, ITEMS)
    demand = read(connection, DEMAND).join(items, on=["sku_id", "location_id"], how="semi")
    return {"items": items, "demand": demand}


def replenish(frames: dict[str, pl.DataFrame], as_of_date: date, settings: dict) -> dict[str, pl.DataFrame]:
    """Solve, check the plan against its problem, and give every suggestion its living id.

    Raises
    ------
    AssertionError
        When the plan fails its own check; nothing of it is written then.
    """
    problem = Problem(frames["items"].drop("defaults"), frames["demand"], as_of_date)
    plan = solve(problem, Params.from_mapping(settings))
    faults = plan.check(problem)
    if faults:
        raise AssertionError(f"the replenishment plan fails its check: {faults[:5]}")
    known = frames["items"].select("sku_id", "location_id", "stock_known", "lead_time_days", "review_days", "defaults")
    lines = plan.lines.join(known, on=["sku_id", "location_id"], maintain_order="left")
    suggestions = _suggestions(lines, as_of_date)
    bridge = plan.bridge.join(
        suggestions.select("suggestion_id", "sku_id", "location_id"), on=["sku_id", "location_id"]
    )
    levels = lines.rename({"demand_mean": "demand_mean_qty", "safety_stock_qty": "safety_qty"})
    return {
        "replenishment_level": levels,
        "replenishment_suggestion": suggestions,
        "replenishment_bridge": bridge.sort("suggestion_id", "seq"),
    }


def _suggestions(lines: pl.DataFrame, as_of_date: date) -> pl.DataFrame:
    ordered = lines.filter(status="order")
    ids = [suggestion_id("buy", sku, place) for sku, place in ordered.select("sku_id", "location_id").iter_rows()]
    lead_time = pl.duration(days=pl.col("lead_time_days").ceil().cast(pl.Int64))
    return ordered.with_columns(
        suggestion_id=pl.Series(ids, dtype=pl.String),
        action=pl.lit("buy"),
        requested_date=pl.lit(as_of_date) + lead_time,
    )
