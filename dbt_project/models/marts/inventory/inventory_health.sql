with

positions as (

    select * from {{ ref('inventory_position') }}
    where is_stock_known

),

inputs as (

    select * from {{ ref('replenishment_input') }}

),

-- what sells on a day on which it can sell: the last 56 complete days without
-- stock-outs, or fewer if the first sale was later
demand as (

    select
        sku_id,
        location_id,
        sum(gross_demand_qty) filter (
            where not coalesce(is_stocked_out, false)
        ) as recent_qty,
        -- a day of nothing but a bulk order is not the first of these sales
        date_diff(
            'day',
            min(demand_date) filter (
                where gross_demand_qty > 0 or coalesce(bulk_qty, 0) = 0
            ),
            {{ business_date(as_of()) }}
        ) - count(*) filter (where is_stocked_out) as selling_days
    from {{ ref('demand_history') }}
    where
        fulfil_mode = 'own'
        and is_complete_day
        and demand_date >= {{ business_date(as_of()) }} - 56
    group by sku_id, location_id

),

-- companies order rarely and much: what they take is spread over half a year,
-- as the plan does, or what is known of it
bulk as (

    select
        sku_id,
        location_id,
        sum(bulk_qty) filter (where fulfil_mode = 'own') / nullif(
            least(
                182,
                date_diff(
                    'day',
                    (
                        select min(known.demand_date)
                        from {{ ref('demand_history') }} as known
                        where known.is_complete_day
                    ),
                    {{ business_date(as_of()) }}
                )
            ),
            0
        ) as daily_qty
    from {{ ref('demand_history') }}
    where
        is_complete_day
        and demand_date >= {{ business_date(as_of()) }} - 182
    group by sku_id, location_id

),

-- goods that never sold are as old as the first day they were counted
first_counts as (

    select
        sku_id,
        location_id,
        min(stock_date) as first_stock_date
    from {{ ref('int_stock_day_end') }}
    where sellable_qty > 0
    group by sku_id, location_id

),

policy as (

    select
        status,
        segment,
        cast(segment = '*' as integer) as is_general,
        arg_max(days, valid_from) as days
    from {{ ref('stg_policy__health_threshold') }}
    where
        valid_from <= {{ business_date(as_of()) }}
        and (valid_to is null or valid_to > {{ business_date(as_of()) }})
    group by status, segment

),

thresholds as (

    select
        inputs.sku_id,
        inputs.location_id,
        min_by(policy.days, policy.is_general) filter (
            where policy.status = 'at_risk'
        ) as at_risk_days,
        min_by(policy.days, policy.is_general) filter (
            where policy.status = 'excess'
        ) as excess_days,
        min_by(policy.days, policy.is_general) filter (
            where policy.status = 'slow'
        ) as slow_days,
        min_by(policy.days, policy.is_general) filter (
            where policy.status = 'dead'
        ) as dead_days,
        min_by(policy.days, policy.is_general) filter (
            where policy.status = 'near_expiry'
        ) as near_expiry_days
    from inputs
    left join policy
        on policy.segment in ('*', inputs.abc, inputs.category_id)
    group by inputs.sku_id, inputs.location_id

),

batches as (

    select
        snapshots.sku_id,
        snapshots.warehouse_id as location_id,
        snapshots.on_hand_qty,
        batches.expiry_date
    from {{ ref('stg_inventory__stock_snapshot') }} as snapshots
    inner join positions
        on
            snapshots.sku_id = positions.sku_id
            and snapshots.warehouse_id = positions.location_id
            and snapshots.as_of = positions.snapshot_at
    inner join {{ ref('int_batch') }} as batches
        on
            snapshots.sku_id = batches.sku_id
            and snapshots.batch_no = batches.batch_no
    where
        snapshots.stock_status = 'sellable'
        and coalesce(snapshots.owner_party_id, 'self') = 'self'

),

expiring as (

    select
        batches.sku_id,
        batches.location_id,
        sum(batches.on_hand_qty) as expiring_qty,
        min(batches.expiry_date) as next_expiry_date
    from batches
    left join thresholds
        on
            batches.sku_id = thresholds.sku_id
            and batches.location_id = thresholds.location_id
    left join {{ ref('int_sku') }} as skus on batches.sku_id = skus.sku_id
    where
        batches.on_hand_qty > 0
        -- what may not be sent to customers any more is lost before it expires
        and batches.expiry_date
        - cast(coalesce(skus.min_remaining_days_out, 0) as integer)
        <= {{ business_date(as_of()) }}
        + cast(
            coalesce(
                thresholds.near_expiry_days, {{ var('near_expiry_days') }}
            ) as integer
        )
    group by batches.sku_id, batches.location_id

),

joined as (

    select
        positions.sku_id,
        positions.location_id,
        inputs.sku_name,
        inputs.supplier_id,
        positions.available_qty,
        positions.sellable_qty,
        positions.on_order_qty,
        positions.on_order_late_qty,
        positions.next_expected_date,
        positions.unit_cost,
        -- no stock, no loss, where each sale would cost more than it brings
        greatest(coalesce(economics.unit_margin, 0), 0) as unit_margin,
        inputs.lead_time_days,
        inputs.review_days,
        inputs.not_orderable_reason,
        inputs.last_demand_date,
        -- goods on launch have stock before they have demand
        coalesce(inputs.lifecycle = 'new', false) as is_new,
        coalesce(inputs.lifecycle = 'ended', false) as is_ended,
        coalesce(
            demand.recent_qty / nullif(greatest(demand.selling_days, 1), 0), 0
        ) + coalesce(bulk.daily_qty, 0) as daily_demand_qty,
        date_diff(
            'day',
            coalesce(inputs.last_demand_date, first_counts.first_stock_date),
            {{ business_date(as_of()) }}
        ) as days_without_sale,
        coalesce(expiring.expiring_qty, 0) as expiring_qty,
        expiring.next_expiry_date,
        -- who misses a colour may take another
        coalesce(curves.is_run_broken and curves.run_kind = 'size', false)
            as is_run_broken,
        curves.run_completeness,
        curves.missing_core_sizes,
        curves.is_missing_elsewhere,
        curves.is_missing_on_order,
        -- until an order placed at the next review has arrived
        coalesce(
            thresholds.at_risk_days, inputs.lead_time_days + inputs.review_days
        ) as at_risk_days,
        coalesce(thresholds.excess_days, {{ var('excess_days') }})
            as excess_days,
        coalesce(thresholds.slow_days, {{ var('slow_days') }}) as slow_days,
        coalesce(thresholds.dead_days, {{ var('dead_days') }}) as dead_days,
        list_sort(list_distinct([
            case when thresholds.at_risk_days is null then 'at_risk' end,
            case when thresholds.excess_days is null then 'excess' end,
            case when thresholds.slow_days is null then 'slow' end,
            case when thresholds.dead_days is null then 'dead' end,
            case
                when thresholds.near_expiry_days is null then 'near_expiry'
            end
        ])) as defaults
    from positions
    inner join inputs
        on
            positions.sku_id = inputs.sku_id
            and positions.location_id = inputs.location_id
    left join {{ ref('unit_economics') }} as economics
        on
            positions.sku_id = economics.sku_id
            and positions.location_id = economics.location_id
    left join thresholds
        on
            positions.sku_id = thresholds.sku_id
            and positions.location_id = thresholds.location_id
    left join demand
        on
            positions.sku_id = demand.sku_id
            and positions.location_id = demand.location_id
    left join bulk
        on
            positions.sku_id = bulk.sku_id
            and positions.location_id = bulk.location_id
    left join expiring
        on
            positions.sku_id = expiring.sku_id
            and positions.location_id = expiring.location_id
    left join first_counts
        on
            positions.sku_id = first_counts.sku_id
            and positions.location_id = first_counts.location_id
    left join {{ ref('size_curve') }} as curves
        on
            positions.sku_id = curves.sku_id
            and positions.location_id = curves.location_id

),

covered as (

    select
        *,
        available_qty / nullif(daily_demand_qty, 0) as cover_days,
        (available_qty + on_order_qty) / nullif(daily_demand_qty, 0)
            as cover_with_orders_days,
        -- first that holds
        case
            when available_qty <= 0 and daily_demand_qty > 0 then 'stock_out'
            -- nobody may buy it any more, however well it sold
            when sellable_qty > 0 and is_ended then 'dead'
            when expiring_qty > 0 then 'expiring'
            when sellable_qty > 0 and days_without_sale >= dead_days
                then if(is_new, 'healthy', 'dead')
            when sellable_qty > 0 and days_without_sale >= slow_days
                then if(is_new, 'healthy', 'slow')
            when
                available_qty / nullif(daily_demand_qty, 0) < at_risk_days
                then 'at_risk'
            when
                available_qty / nullif(daily_demand_qty, 0) > excess_days
                and not is_new
                then 'excess'
            when is_run_broken and available_qty > 0 then 'broken_size_run'
            else 'healthy'
        end as status
    from joined

),

valued as (

    select
        *,
        case status
            -- what is not earned until the next arrival that we know of
            when 'stock_out'
                then
                    daily_demand_qty
                    * unit_margin
                    * greatest(
                        coalesce(
                            date_diff(
                                'day',
                                {{ business_date(as_of()) }},
                                next_expected_date
                            ),
                            lead_time_days
                        ),
                        1
                    )
            when 'at_risk'
                then
                    daily_demand_qty
                    * unit_margin
                    * greatest(at_risk_days - cover_with_orders_days, 0)
            when 'excess'
                then
                    (available_qty - excess_days * daily_demand_qty)
                    * coalesce(unit_cost, 0)
            when 'expiring' then expiring_qty * coalesce(unit_cost, 0)
            -- what the customers of the missing sizes leave lying
            when 'broken_size_run'
                then
                    sellable_qty
                    * coalesce(unit_cost, 0)
                    * (1 - run_completeness)
            when 'healthy' then 0
            else sellable_qty * coalesce(unit_cost, 0)
        end as at_stake
    from covered

),

final as (

    select
        ---------- ids
        sku_id,
        location_id,
        supplier_id,

        ---------- text
        sku_name,
        status,
        case status
            when 'stock_out'
                then
                    case
                        when on_order_qty > 0 then 'expedite the open order'
                        when not_orderable_reason is null then 'buy'
                        else 'delist: ' || not_orderable_reason
                    end
            when 'at_risk'
                then
                    case
                        when on_order_late_qty > 0 then 'chase the late order'
                        when cover_with_orders_days >= at_risk_days
                            then 'wait for the open order'
                        when not_orderable_reason is null then 'buy'
                        else 'run down: ' || not_orderable_reason
                    end
            when 'excess' then 'buy no more, promote or move'
            when 'slow' then 'promote'
            when 'dead' then 'clear or return to supplier'
            when 'expiring' then 'sell first, mark down'
            when 'broken_size_run'
                then
                    case
                        when is_missing_on_order
                            then 'expedite the missing sizes'
                        when is_missing_elsewhere
                            then 'move the missing sizes here'
                        when not_orderable_reason is null
                            then 'buy the missing sizes'
                        else 'gather the rest in one warehouse, mark down'
                    end
            else 'none'
        end as proposed_action,
        {{ in_chinese("proposed_action") }} as proposed_action_zh,
        case when status = 'broken_size_run' then missing_core_sizes end
            as missing_sizes,

        ---------- quantities
        sellable_qty,
        available_qty,
        on_order_qty,
        {{ qty("expiring_qty") }} as expiring_qty,
        cast(daily_demand_qty as double) as daily_demand_qty,

        ---------- days
        cast(cover_days as double) as cover_days,
        cast(cover_with_orders_days as double) as cover_with_orders_days,
        cast(days_without_sale as bigint) as days_without_sale,
        cast(excess_days as double) as excess_days,
        next_expiry_date,

        ---------- money
        {{ money("sellable_qty * coalesce(unit_cost, 0)") }} as stock_amount,
        {{ money("at_stake") }} as money_at_stake,

        ---------- what the figures rest on
        defaults

    from valued

)

select * from final
