with

inputs as (

    select * from {{ ref('replenishment_input') }}

),

skus as (

    select
        sku_id,
        storage_class,
        category_id,
        length_mm * width_mm * height_mm / 1e6 as unit_volume_l
    from {{ ref('int_sku') }}

),

rates as (

    select
        kind,
        unit,
        coalesce(scope, '*') as scope,
        arg_max(rate_value, valid_from) as rate_value
    from {{ ref('stg_policy__cost_rate') }}
    where
        valid_from <= {{ business_date(as_of()) }}
        and (valid_to is null or valid_to > {{ business_date(as_of()) }})
    group by all

),

-- the closest rule wins: storage class or category, then place, then '*'
rated as (

    select
        inputs.sku_id,
        inputs.location_id,
        rates.kind,
        rates.unit,
        rates.rate_value
    from inputs
    left join skus on inputs.sku_id = skus.sku_id
    inner join rates
        on
            rates.scope in (
                '*', inputs.location_id, skus.storage_class, skus.category_id
            )

    qualify
        row_number() over (
            partition by inputs.sku_id, inputs.location_id, rates.kind
            order by
                case rates.scope
                    when '*' then 3
                    when inputs.location_id then 2
                    else 1
                end,
                rates.scope
        ) = 1

),

costs as (

    select
        sku_id,
        location_id,
        any_value(rate_value) filter (where kind = 'capital')
            as capital_per_year,
        any_value(rate_value) filter (
            where kind = 'storage' and unit = 'per_litre_day'
        ) as storage_per_litre_day,
        any_value(rate_value) filter (
            where kind = 'storage' and unit = 'per_unit_day'
        ) as storage_per_unit_day,
        any_value(rate_value) filter (
            where kind = 'handling' and unit = 'per_unit'
        ) as handling_per_unit,
        any_value(rate_value) filter (
            where kind = 'disposal' and unit = 'per_unit'
        ) as disposal_per_unit
    from rated
    group by sku_id, location_id

),

penalties as (

    select
        inputs.sku_id,
        inputs.location_id,
        targets.shortage_penalty
    from inputs
    inner join {{ ref('stg_policy__service_target') }} as targets
        on
            targets.segment in ('*', inputs.abc, inputs.category_id)
            and targets.warehouse_id in ('*', inputs.location_id)
    where
        targets.valid_from <= {{ business_date(as_of()) }}
        and (
            targets.valid_to is null
            or targets.valid_to > {{ business_date(as_of()) }}
        )

    qualify
        row_number() over (
            partition by inputs.sku_id, inputs.location_id
            order by
                2 * cast(targets.segment = '*' as integer)
                + cast(targets.warehouse_id = '*' as integer),
                targets.valid_from desc,
                targets.segment
        ) = 1

),

offers as (

    select * from {{ ref('int_supplier_offer') }}

),

yields as (

    select
        supplier_id,
        sum(accepted_qty) as accepted_qty,
        sum(received_qty) as received_qty
    from {{ ref('int_purchase_line') }}
    where received_qty > 0 and accepted_qty > 0
    group by supplier_id

),

-- freight, duty and whatever else comes on top of the planned supplier's price
add_ons as (

    select
        options.sku_id,
        options.location_id,
        options.supplier_id,
        options.add_on_cost * rates.rate as add_on_cost
    from {{ ref('supplier_option') }} as options
    inner join {{ ref('int_exchange_rate') }} as rates
        on coalesce(options.currency, '') = rates.currency
    where options.add_on_cost > 0

),

joined as (

    select
        inputs.*,
        {{ money("inputs.home_unit_cost + coalesce(add_ons.add_on_cost, 0)") }}
            as landed_unit_cost,
        selling.commission_share,
        selling.payment_share,
        selling.freight_cost as measured_freight,
        selling.refund_share,
        selling.recovered_share,
        selling.return_freight,
        skus.unit_volume_l,
        costs.storage_per_litre_day,
        costs.storage_per_unit_day,
        costs.handling_per_unit,
        costs.disposal_per_unit,
        penalties.shortage_penalty,
        offers.available_qty as offered_qty,
        costs.capital_per_year as stated_capital_rate,
        coalesce(costs.capital_per_year, {{ var('default_capital_rate') }})
            as capital_per_year,
        {{ announced_rise('inputs.order_cycle_days') }} as rise,
        case
            when yields.received_qty >= {{ var('yield_min_units') }}
                then
                    least(
                        cast(yields.accepted_qty as double)
                        / yields.received_qty,
                        1
                    )
        end as measured_yield
    from inputs
    left join skus on inputs.sku_id = skus.sku_id
    left join costs
        on
            inputs.sku_id = costs.sku_id
            and inputs.location_id = costs.location_id
    left join penalties
        on
            inputs.sku_id = penalties.sku_id
            and inputs.location_id = penalties.location_id
    left join offers
        on
            inputs.supplier_id = offers.supplier_id
            and inputs.sku_id = offers.sku_id
    left join yields on inputs.supplier_id = yields.supplier_id
    left join add_ons
        on
            inputs.sku_id = add_ons.sku_id
            and inputs.location_id = add_ons.location_id
            and inputs.supplier_id = add_ons.supplier_id
    left join {{ ref('int_selling_cost') }} as selling
        on inputs.sku_id = selling.sku_id

),

-- each part once, rounded to where it is kept, so that they add up
charged as (

    select
        *,
        {{ money("unit_price * coalesce(commission_share, 0)") }}
            as commission_cost,
        {{ money("unit_price * coalesce(payment_share, 0)") }}
            as payment_cost,
        {{ money("coalesce(measured_freight, 0)") }} as freight_cost,
        {{ money("coalesce(handling_per_unit, 0)") }} as handling_cost,
        -- goods that come back and can be sold again are worth what they cost
        {{ money(
            "greatest(unit_price * coalesce(refund_share, 0) "
            "- coalesce(landed_unit_cost * recovered_share, 0) "
            "+ coalesce(return_freight, 0), 0)"
        ) }} as return_cost
    from joined

),

valued as (

    select
        *,
        freight_cost + handling_cost as selling_cost,
        unit_price
        - commission_cost
        - payment_cost
        - return_cost
        - freight_cost
        - handling_cost as sale_value
    from charged

),

final as (

    select
        ---------- ids
        sku_id,
        location_id,
        supplier_id,
        currency,

        ---------- what a unit earns
        unit_price,
        unit_cost,
        landed_unit_cost,
        {{ money("sale_value") }} as sale_value,
        {{ money("sale_value - landed_unit_cost") }} as unit_margin,
        {{ money("unit_cost * rise") }} as later_unit_cost,
        {{ money("shortage_penalty") }} as shortage_penalty,

        ---------- what a sale costs beside the goods
        commission_cost,
        payment_cost,
        return_cost,
        freight_cost,
        handling_cost,
        {{ money("selling_cost") }} as selling_cost,
        cast(
            coalesce(
                (commission_cost + payment_cost + return_cost)
                / nullif(unit_price, 0),
                0
            ) as double
        ) as taken_share,

        ---------- what a unit costs that is kept
        cast(coalesce(unit_volume_l, 0) as double) as unit_volume_l,
        cast(coalesce(home_unit_cost, 0) * capital_per_year / 365 as double)
            as capital_cost_day,
        cast(
            coalesce(
                storage_per_litre_day * unit_volume_l, storage_per_unit_day, 0
            ) as double
        ) as storage_cost_day,
        {{ money("coalesce(disposal_per_unit, 0)") }} as disposal_cost,

        ---------- what the supplier can do
        cast(coalesce(measured_yield, 1) as double) as yield_share,
        {{ qty("least(capacity_per_week_qty, offered_qty)") }} as capacity_qty,

        ---------- what the figures rest on
        list_sort(list_filter([
            case when stated_capital_rate is null then 'capital_rate' end,
            case
                when
                    storage_per_litre_day is null
                    and storage_per_unit_day is null
                    then 'storage_rate'
            end,
            case
                when storage_per_litre_day is not null and unit_volume_l is null
                    then 'unit_volume'
            end,
            case when handling_per_unit is null then 'handling_rate' end,
            case when commission_share is null then 'commission' end,
            case when payment_share is null then 'payment_fee' end,
            case when measured_freight is null then 'freight' end,
            case when refund_share is null then 'returns' end,
            case when disposal_per_unit is null then 'disposal_rate' end,
            case when shortage_penalty is null then 'shortage_penalty' end,
            case when measured_yield is null then 'yield_share' end
        ], lambda name: name is not null)) as defaults

    from valued

)

select * from final
