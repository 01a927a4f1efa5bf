{{ config(unit=['order_line_id'], changed_by='changed_order_lines') }}
{%- set changed = changed_order_lines() %}

with

final as (

    select
        ---------- ids
        source_system,
        order_line_id,
        order_id,
        shop_id,
        sku_id,
        location_id,
        standing_order_id,

        ---------- text
        case
            when exclusion_reason = 'b2b' then 'bulk'
            when exclusion_reason = 'risk' then 'fraud'
            when starts_with(exclusion_reason, 'cancelled') then 'cancelled'
            else exclusion_reason
        end as reason,
        fulfil_mode,
        order_type,
        order_status,
        close_reason,

        ---------- quantities
        ordered_qty,
        shipped_qty,

        ---------- money
        paid_line_amount as ordered_amount,

        ---------- dates
        ordered_date

    from {{ ref('int_order_line') }}
    where
        exclusion_reason is not null
        and {{ is_changed('order_line_id', changed) }}

)

select * from final
