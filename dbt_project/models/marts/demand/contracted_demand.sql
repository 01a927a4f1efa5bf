-- What subscriptions that run have agreed, and where it will be asked for.
with

subscriptions as (

    select *
    from {{ ref('stg_order__subscription') }}
    where
        coalesce(status, 'active') = 'active'
        and next_at is not null
        and qty > 0

),

components as (

    select
        bundle_sku_id,
        component_sku_id,
        qty as per_bundle
    from {{ ref('stg_product__bundle_component') }}
    where
        valid_from <= {{ business_date(as_of()) }}
        and (valid_to is null or valid_to > {{ business_date(as_of()) }})

),

goods as (

    select
        subscriptions.source_system,
        subscriptions.subscription_id,
        subscriptions.member_id,
        subscriptions.every_days,
        subscriptions.next_at,
        subscriptions.ends_at,
        coalesce(components.component_sku_id, subscriptions.sku_id) as sku_id,
        {{ per_bundle('subscriptions.qty') }} as qty
    from subscriptions
    left join components
        on subscriptions.sku_id = components.bundle_sku_id

),

own_lines as (

    select
        source_system,
        order_id,
        sku_id,
        natural_location_id,
        demand_qty,
        ordered_at
    from {{ ref('int_order_line') }}
    where
        fulfil_mode = 'own'
        and exclusion_reason is null
        and natural_location_id != '*'

),

-- a subscription is delivered where its member last had something delivered
member_locations as (

    select
        orders.source_system,
        orders.member_id,
        arg_max(
            own_lines.natural_location_id,
            (own_lines.ordered_at, own_lines.natural_location_id)
        ) as location_id
    from {{ ref('stg_order__sales_order') }} as orders
    semi join subscriptions
        on
            orders.source_system = subscriptions.source_system
            and orders.member_id = subscriptions.member_id
    inner join own_lines
        on
            orders.source_system = own_lines.source_system
            and orders.order_id = own_lines.order_id
    group by orders.source_system, orders.member_id

),

sold as (

    select
        own_lines.sku_id,
        own_lines.natural_location_id as location_id,
        sum(own_lines.demand_qty) as demand_qty
    from own_lines
    semi join goods on own_lines.sku_id = goods.sku_id
    group by all

),

-- of a member who never bought, where most of the SKU is asked for
sku_locations as (

    select
        sku_id,
        arg_max(location_id, (demand_qty, location_id)) as location_id
    from sold
    group by sku_id

),

final as (

    select
        ---------- ids
        goods.source_system,
        goods.subscription_id,
        goods.sku_id,
        coalesce(
            member_locations.location_id, sku_locations.location_id, '*'
        ) as location_id,

        ---------- quantities
        sum(goods.qty) as qty,

        ---------- numbers
        goods.every_days,

        ---------- dates
        goods.next_at as next_on,
        goods.ends_at as ends_on

    from goods
    left join member_locations
        on
            goods.source_system = member_locations.source_system
            and goods.member_id = member_locations.member_id
    left join sku_locations on goods.sku_id = sku_locations.sku_id
    group by all

)

select * from final
