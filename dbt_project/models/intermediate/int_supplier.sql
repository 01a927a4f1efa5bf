-- One row per supplier, even where two source systems export the same one.
with

suppliers as (

    select * from {{ ref('stg_supplier__supplier') }}

    qualify
        row_number() over (
            partition by supplier_id
            order by updated_at desc nulls last, source_system
        ) = 1

)

select * from suppliers
