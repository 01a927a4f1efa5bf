{{ config(materialized='table', tells=['order_line_id']) }}

-- What each return line cost: money back net of tax, goods back at the cost
-- at which they left, goods that cannot be sold again, the parcel back.
with

return_lines as (

    select * from {{ ref('int_return_line') }}

),

order_lines as (

    select * from {{ ref('int_order_line') }}

),

costs as (

    select * from {{ ref('int_order_line_cost') }}

),

-- what the ledger took back from the cost of sales
pools as (

    select
        posted_at,
        sku_id,
        -sum(amount) as amount
    from {{ ref('int_ledger_posting') }}
    where
        role = 'cogs'
        and source_type = 'refund'
        and sku_id is not null
    group by posted_at, sku_id

),

dated as (

    select
        return_lines.*,
        order_lines.tax_in_price_rate,
        order_lines.ordered_qty,
        order_lines.fulfil_mode,
        order_lines.paid_line_amount,
        order_lines.line_tax_amount,
        costs.unit_cost,
        posting_days.posted_at
    from return_lines
    inner join order_lines
        on return_lines.order_line_id = order_lines.order_line_id
    left join costs on return_lines.order_line_id = costs.order_line_id
    left join {{ ref('int_posting_day') }} as posting_days
        on return_lines.received_date = posting_days.covered_date

),

returned_units as (

    select
        posted_at,
        sku_id,
        sum(returned_qty) as returned_qty
    from dated
    where returned_qty > 0 and posted_at is not null
    group by posted_at, sku_id

),

posted_costs as (

    select
        pools.posted_at,
        pools.sku_id,
        pools.amount / nullif(returned_units.returned_qty, 0) as unit_cost
    from pools
    inner join returned_units
        on
            pools.posted_at = returned_units.posted_at
            and pools.sku_id = returned_units.sku_id

),

costed as (

    select
        dated.* exclude (unit_cost),
        case
            when dated.fulfil_mode = 'merchant' then 0
            else coalesce(posted_costs.unit_cost, dated.unit_cost, 0)
        end as unit_cost,
        -- units paid back whole bear their tax; a part of the price bears its
        -- share, to the cent as a red invoice does
        case
            when dated.tax_in_price_rate = 0 then 0
            when
                abs(
                    dated.refund_amount
                    - dated.paid_line_amount * dated.requested_qty
                    / nullif(dated.ordered_qty, 0)
                ) < 0.01
                then
                    round(
                        dated.line_tax_amount * dated.requested_qty
                        / nullif(dated.ordered_qty, 0),
                        2
                    )
            else
                round(
                    dated.refund_amount * dated.tax_in_price_rate
                    / nullif(1 + dated.tax_in_price_rate, 0),
                    2
                )
        end as refund_tax_amount
    from dated
    left join posted_costs
        on
            dated.posted_at = posted_costs.posted_at
            and dated.sku_id = posted_costs.sku_id

),

final as (

    select
        ---------- ids
        source_system,
        rma_line_id,
        order_line_id,
        sku_id,

        ---------- text
        fulfil_mode,

        ---------- money
        refund_amount as refund_gross_amount,
        {{ money("refund_tax_amount") }} as refund_tax_amount,
        {{ money("refund_amount - refund_tax_amount") }} as refund_net_amount,
        {{ money("unit_cost * returned_qty") }} as recovery_amount,
        {{ money("unit_cost * unsellable_qty") }} as loss_amount,
        return_freight as return_freight_amount,

        ---------- dates
        received_date,
        refunded_date

    from costed

)

select * from final
