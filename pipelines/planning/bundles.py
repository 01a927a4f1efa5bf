"""What is sold in bundles, as clearance reads it."""

# Bundles on sale and what is sold of each: a line of the bundle itself, or lines of its parts that name it, of which
# the first part tells how many. Parts that nobody would buy again are worth what they bring alone.
BUNDLED = """
    every_recipe as (
        select
            bundle_sku_id, component_sku_id, qty, valid_from, coalesce(valid_to, date '9999-12-31') as valid_to,
            row_number() over (partition by bundle_sku_id, valid_from order by component_sku_id) = 1 as is_first
        from staging.stg_product__bundle_component
    ),
    recipes as (
        select bundle_sku_id, component_sku_id, qty::double as qty from every_recipe
        where (select as_of::date from control.latest) >= valid_from
            and (select as_of::date from control.latest) < valid_to
    ),
    bundle_sales as (
        select
            r.bundle_sku_id, l.natural_location_id as location_id, l.ordered_date,
            case
                when l.bundle_sku_id is null then l.demand_qty when r.is_first then l.demand_qty / r.qty else 0
            end::decimal(18, 9) as bundles,
            l.net_revenue_amount as amount
        from intermediate.int_order_line as l
        join every_recipe as r
            on r.bundle_sku_id = coalesce(l.bundle_sku_id, l.sku_id)
                and (r.component_sku_id = l.sku_id or (l.bundle_sku_id is null and r.is_first))
                and l.ordered_date >= r.valid_from and l.ordered_date < r.valid_to
        where
            -- still on sale
            r.bundle_sku_id in (select bundle_sku_id from recipes) and
            l.fulfil_mode = 'own' and l.exclusion_reason is null and l.demand_qty > 0 and not coalesce(l.is_gift, false)
            and l.ordered_date < (select date_trunc('week', as_of::date) from control.latest)
    )
"""
BUNDLES = f"""
    with {BUNDLED},
    recent as (
        select
            bundle_sku_id, location_id, sum(bundles) as bundles, sum(bundles)::double / 56 as daily_qty,
            sum(amount) as amount
        from bundle_sales
        where ordered_date >= (select date_trunc('week', as_of::date) from control.latest) - interval 56 day
        group by all
    ),
    priced as (
        select
            bundle_sku_id, sum(bundles)::double / 56 as daily_qty,
            sum(amount)::double / nullif(sum(bundles), 0)::double as bundle_price
        from recent
        group by all
    ),
    parts as (
        select
            r.bundle_sku_id, r.component_sku_id as sku_id, i.location_id, r.qty,
            case
                when i.not_orderable_reason is null then i.home_unit_cost
                else greatest(e.sale_value, 0)
            end::double as worth,
            e.selling_cost::double as selling_cost, i.available_qty::double as available_qty
        from recipes as r
        join marts.replenishment_input as i on i.sku_id = r.component_sku_id
        join marts.unit_economics as e on e.sku_id = i.sku_id and e.location_id = i.location_id
    )
    select
        p.sku_id, p.location_id, p.bundle_sku_id, p.qty as per_bundle, coalesce(any_value(s.daily_qty), 0) as daily_qty,
        any_value(t.daily_qty) - coalesce(any_value(s.daily_qty), 0) as elsewhere_qty,
        any_value(t.bundle_price) as bundle_price,
        sum(
            o.qty * (o.selling_cost + case when o.sku_id = p.sku_id then 0 else o.worth end) order by o.sku_id
        ) as bundle_cost,
        greatest(min(o.available_qty / o.qty) filter (where o.sku_id <> p.sku_id), 0) as most_qty
    from parts as p
    join parts as o on o.bundle_sku_id = p.bundle_sku_id and o.location_id = p.location_id
    join priced as t on t.bundle_sku_id = p.bundle_sku_id
    left join recent as s on s.bundle_sku_id = p.bundle_sku_id and s.location_id = p.location_id
    group by p.sku_id, p.location_id, p.bundle_sku_id, p.qty
    -- Every other part is there, and its worth is known.
    having
        count(distinct o.sku_id) = (select count(*) from recipes as r where r.bundle_sku_id = p.bundle_sku_id)
        and count(*) > 1 and bool_and(o.available_qty is not null)
        and bool_and(o.worth is not null or o.sku_id = p.sku_id)
        and any_value(t.bundle_price) > 0
    order by all
"""
# Bundles are alike in that they are bundles: what one's price never told, the others' do.
BUNDLE_PRICES = f"""
    with {BUNDLED},
    weeks as (
        select
            bundle_sku_id, date_trunc('week', ordered_date) as week_start, sum(bundles)::double as units,
            sum(amount)::double / nullif(sum(bundles), 0)::double as price
        from bundle_sales
        where ordered_date >= (select date_trunc('week', as_of::date) from control.latest) - interval 52 week
        group by all
    ),
    usual as (
        select *, avg(units) over (
            partition by bundle_sku_id order by week_start
            range between interval 6 week preceding and interval 6 week following
        ) as baseline
        from weeks
    )
    select bundle_sku_id as sku_id, 'bundles' as category_id, price, units, baseline
    from usual
    where price > 0 and baseline > 0
    order by bundle_sku_id, week_start
"""
