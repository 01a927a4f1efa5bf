-- Goods that came back from customers, one row per return line.
with

return_lines as (

    select * from {{ ref('stg_aftersales__rma_line') }}

),

returns as (

    select * from {{ ref('stg_aftersales__rma') }}

),

final as (

    select
        ---------- ids
        return_lines.source_system,
        return_lines.rma_line_id,
        return_lines.order_line_id,
        return_lines.sku_id,
        return_lines.supplier_id,

        ---------- text
        returns.rma_type,
        returns.reason_code,
        returns.liability,
        return_lines.inspection,

        ---------- numbers
        coalesce(return_lines.received_qty, 0) as returned_qty,
        case
            when return_lines.inspection = 'resellable'
                then coalesce(return_lines.received_qty, 0)
            else 0
        end as resellable_qty,
        coalesce(return_lines.refund_amount, 0) as refund_amount,
        -- what the parcel back cost us, shared by the lines of the return
        case
            when coalesce(returns.freight_payer, 'shop') != 'shop' then 0
            else
                {{ money(
                    "coalesce(returns.return_freight, 0) / nullif(count(*) "
                    "over (partition by returns.source_system, returns.rma_id)"
                    ", 0)"
                ) }}
        end as return_freight,

        ---------- dates
        {{ business_date(
            "coalesce(returns.received_at, return_lines.inspected_at, "
            "returns.applied_at)"
        ) }} as returned_date

    from return_lines
    inner join returns
        on
            return_lines.source_system = returns.source_system
            and return_lines.rma_id = returns.rma_id
    -- a refund before shipment cancels the sale: nothing comes back
    where
        coalesce(returns.status, '') not in ('rejected', 'cancelled')
        and coalesce(returns.rma_type, '') != 'refund_presale'

)

select * from final
