{%- set today = business_date(as_of()) -%}
{%- set days = var("cash_cycle_days") -%}

-- Money goes out when suppliers are paid and comes in when channels settle;
-- goods lie in between.
with

sku_suppliers as (

    select * from {{ ref('int_sku_supplier') }}

),

---------- days in stock
stock as (

    select
        sku_id,
        sum(on_hand_amount) as stock_amount
    from {{ ref('inventory_position') }}
    group by sku_id

),

sold_lines as (

    select
        sku_id,
        order_id,
        net_revenue_amount,
        -landed_cost_amount as cost_amount,
        recognised_date
    from {{ ref('profit_waterfall') }}
    where
        fulfil_mode = 'own'
        and recognised_date >= {{ today }} - {{ days }}
        and recognised_date < {{ today }}

),

---------- days until customers' money is ours
settled as (

    select
        order_id,
        sum(our_amount) as amount,
        {{ business_date('max(settled_at)') }} as settled_date
    from {{ ref('payment_reconciliation') }}
    where
        txn_kind = 'pay'
        and settled_at is not null
        and order_id in (select sold_lines.order_id from sold_lines)
    group by order_id

),

sales as (

    select
        sold_lines.sku_id,
        sum(sold_lines.cost_amount) as cost_amount,
        sum(sold_lines.net_revenue_amount) filter (
            where settled.order_id is not null
        ) as settled_amount,
        sum(
            sold_lines.net_revenue_amount * date_diff(
                'day', sold_lines.recognised_date, settled.settled_date
            )
        ) as settled_amount_days
    from sold_lines
    left join settled on sold_lines.order_id = settled.order_id
    group by sold_lines.sku_id

),

---------- days until suppliers have theirs
payments as (

    select
        receipts.sku_id,
        settlements.amount,
        date_diff(
            'day',
            receipts.received_date,
            coalesce(
                {{ business_date("settlements.paid_at") }},
                settlements.due_date
            )
        ) as paid_after_days
    from {{ ref('stg_finance__supplier_settlement') }} as settlements
    inner join {{ ref('int_receipt_line') }} as receipts
        on
            settlements.receipt_line_id = receipts.receipt_line_id
            and receipts.receipt_type = 'purchase'
    where
        settlements.settle_kind = 'goods'
        and receipts.received_date >= {{ today }} - 2 * {{ days }}
        and coalesce(
            {{ business_date("settlements.paid_at") }}, settlements.due_date
        ) is not null

),

purchases as (

    select
        sku_id,
        sum(amount) as paid_amount,
        sum(amount * paid_after_days) as paid_amount_days
    from payments
    group by sku_id

),

skus as (

    select sku_id from stock
    union distinct
    select sku_id from sales
    union distinct
    select sku_id from purchases

),

by_sku as (

    select
        skus.sku_id,
        coalesce(sku_suppliers.supplier_id, '') as supplier_id,
        coalesce(stock.stock_amount, 0) as stock_amount,
        coalesce(sales.cost_amount, 0) as cost_amount,
        coalesce(sales.settled_amount, 0) as settled_amount,
        coalesce(sales.settled_amount_days, 0) as settled_amount_days,
        coalesce(purchases.paid_amount, 0) as paid_amount,
        coalesce(purchases.paid_amount_days, 0) as paid_amount_days
    from skus
    left join sku_suppliers on skus.sku_id = sku_suppliers.sku_id
    left join stock on skus.sku_id = stock.sku_id
    left join sales on skus.sku_id = sales.sku_id
    left join purchases on skus.sku_id = purchases.sku_id
    where skus.sku_id is not null

),

cut as (

    select
        case
            when grouping(supplier_id) = 0 then 'supplier'
            when grouping(sku_id) = 0 then 'product'
            else 'all'
        end as dimension,
        coalesce(supplier_id, sku_id, '*') as member,
        sum(stock_amount) as stock_amount,
        sum(cost_amount) as cost_amount,
        sum(stock_amount) * {{ days }}
        / cast(nullif(sum(cost_amount), 0) as double) as stock_days,
        sum(settled_amount_days)
        / cast(nullif(sum(settled_amount), 0) as double) as receive_days,
        sum(paid_amount_days)
        / cast(nullif(sum(paid_amount), 0) as double) as pay_days
    from by_sku
    group by grouping sets ((), (supplier_id), (sku_id))
    -- over nothing, the whole has no row either
    having count(*) > 0

),

final as (

    select
        ---------- ids
        dimension,
        member,

        ---------- money
        {{ money("stock_amount") }} as stock_amount,
        {{ money("cost_amount") }} as cost_amount,

        ---------- days
        round(stock_days, 2) as stock_days,
        round(receive_days, 2) as receive_days,
        round(pay_days, 2) as pay_days,
        round(stock_days + receive_days - pay_days, 2) as cycle_days,

        ---------- money again
        {{ money(
            "(stock_days + receive_days - pay_days) * cost_amount / " ~ days
        ) }} as tied_amount

    from cut

)

select * from final
