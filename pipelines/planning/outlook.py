"""What suppliers may expect: levels, stock and the forecast to twelve weeks of orders."""

from __future__ import annotations

from datetime import date, timedelta

import duckdb
import polars as pl

from optimization.replenishment.orders.outlook import outlook
from pipelines.planning.tables import read

# This week's orders: what is suggested today, what is approved, and what the exports show.
ITEMS = """
    with suggested as (
        select sku_id, location_id, sum(suggested_qty) as qty from plan.replenishment_suggestion group by all
    ),
    approved as (
        select sku_id, location_id, sum(in_flight_qty) as qty
        from feedback.in_flight
        where action = 'buy' and approved_date >= date_trunc('week', {today})
        group by all
    ),
    ordered as (
        select sku_id, location_id, sum(ordered_qty - not_coming_qty) as qty
        from intermediate.int_purchase_line
        where is_own_supply and ordered_date >= date_trunc('week', {today})
        group by all
    )
    select
        l.sku_id, l.location_id, l.supplier_id,
        (i.inventory_position_qty + coalesce(s.qty, 0))::double as position_qty,
        (coalesce(a.qty, 0) + coalesce(o.qty, 0))::double as committed_qty,
        (coalesce(s.qty, 0) + coalesce(a.qty, 0) + coalesce(o.qty, 0))::double as this_week_qty,
        -- Safety grows with the root of the days it is kept for.
        coalesce(l.safety_qty, 0)::double * sqrt(u.usual_days / greatest(l.lead_time_days + l.review_days, 1))
            as safety_qty,
        u.usual_days as protection_days,
        coalesce(i.moq_qty, 0)::bigint as moq,
        greatest(coalesce(i.order_multiple_qty, 1), 1)::bigint as order_step
    from plan.replenishment_level as l
    join marts.replenishment_input as i on i.sku_id = l.sku_id and i.location_id = l.location_id
    -- What a supplier rests on just now lengthens today's order, not those of all weeks ahead.
    cross join lateral (
        select greatest(l.lead_time_days - i.rest_days + i.order_cycle_days, 1)::double as usual_days
    ) as u
    left join suggested as s on s.sku_id = l.sku_id and s.location_id = l.location_id
    left join approved as a on a.sku_id = l.sku_id and a.location_id = l.location_id
    left join ordered as o on o.sku_id = l.sku_id and o.location_id = l.location_id
    where l.supplier_id is not null and l.stock_known and l.lead_time_days is not null and l.review_days is not null
    order by l.sku_id, l.location_id
"""
DEMAND = """
    select
        sku_id, location_id, ((week_start - date_trunc('week', {today})::date) // 7)::bigint as week_no,
        -- Bulk orders come on top; how they spread over weeks is in no supplier's outlook.
        columns(c -> c in ('y_hat', 'q_0_1', 'q_0_5', 'q_0_9', 'q_0_95')) + bulk_qty
    from plan.demand_forecast
    where week_start >= date_trunc('week', {today})
    order by all
"""
TODAY = "(select as_of::date from control.latest)"
WEEKS = 12


def read_outlook(connection: duckdb.DuckDBPyConnection) -> dict[str, pl.DataFrame]:
    """What an outlook needs, as frames."""
    items = read(connection, ITEMS.format(today=TODAY))
    demand = read(connection, DEMAND.format(today=TODAY))
    return {"items": items, "demand": demand.join(items, on=["sku_id", "location_id"], how="semi")}


def look_ahead(frames: dict[str, pl.DataFrame], as_of_date: date) -> dict[str, pl.DataFrame]:
    """Twelve weeks from the one of `as_of_date`, Monday first, for every item that is ordered in any of them."""
    items, demand = frames["items"], frames["demand"]
    numbers = pl.col("y_hat", "q_0_1", "q_0_5", "q_0_9", "q_0_95").fill_null(0)
    found = outlook(items, demand.with_columns(numbers), WEEKS, days_left=7 - as_of_date.weekday())
    monday = as_of_date - timedelta(days=as_of_date.weekday())
    this_week = pl.col("week_no") == 0
    told = found.join(
        items.select("sku_id", "location_id", "supplier_id", "committed_qty"), on=["sku_id", "location_id"],
        how="left", maintain_order="left",
    ).with_columns(
        pl.col("expected_qty", "p10_qty", "p50_qty", "p90_qty").round(1),
        week_start=pl.lit(monday) + pl.duration(days=7 * pl.col("week_no")),
        committed_qty=pl.when(this_week).then("committed_qty").otherwise(0.0),
        reason=pl.when(this_week).then(pl.lit("ordered and suggested this week")).otherwise(
            pl.lit("today's levels over the forecast")
        ),
    )  # fmt: skip
    return {"supplier_outlook": told.drop("week_no")}
