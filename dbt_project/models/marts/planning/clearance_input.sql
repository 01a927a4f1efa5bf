{{ config(tags=['planning']) }}

with

inputs as (

    select * from {{ ref('replenishment_input') }}
    where stock_known and home_unit_cost is not null

),

economics as (

    select * from {{ ref('unit_economics') }}

),

health as (

    select * from {{ ref('inventory_health') }}

),

skus as (

    select * from {{ ref('int_sku') }}

),

suppliers as (

    select * from {{ ref('int_supplier') }}

),

-- approved and still on the shelf
leaving as (

    select
        sku_id,
        location_id,
        sum(in_flight_qty) as leaving_qty
    from {{ source('feedback', 'in_flight') }}
    where action = 'clear'
    group by sku_id, location_id

),

free as (

    select
        inputs.sku_id,
        inputs.location_id,
        greatest(
            inputs.available_qty - coalesce(leaving.leaving_qty, 0), 0
        ) as free_qty
    from inputs
    left join leaving
        on
            inputs.sku_id = leaving.sku_id
            and inputs.location_id = leaving.location_id

),

-- what is reserved leaves first expired first, so the last batches are free
batches as (

    select
        batches.sku_id,
        batches.location_id,
        batches.batch_no,
        batches.expiry_date,
        batches.last_sale_date,
        batches.sellable_qty,
        coalesce(
            sum(batches.sellable_qty) over (
                partition by batches.sku_id, batches.location_id
                order by batches.last_sale_date desc, batches.batch_no desc
                rows between unbounded preceding and 1 preceding
            ),
            0
        ) as later_qty
    from {{ ref('expiry_projection') }} as batches

),

parts as (

    select
        free.sku_id,
        free.location_id,
        batches.batch_no,
        batches.expiry_date,
        batches.last_sale_date,
        least(
            batches.sellable_qty, greatest(free.free_qty - batches.later_qty, 0)
        ) as stock_qty
    from free
    inner join batches
        on
            free.sku_id = batches.sku_id
            and free.location_id = batches.location_id
    union all
    -- what no batch with an expiry date holds
    select
        free.sku_id,
        free.location_id,
        null as batch_no,
        null as expiry_date,
        null as last_sale_date,
        greatest(
            free.free_qty - coalesce(sum(batches.sellable_qty), 0), 0
        ) as stock_qty
    from free
    left join batches
        on
            free.sku_id = batches.sku_id
            and free.location_id = batches.location_id
    group by free.sku_id, free.location_id, free.free_qty

),

final as (

    select
        ---------- ids
        parts.sku_id,
        parts.location_id,
        parts.batch_no,
        inputs.supplier_id,
        inputs.category_id,

        ---------- text
        inputs.sku_name,
        inputs.home_currency as currency,

        ---------- numbers
        cast(floor(parts.stock_qty) as bigint) as stock_qty,
        health.excess_days,
        economics.taken_share as fee_share,

        ---------- money
        inputs.unit_price,
        inputs.home_unit_cost as unit_cost,
        economics.selling_cost,
        economics.capital_cost_day + economics.storage_cost_day
            as holding_cost_day,
        economics.disposal_cost,

        ---------- booleans
        inputs.not_orderable_reason is null as is_replaced,
        coalesce(inputs.lifecycle = 'new', false) as is_new,
        coalesce(skus.status, 'active') = 'active' as is_listed,
        coalesce(suppliers.return_allowed, false) as is_returnable,

        ---------- dates
        parts.expiry_date,
        parts.last_sale_date

    from parts
    inner join inputs
        on
            parts.sku_id = inputs.sku_id
            and parts.location_id = inputs.location_id
    inner join economics
        on
            parts.sku_id = economics.sku_id
            and parts.location_id = economics.location_id
    inner join health
        on
            parts.sku_id = health.sku_id
            and parts.location_id = health.location_id
    left join skus on parts.sku_id = skus.sku_id
    left join suppliers on inputs.supplier_id = suppliers.supplier_id
    where parts.stock_qty >= 1

)

select * from final
