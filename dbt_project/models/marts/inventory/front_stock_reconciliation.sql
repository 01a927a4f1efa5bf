with

listings as (

    select *
    from {{ ref('stg_reference__listing') }}
    where as_of <= {{ as_of() }}

    qualify
        row_number() over (
            partition by shop_id, platform_item_id, sku_id
            order by as_of desc, source_system
        ) = 1
        -- what is no longer among the shop's listings is no longer shown
        and as_of = max(as_of) over (partition by shop_id)

),

instants as (

    select distinct as_of as listed_at
    from listings

),

warehouses as (

    select distinct warehouse_id
    from {{ ref('stg_inventory__stock_snapshot') }}

),

snapshots as (

    select distinct
        warehouse_id,
        as_of
    from {{ ref('stg_inventory__stock_snapshot') }}

),

-- like with like: the count that the storefront could know when it was read
counts as (

    select
        instants.listed_at,
        warehouses.warehouse_id,
        snapshots.as_of
    from instants
    cross join warehouses
    asof inner join snapshots
        on
            warehouses.warehouse_id = snapshots.warehouse_id
            and instants.listed_at >= snapshots.as_of

),

stock as (

    select
        counts.listed_at,
        snapshots.sku_id,
        sum(
            snapshots.on_hand_qty
            - coalesce(snapshots.locked_qty, 0)
            - coalesce(snapshots.allocated_qty, 0)
        ) as available_qty
    from {{ ref('stg_inventory__stock_snapshot') }} as snapshots
    inner join counts
        on
            snapshots.warehouse_id = counts.warehouse_id
            and snapshots.as_of = counts.as_of
    where
        snapshots.stock_status = 'sellable'
        and coalesce(snapshots.owner_party_id, 'self') = 'self'
    group by counts.listed_at, snapshots.sku_id

),

dropship_offers as (

    select
        offers.supplier_id,
        offers.sku_id,
        arg_max(offers.available_qty, offers.as_of) as available_qty
    from {{ ref('stg_supplier__supplier_offer') }} as offers
    semi join {{ ref('int_supplier') }} as suppliers
        on
            offers.supplier_id = suppliers.supplier_id
            and suppliers.supplier_type = 'dropship'
    where offers.as_of <= {{ as_of() }}
    group by offers.supplier_id, offers.sku_id

),

offered as (

    select
        sku_id,
        sum(available_qty) as offered_qty
    from dropship_offers
    group by sku_id

),

-- what four weeks tell of demand in the shop, and of orders not kept
orders as (

    select
        shop_id,
        sku_id,
        sum(demand_qty) as demand_qty,
        sum(cancelled_no_stock_qty) as cancelled_qty,
        sum(
            paid_line_amount * cancelled_no_stock_qty / nullif(ordered_qty, 0)
        ) as cancelled_amount
    from {{ ref('int_order_line') }}
    where
        ordered_date >= {{ business_date(as_of()) }} - 28
        and exclusion_reason is null
    group by shop_id, sku_id

),

-- where it earns most
margins as (

    select
        sku_id,
        max(unit_margin) as unit_margin
    from {{ ref('unit_economics') }}
    group by sku_id

),

joined as (

    select
        listings.*,
        stock.available_qty,
        coalesce(offered.offered_qty, 0) as offered_qty,
        listings.listed_qty
        - greatest(stock.available_qty, 0)
        - coalesce(offered.offered_qty, 0) as over_qty,
        greatest(coalesce(margins.unit_margin, 0), 0) as unit_margin,
        coalesce(orders.demand_qty, 0) / 28 as daily_demand_qty,
        coalesce(orders.cancelled_qty, 0) as cancelled_qty,
        coalesce(orders.cancelled_amount, 0) as cancelled_amount
    from listings
    -- goods that we never held cannot be held against our ledger
    inner join stock
        on
            listings.sku_id = stock.sku_id
            and listings.as_of = stock.listed_at
    left join offered on listings.sku_id = offered.sku_id
    left join orders
        on
            listings.shop_id = orders.shop_id
            and listings.sku_id = orders.sku_id
    left join margins on listings.sku_id = margins.sku_id
    where listings.listed_qty is not null

),

judged as (

    select
        *,
        case
            when over_qty > 0 then 'oversell'
            when listed_qty <= 0 and available_qty > 0 then 'hidden'
            when listed_qty < available_qty then 'held_back'
            else 'agrees'
        end as finding
    from joined

),

final as (

    select
        ---------- ids
        shop_id,
        platform_item_id,
        sku_id,

        ---------- text
        finding,

        ---------- quantities
        listed_qty,
        {{ qty("available_qty") }} as available_qty,
        {{ qty("offered_qty") }} as offered_qty,
        {{ qty("greatest(over_qty, 0)") }} as oversell_qty,
        {{ qty("cancelled_qty") }} as cancelled_qty,
        cast(daily_demand_qty as double) as daily_demand_qty,

        ---------- money
        {{ money("cancelled_amount") }} as cancelled_amount,
        case finding
            when 'oversell'
                then {{ money("over_qty * unit_margin") }}
            -- a week's margin of what customers do not see
            when 'hidden'
                then {{ money(
                    "least(available_qty, 7 * daily_demand_qty) * unit_margin"
                ) }}
            else 0
        end as money_at_stake,

        ---------- timestamps
        as_of as listed_at

    from judged

)

select * from final
