-- Money that is owed and not paid yet: by us above zero on the payable side,
-- to us on the receivable side. Red invoices reduce what we owe.
with

invoice_lines as (

    select
        source_system,
        invoice_line_id,
        supplier_id,
        invoice_no,
        receipt_line_id,
        amount,
        coalesce(paid_amount, 0) as paid_amount,
        invoiced_at,
        due_date
    from {{ ref('stg_procurement__supplier_invoice_line') }}

),

settlements as (

    select
        invoice_line_id,
        sum(amount) as settled_amount
    from {{ ref('stg_finance__supplier_settlement') }}
    where invoice_line_id is not null and coalesce(status, '') != 'cancelled'
    group by invoice_line_id

),

suppliers as (

    select
        supplier_id,
        max(payment_terms_days) as payment_terms_days
    from {{ ref('stg_supplier__supplier') }}
    group by supplier_id

),

invoices as (

    select
        'supplier_invoice' as item_kind,
        lines.supplier_id as party_id,
        lines.invoice_no as document_id,
        min(lines.invoiced_at) as document_date,
        max(lines.due_date) as due_date,
        sum(lines.amount) as amount,
        sum(lines.paid_amount) as paid_amount,
        case
            when count(settlements.invoice_line_id) > 0
                then sum(coalesce(settlements.settled_amount, 0))
        end as settled_amount
    from invoice_lines as lines
    left join settlements
        on lines.invoice_line_id = settlements.invoice_line_id
    group by lines.supplier_id, lines.invoice_no

),

invoiced_receipts as (

    select distinct receipt_line_id from invoice_lines
    where receipt_line_id is not null

),

-- goods are here, the invoice is not: net of tax, as books accrue it
accruals as (

    select
        'goods_not_invoiced' as item_kind,
        receipts.supplier_id as party_id,
        receipts.receipt_line_id as document_id,
        receipts.received_date as document_date,
        cast(
            receipts.received_date
            + cast(coalesce(suppliers.payment_terms_days, 0) as integer) as date
        ) as due_date,
        {{ money("receipts.unit_cost * receipts.accepted_qty") }} as amount,
        0 as paid_amount,
        null as settled_amount
    from {{ ref('int_receipt_line') }} as receipts
    left join suppliers on receipts.supplier_id = suppliers.supplier_id
    where
        receipts.accepted_qty > 0
        and receipts.unit_cost > 0
        and not exists (
            select 1 from invoiced_receipts
            where
                invoiced_receipts.receipt_line_id = receipts.receipt_line_id
        )

),

-- customers paid, the channel has not settled; refunds come off
channel_days as (

    select
        'channel_settlement' as item_kind,
        channel as party_id,
        channel || ' ' || cast({{ business_date("paid_at") }} as varchar)
            as document_id,
        {{ business_date("paid_at") }} as document_date,
        cast({{ business_date("paid_at") }} + 1 as date) as due_date,
        sum(our_amount - coalesce(our_fee, 0)) as amount,
        0 as paid_amount,
        null as settled_amount
    from {{ ref('payment_reconciliation') }}
    where status in ('timing', 'only_ours')
    group by channel, {{ business_date("paid_at") }}

),

-- goods left, the customer has not paid: on delivery, or on account
unpaid_orders as (

    select
        'customer_order' as item_kind,
        shop_id as party_id,
        order_id as document_id,
        {{ business_date("shipped_at") }} as document_date,
        coalesce(
            {{ business_date("delivered_at") }},
            {{ business_date("shipped_at") }}
        ) as due_date,
        payable_amount as amount,
        coalesce(paid_amount, 0) as paid_amount,
        null as settled_amount
    from {{ ref('stg_order__sales_order') }}
    where
        shipped_at is not null
        and coalesce(status, '') not in ('closed', 'cancelled')
        and payable_amount > coalesce(paid_amount, 0)

),

items as (

    select
        'payable' as side,
        *
    from invoices
    where abs(amount - paid_amount) > 0.005
    union all
    select
        'payable' as side,
        *
    from accruals
    union all
    select
        'receivable' as side,
        *
    from channel_days
    union all
    select
        'receivable' as side,
        *
    from unpaid_orders

),

aged as (

    select
        *,
        date_diff('day', due_date, {{ business_date(as_of()) }})
            as overdue_days
    from items

),

final as (

    select
        ---------- ids
        side,
        item_kind,
        coalesce(party_id, '') as party_id,
        coalesce(document_id, '') as document_id,

        ---------- text
        case
            when overdue_days is null then 'no_due_date'
            when overdue_days <= 0 then 'not_due'
            when overdue_days <= 30 then '1_30'
            when overdue_days <= 60 then '31_60'
            when overdue_days <= 90 then '61_90'
            else 'over_90'
        end as age_bucket,
        case
            when item_kind != 'supplier_invoice' then null
            when settled_amount is null then 'not_settled'
            when abs(settled_amount - amount) <= 0.01 then 'ties'
            else 'differs'
        end as settlement_status,

        ---------- money
        {{ money("amount") }} as amount,
        {{ money("paid_amount") }} as paid_amount,
        {{ money("amount - paid_amount") }} as open_amount,
        {{ money("settled_amount") }} as settled_amount,

        ---------- days
        overdue_days,

        ---------- dates
        document_date,
        due_date

    from aged

)

select * from final
