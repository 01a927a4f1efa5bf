with

source as (

    select * from {{ source('product', 'sku_uom') }}

),

renamed as (

    select
        ---------- ids
        source_system,
        sku_id,
        uom,
        case_barcode,

        ---------- quantities
        gross_weight_g,

        ---------- numbers
        ratio_numerator,
        ratio_denominator,

        ---------- booleans
        is_purchase_uom,
        is_sales_uom,

        ---------- lineage
        updated_at,
        known_at,
        _load_id,
        _line_no

    from source

)

select * from renamed
