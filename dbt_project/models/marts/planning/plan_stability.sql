{{ config(tags=['after_plan']) }}

with

final as (

    select
        ---------- lines
        lines_before,
        lines_kept,
        lines_changed,
        lines_dropped,
        lines_new,

        ---------- money
        amount_before,
        amount_changed,

        ---------- share
        changed_share

    from {{ source('plan', 'plan_stability') }}

)

select * from final
