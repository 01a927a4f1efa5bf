-- Order lines that stand, with the day on which they count as sold and the
-- posting day of the ledger that covers it.
with

order_lines as (

    select
        lines.order_line_id,
        lines.sku_id,
        lines.location_id,
        lines.supplier_id,
        lines.fulfil_mode,
        lines.sold_qty,
        lines.shipped_qty,
        -- sold when it leaves: our parcels by their hand-over
        case
            when lines.shipped_qty > 0
                then
                    coalesce(
                        freight.handed_over_date,
                        lines.shipped_date,
                        lines.ordered_date
                    )
        end as recognised_date
    from {{ ref('int_order_line') }} as lines
    left join {{ ref('int_order_line_freight') }} as freight
        on lines.order_line_id = freight.order_line_id
    where lines.sold_qty > 0

),

final as (

    select
        order_lines.*,
        posting_days.posted_at
    from order_lines
    left join {{ ref('int_posting_day') }} as posting_days
        on order_lines.recognised_date = posting_days.covered_date

)

select * from final
