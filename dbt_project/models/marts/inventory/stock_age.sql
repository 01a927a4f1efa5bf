with

positions as (

    select * from {{ ref('inventory_position') }}
    where is_stock_known and on_hand_qty > 0

),

ledger_arrivals as (

    select
        sku_id,
        location_id,
        ledger_id as layer_id,
        move_type as layer_type,
        qty,
        fifo_amount / qty as unit_cost,
        occurred_at as received_at
    from {{ ref('int_stock_cost') }}
    where
        qty > 0
        -- it came before the first movement, nobody knows when
        and move_type != 'opening'

),

arrivals as (

    select * from ledger_arrivals

    union all

    -- without a ledger, receipts still say how old goods are
    select
        receipts.sku_id,
        receipts.warehouse_id as location_id,
        receipts.receipt_line_id as layer_id,
        'po_in' as layer_type,
        receipts.accepted_qty as qty,
        receipts.unit_cost,
        receipts.received_at
    from {{ ref('int_receipt_line') }} as receipts
    anti join {{ ref('int_stock_cost') }} as costs
        on
            receipts.sku_id = costs.sku_id
            and receipts.warehouse_id = costs.location_id
    where
        receipts.receipt_type = 'purchase'
        and receipts.accepted_qty > 0

),

-- first in, first out: what is left came last
layers as (

    select
        arrivals.*,
        positions.on_hand_qty,
        positions.unit_cost as latest_unit_cost,
        sum(arrivals.qty) over (
            partition by arrivals.sku_id, arrivals.location_id
            order by
                arrivals.received_at desc,
                arrivals.layer_id desc
            rows between unbounded preceding and current row
        ) - arrivals.qty as newer_qty
    from arrivals
    inner join positions
        on
            arrivals.sku_id = positions.sku_id
            and arrivals.location_id = positions.location_id
    where arrivals.received_at <= {{ as_of() }}

),

left_over as (

    select
        sku_id,
        location_id,
        layer_id,
        layer_type,
        received_at,
        least(qty, on_hand_qty - newer_qty) as left_qty,
        coalesce(unit_cost, latest_unit_cost) as unit_cost
    from layers
    where on_hand_qty > newer_qty

),

explained as (

    select
        sku_id,
        location_id,
        sum(left_qty) as left_qty
    from left_over
    group by sku_id, location_id

),

complete as (

    select * from left_over

    union all by name

    select
        positions.sku_id,
        positions.location_id,
        'unknown' as layer_id,
        'unknown' as layer_type,
        positions.on_hand_qty - coalesce(explained.left_qty, 0) as left_qty,
        positions.unit_cost
    from positions
    left join explained
        on
            positions.sku_id = explained.sku_id
            and positions.location_id = explained.location_id
    where positions.on_hand_qty > coalesce(explained.left_qty, 0)

),

aged as (

    select
        *,
        {{ business_date("received_at") }} as received_date,
        date_diff(
            'day',
            {{ business_date("received_at") }},
            {{ business_date(as_of()) }}
        ) as age_days
    from complete

),

final as (

    select
        ---------- ids
        sku_id,
        location_id,
        layer_id,

        ---------- text
        layer_type,
        case
            when age_days is null then 'unknown'
            when age_days <= 30 then '000-030'
            when age_days <= 60 then '031-060'
            when age_days <= 90 then '061-090'
            when age_days <= 180 then '091-180'
            when age_days <= 365 then '181-365'
            else '366-'
        end as age_band,

        ---------- numbers
        {{ qty("left_qty") }} as left_qty,
        cast(age_days as bigint) as age_days,

        ---------- money
        {{ money("unit_cost") }} as unit_cost,
        {{ money("left_qty * unit_cost") }} as left_amount,

        ---------- dates
        received_date

    from aged

)

select * from final
