-- Control 2, the three-way match: order, receipt, invoice.
with

po_lines as (

    select * from {{ ref('stg_procurement__purchase_order_line') }}

),

orders as (

    select * from {{ ref('stg_procurement__purchase_order') }}

),

invoice_lines as (

    select * from {{ ref('stg_procurement__supplier_invoice_line') }}

),

accepted as (

    select
        po_line_id,
        sum(accepted_qty) as qty
    from {{ ref('stg_procurement__goods_receipt_line') }}
    where po_line_id is not null
    group by po_line_id

),

invoiced as (

    select
        po_line_id,
        sum(invoiced_qty) as qty
    from invoice_lines
    where po_line_id is not null
    group by po_line_id

),

ordered as (

    select
        orders.supplier_id,
        po_lines.po_line_id,
        po_lines.ordered_qty,
        po_lines.unit_price,
        coalesce(accepted.qty, 0) as accepted_qty,
        invoiced.qty as invoiced_qty,
        {{ source_of('procurement.purchase_order_line', 'po_lines') }}
            as source
    from po_lines
    inner join orders
        on
            po_lines.source_system = orders.source_system
            and po_lines.po_id = orders.po_id
    left join accepted on po_lines.po_line_id = accepted.po_line_id
    left join invoiced on po_lines.po_line_id = invoiced.po_line_id

),

within_order as (

    select
        'accepted_within_ordered' as check_name,
        supplier_id as scope,
        po_line_id as record_key,
        source,
        accepted_qty as found,
        least(accepted_qty, ordered_qty) as expected,
        unit_price as unit_amount
    from ordered
    where {{ is_delivered('procurement', 'goods_receipt_line') }}

),

within_receipt as (

    select
        'invoiced_within_accepted' as check_name,
        supplier_id as scope,
        po_line_id as record_key,
        source,
        invoiced_qty as found,
        least(invoiced_qty, accepted_qty) as expected,
        unit_price as unit_amount
    from ordered
    where
        invoiced_qty is not null
        and {{ is_delivered('procurement', 'goods_receipt_line') }}

),

at_agreed_price as (

    select
        'invoiced_at_agreed_price' as check_name,
        ordered.supplier_id as scope,
        invoice_lines.invoice_line_id as record_key,
        {{ source_of('procurement.supplier_invoice_line', 'invoice_lines') }}
            as source,
        invoice_lines.unit_price_ex_tax as found,
        ordered.unit_price as expected,
        abs(invoice_lines.invoiced_qty) as unit_amount
    from invoice_lines
    inner join ordered on invoice_lines.po_line_id = ordered.po_line_id

),

together as (

    select * from within_order
    union all
    select * from within_receipt
    union all
    select * from at_agreed_price

),

final as (

    select
        *,
        abs(found - expected) * coalesce(unit_amount, 0) as money_at_stake
    from together

)

select * from final
