-- One way of cutting the same returns for each grouping set.
with

return_lines as (

    select * from {{ ref('int_return_line') }}

),

return_money as (

    select * from {{ ref('int_return_money') }}

),

skus as (

    select * from {{ ref('int_sku') }}

),

sku_suppliers as (

    select * from {{ ref('int_sku_supplier') }}

),

lines as (

    select
        coalesce(return_lines.reason_code, 'not_given') as reason_code,
        coalesce(skus.category_id, '') as category_id,
        coalesce(return_lines.supplier_id, sku_suppliers.supplier_id, '')
            as supplier_id,
        coalesce(return_lines.sku_id, '') as sku_id,
        coalesce(return_lines.batch_no, '') as batch_no,
        return_lines.returned_qty,
        return_money.refund_net_amount,
        return_money.recovery_amount,
        return_money.loss_amount,
        return_money.return_freight_amount,
        return_money.refund_net_amount
        - return_money.recovery_amount
        + return_money.loss_amount
        + return_money.return_freight_amount as cost_amount
    from return_lines
    inner join return_money
        on
            return_lines.source_system = return_money.source_system
            and return_lines.rma_line_id = return_money.rma_line_id
    left join skus on return_lines.sku_id = skus.sku_id
    left join sku_suppliers on return_lines.sku_id = sku_suppliers.sku_id
    where return_lines.returned_qty > 0 or return_lines.refund_amount > 0

),

cut as (

    select
        reason_code,
        case
            when grouping(batch_no) = 0 then 'batch'
            when grouping(category_id) = 0 then 'category'
            when grouping(supplier_id) = 0 then 'supplier'
            when grouping(sku_id) = 0 then 'product'
            else 'all'
        end as dimension,
        case
            when grouping(batch_no) = 0 then sku_id || '/' || batch_no
            else coalesce(category_id, supplier_id, sku_id, '*')
        end as member,
        count(*) as return_lines,
        sum(returned_qty) as returned_qty,
        sum(refund_net_amount) as refund_amount,
        sum(recovery_amount) as recovery_amount,
        sum(loss_amount) as loss_amount,
        sum(return_freight_amount) as return_freight_amount,
        sum(cost_amount) as cost_amount
    from lines
    group by grouping sets (
        (reason_code),
        (reason_code, category_id),
        (reason_code, supplier_id),
        (reason_code, sku_id),
        (reason_code, sku_id, batch_no)
    )

),

ranked as (

    select
        *,
        row_number() over dearest_first as place,
        greatest(cost_amount, 0)
        / cast(
            nullif(sum(greatest(cost_amount, 0)) over whole, 0) as double
        ) as cost_share,
        sum(greatest(cost_amount, 0)) over dearest_first
        / cast(
            nullif(sum(greatest(cost_amount, 0)) over whole, 0) as double
        ) as cumulative_share
    from cut
    -- goods without batches
    where dimension != 'batch' or not ends_with(member, '/')
    window
        whole as (partition by dimension, member),
        dearest_first as (
            partition by dimension, member
            order by cost_amount desc, reason_code
        )

),

final as (

    select
        ---------- ids
        dimension,
        member,
        reason_code,

        ---------- numbers
        place,
        return_lines,

        ---------- quantities
        {{ qty("returned_qty") }} as returned_qty,

        ---------- money
        {{ money("refund_amount") }} as refund_amount,
        {{ money("recovery_amount") }} as recovery_amount,
        {{ money("loss_amount") }} as loss_amount,
        {{ money("return_freight_amount") }} as return_freight_amount,
        {{ money("cost_amount") }} as cost_amount,

        ---------- shares
        round(cost_share, 6) as cost_share,
        round(cumulative_share, 6) as cumulative_share

    from ranked

)

select * from final
