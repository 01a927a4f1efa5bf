-- Sourcing terms in force at the as-of date, one row per price step.
with

terms as (

    select * from {{ ref('stg_supplier__supplier_sku') }}
    where
        valid_from <= {{ business_date(as_of()) }}
        and (valid_to is null or valid_to > {{ business_date(as_of()) }})

    qualify
        row_number() over (
            partition by supplier_id, sku_id, ship_to_warehouse_id, min_qty
            order by valid_from desc, source_system
        ) = 1

),

final as (

    select
        ---------- ids
        supplier_id,
        sku_id,
        coalesce(nullif(ship_to_warehouse_id, ''), '*') as location_id,
        purchase_uom,
        supplier_item_no,
        currency,

        ---------- quantities
        coalesce(min_qty, 0) as min_qty,
        moq as moq_qty,
        order_multiple as order_multiple_qty,
        capacity_per_week as capacity_per_week_qty,
        lead_time_days,
        lead_time_std_days,

        ---------- money
        purchase_price,
        case
            when coalesce(tax_included, true)
                then
                    {{ money(
                        "purchase_price / nullif(1 + coalesce(tax_rate, 0), 0)"
                    ) }}
            else purchase_price
        end as net_purchase_price,

        ---------- booleans
        coalesce(is_primary, false) as is_primary

    from terms

)

select * from final
