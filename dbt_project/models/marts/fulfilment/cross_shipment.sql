{%- set today = business_date(as_of()) %}

with

order_lines as (

    select
        order_line_id,
        order_id,
        sku_id,
        natural_location_id,
        location_id,
        ordered_date,
        sold_qty
    from {{ ref('int_order_line') }}
    where
        fulfil_mode = 'own'
        and shipped_qty > 0
        and sold_qty > 0
        and natural_location_id != '*'
        and location_id != '*'
        and ordered_date >= {{ today }} - 56

),

-- few orders: to join them takes less than to tell it of every order
split_orders as (

    select order_id
    from order_lines
    group by order_id
    having min(location_id) != max(location_id)

),

stock as (

    select
        sku_id,
        location_id,
        stock_date,
        sellable_qty
    from {{ ref('int_stock_day_end') }}
    where
        stock_date >= {{ today }} - 57
        and stock_date < {{ today }}

),

kept as (

    select distinct
        sku_id,
        location_id
    from stock
    where sellable_qty > 0

),

lines as (

    select
        order_lines.*,
        split_orders.order_id is not null as is_split,
        freight.freight_amount,
        order_lines.sold_qty
        * coalesce(skus.weight_g, {{ var('default_unit_weight_g') }})
            as weight_g,
        -- the evening before or the same evening there was less than this
        least(
            coalesce(same_day.sellable_qty, 0),
            coalesce(day_before.sellable_qty, 0)
        ) < order_lines.sold_qty as is_short_at_home
    from order_lines
    left join split_orders on order_lines.order_id = split_orders.order_id
    left join {{ ref('int_order_line_freight') }} as freight
        on order_lines.order_line_id = freight.order_line_id
    left join {{ ref('int_sku') }} as skus on order_lines.sku_id = skus.sku_id
    left join stock as same_day
        on
            order_lines.sku_id = same_day.sku_id
            and order_lines.natural_location_id = same_day.location_id
            and order_lines.ordered_date = same_day.stock_date
    left join stock as day_before
        on
            order_lines.sku_id = day_before.sku_id
            and order_lines.natural_location_id = day_before.location_id
            and order_lines.ordered_date - 1 = day_before.stock_date

),

-- a line may leave from afar for the sake of its order
short_orders as (

    select distinct order_id
    from lines
    where is_short_at_home

),

-- a heavy parcel costs less a gram than a light one
weighed as (

    select
        lines.*,
        short_orders.order_id is not null
        and not lines.is_short_at_home as is_companion,
        case
            when lines.weight_g <= 500 then 500
            when lines.weight_g <= 1000 then 1000
            when lines.weight_g <= 2000 then 2000
            when lines.weight_g <= 5000 then 5000
            when lines.weight_g <= 10000 then 10000
            else 999999
        end as weight_class
    from lines
    left join short_orders on lines.order_id = short_orders.order_id

),

-- what a gram costs from the region's own warehouse
home_rates as (

    select
        natural_location_id,
        weight_class,
        cast(sum(freight_amount) as double)
        / nullif(cast(sum(weight_g) as double), 0) as freight_per_g
    from weighed
    where location_id = natural_location_id and freight_amount is not null
    group by natural_location_id, weight_class

),

compared as (

    select
        weighed.*,
        cast(weighed.freight_amount as double)
        - cast(weighed.weight_g as double) * home_rates.freight_per_g
            as extra_freight_amount
    from weighed
    left join home_rates
        on
            weighed.natural_location_id = home_rates.natural_location_id
            and weighed.weight_class = home_rates.weight_class

),

units as (

    select
        sku_id,
        natural_location_id,
        location_id,
        location_id != natural_location_id as is_cross,
        count(*) as order_lines,
        count(*) filter (where is_split) as split_lines,
        sum(sold_qty) as sold_qty,
        sum(sold_qty) filter (where is_short_at_home) as short_at_home_qty,
        sum(sold_qty) filter (where is_companion) as companion_qty,
        sum(freight_amount) as freight_amount,
        {{ exact_sum("extra_freight_amount") }} as extra_freight_amount
    from compared
    group by sku_id, natural_location_id, location_id

),

joined as (

    select
        units.*,
        kept.sku_id is not null as is_kept_at_home,
        {{ is_delivered('inventory', 'stock_snapshot') }} as has_counts
    from units
    left join kept
        on
            units.sku_id = kept.sku_id
            and units.natural_location_id = kept.location_id

),

judged as (

    select
        *,
        case
            when not is_cross then 'none'
            when not has_counts then 'unknown'
            when not is_kept_at_home then 'not_kept_there'
            when coalesce(short_at_home_qty, 0) * 2 >= sold_qty
                then 'short_there'
            when
                (coalesce(short_at_home_qty, 0) + coalesce(companion_qty, 0))
                * 2 >= sold_qty
                then 'went_along'
            else 'other'
        end as reason
    from joined

),

final as (

    select
        ---------- ids
        sku_id,
        natural_location_id,
        location_id,

        ---------- text
        reason,
        case reason
            when 'none' then 'none'
            when 'not_kept_there' then 'keep it there'
            when 'short_there' then 'move or buy more to there'
            when 'went_along' then 'none: the goods that were short caused it'
            else 'look at the rules that give orders to warehouses'
        end as proposed_action,
        {{ in_chinese("proposed_action") }} as proposed_action_zh,

        ---------- numbers
        order_lines,
        split_lines,
        {{ qty("sold_qty") }} as sold_qty,
        {{ qty("coalesce(short_at_home_qty, 0)") }} as short_at_home_qty,

        ---------- money
        {{ money("freight_amount") }} as freight_amount,
        case
            when is_cross then {{ money("extra_freight_amount") }} else 0
        end as extra_freight_amount,

        ---------- booleans
        is_cross,
        is_kept_at_home

    from judged

)

select * from final
