{{ config(materialized='table', tells=['source_system', 'order_id']) }}

-- Orders that came in twice: the same goods under the same number of the
-- channel. Parts of a split order share its number too, but name their parent.
with

orders as (

    select
        source_system,
        order_id,
        shop_id,
        order_no,
        ordered_at,
        coalesce(status, '') in ('closed', 'cancelled') as is_closed
    from {{ ref('stg_order__sales_order') }}
    where order_no is not null and parent_order_id is null

),

shared_numbers as (

    select
        shop_id,
        order_no
    from orders
    group by shop_id, order_no
    having count(*) > 1

),

alike as (

    select orders.*
    from orders
    semi join shared_numbers
        on
            orders.shop_id = shared_numbers.shop_id
            and orders.order_no = shared_numbers.order_no

),

goods as (

    select
        alike.source_system,
        alike.order_id,
        list(
            struct_pack(sku_id := lines.sku_id, qty := lines.qty)
            order by lines.sku_id, lines.qty
        ) as goods
    from {{ ref('stg_order__sales_order_line') }} as lines
    inner join alike
        on
            lines.source_system = alike.source_system
            and lines.order_id = alike.order_id
    group by alike.source_system, alike.order_id

),

-- the sale is the first that was not closed
ranked as (

    select
        alike.source_system,
        alike.order_id,
        first_value(alike.order_id) over same_order as standing_order_id,
        row_number() over same_order as place
    from alike
    inner join goods
        on
            alike.source_system = goods.source_system
            and alike.order_id = goods.order_id
    window same_order as (
        partition by alike.shop_id, alike.order_no, goods.goods
        order by
            alike.is_closed,
            alike.ordered_at,
            alike.source_system,
            alike.order_id
    )

),

final as (

    select
        source_system,
        order_id,
        standing_order_id
    from ranked
    where place > 1

)

select * from final
