{{ config(materialized='table') }}

-- Each check of the twelve controls, summed per scope, with examples of what
-- is off. What is not known of a replayed past is not compared.
with

checks as (

    select * from {{ ref('int_control_check') }}

),

compared as (

    {% for part in [
        "stock", "purchase", "order", "payment", "freight", "finance",
        "delivery"
    ] %}
        select
            check_name,
            scope,
            record_key,
            source,
            cast(found as decimal(18, 4)) as found,
            cast(expected as decimal(18, 4)) as expected,
            cast(coalesce(money_at_stake, 0) as decimal(18, 4))
                as stake_amount
        from {{ ref('int_control_' ~ part) }}
        where found is not null and expected is not null
        {{ "union all" if not loop.last }}
    {% endfor %}

),

judged as (

    select
        compared.*,
        checks.tolerance,
        checks.control_no,
        compared.found - compared.expected as difference,
        abs(compared.found - compared.expected) > checks.tolerance as is_off
    from compared
    inner join checks on compared.check_name = checks.check_name

),

final as (

    select
        control_no,
        check_name,
        coalesce(scope, '*') as scope,
        count(*) as rows_checked,
        count(*) filter (where is_off) as rows_off,
        {{ qty("coalesce(sum(abs(difference)) filter (where is_off), 0)") }}
            as difference,
        {{ money("coalesce(sum(stake_amount) filter (where is_off), 0)") }}
            as money_at_stake,
        -- the dearest twenty
        min_by(
            struct_pack(
                record_key := record_key,
                source := source,
                found := found,
                expected := expected,
                money_at_stake := stake_amount
            ),
            struct_pack(
                stake := -stake_amount,
                difference := -abs(difference),
                record_key := record_key
            ),
            20
        ) filter (where is_off) as examples
    from judged
    group by control_no, check_name, coalesce(scope, '*')

)

select * from final
