with

terms as (

    select
        supplier_id,
        coalesce(nullif(scope, ''), '*') as scope,
        measure,
        arg_max(term_value, valid_from) as holds
    from {{ ref('stg_policy__supplier_term') }}
    where
        term_kind = 'container'
        and measure in ('volume_l', 'weight_kg')
        and term_value > 0
        and valid_from <= {{ business_date(as_of()) }}
        and (valid_to is null or valid_to > {{ business_date(as_of()) }})
    group by all

),

lanes as (

    select distinct
        supplier_id,
        location_id
    from {{ ref('supplier_option') }}

),

-- the place's own containers before general ones
final as (

    select
        ---------- ids
        lanes.supplier_id,
        lanes.location_id,

        ---------- what one holds
        cast(
            arg_min(terms.holds, terms.scope = '*') filter (
                where terms.measure = 'volume_l'
            ) as double
        ) as volume_l,
        cast(
            arg_min(terms.holds, terms.scope = '*') filter (
                where terms.measure = 'weight_kg'
            ) as double
        ) as weight_kg

    from lanes
    inner join terms
        on
            lanes.supplier_id = terms.supplier_id
            and terms.scope in ('*', lanes.location_id)
    group by lanes.supplier_id, lanes.location_id

)

select * from final
