{{ config(tags=['after_plan']) }}

with

tasks as (

    select * from {{ source('plan', 'wave_replenishment') }}

),

final as (

    select
        ---------- ids
        warehouse_id,
        wave_id,
        sku_id,
        coalesce(owner_id, 'self') as owner_party_id,
        batch_no,
        from_bin_id,
        to_bin_id,

        ---------- numbers
        task_no,
        qty,

        ---------- timestamps
        needed_by

    from tasks

)

select * from final
