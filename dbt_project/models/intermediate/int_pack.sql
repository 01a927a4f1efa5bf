-- What a unit of purchase holds in base units, whichever system told it.
with

units as (

    select * from {{ ref('stg_product__sku_uom') }}

),

packs as (

    select
        sku_id,
        uom,
        max(ratio_numerator) as ratio_numerator,
        max(ratio_denominator) as ratio_denominator
    from units
    group by sku_id, uom

)

select * from packs
