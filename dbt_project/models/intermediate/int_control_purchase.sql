{{ config(materialized='table') }}

-- Control 2, the three-way match: order, receipt, invoice, line by line as
-- `three_way_match` compares them, invoices without an order among them.
with

matches as (

    select
        matches.*,
        {{ source_of('procurement.purchase_order_line', 'po_lines') }}
            as source
    from {{ ref('three_way_match') }} as matches
    inner join {{ ref('stg_procurement__purchase_order_line') }} as po_lines
        on matches.po_line_id = po_lines.po_line_id

),

strays as (

    select
        matches.*,
        {{ source_of('procurement.supplier_invoice_line', 'invoice_lines') }}
            as source
    from {{ ref('three_way_match') }} as matches
    inner join
        {{ ref('stg_procurement__supplier_invoice_line') }} as invoice_lines
        on matches.invoice_line_id = invoice_lines.invoice_line_id

),

within_order as (

    select
        'accepted_within_ordered' as check_name,
        supplier_id as scope,
        po_line_id as record_key,
        source,
        accepted_qty as found,
        accepted_qty - over_received_qty as expected,
        order_unit_price as unit_amount
    from matches
    where {{ is_delivered('procurement', 'goods_receipt_line') }}

),

within_receipt as (

    select
        'invoiced_within_accepted' as check_name,
        supplier_id as scope,
        po_line_id as record_key,
        source,
        invoiced_qty as found,
        invoiced_qty - over_invoiced_qty as expected,
        invoice_unit_price as unit_amount
    from matches
    where
        invoiced_qty > 0
        and {{ is_delivered('procurement', 'goods_receipt_line') }}

),

at_agreed_price as (

    select
        'invoiced_at_agreed_price' as check_name,
        supplier_id as scope,
        po_line_id as record_key,
        source,
        invoice_unit_price as found,
        order_unit_price as expected,
        invoiced_qty as unit_amount
    from matches
    where invoiced_qty > 0

),

at_agreed_tax as (

    select
        'invoiced_at_agreed_tax' as check_name,
        supplier_id as scope,
        po_line_id as record_key,
        source,
        tax_difference_amount as found,
        0 as expected,
        1 as unit_amount
    from matches
    where tax_difference_amount is not null

),

with_order as (

    select
        'invoice_names_an_order' as check_name,
        supplier_id as scope,
        coalesce(po_line_id, invoice_line_id) as record_key,
        source,
        case when po_line_id is null then money_at_stake else 0 end as found,
        0 as expected,
        1 as unit_amount
    from (
        select * from matches
        union all
        select * from strays
    ) as invoiced_ones
    where
        (invoiced_qty > 0 or credited_qty > 0)
        and {{ is_delivered('procurement', 'purchase_order_line') }}

),

together as (

    select * from within_order
    union all
    select * from within_receipt
    union all
    select * from at_agreed_price
    union all
    select * from at_agreed_tax
    union all
    select * from with_order

),

compared as (

    select
        *,
        abs(found - expected) * coalesce(unit_amount, 0) as money_at_stake
    from together

),

{{ summed_checks('compared') }}

select * from final
