with

moves as (

    -- the kind of document picks the key: as a condition of the join it
    -- would make every row meet every other
    select
        *,
        case when ref_type = 'outbound_order' then ref_line_id end
            as outbound_line_id
    from {{ ref('int_stock_cost') }}
    where move_type = 'sale_out'

),

-- a warehouse may book the fulfilment order instead of the sales order
outbound_lines as (

    select
        outbound_line_id,
        min(order_line_id) as order_line_id
    from {{ ref('stg_warehouse__outbound_line') }}
    group by outbound_line_id

),

sales as (

    select
        moves.*,
        case
            when moves.ref_type = 'outbound_order'
                then outbound_lines.order_line_id
            else moves.ref_line_id
        end as order_line_id
    from moves
    left join outbound_lines
        on moves.outbound_line_id = outbound_lines.outbound_line_id

),

final as (

    select
        ---------- ids
        coalesce(order_line_id, '*') as order_line_id,
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
    group by coalesce(order_line_id, '*'), sku_id, location_id

)

select * from final
