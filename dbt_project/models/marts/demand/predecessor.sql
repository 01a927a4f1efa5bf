-- Whose past a SKU has, by the links in force at the as-of date.
with

links as (

    select * from {{ ref('stg_policy__item_link') }}
    where
        kind = 'predecessor'
        and sku_id != linked_sku_id
        and valid_from <= {{ business_date(as_of()) }}
        and (valid_to is null or valid_to > {{ business_date(as_of()) }})

    qualify
        row_number() over (
            partition by sku_id
            order by valid_from desc, linked_sku_id, source_system
        ) = 1

),

final as (

    select
        ---------- ids
        sku_id,
        linked_sku_id as predecessor_sku_id,

        ---------- numbers
        cast(coalesce(scale, 1) as decimal(9, 6)) as scale,

        ---------- dates
        valid_from

    from links

)

select * from final
