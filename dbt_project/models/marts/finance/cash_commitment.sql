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
        currency,
        payment_terms_days,
        coalesce(settle_method, 'on_receipt') as settle_method
    from {{ ref('int_supplier') }}

),

rates as (

    select * from {{ ref('int_exchange_rate') }}

),

first_invoices as (

    select
        supplier_id,
        min(invoiced_at) as first_invoiced_date
    from invoice_lines
    group by supplier_id

),

-- an invoice is in the currency of its order, else of its supplier
owed as (

    select
        'supplier_invoice' as kind,
        invoice_lines.supplier_id,
        coalesce(purchase_lines.currency, suppliers.currency) as currency,
        coalesce(invoice_lines.due_date, invoice_lines.invoiced_at) as pay_date,
        invoice_lines.amount - coalesce(invoice_lines.paid_amount, 0) as amount
    from invoice_lines
    left join purchase_lines
        on
            invoice_lines.po_line_id = purchase_lines.po_line_id
            and invoice_lines.source_system = purchase_lines.source_system
    left join suppliers on invoice_lines.supplier_id = suppliers.supplier_id
    where
        abs(invoice_lines.amount - coalesce(invoice_lines.paid_amount, 0))
        > 0.005

),

invoiced_receipts as (

    select distinct receipt_line_id from invoice_lines
    where receipt_line_id is not null

),

-- what was invoiced without naming a receipt, by order line, else by supplier
-- and SKU
invoiced_at_large as (

    select
        supplier_id,
        po_line_id,
        case when po_line_id is null then sku_id end as sku_id,
        sum(
            case when invoice_kind = 'red' then -1 else 1 end
            * abs(coalesce(invoiced_qty, 0))
        ) as invoiced_qty
    from invoice_lines
    where receipt_line_id is null
    group by all

),

awaiting as (

    select
        receipts.source_system,
        receipts.receipt_line_id,
        receipts.supplier_id,
        receipts.sku_id,
        receipts.po_line_id,
        receipts.received_at,
        receipts.received_date,
        receipts.accepted_qty,
        receipts.unit_cost
    from receipts
    left join invoiced_receipts
        on receipts.receipt_line_id = invoiced_receipts.receipt_line_id
    where
        receipts.accepted_qty > 0
        and receipts.unit_cost > 0
        and receipts.receipt_type = 'purchase'
        and invoiced_receipts.receipt_line_id is null

),

-- the earliest goods are invoiced first
queued as (

    select
        awaiting.*,
        coalesce(of_line.invoiced_qty, 0) as line_invoiced_qty,
        sum(awaiting.accepted_qty) over (
            partition by awaiting.source_system, awaiting.po_line_id
            order by awaiting.received_at, awaiting.receipt_line_id
        ) as line_upto_qty
    from awaiting
    left join invoiced_at_large as of_line
        on
            awaiting.po_line_id = of_line.po_line_id
            and awaiting.supplier_id = of_line.supplier_id

),

after_lines as (

    select
        * exclude (accepted_qty),
        accepted_qty as whole_qty,
        case
            when po_line_id is null then accepted_qty
            else
                least(
                    accepted_qty,
                    greatest(line_upto_qty - line_invoiced_qty, 0)
                )
        end as left_qty
    from queued

),

queued_by_sku as (

    select
        after_lines.*,
        coalesce(of_sku.invoiced_qty, 0) as sku_invoiced_qty,
        sum(after_lines.left_qty) over (
            partition by after_lines.supplier_id, after_lines.sku_id
            order by after_lines.received_at, after_lines.receipt_line_id
        ) as sku_upto_qty
    from after_lines
    left join invoiced_at_large as of_sku
        on
            of_sku.po_line_id is null
            and after_lines.supplier_id = of_sku.supplier_id
            and after_lines.sku_id = of_sku.sku_id

),

-- of these the terms count from receipt; what is to be paid is the order's
-- price, which holds no freight
received as (

    select
        'goods_not_invoiced' as kind,
        waiting.supplier_id,
        coalesce(purchase_lines.currency, suppliers.currency) as currency,
        waiting.received_date,
        {{ with_tax(
            "coalesce(purchase_lines.net_unit_price, waiting.unit_cost) "
            "* least(waiting.left_qty, greatest("
            "waiting.sku_upto_qty - waiting.sku_invoiced_qty, 0))",
            "purchase_lines.tax_rate"
        ) }} as amount
    from queued_by_sku as waiting
    left join purchase_lines
        on
            waiting.po_line_id = purchase_lines.po_line_id
            and waiting.source_system = purchase_lines.source_system
    left join suppliers on waiting.supplier_id = suppliers.supplier_id
    where
        waiting.left_qty > 0
        and waiting.sku_upto_qty > waiting.sku_invoiced_qty

),

-- what an order line's invoices hold beyond its receipts was invoiced ahead
invoiced_ahead as (

    select
        invoiced_at_large.po_line_id,
        invoiced_at_large.supplier_id,
        greatest(
            any_value(invoiced_at_large.invoiced_qty)
            - coalesce(sum(awaiting.accepted_qty), 0),
            0
        ) as ahead_qty
    from invoiced_at_large
    left join awaiting
        on
            invoiced_at_large.po_line_id = awaiting.po_line_id
            and invoiced_at_large.supplier_id = awaiting.supplier_id
    where invoiced_at_large.po_line_id is not null
    group by invoiced_at_large.po_line_id, invoiced_at_large.supplier_id

),

ordered as (

    select
        'open_orders' as kind,
        purchase_lines.supplier_id,
        coalesce(purchase_lines.currency, suppliers.currency) as currency,
        greatest(
            coalesce(
                purchase_lines.expected_date, {{ business_date(as_of()) }}
            ),
            {{ business_date(as_of()) }}
        ) as received_date,
        {{ with_tax(
            "greatest(purchase_lines.open_qty "
            "- coalesce(invoiced_ahead.ahead_qty, 0), 0) "
            "* purchase_lines.net_unit_price",
            "purchase_lines.tax_rate"
        ) }} as amount
    from purchase_lines
    left join invoiced_ahead
        on
            purchase_lines.po_line_id = invoiced_ahead.po_line_id
            and purchase_lines.supplier_id = invoiced_ahead.supplier_id
    left join suppliers on purchase_lines.supplier_id = suppliers.supplier_id
    where
        purchase_lines.is_own_supply
        and purchase_lines.open_qty > coalesce(invoiced_ahead.ahead_qty, 0)
        and purchase_lines.net_unit_price is not null

),

on_terms as (

    select
        parts.kind,
        parts.supplier_id,
        parts.currency,
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
        on_terms.currency,
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
        together.kind,
        coalesce(together.supplier_id, '') as supplier_id,
        coalesce(together.currency, home.home_currency) as currency,

        ---------- money
        {{ money("sum(together.amount)") }} as amount,
        {{ money("sum(together.amount) * any_value(rates.rate)") }}
            as home_amount,

        ---------- dates
        coalesce(together.pay_date, {{ business_date(as_of()) }}) as pay_date

    from together
    inner join rates as home on home.currency = ''
    left join rates on coalesce(together.currency, '') = rates.currency
    group by all

)

select * from final
