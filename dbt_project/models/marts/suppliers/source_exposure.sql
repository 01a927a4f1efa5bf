{%- set today = business_date(as_of()) -%}

with

suppliers as (

    select
        supplier_id,
        coalesce(status, 'approved') = 'approved' as is_approved,
        least(contract_to, licence_to) as papers_end_on
    from {{ ref('int_supplier') }}
    where
        coalesce(supplier_type, 'distributor')
        not in ('dropship', 'merchant', 'service')

),

---------- who could deliver
offered as (

    select
        terms.sku_id,
        terms.supplier_id,
        min(terms.lead_time_days) as lead_time_days
    from {{ ref('int_supplier_term') }} as terms
    inner join suppliers on terms.supplier_id = suppliers.supplier_id
    where suppliers.is_approved
    group by terms.sku_id, terms.supplier_id

),

---------- who did, in the last year
bought as (

    select
        sku_id,
        supplier_id,
        sum((ordered_qty - cancelled_qty) * net_unit_price) as amount
    from {{ ref('int_purchase_line') }}
    where
        is_own_supply
        and po_status not in ('draft', 'submitted', 'cancelled')
        and ordered_date > {{ today }} - 365
    group by sku_id, supplier_id

),

bought_by_sku as (

    select
        sku_id,
        count(*) filter (where amount > 0) as suppliers_used,
        sum(amount) as amount,
        arg_max(supplier_id, (amount, supplier_id)) as supplier_id,
        max(amount) as largest_amount
    from bought
    group by sku_id

),

---------- what waits for it
needed as (

    select
        inputs.sku_id,
        any_value(inputs.category_id) as category_id,
        any_value(inputs.sku_name) as sku_name,
        arg_max(inputs.supplier_id, inputs.location_id) as planned_supplier_id,
        max(inputs.lead_time_days) as lead_time_days,
        {{ exact_sum("coalesce(health.daily_demand_qty, 0)") }}
            as daily_demand_qty,
        {{ exact_sum(
            "coalesce(health.daily_demand_qty, 0) "
            "* greatest(economics.unit_margin, 0)"
        ) }} as daily_margin_amount,
        sum(greatest(inputs.inventory_position_qty, 0)) as position_qty
    from {{ ref('replenishment_input') }} as inputs
    left join {{ ref('unit_economics') }} as economics
        on
            inputs.sku_id = economics.sku_id
            and inputs.location_id = economics.location_id
    left join {{ ref('inventory_health') }} as health
        on
            inputs.sku_id = health.sku_id
            and inputs.location_id = health.location_id
    where inputs.supplier_id is not null
    group by inputs.sku_id

),

others as (

    select
        needed.sku_id,
        count(*) as suppliers_listed,
        min(offered.lead_time_days) filter (
            where offered.supplier_id
            != coalesce(bought_by_sku.supplier_id, needed.planned_supplier_id)
        ) as next_lead_time_days,
        count(*) filter (
            where offered.supplier_id
            != coalesce(bought_by_sku.supplier_id, needed.planned_supplier_id)
        ) as other_suppliers
    from needed
    inner join offered on needed.sku_id = offered.sku_id
    left join bought_by_sku on needed.sku_id = bought_by_sku.sku_id
    group by needed.sku_id

),

joined as (

    select
        needed.*,
        coalesce(bought_by_sku.supplier_id, needed.planned_supplier_id)
            as main_supplier_id,
        coalesce(others.suppliers_listed, 0) as suppliers_listed,
        coalesce(others.other_suppliers, 0) as other_suppliers,
        coalesce(bought_by_sku.suppliers_used, 0) as suppliers_used,
        coalesce(bought_by_sku.amount, 0) as yearly_amount,
        bought_by_sku.largest_amount
        / cast(nullif(bought_by_sku.amount, 0) as double) as main_share,
        -- goods on order come from the main supplier too, but are on their way
        cast(needed.position_qty as double)
        / nullif(cast(needed.daily_demand_qty as double), 0) as cover_days,
        case
            when coalesce(others.other_suppliers, 0) = 0
                then {{ var("new_supplier_days") }}
            else
                coalesce(
                    others.next_lead_time_days,
                    {{ var("default_lead_time_days") }}
                )
        end as replacement_days
    from needed
    left join bought_by_sku on needed.sku_id = bought_by_sku.sku_id
    left join others on needed.sku_id = others.sku_id

),

final as (

    select
        ---------- ids
        joined.sku_id,
        joined.category_id,
        joined.main_supplier_id,

        ---------- text
        joined.sku_name,
        case
            when joined.other_suppliers = 0 then 'single_source'
            when joined.suppliers_used <= 1 then 'one_used'
            else 'spread'
        end as exposure,

        ---------- numbers
        joined.suppliers_listed,
        joined.suppliers_used,
        round(joined.main_share, 6) as main_share,

        ---------- days
        cast(joined.replacement_days as bigint) as replacement_days,
        round(joined.cover_days, 2) as cover_days,

        ---------- money
        {{ money("joined.yearly_amount") }} as yearly_amount,
        {{ money("joined.daily_margin_amount") }} as daily_margin_amount,
        {{ money(
            "coalesce(cast(joined.daily_margin_amount as double) "
            "* greatest(joined.replacement_days - joined.cover_days, 0), 0)"
        ) }} as money_at_stake,

        ---------- when we may no longer order
        suppliers.papers_end_on,
        date_diff('day', {{ today }}, suppliers.papers_end_on)
            as papers_end_in_days,
        coalesce(
            suppliers.papers_end_on
            < {{ today }} + cast(joined.lead_time_days as integer),
            false
        ) as papers_end_before_delivery

    from joined
    left join suppliers on joined.main_supplier_id = suppliers.supplier_id

)

select * from final
