{%- set today = business_date(as_of()) %}

with

history as (

    select
        sku_id,
        location_id,
        demand_date,
        gross_demand_qty,
        -- what companies buy keeps goods alive and tells no trend
        wanted_qty,
        coalesce(is_stocked_out, false) as is_stocked_out,
        -- the last complete week is week 0
        cast(
            floor((date_diff('day', demand_date, {{ today }}) - 1) / 7.0)
            as bigint
        ) as weeks_ago
    from {{ ref('demand_history') }}
    where fulfil_mode != 'merchant' and is_complete_day

),

-- merchants' goods and bundles have no life of their own with us
skus as (

    select * from {{ ref('int_sku') }}
    where
        sku_id in (select history.sku_id from history)
        or sku_id in (
            select positions.sku_id
            from {{ ref('inventory_position') }} as positions
        )

),

known as (

    select min(demand_date) as first_date
    from history

),

firsts as (

    select
        sku_id,
        min(demand_date) filter (where wanted_qty > 0) as first_demand_date,
        max(demand_date) filter (where wanted_qty > 0) as last_demand_date
    from history
    group by sku_id

),

-- on the market for how many whole weeks of those before the recent ones
aged as (

    select
        skus.sku_id,
        skus.category_id,
        skus.status,
        skus.lifecycle,
        firsts.last_demand_date,
        coalesce(skus.launch_date, firsts.first_demand_date) as market_date,
        cast(
            greatest(
                least(
                    floor((
                        date_diff(
                            'day',
                            greatest(
                                coalesce(
                                    skus.launch_date, firsts.first_demand_date
                                ),
                                known.first_date
                            ),
                            {{ today }}
                        ) - 7 * {{ var('stage_weeks') }}
                    ) / 7.0),
                    {{ var('stage_weeks') }}
                ),
                0
            ) as bigint
        ) as earlier_weeks
    from skus
    left join firsts on skus.sku_id = firsts.sku_id
    cross join known

),

weekly as (

    select
        sku_id,
        weeks_ago,
        sum(gross_demand_qty) as qty,
        count(*) filter (where is_stocked_out) as out_days
    from history
    where weeks_ago < 2 * {{ var('stage_weeks') }}
    group by sku_id, weeks_ago

),

places as (

    select
        sku_id,
        count(distinct location_id) as locations
    from history
    where weeks_ago < 2 * {{ var('stage_weeks') }}
    group by sku_id

),

halves as (

    select
        aged.sku_id,
        any_value(aged.category_id) as category_id,
        any_value(aged.earlier_weeks) as earlier_weeks,
        coalesce(sum(weekly.qty) filter (
            where weekly.weeks_ago < {{ var('stage_weeks') }}
        ), 0) as recent_qty,
        coalesce(sum(weekly.qty * weekly.qty) filter (
            where weekly.weeks_ago < {{ var('stage_weeks') }}
        ), 0) as recent_squares,
        coalesce(sum(weekly.out_days) filter (
            where weekly.weeks_ago < {{ var('stage_weeks') }}
        ), 0) as recent_out_days,
        coalesce(sum(weekly.qty) filter (
            where weekly.weeks_ago >= {{ var('stage_weeks') }}
        ), 0) as earlier_qty,
        coalesce(sum(weekly.qty * weekly.qty) filter (
            where weekly.weeks_ago >= {{ var('stage_weeks') }}
        ), 0) as earlier_squares,
        coalesce(sum(weekly.out_days) filter (
            where weekly.weeks_ago >= {{ var('stage_weeks') }}
        ), 0) as earlier_out_days
    from aged
    left join weekly
        on
            aged.sku_id = weekly.sku_id
            and weekly.weeks_ago < {{ var('stage_weeks') }} + aged.earlier_weeks
    group by aged.sku_id

),

-- what the season does to all goods of a category is no stage of one of them:
-- the yardstick is how the others changed
peers as (

    select
        *,
        case when earlier_weeks = {{ var('stage_weeks') }} then recent_qty
        end as steady_recent_qty,
        case when earlier_weeks = {{ var('stage_weeks') }} then earlier_qty
        end as steady_earlier_qty
    from halves

),

measured as (

    select
        *,
        coalesce(
            case
                when
                    sum(steady_earlier_qty) over of_category
                    - coalesce(steady_earlier_qty, 0) >= 30
                    then
                        (
                            sum(steady_recent_qty) over of_category
                            - coalesce(steady_recent_qty, 0)
                        ) / cast(
                            sum(steady_earlier_qty) over of_category
                            - coalesce(steady_earlier_qty, 0) as double
                        )
            end,
            sum(steady_recent_qty) over ()
            / nullif(cast(sum(steady_earlier_qty) over () as double), 0),
            1
        ) as peer_change,
        cast(recent_qty as double) / {{ var('stage_weeks') }}
            as recent_weekly_qty,
        cast(earlier_qty as double) / nullif(earlier_weeks, 0)
            as earlier_weekly_qty,
        -- variance of a week; that of counts at the least
        greatest(
            cast(
                {{ var('stage_weeks') }} * recent_squares
                - recent_qty * recent_qty as double
            ) / ({{ var('stage_weeks') }} * ({{ var('stage_weeks') }} - 1)),
            cast(recent_qty as double) / {{ var('stage_weeks') }}
        ) as recent_variance,
        greatest(
            cast(
                earlier_weeks * earlier_squares
                - earlier_qty * earlier_qty as double
            ) / nullif(earlier_weeks * (earlier_weeks - 1), 0),
            cast(earlier_qty as double) / nullif(earlier_weeks, 0)
        ) as earlier_variance
    from peers
    window of_category as (partition by category_id)

),

scored as (

    select
        aged.*,
        measured.peer_change,
        measured.recent_weekly_qty,
        measured.earlier_weekly_qty,
        measured.earlier_weekly_qty * measured.peer_change
            as expected_weekly_qty,
        (
            measured.recent_weekly_qty
            - measured.earlier_weekly_qty * measured.peer_change
        ) / nullif(
            sqrt(
                measured.recent_variance / {{ var('stage_weeks') }}
                + pow(measured.peer_change, 2)
                * measured.earlier_variance / nullif(aged.earlier_weeks, 0)
            ),
            0
        ) as score,
        measured.recent_weekly_qty = 0
        and measured.earlier_weekly_qty = 0
        and coalesce(
            aged.last_demand_date
            < {{ today }} - 2 * 7 * {{ var('stage_weeks') }},
            true
        ) as is_without_demand,
        cast(measured.recent_out_days as double)
        / nullif(places.locations * 7 * {{ var('stage_weeks') }}, 0)
            as recent_out_share,
        cast(measured.earlier_out_days as double)
        / nullif(places.locations * aged.earlier_weeks * 7, 0)
            as earlier_out_share
    from aged
    inner join measured on aged.sku_id = measured.sku_id
    left join places on aged.sku_id = places.sku_id

),

judged as (

    select
        *,
        -- first that holds
        case
            when
                lifecycle in ('phase_out', 'ended')
                or status in ('stopped', 'ended')
                then 'phase_out'
            when
                coalesce(
                    market_date
                    > {{ today }} - 7 * {{ var('launch_weeks') }},
                    true
                )
                then 'launch'
            when
                is_without_demand
                and coalesce(recent_out_share, 0) <= 0.25
                then 'decline'
            when
                earlier_weeks < {{ var('launch_weeks') }}
                - {{ var('stage_weeks') }}
                then 'mature'
            when
                score >= {{ var('stage_min_score') }}
                and recent_weekly_qty
                >= expected_weekly_qty * (1 + {{ var('stage_min_change') }})
                and coalesce(earlier_out_share, 0) <= 0.25
                then 'growth'
            when
                score <= -{{ var('stage_min_score') }}
                and recent_weekly_qty
                <= expected_weekly_qty * (1 - {{ var('stage_min_change') }})
                and coalesce(recent_out_share, 0) <= 0.25
                then 'decline'
            else 'mature'
        end as stage
    from scored

),

final as (

    select
        ---------- ids
        sku_id,
        category_id,

        ---------- text
        stage,
        lifecycle as recorded_lifecycle,
        case
            when
                stage = 'decline' and is_without_demand
                then 'phase_out'
            when
                lifecycle = 'new'
                and stage in ('growth', 'mature', 'decline')
                then 'active'
        end as proposed_lifecycle,
        case
            when stage = 'phase_out'
                then
                    'product record: ' || case
                        when lifecycle in ('phase_out', 'ended') then lifecycle
                        else status
                    end
            when market_date is null then 'not sold yet'
            when stage = 'launch' then 'on the market since ' || market_date
            when is_without_demand
                then
                    coalesce(
                        'no demand since ' || last_demand_date,
                        'no demand at all'
                    )
            when
                earlier_weeks < {{ var('launch_weeks') }}
                - {{ var('stage_weeks') }}
                then 'history too short to compare'
            else
                round(recent_weekly_qty, 1) || ' a week, expected '
                || round(expected_weekly_qty, 1)
        end as stage_reason,

        ---------- evidence
        recent_weekly_qty,
        earlier_weekly_qty,
        round(peer_change, 6) as peer_change,
        round(expected_weekly_qty, 6) as expected_weekly_qty,
        round(score, 6) as score,
        round(recent_out_share, 6) as recent_out_share,

        ---------- dates
        market_date,
        last_demand_date

    from judged

)

select * from final
