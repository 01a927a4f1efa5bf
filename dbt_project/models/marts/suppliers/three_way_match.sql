with

po_lines as (

    select * from {{ ref('int_purchase_line') }}
    where po_type != 'return'

),

-- a rate that no order names was not agreed
agreed_taxes as (

    select
        po_line_id,
        max(tax_rate) as order_tax_rate
    from {{ ref('stg_procurement__purchase_order_line') }}
    where tax_rate is not null
    group by po_line_id

),

returned as (

    select
        po_line_id,
        -sum(received_qty) as returned_qty
    from {{ ref('stg_procurement__goods_receipt_line') }}
    where receipt_type = 'purchase_return'
    group by po_line_id

),

-- an invoice line names its order line, or a receipt that does
invoice_lines as (

    select
        invoices.invoice_line_id,
        invoices.supplier_id,
        invoices.sku_id,
        invoices.amount_ex_tax,
        coalesce(invoices.po_line_id, receipts.po_line_id) as po_line_id,
        coalesce(invoices.invoice_kind = 'red', false)
        or invoices.invoiced_qty < 0 as is_credit,
        abs(invoices.invoiced_qty) as invoiced_qty,
        abs(invoices.invoiced_qty) * invoices.unit_price_ex_tax
            as priced_amount,
        {{ money(
            "coalesce(cast(abs(invoices.invoiced_qty) as double) "
            "* cast(invoices.unit_price_ex_tax as double) * invoices.tax_rate, "
            "abs(invoices.tax_amount))"
        ) }} as priced_tax
    from {{ ref('stg_procurement__supplier_invoice_line') }} as invoices
    left join {{ ref('stg_procurement__goods_receipt_line') }} as receipts
        on invoices.receipt_line_id = receipts.receipt_line_id

),

invoiced as (

    select
        po_line_id,
        sum(invoiced_qty) filter (where not is_credit) as invoiced_qty,
        sum(invoiced_qty) filter (where is_credit) as credited_qty,
        sum(priced_amount) filter (where not is_credit)
        / nullif(sum(invoiced_qty) filter (where not is_credit), 0)
            as invoice_unit_price,
        sum(priced_tax) filter (where not is_credit) as invoiced_tax,
        sum(priced_amount) filter (
            where not is_credit and priced_tax is not null
        ) as taxed_amount,
        count(*) filter (where not is_credit) as invoices
    from invoice_lines
    group by po_line_id

),

of_orders as (

    select
        po_lines.po_line_id,
        cast(null as varchar) as invoice_line_id,
        po_lines.po_id,
        po_lines.supplier_id,
        po_lines.sku_id,
        po_lines.currency,
        po_lines.ordered_qty,
        po_lines.accepted_qty,
        coalesce(invoiced.invoiced_qty, 0) as invoiced_qty,
        coalesce(returned.returned_qty, 0) as returned_qty,
        coalesce(invoiced.credited_qty, 0) as credited_qty,
        po_lines.net_unit_price as order_unit_price,
        {{ money("invoiced.invoice_unit_price") }} as invoice_unit_price,
        agreed_taxes.order_tax_rate,
        invoiced.invoiced_tax,
        invoiced.taxed_amount,
        invoiced.invoices,
        0 as unknown_amount
    from po_lines
    left join invoiced on po_lines.po_line_id = invoiced.po_line_id
    left join agreed_taxes on po_lines.po_line_id = agreed_taxes.po_line_id
    left join returned on po_lines.po_line_id = returned.po_line_id
    where
        po_lines.accepted_qty > 0
        or invoiced.po_line_id is not null
        or returned.po_line_id is not null

),

without_order as (

    select
        cast(null as varchar) as po_line_id,
        invoice_line_id,
        cast(null as varchar) as po_id,
        supplier_id,
        sku_id,
        cast(null as varchar) as currency,
        0 as ordered_qty,
        0 as accepted_qty,
        case when is_credit then 0 else invoiced_qty end as invoiced_qty,
        0 as returned_qty,
        case when is_credit then invoiced_qty else 0 end as credited_qty,
        cast(null as decimal(18, 4)) as order_unit_price,
        {{ money("priced_amount / nullif(invoiced_qty, 0)") }}
            as invoice_unit_price,
        cast(null as decimal(9, 6)) as order_tax_rate,
        case when not is_credit then priced_tax end as invoiced_tax,
        case when not is_credit then priced_amount end as taxed_amount,
        1 as invoices,
        abs(coalesce(amount_ex_tax, priced_amount)) as unknown_amount
    from invoice_lines
    where
        po_line_id is null
        -- an order to send goods back is an order too
        or po_line_id not in (
            select known.po_line_id from {{ ref('int_purchase_line') }} as known
        )

),

both_kinds as (

    select * from of_orders
    union all
    select * from without_order

),

compared as (

    select
        *,
        greatest(accepted_qty - ordered_qty, 0) as over_received_qty,
        greatest(invoiced_qty - accepted_qty, 0) as over_invoiced_qty,
        greatest(accepted_qty - invoiced_qty, 0) as not_invoiced_qty,
        greatest(returned_qty - credited_qty, 0) as not_credited_qty,
        invoice_unit_price - order_unit_price as price_difference,
        coalesce(
            abs(invoice_unit_price - order_unit_price)
            > {{ var("match_price_tolerance") }} * order_unit_price,
            false
        ) as price_differs,
        -- each invoice line rounds its tax
        case
            when
                abs(
                    invoiced_tax
                    - order_tax_rate * cast(taxed_amount as double)
                )
                <= 0.01 * invoices
                then 0
            else invoiced_tax - order_tax_rate * cast(taxed_amount as double)
        end as tax_difference
    from both_kinds

),

judged as (

    select
        *,
        -- the worst first; with an invoice alone there is nothing to compare
        case
            when po_line_id is null then ['invoice_without_order']
            else
                list_filter(
                    [
                        case
                            when over_invoiced_qty > 0
                                then 'invoiced_not_accepted'
                        end,
                        case when price_differs then 'price_differs' end,
                        case when tax_difference != 0 then 'tax_differs' end,
                        case
                            when over_received_qty > 0
                                then 'accepted_not_ordered'
                        end,
                        case when not_credited_qty > 0 then 'credit_due' end,
                        case when not_invoiced_qty > 0 then 'invoice_due' end
                    ],
                    lambda difference: difference is not null
                )
        end as differences,
        coalesce(over_invoiced_qty * invoice_unit_price, 0)
            as over_invoiced_amount,
        case
            when price_differs then abs(price_difference) * invoiced_qty
            else 0
        end as price_difference_amount,
        coalesce(over_received_qty * order_unit_price, 0)
            as over_received_amount,
        coalesce(not_credited_qty * order_unit_price, 0) as credit_due_amount
    from compared

),

ranked as (

    select
        *,
        coalesce(differences[1], 'matched') as match_status
    from judged

),

final as (

    select
        ---------- ids
        po_line_id,
        invoice_line_id,
        po_id,
        supplier_id,
        sku_id,
        currency,

        ---------- text
        match_status,
        differences,

        ---------- quantities
        {{ qty("ordered_qty") }} as ordered_qty,
        {{ qty("accepted_qty") }} as accepted_qty,
        {{ qty("invoiced_qty") }} as invoiced_qty,
        {{ qty("returned_qty") }} as returned_qty,
        {{ qty("credited_qty") }} as credited_qty,
        {{ qty("over_received_qty") }} as over_received_qty,
        {{ qty("over_invoiced_qty") }} as over_invoiced_qty,
        {{ qty("not_invoiced_qty") }} as not_invoiced_qty,
        {{ qty("not_credited_qty") }} as not_credited_qty,

        ---------- money
        order_unit_price,
        invoice_unit_price,
        {{ money("price_difference") }} as price_difference,
        cast(order_tax_rate as decimal(9, 6)) as order_tax_rate,
        cast(
            invoiced_tax / nullif(taxed_amount, 0) as decimal(9, 6)
        ) as invoice_tax_rate,
        {{ money("tax_difference") }} as tax_difference_amount,
        {{ money("over_invoiced_amount") }} as over_invoiced_amount,
        {{ money("price_difference_amount") }} as price_difference_amount,
        {{ money("over_received_amount") }} as over_received_amount,
        {{ money("credit_due_amount") }} as credit_due_amount,
        {{ money(
            "coalesce(case match_status "
            "when 'invoice_without_order' then unknown_amount "
            "when 'invoiced_not_accepted' then over_invoiced_amount "
            "when 'price_differs' then price_difference_amount "
            "when 'tax_differs' then abs(tax_difference) "
            "when 'accepted_not_ordered' then over_received_amount "
            "when 'credit_due' then credit_due_amount "
            "end, 0)"
        ) }} as money_at_stake,

        ---------- booleans
        match_status not in ('matched', 'invoice_due', 'credit_due')
            as is_exception

    from ranked

)

select * from final
