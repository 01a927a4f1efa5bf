{{ config(tags=['after_plan']) }}

with

unplanned as (

    select * from {{ source('plan', 'wave_unplanned') }}

),

outbound_orders as (

    select
        outbound_id,
        order_id,
        priority,
        cutoff_at
    from {{ ref('open_outbound') }}

),

final as (

    select
        ---------- ids
        unplanned.outbound_id,
        unplanned.warehouse_id,
        unplanned.wave_id,
        outbound_orders.order_id,

        ---------- text
        unplanned.reason,
        unplanned.detail,
        {{ wave_detail_in_chinese("unplanned.reason", "unplanned.detail") }}
            as detail_zh,

        ---------- numbers
        outbound_orders.priority,

        ---------- timestamps
        outbound_orders.cutoff_at

    from unplanned
    left join outbound_orders
        on unplanned.outbound_id = outbound_orders.outbound_id

)

select * from final
