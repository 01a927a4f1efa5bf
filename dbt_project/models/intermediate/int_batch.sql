-- One row per batch, even where two source systems export the same one.
with

batches as (

    select * from {{ ref('stg_inventory__batch') }}

    qualify
        row_number() over (
            partition by sku_id, batch_no
            order by updated_at desc nulls last, source_system
        ) = 1

)

select * from batches
