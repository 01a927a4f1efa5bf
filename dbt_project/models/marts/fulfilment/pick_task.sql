{{ config(tags=['after_plan']) }}

with

tasks as (

    select * from {{ source('plan', 'pick_task') }}

),

waves as (

    select
        wave_id,
        warehouse_id
    from {{ source('plan', 'wave') }}

),

final as (

    select
        ---------- ids
        tasks.wave_id,
        waves.warehouse_id,
        tasks.outbound_id,
        tasks.sku_id,
        tasks.bin_id,
        tasks.batch_no,
        tasks.zone_id,

        ---------- numbers
        tasks.cart_no,
        tasks.seq,
        tasks.slot,
        tasks.aisle,
        tasks.x_m,
        tasks.y_m,
        tasks.qty

    from tasks
    inner join waves on tasks.wave_id = waves.wave_id

)

select * from final
