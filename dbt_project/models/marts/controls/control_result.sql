with

checks as (

    select * from {{ ref('int_control_check') }}

),

measured as (

    select * from {{ ref('int_control') }}

),

final as (

    select
        ---------- ids
        checks.control_no,
        checks.check_name,
        coalesce(measured.scope, '*') as scope,

        ---------- text
        checks.title,
        checks.title_zh,
        checks.unit,
        case
            when measured.rows_checked is null then 'not_checked'
            when measured.rows_off = 0 then 'passed'
            else 'failed'
        end as status,

        ---------- quantities
        checks.tolerance,
        coalesce(measured.difference, 0) as difference,

        ---------- numbers
        coalesce(measured.rows_checked, 0) as rows_checked,
        coalesce(measured.rows_off, 0) as rows_off,
        case
            when measured.rows_off > 0
                then
                    rank() over (
                        order by
                            measured.rows_off > 0 desc nulls last,
                            measured.money_at_stake desc,
                            measured.difference desc,
                            checks.check_name,
                            measured.scope
                    )
        end as doubt_rank,

        ---------- money
        coalesce(measured.money_at_stake, 0) as money_at_stake,

        ---------- booleans
        measured.rows_off = 0 as is_passed

    from checks
    left join measured on checks.check_name = measured.check_name

)

select * from final
