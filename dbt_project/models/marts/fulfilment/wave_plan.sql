{{ config(tags=['after_plan']) }}

with

waves as (

    select * from {{ source('plan', 'wave') }}

),

proof as (

    select * from {{ source('plan', 'wave_proof') }}

),

final as (

    select
        ---------- ids
        waves.wave_id,
        waves.warehouse_id,
        waves.zone_id,

        ---------- text
        waves.wave_type,
        waves.reason,

        ---------- the wave
        waves.wave_no,
        waves.cart_count,
        waves.order_count,
        waves.line_count,
        waves.unit_count,
        waves.pick_count,
        waves.distance_m,
        waves.baseline_distance_m,
        waves.s_shape_distance_m,
        waves.largest_gap_distance_m,
        waves.labour_minutes,

        ---------- timestamps
        waves.planned_start_at,
        waves.picked_at,
        waves.ready_at,
        waves.cutoff_at,

        ---------- the whole plan, the same on each of its waves
        proof.misses as plan_misses,
        proof.misses_bound as plan_misses_bound,
        proof.minutes as plan_minutes,
        proof.minutes_bound as plan_minutes_bound,
        proof.gap as plan_gap,
        proof.fullest_share as plan_fullest_share,
        proof.input_hash as plan_input_hash

    from waves
    left join proof on true

)

select * from final
