{{ config(tags=['planning']) }}

-- What we owe suppliers and shall owe them for what is ordered, by the day it
-- is paid; tax included.
with

invoice_lines as (

    select * from {{ ref('stg_procurement__supplier_invoice_line') }}

),

receipts as (

    select * from {{ ref('int_receipt_line') }}

),

purchase_lines as (

    select * from {{ ref('int_purchase_line') }}

),

suppliers as (

    select
        supplier_id,
        payment_terms_days,
        coalesce(settle_method, 'on_receipt') as settle_method
    from {{ ref('int_supplier') }}

),

invoiced_receipts as (

    select distinct receipt_line_id from invoice_lines
    where receipt_line_id is not null

),

first_invoices as (

    select
        supplier_id,
        min(invoiced_at) as first_invoiced_date
    from invoice_lines
    group by supplier_id

),

owed as (

    select
        'supplier_invoice' as kind,
        supplier_id,
        coalesce(due_date, invoiced_at) as pay_date,
        amount - coalesce(paid_amount, 0) as amount
    from invoice_lines
    where abs(amount - coalesce(paid_amount, 0)) > 0.005

),

-- of these the terms count from receipt
received as (

    select
        'goods_not_invoiced' as kind,
        receipts.supplier_id,
        receipts.received_date,
        {{ with_tax(
            "receipts.unit_cost * receipts.accepted_qty",
            "purchase_lines.tax_rate"
        ) }} as amount
    from receipts
    left join purchase_lines
        on
            receipts.po_line_id = purchase_lines.po_line_id
            and receipts.source_system = purchase_lines.source_system
    left join invoiced_receipts
        on receipts.receipt_line_id = invoiced_receipts.receipt_line_id
    where
        receipts.accepted_qty > 0
        and receipts.unit_cost > 0
        and receipts.receipt_type = 'purchase'
        and invoiced_receipts.receipt_line_id is null

),

ordered as (

    select
        'open_orders' as kind,
        supplier_id,
        greatest(
            coalesce(expected_date, {{ business_date(as_of()) }}),
            {{ business_date(as_of()) }}
        ) as received_date,
        {{ with_tax("open_qty * net_unit_price", "tax_rate") }} as amount
    from purchase_lines
    where is_own_supply and open_qty > 0 and net_unit_price is not null

),

on_terms as (

    select
        parts.kind,
        parts.supplier_id,
        parts.received_date,
        {{ pay_date(
            "parts.received_date", "suppliers.settle_method",
            "suppliers.payment_terms_days"
        ) }} as pay_date,
        parts.amount
    from (
        select * from received
        union all
        select * from ordered
    ) as parts
    left join suppliers on parts.supplier_id = suppliers.supplier_id

),

-- What came before we see a supplier's invoices, and of one whose invoices we
-- never see, was paid when it was due.
together as (

    select * from owed
    union all
    select
        on_terms.kind,
        on_terms.supplier_id,
        on_terms.pay_date,
        on_terms.amount
    from on_terms
    left join first_invoices
        on on_terms.supplier_id = first_invoices.supplier_id
    where
        on_terms.kind = 'open_orders'
        or on_terms.pay_date >= {{ business_date(as_of()) }}
        or on_terms.received_date >= first_invoices.first_invoiced_date

),

final as (

    select
        ---------- ids
        kind,
        coalesce(supplier_id, '') as supplier_id,

        ---------- money
        {{ money("sum(amount)") }} as amount,

        ---------- dates
        coalesce(pay_date, {{ business_date(as_of()) }}) as pay_date

    from together
    group by all

)

select * from final
