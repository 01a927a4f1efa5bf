with

positions as (

    select * from {{ ref('inventory_position') }}

),

demand as (

    select
        sku_id,
        location_id,
        min(demand_date) filter (where wanted_qty > 0) as first_demand_date,
        max(demand_date) filter (where wanted_qty > 0) as last_demand_date,
        sum(wanted_qty) filter (
            where demand_date >= {{ business_date(as_of()) }} - 28
        ) as recent_demand_qty
    from {{ ref('demand_history') }}
    where fulfil_mode = 'own' and is_complete_day
    group by sku_id, location_id

),

skus as (

    select * from {{ ref('int_sku') }}

),

-- what is launched is planned where its category sells, and stock is nought
-- where a snapshot does not name it
launches as (

    select distinct
        launched.sku_id,
        demand.location_id
    from demand
    inner join skus on demand.sku_id = skus.sku_id
    inner join skus as launched on skus.category_id = launched.category_id
    where
        demand.recent_demand_qty > 0
        and launched.launch_date > {{ business_date(as_of()) }}
        and launched.lifecycle in ('new', 'active')
        and demand.location_id in (
            select positions.location_id from positions
            where positions.is_stock_known
        )

),

keys as (

    select
        sku_id,
        location_id
    from demand
    where first_demand_date is not null
    union distinct
    select
        sku_id,
        location_id
    from positions
    union distinct
    select
        sku_id,
        location_id
    from launches

),

terms as (

    select * from {{ ref('int_chosen_term') }}

),

packs as (

    select * from {{ ref('int_pack') }}

),

lead_times as (

    select * from {{ ref('int_lead_time') }}
    where samples >= {{ var('lead_time_min_samples') }}

),

rests as (

    select * from {{ ref('int_supplier_rest_ahead') }}

),

service_targets as (

    select
        segment,
        warehouse_id,
        arg_max(target, (valid_from, target)) as target
    from {{ ref('stg_policy__service_target') }}
    where
        valid_from <= {{ business_date(as_of()) }}
        and (valid_to is null or valid_to > {{ business_date(as_of()) }})
    group by segment, warehouse_id

),

-- the closest rule wins: segment before place, either before '*'
targets as (

    select
        keys.sku_id,
        keys.location_id,
        arg_min(
            service_targets.target,
            2 * cast(service_targets.segment = '*' as integer)
            + cast(service_targets.warehouse_id = '*' as integer)
        ) as target
    from keys
    left join skus on keys.sku_id = skus.sku_id
    inner join service_targets
        on
            service_targets.segment in ('*', skus.abc, skus.category_id)
            and service_targets.warehouse_id in ('*', keys.location_id)
    group by keys.sku_id, keys.location_id

),

backlog as (

    select * from {{ ref('int_customer_backlog') }}

),

-- approved to leave for another warehouse, and in no export yet
leaving as (

    select
        sku_id,
        from_location_id as location_id,
        sum(in_flight_qty) as leaving_qty
    from {{ source('feedback', 'in_flight') }}
    where action = 'transfer' and from_location_id is not null
    group by sku_id, from_location_id

),

-- terms for the very place before general ones
chosen as (

    select
        keys.sku_id,
        keys.location_id,
        terms.supplier_id,
        terms.supplier_name,
        terms.purchase_uom,
        terms.currency,
        terms.moq_qty,
        terms.order_multiple_qty,
        terms.capacity_per_week_qty,
        terms.min_order_amount,
        terms.order_cycle_days,
        terms.lead_time_days,
        terms.lead_time_std_days,
        terms.net_purchase_price
    from keys
    left join terms
        on
            keys.sku_id = terms.sku_id
            and terms.location_id in (keys.location_id, '*')

    qualify
        row_number() over (
            partition by keys.sku_id, keys.location_id
            order by cast(terms.location_id = '*' as integer)
        ) = 1

),

joined as (

    select
        chosen.sku_id,
        chosen.location_id,
        chosen.supplier_id,
        chosen.purchase_uom,
        chosen.supplier_name,
        -- without a price it is what the goods were booked at, in our money
        case
            when
                chosen.net_purchase_price is not null
                or costs.unit_cost is null
                then chosen.currency
        end as currency,
        chosen.moq_qty,
        chosen.order_multiple_qty,
        chosen.capacity_per_week_qty,
        chosen.min_order_amount,
        chosen.order_cycle_days,
        chosen.lead_time_days as stated_lead_time_days,
        chosen.lead_time_std_days as stated_lead_time_std_days,
        skus.sku_name,
        skus.category_id,
        skus.abc,
        coalesce(skus.status, 'active') as sku_status,
        skus.lifecycle,
        skus.end_date,
        packs.ratio_numerator,
        packs.ratio_denominator,
        by_sku.samples as sku_samples,
        by_sku.lead_time_days as sku_lead_time_days,
        by_sku.lead_time_std_days as sku_lead_time_std_days,
        by_supplier.samples as supplier_samples,
        by_supplier.lead_time_days as supplier_lead_time_days,
        by_supplier.lead_time_std_days as supplier_lead_time_std_days,
        rests.worked_before,
        targets.target,
        prices.unit_price,
        coalesce(chosen.net_purchase_price, costs.unit_cost) as unit_cost,
        -- what our goods cost us is booked in our own money
        coalesce(chosen.net_purchase_price * rates.rate, costs.unit_cost)
            as home_unit_cost,
        (
            select nullif(any_value(known.home_currency), '')
            from {{ ref('int_exchange_rate') }} as known
        ) as home_currency,
        chosen.net_purchase_price is not null and rates.rate is null
            as is_without_rate,
        positions.sellable_qty,
        positions.locked_qty,
        positions.allocated_qty,
        positions.available_qty,
        -- customers wait for it and no stock is locked for them
        greatest(
            coalesce(backlog.owed_qty, 0)
            - coalesce(positions.locked_qty, 0)
            - coalesce(positions.allocated_qty, 0),
            0
        ) as unlocked_order_qty,
        coalesce(leaving.leaving_qty, 0) as leaving_transfer_qty,
        positions.on_order_qty,
        positions.in_transit_po_qty,
        positions.on_order_unacknowledged_qty,
        positions.on_order_late_qty,
        positions.approved_unseen_qty,
        positions.in_transit_transfer_qty,
        positions.inventory_position_qty,
        coalesce(positions.is_stock_known, launches.sku_id is not null)
            as is_stock_known,
        demand.first_demand_date,
        demand.last_demand_date,
        demand.recent_demand_qty
    from chosen
    left join skus on chosen.sku_id = skus.sku_id
    left join packs
        on
            chosen.sku_id = packs.sku_id
            and chosen.purchase_uom = packs.uom
    left join lead_times as by_sku
        on
            chosen.supplier_id = by_sku.supplier_id
            and chosen.sku_id = by_sku.sku_id
    left join lead_times as by_supplier
        on
            chosen.supplier_id = by_supplier.supplier_id
            and by_supplier.sku_id = '*'
    left join rests on chosen.supplier_id = rests.supplier_id
    left join targets
        on
            chosen.sku_id = targets.sku_id
            and chosen.location_id = targets.location_id
    left join {{ ref('int_exchange_rate') }} as rates
        on coalesce(chosen.currency, '') = rates.currency
    left join {{ ref('int_sales_price') }} as prices
        on chosen.sku_id = prices.sku_id
    left join {{ ref('int_unit_cost') }} as costs
        on chosen.sku_id = costs.sku_id and costs.location_id = '*'
    left join positions
        on
            chosen.sku_id = positions.sku_id
            and chosen.location_id = positions.location_id
    left join backlog
        on
            chosen.sku_id = backlog.sku_id
            and chosen.location_id = backlog.location_id
    left join leaving
        on
            chosen.sku_id = leaving.sku_id
            and chosen.location_id = leaving.location_id
    left join demand
        on
            chosen.sku_id = demand.sku_id
            and chosen.location_id = demand.location_id
    left join launches
        on
            chosen.sku_id = launches.sku_id
            and chosen.location_id = launches.location_id

),

worked as (

    select
        *,
        cast(
            coalesce(
                sku_lead_time_days,
                supplier_lead_time_days,
                stated_lead_time_days,
                {{ var('default_lead_time_days') }}
            ) as double
        ) as working_days,
        cast(
            coalesce(
                order_cycle_days, {{ var('default_review_days') }}
            ) as double
        ) as cycle_days
    from joined

),

-- an order of today waits while its supplier rests, and so does the next one:
-- what lies between them must be covered too
timed as (

    select
        *,
        {{ with_rests('working_days', 'worked_before') }} as lead_time_days,
        {{ with_rests('(working_days + cycle_days)', 'worked_before') }}
            as covered_days
    from worked

),

final as (

    select
        ---------- ids
        sku_id,
        location_id,
        supplier_id,
        category_id,
        purchase_uom,

        ---------- text
        sku_name,
        supplier_name,
        abc,
        lifecycle,
        case
            when supplier_id is null then 'no approved supplier'
            when sku_status != 'active' then 'SKU ' || sku_status
            when lifecycle in ('phase_out', 'ended')
                then 'life cycle ' || lifecycle
        end as not_orderable_reason,
        {{ reason_in_chinese("not_orderable_reason") }}
            as not_orderable_reason_zh,
        currency,
        home_currency,

        ---------- how it is bought
        {{ qty("greatest(coalesce(moq_qty, 1), 1)") }} as moq_qty,
        {{ qty("greatest(coalesce(order_multiple_qty, 1), 1)") }}
            as order_multiple_qty,
        cast(coalesce(ratio_numerator, 1) as bigint) as pack_numerator,
        cast(coalesce(ratio_denominator, 1) as bigint) as pack_denominator,
        capacity_per_week_qty,
        min_order_amount,

        ---------- when it comes
        lead_time_days,
        cast(
            case
                when sku_lead_time_days is not null
                    then sku_lead_time_std_days
                when supplier_lead_time_days is not null
                    then supplier_lead_time_std_days
                else stated_lead_time_std_days
            end as double
        ) as lead_time_std_days,
        case
            when sku_lead_time_days is not null then 'measured on this SKU'
            when supplier_lead_time_days is not null
                then 'measured on this supplier'
            when stated_lead_time_days is not null then 'stated'
            else 'default'
        end as lead_time_source,
        cast(coalesce(sku_samples, supplier_samples, 0) as bigint)
            as lead_time_samples,
        cycle_days as order_cycle_days,
        covered_days - lead_time_days as review_days,
        cast(lead_time_days - working_days as bigint) as rest_days,

        ---------- money
        {{ money("unit_cost") }} as unit_cost,
        {{ money("home_unit_cost") }} as home_unit_cost,
        unit_price,

        ---------- service
        cast(
            coalesce(target, {{ var('default_service_target') }}) as double
        ) as service_target,

        ---------- supply; null where stock is unknown
        case when is_stock_known then coalesce(sellable_qty, 0) end
            as on_hand_qty,
        case
            when is_stock_known
                then
                    {{ qty(
                        "coalesce(locked_qty, 0) + coalesce(allocated_qty, 0)"
                        " + unlocked_order_qty + leaving_transfer_qty"
                    ) }}
        end as reserved_qty,
        {{ qty("unlocked_order_qty") }} as unlocked_order_qty,
        {{ qty("leaving_transfer_qty") }} as leaving_transfer_qty,
        case
            when is_stock_known
                then
                    {{ qty(
                        "coalesce(available_qty, 0) - unlocked_order_qty"
                        " - leaving_transfer_qty"
                    ) }}
        end as available_qty,
        coalesce(on_order_qty, 0) as on_order_qty,
        coalesce(in_transit_po_qty, 0) as in_transit_po_qty,
        coalesce(on_order_unacknowledged_qty, 0)
            as on_order_unacknowledged_qty,
        coalesce(on_order_late_qty, 0) as on_order_late_qty,
        coalesce(approved_unseen_qty, 0) as approved_unseen_qty,
        coalesce(in_transit_transfer_qty, 0) as in_transit_transfer_qty,
        case
            when is_stock_known
                then
                    {{ qty(
                        "coalesce(inventory_position_qty, 0)"
                        " - unlocked_order_qty - leaving_transfer_qty"
                    ) }}
        end as inventory_position_qty,

        ---------- demand
        {{ qty("coalesce(recent_demand_qty, 0)") }} as recent_demand_qty,
        first_demand_date,
        last_demand_date,
        -- phased out, and an order of today would come in time to be sold
        case
            when
                supplier_id is not null
                and sku_status = 'active'
                and lifecycle = 'phase_out'
                and end_date
                >= {{ business_date(as_of()) }}
                + cast(ceil(lead_time_days) as integer)
                then end_date
        end as last_buy_until,

        ---------- what the figures rest on
        coalesce(is_stock_known, false) as stock_known,
        list_sort(list_distinct([
            case when not coalesce(is_stock_known, false) then 'stock' end,
            case when supplier_id is null then 'supplier' end,
            case
                when
                    sku_lead_time_days is null
                    and supplier_lead_time_days is null
                    and stated_lead_time_days is null
                    then 'lead_time_days'
            end,
            case when order_cycle_days is null then 'review_days' end,
            case when moq_qty is null then 'moq_qty' end,
            case
                when order_multiple_qty is null then 'order_multiple_qty'
            end,
            case when ratio_numerator is null then 'pack' end,
            case when unit_cost is null then 'unit_cost' end,
            case when is_without_rate then 'exchange_rate' end,
            case when unit_price is null then 'unit_price' end,
            case when target is null then 'service_target' end
        ])) as defaults

    from timed

)

select * from final
