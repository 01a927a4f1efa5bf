{{ config(
    materialized='table',
    unit=['source_system', 'rma_id'],
    changed_by='changed_returns',
    tells=['order_line_id', 'returned_date']
) }}
{%- set changed = changed_returns() %}

-- Goods that came back from customers, one row per return line.
with

return_lines as (

    select delivered.*
    from {{ ref('stg_aftersales__rma_line') }} as delivered
    {% if changed %}
        semi join {{ changed_units() }} as changed
            on
                delivered.source_system = changed.source_system
                and delivered.rma_id = changed.rma_id
    {% endif %}

),

returns as (

    select delivered.*
    from {{ ref('stg_aftersales__rma') }} as delivered
    {% if changed %}
        semi join {{ changed_units() }} as changed
            on
                delivered.source_system = changed.source_system
                and delivered.rma_id = changed.rma_id
    {% endif %}

),

bills as (

    select
        waybill_no,
        sum(amount) as amount
    from {{ ref('stg_logistics__freight_bill_line') }}
    where charge_type = 'return'
    group by waybill_no

),

final as (

    select
        ---------- ids
        return_lines.source_system,
        return_lines.rma_line_id,
        return_lines.rma_id,
        return_lines.order_line_id,
        return_lines.sku_id,
        return_lines.supplier_id,
        return_lines.batch_no,
        return_lines.restock_warehouse_id,

        ---------- text
        returns.rma_type,
        returns.reason_code,
        returns.liability,
        return_lines.inspection,

        ---------- booleans
        coalesce(
            returns.liability = 'supplier',
            returns.reason_code = 'quality',
            false
        ) as is_supplier_fault,

        ---------- numbers
        coalesce(return_lines.requested_qty, 0) as requested_qty,
        coalesce(return_lines.received_qty, 0) as returned_qty,
        case
            when return_lines.inspection = 'resellable'
                then coalesce(return_lines.received_qty, 0)
            else 0
        end as resellable_qty,
        case
            when return_lines.inspection in ('defective', 'scrap')
                then coalesce(return_lines.received_qty, 0)
            else 0
        end as unsellable_qty,
        coalesce(return_lines.refund_amount, 0) as refund_amount,
        -- what the parcel back cost us, shared by the lines of the return
        case
            when coalesce(returns.freight_payer, 'shop') != 'shop' then 0
            else
                {{ money(
                    "coalesce(bills.amount, returns.return_freight, 0) "
                    "/ nullif(count(*) "
                    "over (partition by returns.source_system, returns.rma_id)"
                    ", 0)"
                ) }}
        end as return_freight,

        ---------- dates
        {{ business_date(
            "coalesce(returns.received_at, return_lines.inspected_at, "
            "returns.applied_at)"
        ) }} as returned_date,
        {{ business_date("returns.received_at") }} as received_date,
        -- null until the money is back
        {{ business_date("returns.refunded_at") }} as refunded_date

    from return_lines
    inner join returns
        on
            return_lines.source_system = returns.source_system
            and return_lines.rma_id = returns.rma_id
    left join bills on returns.return_waybill_no = bills.waybill_no
    -- a refund before shipment cancels the sale: nothing comes back
    where
        coalesce(returns.status, '') not in ('rejected', 'cancelled')
        and coalesce(returns.rma_type, '') != 'refund_presale'

)

select * from final
