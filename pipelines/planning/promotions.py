"""Announced promotions: what each must sell to earn what no promotion would, and whether it is expected to."""

from __future__ import annotations

import duckdb
import polars as pl

from pipelines.planning.tables import read

# Usual are the days without a campaign of the last eight weeks, in the shops that the promotion is for. Prices of days
# to come may hold for all shops; what a supplier pays of the discount comes back. Money is net of tax.
PROMOTIONS = """
    with today as (select as_of::date as today from control.latest),
    promoted as (
        select
            p.campaign_id, p.sku_id, p.shop_id, p.planned_units::double as planned_qty,
            greatest(p.starts_at::date, t.today) as first_date, p.ends_at::date as last_date,
            p.current_price / (1 + coalesce(s.tax_rate, 0)) as usual_price,
            p.planned_price / (1 + coalesce(s.tax_rate, 0)) as promo_price,
            coalesce(k.margin_floor, 0) as margin_floor, coalesce(c.supplier_fund_share, 0) as funded_share
        from marts.planned_price as p
        cross join today as t
        join staging.stg_marketing__campaign as c
            on c.campaign_id = p.campaign_id and c.source_system = p.source_system
        join staging.stg_marketing__campaign_sku as k
            on k.campaign_id = p.campaign_id and k.sku_id = p.sku_id and k.shop_id is not distinct from p.shop_id
                and k.source_system = p.source_system
        left join intermediate.int_sku as s on s.sku_id = p.sku_id
        where p.plan_kind = 'promotion' and p.planned_price > 0 and p.current_price > 0 and p.ends_at::date >= t.today
    ),
    sold as (
        select p.campaign_id, p.sku_id, p.shop_id, sum(l.demand_qty)::double as qty
        from promoted as p
        cross join today as t
        join intermediate.int_order_line as l
            on l.sku_id = p.sku_id and (p.shop_id = '*' or l.shop_id = p.shop_id)
        anti join intermediate.int_promoted_day as d
            on d.sku_id = l.sku_id and d.ordered_date = l.ordered_date
        where
            l.fulfil_mode = 'own' and l.exclusion_reason is null
            and l.ordered_date >= t.today - 56 and l.ordered_date < t.today
        group by all
    ),
    usual_days as (
        select p.sku_id, 56 - count(distinct d.ordered_date) as days
        from (select distinct sku_id from promoted) as p
        cross join today as t
        left join intermediate.int_promoted_day as d
            on d.sku_id = p.sku_id and d.ordered_date >= t.today - 56 and d.ordered_date < t.today
        group by p.sku_id
    ),
    foreseen as (
        select
            p.campaign_id, p.sku_id, p.shop_id,
            sum(f.y_hat * greatest(
                date_diff('day', greatest(p.first_date, f.week_start), least(p.last_date + 1, f.week_start + 7)), 0
            ) / 7.0)::double as qty
        from promoted as p
        join plan.demand_forecast as f on f.sku_id = p.sku_id and p.shop_id = '*'
        group by all
        -- A forecast that ends before the promotion tells a part of it only.
        having p.last_date < max(f.week_start) + 7
    ),
    -- in the dearest place
    costs as (
        select
            sku_id, max(landed_unit_cost)::double as unit_cost, max(selling_cost)::double as selling_cost,
            max(taken_share) as taken_share
        from marts.unit_economics
        group by sku_id
    )
    select
        p.campaign_id, p.sku_id, p.shop_id, p.first_date, p.last_date, p.planned_qty, f.qty as expected_qty,
        (coalesce(s.qty, 0) / greatest(u.days, 1) * (date_diff('day', p.first_date, p.last_date) + 1))::double
            as baseline_qty,
        k.unit_cost, k.selling_cost, p.usual_price::double as usual_price, p.promo_price::double as promo_price,
        k.taken_share as fee_share,
        (greatest(p.usual_price - p.promo_price, 0) * p.funded_share)::double as funded_per_unit,
        0.0::double as fixed_cost, p.margin_floor::double as margin_floor
    from promoted as p
    join usual_days as u on u.sku_id = p.sku_id
    join costs as k on k.sku_id = p.sku_id and k.unit_cost is not null
    left join sold as s on s.campaign_id = p.campaign_id and s.sku_id = p.sku_id and s.shop_id = p.shop_id
    left join foreseen as f on f.campaign_id = p.campaign_id and f.sku_id = p.sku_id and f.shop_id = p.shop_id
    order by p.campaign_id, p.sku_id, p.shop_id
"""
MONEY = pl.Decimal(18, 4)
AMOUNTS = ("unit_cost", "usual_price", "promo_price", "usual_margin", "promo_margin", "lowest_price", "expected_gain")


def read_promotions(connection: duckdb.DuckDBPyConnection) -> dict[str, pl.DataFrame]:
    """What is known of promotions to come, as frames."""
    return {"promotions": read(connection, PROMOTIONS)}


def judge_promotions(frames: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Break-even and verdict of every promotion and SKU."""
    from optimization.replenishment.clearance import promotion_break_even

    found = promotion_break_even(frames["promotions"])
    return {"promotion_break_even": found.with_columns(pl.col(name).round(4).cast(MONEY) for name in AMOUNTS)}
