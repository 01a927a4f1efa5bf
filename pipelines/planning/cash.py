"""Cash of the coming weeks: expected sales, what is owed, ordered and suggested, to quantiles."""

from __future__ import annotations

from datetime import date

import duckdb
import polars as pl
from polars import selectors as cs

from pipelines.planning.tables import read

# What customers pay: the price of late with its tax, and the freight that they pay, in one currency.
PRICED = """
    sold as (
        select
            l.sku_id,
            sum((l.net_revenue_amount - l.freight_income_amount) * r.rate) / nullif(sum(l.sold_qty), 0) as price
        from intermediate.int_order_line as l
        join intermediate.int_exchange_rate as r on r.currency = coalesce(l.currency, '')
        where
            l.fulfil_mode = 'own' and l.sold_qty > 0 and not l.is_gift
            and l.order_type not in ('exchange', 'resend', 'sample') and l.ordered_date >= {today} - 90
        group by l.sku_id
    ),
    priced as (
        select
            p.sku_id,
            coalesce(s.price, p.unit_price)::double * (select rate from marts.cash_rate where kind = 'gross_per_net')
                as price
        from intermediate.int_sales_price as p
        left join sold as s using (sku_id)
    )
"""
PAST = """
    select date_trunc('week', l.ordered_date)::date as week_start,
        sum(l.net_revenue_amount * r.rate)::double * (select rate from marts.cash_rate where kind = 'gross_per_net')
            as amount
    from intermediate.int_order_line as l
    join intermediate.int_exchange_rate as r on r.currency = coalesce(l.currency, '')
    where
        l.fulfil_mode = 'own' and (l.exclusion_reason is null or l.exclusion_reason = 'b2b')
        and l.ordered_date >= date_trunc('week', {today}) - interval 60 week
        and l.ordered_date < date_trunc('week', {today})
    group by all
    order by week_start
"""
AHEAD = f"""
    with {PRICED}
    select f.week_start, sum((f.y_hat + f.bulk_qty) * p.price)::double as amount
    from plan.demand_forecast as f
    join priced as p using (sku_id)
    group by f.week_start
    order by f.week_start
"""
# Orders pay as they arrive, each by the terms and in the money of whom it goes to; those of the outlook when an order
# of their week would, as the planned supplier is paid.
PAYMENTS = """
    with orders as (
        select 'suggested_orders' as kind, sku_id, supplier_id, currency, requested_date as received_date,
            amount::double as amount
        from plan.replenishment_suggestion
        union all
        select
            'approved_orders', f.sku_id,
            case when o.supplier_id is null then i.supplier_id else o.supplier_id end,
            case when o.supplier_id is null then i.currency else o.currency end,
            f.approved_date + ceil(coalesce(o.lead_time_days, i.lead_time_days, 0))::integer,
            (f.in_flight_qty * case when o.supplier_id is null then i.unit_cost else o.unit_cost end)::double
        from feedback.in_flight as f
        join marts.replenishment_input as i using (sku_id, location_id)
        left join marts.supplier_option as o
            on o.sku_id = f.sku_id and o.location_id = f.location_id and o.supplier_id = f.supplier_id and o.place > 1
        where f.action = 'buy'
        union all
        select
            'later_orders', o.sku_id, i.supplier_id, i.currency,
            o.week_start + ceil(coalesce(i.lead_time_days, 0))::integer, o.expected_qty * i.unit_cost::double
        from plan.supplier_outlook as o
        join marts.replenishment_input as i using (sku_id, location_id)
        where o.week_start > {today}
    ),
    dated as (
        select
            o.kind, (o.amount * (1 + coalesce(k.tax_rate, 0)) * r.rate)::double as amount,
            case coalesce(s.settle_method, 'on_receipt')
                when 'cash' then o.received_date
                when 'monthly' then last_day(o.received_date) + coalesce(s.payment_terms_days, 0)::integer
                else o.received_date + coalesce(s.payment_terms_days, 0)::integer
            end::date as pay_date
        from orders as o
        join intermediate.int_exchange_rate as r on r.currency = coalesce(o.currency, '')
        left join intermediate.int_supplier as s on s.supplier_id = o.supplier_id
        left join intermediate.int_sku as k on k.sku_id = o.sku_id
        where o.amount is not null and o.received_date is not null
    )
    select kind, pay_date, sum(amount)::double as amount from dated group by all
    union all
    select kind, pay_date, sum(home_amount)::double
    from marts.cash_commitment
    where home_amount is not null
    group by all
    order by all
"""
# Money of these is in no figure of the forecast.
LEFT_OUT = """
    with seen as (
        select currency from marts.cash_commitment where home_amount is null
        union
        select currency from marts.replenishment_input
        union
        select currency from plan.replenishment_suggestion
        union
        select currency from intermediate.int_order_line where ordered_date >= {today} - 90
    )
    select currency from seen
    where currency is not null and currency not in (select currency from intermediate.int_exchange_rate)
    order by currency
"""
RATES = "select kind, rate from marts.cash_rate order by kind"
TODAY = "(select as_of::date from control.latest)"


def read_cash(connection: duckdb.DuckDBPyConnection) -> dict[str, pl.DataFrame]:
    """What a cash forecast needs, as frames."""
    queries = {"past": PAST, "ahead": AHEAD, "payments": PAYMENTS, "rates": RATES, "left_out": LEFT_OUT}
    return {name: read(connection, sql.format(today=TODAY)) for name, sql in queries.items()}


def look_at_cash(frames: dict[str, pl.DataFrame], as_of_date: date) -> dict[str, pl.DataFrame]:
    """Twenty-six weeks from today, before and after approval; none while it is not known how customers pay."""
    from forecasting.cash import cash_forecast

    rates = dict(frames["rates"].iter_rows())
    if not rates:
        return {"cash_week": pl.DataFrame()}
    weeks = cash_forecast(frames["past"], frames["ahead"], frames["payments"], rates, as_of_date)
    told = pl.lit(frames["left_out"]["currency"].to_list(), dtype=pl.List(pl.String))
    # Sums of many rows differ in their last digits with the order in which the engine meets them.
    return {"cash_week": weeks.with_columns(cs.float().round(6), left_out_currencies=told)}
