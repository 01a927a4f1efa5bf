with

inputs as (

    select * from {{ ref('supplier_option') }}

),

terms as (

    select * from {{ ref('int_supplier_term') }}

),

kinds as (

    select
        supplier_id,
        arg_max(price_break_kind, valid_from) as price_break_kind
    from {{ ref('stg_policy__supplier_term') }}
    where
        term_kind = 'price_break_kind'
        and coalesce(scope, '*') = '*'
        and valid_from <= {{ business_date(as_of()) }}
        and (valid_to is null or valid_to > {{ business_date(as_of()) }})
    group by supplier_id

),

-- terms for the very place before general ones
chosen as (

    select
        inputs.sku_id,
        inputs.location_id,
        inputs.supplier_id,
        inputs.currency,
        inputs.moq_qty,
        inputs.unit_cost,
        terms.min_qty,
        terms.net_purchase_price
    from inputs
    inner join terms
        on
            inputs.sku_id = terms.sku_id
            and inputs.supplier_id = terms.supplier_id
            and terms.location_id in ('*', inputs.location_id)
            -- steps in two currencies are no scale
            and coalesce(inputs.currency, '') = coalesce(terms.currency, '')

    qualify
        rank() over (
            partition by
                inputs.sku_id, inputs.location_id, inputs.supplier_id
            order by cast(terms.location_id = '*' as integer)
        ) = 1

),

final as (

    select
        ---------- ids
        chosen.sku_id,
        chosen.location_id,
        chosen.supplier_id,

        ---------- text
        chosen.currency,
        case
            when kinds.price_break_kind = 'incremental' then 'incremental'
            else 'all_unit'
        end as kind,

        ---------- numbers
        cast(ceil(chosen.min_qty) as bigint) as from_quantity,
        chosen.net_purchase_price as unit_cost

    from chosen
    left join kinds on chosen.supplier_id = kinds.supplier_id
    where
        chosen.min_qty > chosen.moq_qty
        and chosen.net_purchase_price is not null
        and chosen.unit_cost is not null

)

select * from final
