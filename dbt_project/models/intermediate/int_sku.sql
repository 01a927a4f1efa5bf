-- One row per SKU, even where two source systems export the same one.
with

skus as (

    select * from {{ ref('stg_product__sku') }}

    qualify
        row_number() over (
            partition by sku_id
            order by updated_at desc nulls last, source_system
        ) = 1

),

models as (

    select * from {{ ref('stg_product__spu') }}

    qualify
        row_number() over (
            partition by spu_id
            order by updated_at desc nulls last, source_system
        ) = 1

),

final as (

    select
        ---------- ids
        skus.sku_id,
        skus.spu_id,
        models.category_id,
        skus.base_uom,
        skus.barcode,
        skus.tax_code,

        ---------- text
        skus.sku_name,
        models.spu_name,
        models.brand,
        models.category_path,
        skus.status,
        models.lifecycle,
        skus.abc,
        skus.spec,
        skus.storage_class,

        ---------- numbers
        skus.weight_g,
        skus.length_mm,
        skus.width_mm,
        skus.height_mm,
        skus.tax_rate,
        models.shelf_life_days,
        skus.min_remaining_days_out,
        skus.min_remaining_days_in,

        ---------- booleans
        coalesce(skus.is_hazmat, false) as is_hazmat,
        coalesce(skus.no_air, false) as no_air,
        coalesce(models.has_batch, false) as has_batch,

        ---------- dates
        models.launch_date,
        models.end_date

    from skus
    left join models on skus.spu_id = models.spu_id

)

select * from final
