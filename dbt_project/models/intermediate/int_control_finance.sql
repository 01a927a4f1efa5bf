{{ config(materialized='table') }}

-- Controls 9 and 10: valuation against stock and the general ledger, vouchers.
with

valuations as (

    select * from {{ ref('stg_finance__inventory_valuation') }}
    where period is not null

),

snapshots as (

    select * from {{ ref('stg_inventory__stock_snapshot') }}
    where coalesce(owner_party_id, 'self') = 'self'

),

voucher_lines as (

    select * from {{ ref('stg_finance__voucher_line') }}

),

inventory_accounts as (

    select distinct account_code
    from {{ ref('stg_reference__account') }}
    where role = 'inventory'

),

quarantined as (

    select * from {{ source('control', 'quarantine') }}
    where
        contract = 'finance.voucher_line'
        and reason_code = 'mutated_fact'

),

count_times as (

    select distinct
        warehouse_id,
        as_of,
        date_trunc('month', as_of + interval 12 hour) as month_end_at
    from snapshots

),

-- the count nearest to the turn of a month, within half a day of it
month_ends as (

    select
        warehouse_id,
        strftime(month_end_at - interval 1 day, '%Y%m') as period,
        as_of
    from count_times
    where abs(date_diff('second', month_end_at, as_of)) <= 43200

    qualify
        row_number() over (
            partition by warehouse_id, month_end_at
            order by abs(date_diff('second', month_end_at, as_of)), as_of
        ) = 1

),

counted as (

    select
        month_ends.period,
        snapshots.warehouse_id,
        snapshots.sku_id,
        sum(snapshots.on_hand_qty) as qty
    from snapshots
    inner join month_ends
        on
            snapshots.warehouse_id = month_ends.warehouse_id
            and snapshots.as_of = month_ends.as_of
    group by month_ends.period, snapshots.warehouse_id, snapshots.sku_id

),

valued as (

    select
        period,
        warehouse_id,
        sku_id,
        sum(closing_qty) as qty,
        max(unit_cost) as unit_cost,
        min({{ source_of('finance.inventory_valuation') }}) as source
    from valuations
    where warehouse_id is not null
    group by period, warehouse_id, sku_id

),

valued_months as (

    select distinct
        valued.warehouse_id,
        valued.period
    from valued
    inner join month_ends
        on
            valued.warehouse_id = month_ends.warehouse_id
            and valued.period = month_ends.period

),

both_sides as (

    select
        valued.source,
        valued.unit_cost,
        coalesce(valued.period, counted.period) as period,
        coalesce(valued.warehouse_id, counted.warehouse_id) as warehouse_id,
        coalesce(valued.sku_id, counted.sku_id) as sku_id,
        coalesce(valued.qty, 0) as valued_qty,
        coalesce(counted.qty, 0) as counted_qty
    from valued
    full join counted
        on
            valued.period = counted.period
            and valued.warehouse_id = counted.warehouse_id
            and valued.sku_id = counted.sku_id

),

quantity as (

    select
        'valuation_is_count' as check_name,
        both_sides.warehouse_id as scope,
        concat_ws(
            ' ', both_sides.period, both_sides.warehouse_id, both_sides.sku_id
        ) as record_key,
        both_sides.source,
        both_sides.valued_qty as found,
        both_sides.counted_qty as expected,
        abs(both_sides.valued_qty - both_sides.counted_qty)
        * coalesce(both_sides.unit_cost, 0) as money_at_stake
    from both_sides
    inner join valued_months
        on
            both_sides.warehouse_id = valued_months.warehouse_id
            and both_sides.period = valued_months.period

),

posted as (

    select
        voucher_lines.period,
        sum(voucher_lines.debit - voucher_lines.credit) as amount
    from voucher_lines
    inner join inventory_accounts
        on voucher_lines.account_code = inventory_accounts.account_code
    group by voucher_lines.period

),

closed as (

    select
        period,
        sum(opening_amount) as opening_amount,
        sum(closing_amount) as closing_amount,
        min({{ source_of('finance.inventory_valuation') }}) as source
    from valuations
    group by period

),

-- the first valued month brings what the account held before
balances as (

    select
        closed.period,
        closed.source,
        closed.closing_amount,
        first_value(closed.opening_amount) over months
        + sum(coalesce(posted.amount, 0)) over months as balance_amount
    from closed
    left join posted on closed.period = posted.period
    window months as (order by closed.period)

),

balance as (

    select
        'valuation_is_ledger_balance' as check_name,
        period as scope,
        period as record_key,
        source,
        closing_amount as found,
        balance_amount as expected,
        abs(closing_amount - balance_amount) as money_at_stake
    from balances
    where
        {{ is_delivered('finance', 'voucher_line') }}
        and exists (select 1 from inventory_accounts)

),

vouchers as (

    select
        'voucher_balances' as check_name,
        min(period) as scope,
        voucher_id as record_key,
        min({{ source_of('finance.voucher_line') }}) as source,
        sum(debit) as found,
        sum(credit) as expected,
        abs(sum(debit) - sum(credit)) as money_at_stake
    from voucher_lines
    group by source_system, ledger_id, voucher_id

),

-- a posted line told again with another content was kept out, and is counted
periods as (

    select
        'posted_lines_stand' as check_name,
        period as scope,
        period as record_key,
        min({{ source_of('finance.voucher_line') }}) as source,
        0 as found,
        0 as expected,
        0 as money_at_stake
    from voucher_lines
    group by period

),

rewritten as (

    select
        'posted_lines_stand' as check_name,
        coalesce(json_extract_string(parsed, '$.period'), '*') as scope,
        quarantine_id as record_key,
        struct_pack(
            contract := contract, load_id := load_id, line_no := line_no
        ) as source,
        1 as found,
        0 as expected,
        greatest(
            coalesce(
                try_cast(
                    json_extract_string(parsed, '$.debit') as decimal(18, 4)
                ),
                0
            ),
            coalesce(
                try_cast(
                    json_extract_string(parsed, '$.credit') as decimal(18, 4)
                ),
                0
            )
        ) as money_at_stake
    from quarantined

),

compared as (

    select * from quantity
    union all
    select * from balance
    union all
    select * from vouchers
    union all
    select * from periods
    union all
    select * from rewritten

),

{{ summed_checks('compared') }}

select * from final
