{{ config(materialized='table') }}

-- Controls 5 and 12: every line of a bill is somewhere, no day is missing.
with

deliveries as (

    select
        *,
        coalesce(scope, '*') as scope_name
    from {{ source('control', 'delivery') }}
    where status != 'duplicate'

),

-- a file that was kept out and sent again in order is no gap
bills as (

    select
        *,
        bool_or(status = 'loaded' and window_to is not null) over (
            partition by contract, scope_name, window_from, window_to
        ) as is_window_loaded
    from deliveries
    where
        contract in (
            'payment.channel_statement_line', 'logistics.freight_bill_line'
        )

),

lines as (

    select
        'bill_lines_are_accounted' as check_name,
        contract as scope,
        file_name as record_key,
        struct_pack(
            contract := contract, load_id := load_id, line_no := 1
        ) as source,
        case
            when status = 'loaded'
                then
                    rows_loaded
                    + coalesce(rows_quarantined, 0)
                    + coalesce(rows_duplicate, 0)
                    + coalesce(rows_superseded, 0)
                    + coalesce(rows_set_aside, 0)
                    + coalesce(rows_combined, 0)
                    + coalesce(rows_elsewhere, 0)
            else 0
        end as found,
        rows_in as expected
    from bills
    where status = 'loaded' or not is_window_loaded

),

windows as (

    select
        contract,
        scope_name,
        window_from,
        window_to,
        sum(rows_in) as row_count,
        min(load_id) as load_id
    from deliveries
    where status = 'loaded' and window_from is not null
    group by contract, scope_name, window_from, window_to

),

in_order as (

    select
        *,
        max(window_to) over (
            partition by contract, scope_name
            order by window_from, window_to
            rows between unbounded preceding and 1 preceding
        ) as told_to,
        -- of the same weekday, among windows of a day
        median(row_count) over (
            partition by contract, scope_name, dayofweek(window_to)
            order by window_to
            rows between unbounded preceding and 1 preceding
        ) as usual_rows,
        count(*) over (
            partition by contract, scope_name, dayofweek(window_to)
            order by window_to
            rows between unbounded preceding and 1 preceding
        ) as samples
    from windows

),

holes as (

    select
        'no_window_is_missing' as check_name,
        contract as scope,
        concat_ws(' ', scope_name, window_from) as record_key,
        struct_pack(
            contract := contract, load_id := load_id, line_no := 1
        ) as source,
        greatest(
            coalesce(date_diff('second', told_to, window_from) / 3600.0, 0), 0
        ) as found,
        0 as expected
    from in_order

),

-- four weeks of the same weekday say what is usual
short as (

    select
        'windows_are_full' as check_name,
        contract as scope,
        concat_ws(' ', scope_name, window_from) as record_key,
        struct_pack(
            contract := contract, load_id := load_id, line_no := 1
        ) as source,
        least(row_count, 0.6 * usual_rows) as found,
        0.6 * usual_rows as expected
    from in_order
    where
        samples >= 4
        and date_diff('hour', window_from, window_to) between 20 and 28

),

together as (

    select * from lines
    union all
    select * from holes
    union all
    select * from short

),

compared as (

    select
        *,
        -- nobody knows what a line that did not come is worth
        0 as money_at_stake
    from together

),

{{ summed_checks('compared') }}

select * from final
