"""What to clear: free stock, the forecast and past prices to the ways out that bring most, under their living ids."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal

import duckdb
import polars as pl

from feedback.identity import Matching, Need
from optimization.replenishment import ClearanceParams
from pipelines.planning.bundles import BUNDLE_PRICES, BUNDLES
from pipelines.planning.living import named
from pipelines.planning.tables import read

# What was suggested today leaves or comes as well.
MOVED = """
    moved as (
        select sku_id, from_location_id as location_id, -quantity as qty from plan.transfer_suggestion
        union all
        select sku_id, to_location_id, quantity from plan.transfer_suggestion
        union all
        select sku_id, location_id, suggested_qty from plan.replenishment_suggestion
    )
"""
ITEMS = f"""
    with mean as (
        select sku_id, location_id, any_value(demand_mean) as demand_mean
        from plan.interval_demand
        where "interval" = 'protection'
        group by all
    ),
    {MOVED},
    coming as (select sku_id, location_id, sum(qty) as qty from moved group by all)
    select
        i.sku_id, i.location_id, i.lead_time_days, i.review_days, m.demand_mean,
        h.daily_demand_qty, h.days_without_sale,
        case when i.stock_known then (i.inventory_position_qty + coalesce(c.qty, 0))::double end as position_qty,
        case
            when i.not_orderable_reason is null then i.home_unit_cost
            else greatest(e.sale_value, 0)
        end::double as worth_here
    from marts.replenishment_input as i
    join marts.unit_economics as e on e.sku_id = i.sku_id and e.location_id = i.location_id
    join marts.inventory_health as h on h.sku_id = i.sku_id and h.location_id = i.location_id
    left join mean as m on m.sku_id = i.sku_id and m.location_id = i.location_id
    left join coming as c on c.sku_id = i.sku_id and c.location_id = i.location_id
    order by i.sku_id, i.location_id
"""
# A transfer that is suggested takes what has longest to go.
STOCK = f"""
    with {MOVED},
    going as (select sku_id, location_id, -sum(qty) as qty from moved where qty < 0 group by all),
    queued as (
        select
            s.*, coalesce(g.qty, 0) as going_qty,
            coalesce(sum(s.stock_qty) over (
                partition by s.sku_id, s.location_id
                order by s.last_sale_date desc nulls first, s.batch_no desc
                rows between unbounded preceding and 1 preceding
            ), 0) as later_qty
        from marts.clearance_input as s
        left join going as g on g.sku_id = s.sku_id and g.location_id = s.location_id
    )
    select
        * exclude (stock_qty, going_qty, later_qty),
        (stock_qty - least(stock_qty, greatest(going_qty - later_qty, 0)))::bigint as stock_qty
    from queued
    order by sku_id, location_id, batch_no
"""
DEMAND = """
    select sku_id, location_id, "interval", "level", quantity
    from plan.interval_demand
    where "interval" = 'protection'
    order by all
"""
WEEKLY = "select sku_id, location_id, week_start, y_hat + bulk_qty as y_hat from plan.demand_forecast order by all"
# What a SKU sold at in a week, and what it usually sells in a week around it; weeks out of stock tell nothing of price.
PRICES = """
    with weeks as (
        select
            d.sku_id, date_trunc('week', d.demand_date) as week_start,
            sum(d.gross_demand_qty)::double as units,
            (sum(d.net_revenue_amount) / nullif(sum(d.gross_demand_qty - d.cancelled_no_stock_qty), 0))::double as price
        from marts.demand_history as d
        where
            d.fulfil_mode = 'own' and d.is_complete_day
            and d.demand_date >= (select date_trunc('week', as_of::date) from control.latest) - interval 52 week
            and d.demand_date < (select date_trunc('week', as_of::date) from control.latest)
        group by all
        having count(*) filter (where d.is_stocked_out) <= 2
    ),
    usual as (
        select *, avg(units) over (
            partition by sku_id order by week_start
            range between interval 6 week preceding and interval 6 week following
        ) as baseline
        from weeks
    )
    select u.sku_id, coalesce(s.category_id, '') as category_id, u.price, u.units, u.baseline
    from usual as u
    join intermediate.int_sku as s using (sku_id)
    where u.price > 0 and u.baseline > 0
    order by u.sku_id, u.week_start
"""
LANES = """
    select
        from_warehouse_id as from_location_id, to_warehouse_id as to_location_id,
        home_cost_per_unit::double as unit_cost, home_cost_per_trip::double as trip_cost
    from marts.transfer_lane
    where home_cost_per_unit is not null
    order by all
"""
# What customers are served from, all places together; what we are without, or cost, in the dearest of them.
SKUS = """
    select
        i.sku_id, any_value(i.home_currency) as currency, max(i.unit_price)::double as unit_price,
        max(e.landed_unit_cost)::double as unit_cost, max(e.selling_cost)::double as selling_cost,
        any_value(s.tax_rate)::double as tax_rate, max(e.taken_share) as fee_share,
        case when bool_and(i.stock_known) then sum(i.available_qty) end::double as available_qty,
        sum(p.on_order_late_qty)::double as late_qty,
        min(p.next_expected_date) as next_arrival_date,
        min(i.lead_time_days + i.review_days)::double as order_days
    from marts.replenishment_input as i
    join marts.unit_economics as e on e.sku_id = i.sku_id and e.location_id = i.location_id
    left join intermediate.int_sku as s on s.sku_id = i.sku_id
    left join marts.inventory_position as p on p.sku_id = i.sku_id and p.location_id = i.location_id
    where coalesce(s.status, 'active') = 'active'
    group by i.sku_id
    order by i.sku_id
"""
# Of a suggestion, what its outbox contract names and the key does not say.
FACTS = (
    "action", "batch_no", "clear_by", "expiry_date", "markdown_rate", "floor_price", "supplier_id", "to_warehouse_id",
    "bundle_sku_id", "value_at_cost", "expected_recovery", "money_at_stake", "currency", "reason",
)  # fmt: skip
MONEY = pl.Decimal(18, 4)
AMOUNTS = ("floor_price", "value_at_cost", "expected_recovery", "money_at_stake", "runner_up_gain")


def read_clearance(connection: duckdb.DuckDBPyConnection) -> dict[str, pl.DataFrame]:
    """What clearance needs, as frames."""
    queries = {"stock": STOCK, "items": ITEMS, "demand": DEMAND, "weekly": WEEKLY, "prices": PRICES, "lanes": LANES,
               "skus": SKUS, "bundles": BUNDLES, "bundle_prices": BUNDLE_PRICES}  # fmt: skip
    in_flight = "select suggestion_id, in_flight_qty from feedback.in_flight order by all"
    return {name: read(connection, sql) for name, sql in (queries | {"in_flight": in_flight}).items()}


def clear(
    frames: dict[str, pl.DataFrame],
    as_of_date: date,
    settings: dict,
    settle: Callable[[list[Need], dict[str, Decimal]], Matching],
) -> dict[str, pl.DataFrame]:
    """The clearances that bring most, one per SKU and warehouse; what marketing should push; limits of prices."""
    from optimization.replenishment.clearance import Bundles, guard_prices, plan_clearance, push_and_hold_back

    params = ClearanceParams.from_mapping(settings)
    stock = frames["stock"].filter(pl.col("stock_qty") > 0)
    plan = plan_clearance(
        stock, frames["items"], frames["demand"], frames["weekly"], frames["prices"], frames["lanes"],
        Bundles(frames["bundles"], frames["bundle_prices"]), as_of_date, params,
    )  # fmt: skip
    rows = plan.suggestions.with_columns(pl.col(name).round(4).cast(MONEY) for name in AMOUNTS)
    needs = [_need(row) for row in rows.iter_rows(named=True)]
    matching = settle(needs, dict(frames["in_flight"].iter_rows()))
    living = named(rows, needs, matching)
    pushed = push_and_hold_back(plan, frames["skus"], as_of_date, params.most_risk)
    guarded = guard_prices(plan, frames["skus"])
    return {
        "clearance_suggestion": living.rename({"to_warehouse_id": "to_location_id"}),
        "marketing_push_pull": pushed.with_columns(pl.col("unit_margin", "money_at_stake").round(4).cast(MONEY)),
        "price_guardrail": guarded.with_columns(pl.col("min_price", "max_price", "price").round(4).cast(MONEY)),
    }


def _need(row: Mapping[str, object]) -> Need:
    told = {name: row[name] for name in FACTS if row[name] is not None}
    if "markdown_rate" in told:
        told["markdown_rate"] = Decimal(str(round(told["markdown_rate"], 2)))
    # What a person signs for is what the goods cost.
    told |= {"warehouse_id": row["location_id"], "unit_price": Decimal(str(round(row["unit_cost"], 4)))}
    return Need("clear", row["sku_id"], row["location_id"], Decimal(row["quantity"]), due=row["clear_by"], facts=told)
