{{ config(
    unit=['order_line_id'],
    changed_by='changed_goods_sold',
    tells=['order_line_id']
) }}
{%- set changed = changed_goods_sold() %}
with

moves as (

    -- the kind of document picks the key: as a condition of the join it
    -- would make every row meet every other
    select
        sku_id,
        location_id,
        ref_type,
        ref_line_id,
        qty,
        fifo_amount,
        average_amount,
        is_cost_known,
        occurred_at,
        case when ref_type = 'outbound_order' then ref_line_id end
            as outbound_line_id
    from {{ ref('int_stock_cost') }}
    where
        move_type = 'sale_out'
        and (
            ref_line_id is null
            -- which order line it is of is to be seen
            or ref_type = 'outbound_order'
            or {{ is_changed("ref_line_id", changed) }}
        )

),

-- a warehouse may book the fulfilment order instead of the sales order
outbound_lines as (

    select
        outbound_line_id,
        min(order_line_id) as order_line_id
    from {{ ref('stg_warehouse__outbound_line') }}
    where outbound_line_id in (select moves.outbound_line_id from moves)
    group by outbound_line_id

),

sales as (

    select
        moves.*,
        coalesce(
            case
                when moves.ref_type = 'outbound_order'
                    then outbound_lines.order_line_id
                else moves.ref_line_id
            end,
            '*'
        ) as order_line_id
    from moves
    left join outbound_lines
        on moves.outbound_line_id = outbound_lines.outbound_line_id

),

final as (

    select
        ---------- ids
        order_line_id,
        sku_id,
        location_id,

        ---------- quantities
        {{ qty("-sum(qty)") }} as left_qty,

        ---------- money
        {{ money("-sum(fifo_amount)") }} as fifo_cost_amount,
        {{ money("-sum(average_amount)") }} as average_cost_amount,
        {{ money("sum(average_amount - fifo_amount)") }} as difference_amount,

        ---------- what the figures rest on
        bool_and(is_cost_known) as is_cost_known,

        ---------- dates
        {{ business_date("max(occurred_at)") }} as left_date

    from sales
    where {{ is_changed("order_line_id", changed) }}
    group by order_line_id, sku_id, location_id

)

select * from final
