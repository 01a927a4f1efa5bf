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

yields as (

    select
        supplier_id,
        cast(sum(accepted_qty) as double) / sum(received_qty) as yield_share
    from {{ ref('int_purchase_line') }}
    where received_qty > 0 and accepted_qty > 0
    group by supplier_id
    having sum(received_qty) >= {{ var('yield_min_units') }}

),

-- one row per supplier: terms for the very place before general ones, and the
-- step that the smallest order of the planned supplier reaches
offered as (

    select
        inputs.sku_id,
        inputs.location_id,
        terms.supplier_id,
        suppliers.supplier_name,
        inputs.supplier_id = terms.supplier_id as is_planned_on,
        terms.currency,
        terms.net_purchase_price as unit_cost,
        terms.moq_qty,
        terms.lead_time_days as stated_lead_time_days,
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

-- what is refused was paid for in vain, or delayed what it should have served
landed as (

    select
        offered.*,
        offered.unit_cost
        / least(coalesce(yields.yield_share, 1), 1) as landed_cost,
        coalesce(
            by_sku.lead_time_days,
            by_supplier.lead_time_days,
            offered.stated_lead_time_days
        ) as lead_time_days,
        coalesce(by_sku.lead_time_std_days, by_supplier.lead_time_std_days)
            as lead_time_std_days,
        coalesce(by_sku.samples, by_supplier.samples, 0) as lead_time_samples
    from offered
    left join yields on offered.supplier_id = yields.supplier_id
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
        {{ money("landed_cost") }} as landed_cost,

        ---------- how it comes
        moq_qty,
        lead_time_days,
        lead_time_std_days,
        cast(lead_time_samples as bigint) as lead_time_samples,

        ---------- dates
        contract_to,
        licence_to

    from landed

)

select * from final
