{%- set today = business_date(as_of()) %}

with

positions as (

    select * from {{ ref('inventory_position') }}
    where is_stock_known

),

moves as (

    select
        sku_id,
        warehouse_id as location_id,
        occurred_at,
        qty_delta,
        move_type in ('count_gain', 'count_loss') as is_count
    from {{ ref('stg_inventory__stock_ledger') }}
    where
        bucket = 'on_hand'
        and coalesce(owner_party_id, 'self') = 'self'
        -- another state of the same goods moves nothing
        and coalesce(move_type, '') != 'status_change'
        and occurred_at <= {{ as_of() }}
        and {{ business_date("occurred_at") }} >= {{ today }} - 364

),

corrected as (

    select
        sku_id,
        location_id,
        max(occurred_at) filter (where is_count) as last_corrected_at,
        count(*) filter (where is_count) as corrections,
        coalesce(sum(abs(qty_delta)) filter (where is_count), 0)
            as corrected_qty,
        coalesce(-sum(qty_delta) filter (where is_count), 0) as net_lost_qty,
        coalesce(sum(abs(qty_delta)) filter (where not is_count), 0)
            as handled_qty
    from moves
    group by sku_id, location_id

),

-- how many units go astray per unit handled, in each warehouse
error_rates as (

    select
        location_id,
        cast(sum(corrected_qty) as double)
        / nullif(cast(sum(handled_qty) as double), 0) as error_rate,
        greatest(
            cast(sum(net_lost_qty) as double)
            / nullif(cast(sum(handled_qty) as double), 0),
            0
        ) as loss_rate
    from corrected
    group by location_id

),

handled_since as (

    select
        moves.sku_id,
        moves.location_id,
        sum(abs(moves.qty_delta)) as handled_qty
    from moves
    inner join corrected
        on
            moves.sku_id = corrected.sku_id
            and moves.location_id = corrected.location_id
    where
        not moves.is_count
        and (
            corrected.last_corrected_at is null
            or moves.occurred_at > corrected.last_corrected_at
        )
    group by moves.sku_id, moves.location_id

),

-- a picker who does not find what the book says
short_picks as (

    select
        tasks.sku_id,
        tasks.warehouse_id as location_id,
        count(*) as short_picks
    from {{ ref('stg_warehouse__pick_task') }} as tasks
    left join corrected
        on
            tasks.sku_id = corrected.sku_id
            and tasks.warehouse_id = corrected.location_id
    where
        tasks.short_reason is not null
        and tasks.picked_at <= {{ as_of() }}
        and {{ business_date("tasks.picked_at") }} >= {{ today }} - 364
        and (
            corrected.last_corrected_at is null
            or tasks.picked_at > corrected.last_corrected_at
        )
    group by tasks.sku_id, tasks.warehouse_id

),

differences as (

    select
        sku_id,
        location_id,
        sum(abs(difference_qty)) as difference_qty
    from {{ ref('stock_ledger_reconciliation') }}
    where owner_party_id = 'self'
    group by sku_id, location_id

),

joined as (

    select
        positions.sku_id,
        positions.location_id,
        positions.on_hand_qty,
        positions.on_hand_amount,
        positions.unit_cost,
        corrected.last_corrected_at,
        coalesce(corrected.corrections, 0) as corrections,
        coalesce(corrected.corrected_qty, 0) as corrected_qty,
        coalesce(corrected.net_lost_qty, 0) as net_lost_qty,
        coalesce(corrected.handled_qty, 0) as handled_qty,
        coalesce(handled_since.handled_qty, 0) as handled_since_qty,
        coalesce(short_picks.short_picks, 0) as short_picks,
        coalesce(differences.difference_qty, 0) as difference_qty,
        cast(coalesce(handled_since.handled_qty, 0) as double)
        * coalesce(error_rates.error_rate, 0) as expected_error_qty,
        cast(coalesce(handled_since.handled_qty, 0) as double)
        * coalesce(error_rates.loss_rate, 0) as expected_shrinkage_qty
    from positions
    left join corrected
        on
            positions.sku_id = corrected.sku_id
            and positions.location_id = corrected.location_id
    left join handled_since
        on
            positions.sku_id = handled_since.sku_id
            and positions.location_id = handled_since.location_id
    left join short_picks
        on
            positions.sku_id = short_picks.sku_id
            and positions.location_id = short_picks.location_id
    left join differences
        on
            positions.sku_id = differences.sku_id
            and positions.location_id = differences.location_id
    left join error_rates on positions.location_id = error_rates.location_id
    where {{ is_delivered('inventory', 'stock_ledger') }}

),

valued as (

    select
        *,
        {{ qty("difference_qty + short_picks + expected_error_qty") }}
            as doubt_qty
    from joined

),

final as (

    select
        ---------- ids
        sku_id,
        location_id,

        ---------- rank
        row_number() over (
            partition by location_id
            order by
                doubt_qty * coalesce(unit_cost, 0) desc, doubt_qty desc, sku_id
        ) as place,

        ---------- quantities
        on_hand_qty,
        {{ qty("handled_qty") }} as handled_qty,
        {{ qty("handled_since_qty") }} as handled_since_qty,
        corrections,
        {{ qty("corrected_qty") }} as corrected_qty,
        {{ qty("net_lost_qty") }} as net_lost_qty,

        ---------- why it is in doubt
        {{ qty("difference_qty") }} as difference_qty,
        short_picks,
        {{ qty("expected_error_qty") }} as expected_error_qty,
        doubt_qty,

        ---------- money
        on_hand_amount,
        {{ money("net_lost_qty * unit_cost") }} as net_lost_amount,
        {{ money("expected_shrinkage_qty * unit_cost") }}
            as expected_shrinkage_amount,
        {{ money("doubt_qty * coalesce(unit_cost, 0)") }} as doubt_amount,

        ---------- text
        case
            when on_hand_qty < 0 then 'negative_stock'
            when
                difference_qty > 0
                and difference_qty >= greatest(short_picks, expected_error_qty)
                then 'ledger_difference'
            when short_picks > 0 and short_picks >= expected_error_qty
                then 'short_pick'
            else 'abc_cycle'
        end as driver,
        round(doubt_qty, 1) || ' units in doubt: '
        || round(difference_qty, 1) || ' between ledger and snapshot, '
        || short_picks || ' short picks, '
        || round(expected_error_qty, 1) || ' expected since the last count'
            as reason,

        ---------- dates
        {{ business_date("last_corrected_at") }} as last_corrected_date,
        -- a week's list
        {{ business_date(as_of()) }} + 7 as count_by

    from valued

)

select * from final
