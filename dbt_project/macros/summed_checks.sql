{#- Comparisons of one part of the twelve controls, summed per check and scope,
    with examples of what is off: the last steps of every `int_control_<part>`.
    One table for each, so that the parts need not fit into memory together.
    What is not known of a replayed past is not compared.

    row_count: how many records a comparison stands for that are not off; one
    each by default. -#}
{% macro summed_checks(comparisons, row_count="1") -%}
judged as (

    select
        checks.control_no,
        checks.check_name,
        coalesce(compared.scope, '*') as scope,
        compared.record_key,
        compared.source,
        compared.found,
        compared.expected,
        compared.stake_amount,
        compared.row_count,
        compared.found - compared.expected as difference,
        abs(compared.found - compared.expected) > checks.tolerance as is_off
    from (
        select
            check_name,
            scope,
            record_key,
            source,
            cast(found as decimal(18, 4)) as found,
            cast(expected as decimal(18, 4)) as expected,
            cast(coalesce(money_at_stake, 0) as decimal(18, 4))
                as stake_amount,
            {{ row_count }} as row_count
        from {{ comparisons }}
        where found is not null and expected is not null
    ) as compared
    inner join {{ ref('int_control_check') }} as checks
        on compared.check_name = checks.check_name

),

final as (

    select
        control_no,
        check_name,
        scope,
        cast(sum(row_count) as bigint) as rows_checked,
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
    group by control_no, check_name, scope

)
{%- endmacro %}
