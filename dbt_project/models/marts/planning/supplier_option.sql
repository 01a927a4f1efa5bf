{{ config(tags=['planning']) }}

with

inputs as (

    select * from {{ ref('replenishment_input') }}
    where supplier_id is not null

),

terms as (

    select * from {{ ref('int_supplier_term') }}

),

suppliers as (

    select * from {{ ref('int_supplier') }}
    where
        coalesce(status, 'approved') = 'approved'
        and coalesce(supplier_type, 'distributor')
        not in ('dropship', 'merchant', 'service')

),

lead_times as (

    select * from {{ ref('int_lead_time') }}
    where samples >= {{ var('lead_time_min_samples') }}

),

rests as (

    select * from {{ ref('int_supplier_rest_ahead') }}

),

yields as (

    select
        supplier_id,
        cast(sum(accepted_qty) as double) / sum(received_qty) as yield_share
    from {{ ref('int_purchase_line') }}
    where received_qty > 0 and accepted_qty > 0
    group by supplier_id
    having sum(received_qty) >= {{ var('yield_min_units') }}

),

packs as (

    select * from {{ ref('int_pack') }}

),

offers as (

    select * from {{ ref('int_supplier_offer') }}

),

skus as (

    select
        sku_id,
        category_id,
        cast(weight_g as double) / 1000 as unit_weight_kg,
        length_mm * width_mm * height_mm / 1e6 as unit_volume_l
    from {{ ref('int_sku') }}

),

-- freight, duty and whatever else is paid to others for goods of a supplier
add_ons as (

    select
        supplier_id,
        coalesce(nullif(scope, ''), '*') as scope,
        measure,
        arg_max(term_value, valid_from) as term_value
    from {{ ref('stg_policy__supplier_term') }}
    where
        term_kind = 'landed_add_on'
        and measure in ('share', 'units', 'volume_l', 'weight_kg')
        and valid_from <= {{ business_date(as_of()) }}
        and (valid_to is null or valid_to > {{ business_date(as_of()) }})
    group by all

),

-- one row per supplier: terms for the very place before general ones, and the
-- step that the smallest order of the planned supplier reaches
offered as (

    select
        inputs.sku_id,
        inputs.location_id,
        inputs.order_cycle_days,
        terms.supplier_id,
        suppliers.supplier_name,
        inputs.supplier_id = terms.supplier_id as is_planned_on,
        terms.currency,
        terms.purchase_uom,
        terms.supplier_item_no,
        terms.net_purchase_price as unit_cost,
        terms.moq_qty,
        terms.order_multiple_qty,
        terms.capacity_per_week_qty,
        terms.lead_time_days as stated_lead_time_days,
        terms.lead_time_std_days as stated_lead_time_std_days,
        suppliers.contract_to,
        suppliers.licence_to
    from inputs
    inner join terms
        on
            inputs.sku_id = terms.sku_id
            and terms.location_id in ('*', inputs.location_id)
    inner join suppliers on terms.supplier_id = suppliers.supplier_id
    where terms.net_purchase_price is not null

    qualify
        row_number() over (
            partition by inputs.sku_id, inputs.location_id, terms.supplier_id
            order by
                cast(terms.location_id = '*' as integer),
                cast(
                    terms.min_qty
                    <= greatest(coalesce(inputs.moq_qty, 1), 1) as integer
                ) desc,
                terms.min_qty desc
        ) = 1

),

-- add-ons of all kinds count together
added as (

    select
        offered.sku_id,
        offered.location_id,
        offered.supplier_id,
        sum(
            add_ons.term_value * case add_ons.measure
                when 'share' then cast(offered.unit_cost as double)
                when 'units' then 1
                when 'volume_l' then coalesce(skus.unit_volume_l, 0)
                else coalesce(skus.unit_weight_kg, 0)
            end
        ) as add_on_cost
    from offered
    left join skus on offered.sku_id = skus.sku_id
    inner join add_ons
        on
            offered.supplier_id = add_ons.supplier_id
            and add_ons.scope in (
                '*', offered.sku_id, skus.category_id, offered.location_id
            )
    group by all

),

-- what is refused was paid for in vain, or delayed what it should have served
landed as (

    select
        offered.*,
        coalesce(added.add_on_cost, 0) as add_on_cost,
        least(coalesce(yields.yield_share, 1), 1) as yield_share,
        (offered.unit_cost + coalesce(added.add_on_cost, 0))
        / least(coalesce(yields.yield_share, 1), 1) as landed_cost,
        offers.available_qty as offered_qty,
        {{ announced_rise('offered.order_cycle_days') }} as rise,
        packs.ratio_numerator,
        packs.ratio_denominator,
        rests.worked_before,
        coalesce(
            by_sku.lead_time_days,
            by_supplier.lead_time_days,
            offered.stated_lead_time_days
        ) as working_days,
        coalesce(by_sku.lead_time_std_days, by_supplier.lead_time_std_days)
            as lead_time_std_days,
        coalesce(by_sku.samples, by_supplier.samples, 0) as lead_time_samples
    from offered
    left join yields on offered.supplier_id = yields.supplier_id
    left join rests on offered.supplier_id = rests.supplier_id
    left join packs
        on
            offered.sku_id = packs.sku_id
            and offered.purchase_uom = packs.uom
    left join offers
        on
            offered.supplier_id = offers.supplier_id
            and offered.sku_id = offers.sku_id
    left join added
        on
            offered.sku_id = added.sku_id
            and offered.location_id = added.location_id
            and offered.supplier_id = added.supplier_id
    left join lead_times as by_sku
        on
            offered.supplier_id = by_sku.supplier_id
            and offered.sku_id = by_sku.sku_id
    left join lead_times as by_supplier
        on
            offered.supplier_id = by_supplier.supplier_id
            and by_supplier.sku_id = '*'

),

final as (

    select
        ---------- ids
        sku_id,
        location_id,
        supplier_id,
        supplier_item_no,
        purchase_uom,

        ---------- text
        supplier_name,
        currency,

        ---------- rank: whom we plan on, then the cheapest
        row_number() over (
            partition by sku_id, location_id
            order by is_planned_on desc, landed_cost, supplier_id
        ) as place,

        ---------- money
        {{ money("unit_cost") }} as unit_cost,
        {{ money("add_on_cost") }} as add_on_cost,
        {{ money("landed_cost") }} as landed_cost,
        {{ money("unit_cost * rise") }} as later_unit_cost,

        ---------- how it is bought
        {{ qty("greatest(coalesce(moq_qty, 1), 1)") }} as moq_qty,
        {{ qty("greatest(coalesce(order_multiple_qty, 1), 1)") }}
            as order_multiple_qty,
        cast(coalesce(ratio_numerator, 1) as bigint) as pack_numerator,
        cast(coalesce(ratio_denominator, 1) as bigint) as pack_denominator,
        {{ qty("least(capacity_per_week_qty, offered_qty)") }} as capacity_qty,
        cast(yield_share as double) as yield_share,

        ---------- how it comes
        {{ with_rests('working_days', 'worked_before') }} as lead_time_days,
        coalesce(
            lead_time_std_days,
            case
                when lead_time_samples = 0 then stated_lead_time_std_days
            end
        ) as lead_time_std_days,
        cast(lead_time_samples as bigint) as lead_time_samples,

        ---------- dates
        contract_to,
        licence_to

    from landed

)

select * from final
