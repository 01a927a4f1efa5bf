{{ config(tags=['after_plan']) }}

with

overrides as (

    select * from {{ source('plan', 'forecast_override') }}

),

moves as (

    select
        override_id,
        count(*) as moved_weeks,
        sum(before) as before_qty,
        sum(after) as after_qty
    from {{ source('plan', 'forecast_move') }}
    group by override_id

),

final as (

    select
        ---------- ids
        overrides.override_id,

        ---------- text
        overrides.author,
        overrides.reason,
        overrides.level as decided_for,
        overrides.member,
        overrides.kind,

        ---------- dates
        overrides.made_on,
        overrides.expires_on,
        overrides.first_ds as first_week,
        overrides.last_ds as last_week,

        ---------- numbers
        overrides.value as decided_qty,
        cast(coalesce(moves.moved_weeks, 0) as bigint) as moved_weeks,
        cast(coalesce(moves.before_qty, 0) as double) as before_qty,
        cast(coalesce(moves.after_qty, 0) as double) as after_qty

    from overrides
    left join moves on overrides.override_id = moves.override_id

)

select * from final
