-- What a unit takes of its supplier's order to one place, and what holds that.
with

inputs as (

    select * from {{ ref('replenishment_input') }}
    where supplier_id is not null

),

skus as (

    select
        sku_id,
        length_mm * width_mm * height_mm / 1e6 as unit_volume_l,
        weight_g / 1e3 as unit_weight_kg
    from {{ ref('int_sku') }}

),

pallets as (

    select
        sku_id,
        min(ratio_numerator / ratio_denominator) as pallet_qty
    from {{ ref('int_pack') }}
    where lower(uom) in ('pallet', 'plt', '托', '托盘')
    group by sku_id

),

containers as (

    select * from {{ ref('supplier_container') }}

),

final as (

    select
        ---------- ids
        inputs.sku_id,
        inputs.location_id,
        inputs.supplier_id,

        ---------- one base unit
        cast(skus.unit_volume_l as double) as unit_volume_l,
        cast(skus.unit_weight_kg as double) as unit_weight_kg,
        cast(pallets.pallet_qty as double) as pallet_qty,

        ---------- one container of the order
        containers.volume_l as container_volume_l,
        containers.weight_kg as container_weight_kg

    from inputs
    left join skus on inputs.sku_id = skus.sku_id
    left join pallets on inputs.sku_id = pallets.sku_id
    left join containers
        on
            inputs.supplier_id = containers.supplier_id
            and inputs.location_id = containers.location_id

)

select * from final
