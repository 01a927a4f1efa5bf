"""What replenishment reads of the warehouse, as frames."""

from __future__ import annotations

import duckdb
import polars as pl

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
        i.approved_unseen_qty::bigint as approved_qty,
        i.reserved_qty::bigint as reserved_qty,
        i.lead_time_days, i.lead_time_std_days, i.review_days,
        coalesce(i.moq_qty, 0)::bigint as moq,
        coalesce(i.order_multiple_qty, 1)::bigint as order_multiple,
        coalesce(i.pack_numerator, 1) as pack_numerator,
        coalesce(i.pack_denominator, 1) as pack_denominator,
        i.unit_cost, e.unit_margin, e.later_unit_cost, coalesce(o.add_on_cost, 0)::double as unit_extra,
        e.shortage_penalty,
        e.capital_cost_day + e.storage_cost_day as holding_cost, e.disposal_cost::double as disposal_cost,
        e.yield_share, floor(e.capacity_qty)::bigint as capacity_qty, i.abc as segment,
        i.service_target, m.demand_mean,
        i.sku_name, i.purchase_uom, nullif(i.currency, '') as currency, i.category_id,
        round(i.lead_time_days - i.rest_days)::bigint as worked_lead_days,
        list_sort(list_distinct(i.defaults || e.defaults)) as defaults
    from marts.replenishment_input as i
    join marts.unit_economics as e on e.sku_id = i.sku_id and e.location_id = i.location_id
    left join marts.supplier_option as o
        on o.sku_id = i.sku_id and o.location_id = i.location_id and o.supplier_id = i.supplier_id
    left join mean as m on m.sku_id = i.sku_id and m.location_id = i.location_id
    -- Without a supplier there is nothing to order, but a level to hold.
    -- What is phased out may be bought for the last time.
    where i.not_orderable_reason is null or i.supplier_id is null or i.last_buy_until is not null
    order by i.sku_id, i.location_id
"""
DEMAND = """
    select sku_id, location_id, "interval", "level", quantity
    from plan.interval_demand
    semi join marts.replenishment_input using (sku_id, location_id)
    order by all
"""
# Bulk orders leave the same shelves.
WEEKLY = """
    select sku_id, location_id, week_start, y_hat + bulk_qty as y_hat
    from plan.demand_forecast
    semi join marts.replenishment_input using (sku_id, location_id)
    order by all
"""
# Who else would deliver: the offers that stand beside the planned supplier's.
OTHERS = """
    select
        sku_id, location_id, supplier_id, lead_time_days, lead_time_std_days, moq_qty::bigint as moq,
        order_multiple_qty::bigint as order_multiple, pack_numerator, pack_denominator, unit_cost, later_unit_cost,
        add_on_cost::double as unit_extra, yield_share, floor(capacity_qty)::bigint as capacity_qty,
        purchase_uom, nullif(currency, '') as currency
    from marts.supplier_option
    where place > 1 and lead_time_days is not null
    order by all
"""
# In which money a supplier speaks where no price says it: that he names, else that of his prices; null is ours. A name
# that no rate is told of stands for prices in several.
SPOKEN = """
    spoken as (
        select
            p.supplier_id,
            nullif(coalesce(
                any_value(s.currency),
                case count(distinct p.currency) when 0 then null when 1 then max(p.currency) else 'several' end
            ), '') as currency
        from (
            select supplier_id, currency from marts.replenishment_input where supplier_id is not null
            union all
            select supplier_id, currency from marts.supplier_option
        ) as p
        left join intermediate.int_supplier as s on s.supplier_id = p.supplier_id
        group by p.supplier_id
    )
"""
# A supplier looks at one order, and there is one per place it ships to.
TERMS = f"""
    with {SPOKEN},
    limits as (
        select scope, min(open_amount) as open_amount from marts.open_to_buy
        where scope <> '*' and open_amount is not null group by scope
    ),
    asked as (
        select supplier_id, location_id, lead_time_days, min_order_amount
        from marts.replenishment_input where supplier_id is not null
        union all
        select o.supplier_id, o.location_id, o.lead_time_days, s.min_order_amount
        from marts.supplier_option as o
        left join intermediate.int_supplier as s on s.supplier_id = o.supplier_id
        where o.place > 1
    )
    select
        i.supplier_id, i.location_id,
        any_value(k.currency) as currency,
        coalesce(max(i.min_order_amount), 0)::decimal(18, 4) as minimum_value,
        coalesce(max(s.order_cost), 0)::decimal(18, 4) as order_cost,
        any_value(l.open_amount)::decimal(18, 4) as capacity_value,
        max(i.lead_time_days)::double as lead_time_days,
        least(any_value(s.contract_to), any_value(s.licence_to)) as contract_ends,
        any_value(s.calendar_id) as calendar_id
    from asked as i
    left join spoken as k on k.supplier_id = i.supplier_id
    left join intermediate.int_supplier as s on s.supplier_id = i.supplier_id
    left join limits as l on l.scope = i.supplier_id
    group by i.supplier_id, i.location_id
    order by all
"""
# How many containers or trucks hold; a supplier's volume and weight are two rows.
CONTAINERS = """
    select supplier_id, location_id, volume_l as volume, weight_kg as weight from marts.supplier_container order by all
"""
# In our money, as orders are weighed: what a rebate in money of unknown worth would bring is not counted.
AGREEMENTS = f"""
    with {SPOKEN}
    select
        a.supplier_id, a.term_kind, a.scope, a.measure, coalesce(a.term_value, 0)::double as term_value,
        a.target_volume::double * v.worth as target_volume, a.attained_volume::double * v.worth as attained_volume,
        a.open_volume::double * v.worth as open_volume, a.bought_amount::double * r.rate as amount,
        a.elapsed_share::double as elapsed_share, a.days_left::bigint as days_left
    from marts.contract_attainment as a
    left join spoken as k on k.supplier_id = a.supplier_id
    join intermediate.int_exchange_rate as r on r.currency = coalesce(k.currency, '')
    cross join lateral (select case when a.measure = 'amount' then r.rate else 1.0 end as worth) as v
    order by all
"""
STORAGE = "select location_id, storage_class, free_l as free_volume from marts.storage_room order by all"
SHUTDOWNS = """
    select distinct calendar_id, calendar_date
    from known.reference__calendar
    where is_shutdown and calendar_date >= (select as_of::date from control.latest)
    order by all
"""
# Days on which an order of today waits for the weekday on which its supplier takes it.
WAITS = """
    select supplier_id, unnest(generate_series(1, taken_date - ordered_date))::bigint as "day"
    from intermediate.int_order_taken
    where ordered_date = (select as_of::date from control.latest)
    order by all
"""
PRICE_BREAKS = """
    select sku_id, location_id, supplier_id, from_quantity, nullif(currency, '') as currency, unit_cost, kind
    from marts.price_step
    order by all
"""
INBOUND = """
    select
        sku_id, location_id, (arrival_date - (select as_of::date from control.latest))::bigint as due_in_days,
        floor(sum(arriving_qty))::bigint as quantity
    from intermediate.int_purchase_arrival
    where is_own_supply
    group by all
    order by all
"""
# Suppliers owe us the days that must remain at receipt; customers must have some left.
GOODS = """
    select
        s.sku_id, h.reason as hold_reason,
        case
            when s.lifecycle = 'phase_out' then s.end_date - (select as_of::date from control.latest) + 1
        end::bigint as days_on_sale, coalesce(s.storage_class, 'ambient') as storage_class,
        (s.length_mm * s.width_mm * s.height_mm / 1e6)::double as unit_volume,
        (s.weight_g / 1000)::double as unit_weight,
        case
            when s.shelf_life_days is not null
                then
                    greatest(
                        coalesce(s.min_remaining_days_in, s.shelf_life_days) - coalesce(s.min_remaining_days_out, 0), 0
                    )
        end::bigint as sellable_days
    from intermediate.int_sku as s
    left join marts.buying_hold as h on h.sku_id = s.sku_id
    semi join marts.replenishment_input as i on i.sku_id = s.sku_id
    order by s.sku_id
"""
# What is approved and in no export yet is money spent already.
BUDGET = """
    with unseen as (
        select sum(f.in_flight_qty * i.home_unit_cost) as amount
        from feedback.in_flight as f
        join marts.replenishment_input as i on i.sku_id = f.sku_id and i.location_id = f.location_id
        where f.action = 'buy'
    )
    select min(greatest(open_amount - coalesce((select amount from unseen), 0), 0))::double as budget
    from marts.open_to_buy where scope = '*' and open_amount is not null
"""
# What of the stock expires, and on how many days it may still be sold.
BATCHES = """
    select sku_id, location_id, days_left, floor(sum(sellable_qty))::bigint as quantity
    from marts.expiry_projection
    group by all
    order by all
"""
# Money of parts of the range: the scopes of budgets that are categories or brands, and whose they are.
PURSES = """
    purses as (
        select s.sku_id, p.kind, p.name
        from intermediate.int_sku as s
        cross join lateral (values ('category', s.category_id), ('brand', s.brand)) as p (kind, name)
        semi join marts.open_to_buy as b on b.scope = p.name and b.open_amount is not null
    )
"""
BUDGETED = f"with {PURSES} select sku_id, kind, name from purses order by all"
BUDGETS = f"""
    with {PURSES},
    unseen as (
        select p.kind, p.name, sum(f.in_flight_qty * i.home_unit_cost) as amount
        from feedback.in_flight as f
        join marts.replenishment_input as i on i.sku_id = f.sku_id and i.location_id = f.location_id
        join purses as p on p.sku_id = f.sku_id
        where f.action = 'buy'
        group by all
    )
    select p.kind, p.name, min(greatest(b.open_amount - coalesce(u.amount, 0), 0))::double as amount
    from (select distinct kind, name from purses) as p
    join marts.open_to_buy as b on b.scope = p.name and b.open_amount is not null
    left join unseen as u on u.kind = p.kind and u.name = p.name
    group by all
    order by all
"""
# Packs by how many base units they hold: cartons, layers, pallets.
HANDLING_UNITS = """
    select distinct sku_id, (ratio_numerator // ratio_denominator)::bigint as size
    from staging.stg_product__sku_uom
    semi join marts.replenishment_input using (sku_id)
    where ratio_numerator % ratio_denominator = 0 and ratio_numerator > ratio_denominator
    order by all
"""
# When transfers come: those on the road and those set aside for the next lorry by their lane, approved ones by the day
# that was told. What should have come comes tomorrow.
MOVES = """
    with
    today as (select as_of::date as today from control.latest),
    trips as (
        select
            l.from_warehouse_id, l.to_warehouse_id, ceil(l.days)::integer as days,
            min(d.day) filter (
                where l.weekdays is null or contains(l.weekdays, isodow(d.day)::varchar)
            ) as leaves
        from marts.transfer_lane as l
        cross join (select unnest(generate_series(today, today + 6, interval 1 day))::date as day from today) as d
        group by all
    ),
    coming as (
        select
            t.sku_id, t.to_location_id as location_id, 'in_transit' as bucket,
            t.in_transit_qty + t.set_aside_qty as quantity,
            coalesce(t.shipped_date, p.leaves) + p.days as due
        from intermediate.int_transfer_line as t
        left join trips as p on p.from_warehouse_id = t.from_location_id and p.to_warehouse_id = t.to_location_id
        where t.in_transit_qty + t.set_aside_qty > 0
        union all
        select sku_id, location_id, 'approved', in_flight_qty, due from feedback.in_flight where action = 'transfer'
    )
    select
        sku_id, location_id, bucket, coalesce(greatest(due - today, 1), 1)::bigint as due_in_days,
        floor(sum(quantity))::bigint as quantity
    from coming
    cross join today
    group by all
    order by all
"""
# In our money, as what a transfer saves is; nothing moves on a lane whose price nobody can tell in it.
LANES = """
    select
        from_warehouse_id as from_location_id, to_warehouse_id as to_location_id, days,
        home_cost_per_unit::double as unit_cost, home_cost_per_trip::double as trip_cost, weekdays,
        (select nullif(any_value(home_currency), '') from intermediate.int_exchange_rate) as currency
    from marts.transfer_lane
    where home_cost_per_unit is not null
    order by all
"""
# Where planners do not want transfers: rejected ones for two weeks, put off ones until then, edited ones beyond the
# edit.
UNWELCOME = """
    with said as (
        select suggestion_id, arg_max(kind, sequence) = 'reject' as is_rejected
        from feedback.event
        where
            kind in ('reject', 'reopen') and occurred_at < (select as_of from control.latest)
            and occurred_at >= (select as_of from control.latest) - interval 14 day
        group by suggestion_id
    )
    select
        s.sku_id, s.location_id,
        min(case when s.status in ('edited', 'countersign', 'endorsed') then floor(s.edited_qty) else 0 end)::bigint
            as quantity
    from feedback.suggestion as s
    left join said using (suggestion_id)
    where
        s.action = 'transfer'
        and (
            s.status in ('rejected', 'snoozed') or coalesce(said.is_rejected, false)
            or (s.status in ('edited', 'countersign', 'endorsed') and s.edited_qty is not null)
        )
    group by all
    order by all
"""
# Approved to be marked down, sent back or scrapped where it lies.
CLEARING = """
    select sku_id, location_id, floor(sum(in_flight_qty))::bigint as quantity
    from feedback.in_flight
    where action = 'clear'
    group by all
    order by all
"""
# What of a unit short is lost, and what other warehouses send.
SHARING = "select location_id, lost_share, served_share from marts.served_elsewhere order by all"
# What suppliers have left of a SKU, for a place with terms of its own and for all others together.
CAPACITIES = """
    select supplier_id, sku_id, location_id, floor(left_qty)::bigint as left_qty
    from marts.supplier_capacity
    order by all
"""
# What one unit of each money is worth in ours; what is not among them cannot be compared.
RATES = "select currency, rate::double as rate from intermediate.int_exchange_rate where currency <> '' order by all"
# What plans of earlier instants suggested last and nobody decided on: the same plan made twice sees the same.
PREVIOUS = """
    with said as (
        select
            suggestion_id, arg_max(kind, sequence) as kind,
            (arg_max(payload, sequence) ->> '$.quantity')::decimal(18, 4) as quantity
        from feedback.event
        where occurred_at < (select as_of from control.latest)
        group by suggestion_id
    )
    select s.sku_id, s.location_id, floor(sum(said.quantity))::bigint as quantity
    from said
    join feedback.suggestion as s using (suggestion_id)
    anti join feedback.in_flight using (suggestion_id)
    where s.action = 'buy' and said.kind in ('propose', 'revise') and said.quantity > 0
    group by all
    order by all
"""
# What left and should come back, and be fit to sell; shares of a unit become units over the days.
RETURNING = """
    select sku_id, location_id, expected_date, resellable_qty::double as resellable_qty
    from marts.expected_return
    where location_id <> '*' and resellable_qty > 0
    order by all
"""
# What being short should weigh by segment, as the last replay of the past found.
WEIGHTS = "select segment, weight from plan.policy_calibration order by segment"
# What is counted as approved and not yet seen, suggestion by suggestion.
IN_FLIGHT = "select suggestion_id, in_flight_qty from feedback.in_flight order by all"
KEY = ["sku_id", "location_id"]


def read_replenishment(connection: duckdb.DuckDBPyConnection) -> dict[str, pl.DataFrame]:
    """What replenishment needs, as frames."""
    items = read(connection, ITEMS)
    planned = {"demand": DEMAND, "weekly": WEEKLY, "price_breaks": PRICE_BREAKS, "inbound": INBOUND,
               "returning": RETURNING, "batches": BATCHES, "others": OTHERS, "moves": MOVES}  # fmt: skip
    found = {
        name: read(connection, sql).join(items, on=KEY, how="semi", maintain_order="left")
        for name, sql in planned.items()
    }
    whole = {"terms": TERMS, "shutdowns": SHUTDOWNS, "waits": WAITS, "in_flight": IN_FLIGHT,
             "budget": BUDGET, "budgets": BUDGETS, "budgeted": BUDGETED,
             "previous": PREVIOUS, "lanes": LANES, "unwelcome": UNWELCOME,
             "clearing": CLEARING, "rates": RATES, "sharing": SHARING, "capacities": CAPACITIES,
             "handling_units": HANDLING_UNITS, "goods": GOODS,
             "storage": STORAGE, "containers": CONTAINERS, "agreements": AGREEMENTS, "weights": WEIGHTS}  # fmt: skip
    return {"items": items} | found | {name: read(connection, sql) for name, sql in whole.items()}
