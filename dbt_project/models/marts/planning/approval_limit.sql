{{ config(tags=['planning']) }}

with

-- of two systems that say different things, the smaller amount holds
limits as (

    select * from {{ ref('stg_policy__approval_limit') }}
    qualify
        row_number() over (
            partition by role, action, valid_from
            order by max_amount, source_system
        ) = 1

),

final as (

    select
        ---------- ids
        role,

        ---------- text
        action,
        currency,

        ---------- money
        {{ money('max_amount') }} as max_amount,

        ---------- dates
        valid_from,
        valid_to

    from limits

)

select * from final
