-- Every step on both sides, signed as profit: income above zero, cost below.
with

known as (

    select * from {{ ref('int_step_amount') }}

),

postings as (

    select * from {{ ref('int_ledger_posting') }}

),

posted_through as (

    select max(posted_at) as posted_at from postings

),

-- days are fewer than amounts, and their months are named once
by_day as (

    select
        step,
        booked_on,
        sum(in_waterfall) as waterfall_amount,
        sum(outside) as outside_amount,
        sum(amount_count) as amount_count
    from known
    group by step, booked_on

),

ours as (

    select
        by_day.step,
        strftime(
            case
                when by_day.booked_on <= posted_through.posted_at
                    then by_day.booked_on
            end,
            '%Y%m'
        ) as period,
        sum(by_day.waterfall_amount) as waterfall_amount,
        sum(by_day.outside_amount) as outside_amount,
        cast(sum(by_day.amount_count) as bigint) as amount_count
    from by_day
    cross join posted_through
    group by all

),

booked as (

    select
        period,
        case
            when role = 'revenue' and source_type = 'refund' then 'refund'
            when role = 'revenue' then 'revenue'
            when role = 'tax' and source_type = 'refund' then 'refund_tax'
            when role = 'tax' and source_type = 'sales_order' then 'output_tax'
            when role = 'cogs' and source_type = 'refund'
                then 'return_recovery'
            when
                role = 'cogs' and source_type = 'sales_order' and moves_stock
                then 'landed_cost_own'
            when role = 'cogs' and source_type = 'sales_order'
                then 'landed_cost_dropship'
            when role = 'cogs' then 'purchase_difference'
            when role = 'freight_out' then 'freight'
            when role = 'payment_fee' then 'payment_fee'
            when role = 'platform_fee' then 'platform_commission'
            when role in ('warehouse_cost', 'marketing', 'writedown') then role
            when role = 'rebate' then 'supplier_rebate'
            when role = 'cash' and source_type = 'payment' then 'cash_paid'
            when role = 'cash' and source_type = 'refund' then 'cash_refunded'
        end as step,
        -- cash is ours when debited; tax on sales is owed when credited
        sum(case when role in ('cash', 'tax') then amount else -amount end)
            as ledger_amount
    from postings
    group by all

),

steps as (

    select
        listed.seq,
        listed.step,
        listed.basis
    from (
        values
        (1, 'revenue', 'recomputed'),
        (2, 'output_tax', 'recomputed'),
        (3, 'landed_cost_own', {{
            "'allocated'" if var("costing_method") == "booked"
            else "'recomputed'"
        }}),
        (4, 'landed_cost_dropship', 'recomputed'),
        (5, 'freight', 'recomputed'),
        (6, 'warehouse_cost', 'allocated'),
        (7, 'payment_fee', 'recomputed'),
        (8, 'platform_commission', 'recomputed'),
        (9, 'refund', 'recomputed'),
        (10, 'refund_tax', 'recomputed'),
        (11, 'return_recovery', 'allocated'),
        (12, 'marketing', 'allocated'),
        (13, 'return_loss', 'waterfall_only'),
        (14, 'platform_funding', 'waterfall_only'),
        (15, 'supplier_funding', 'waterfall_only'),
        (16, 'chargeback', 'waterfall_only'),
        (17, 'capital_cost', 'waterfall_only'),
        (18, 'purchase_difference', 'ledger_only'),
        (19, 'writedown', 'ledger_only'),
        (20, 'supplier_rebate', 'ledger_only'),
        (21, 'cash_paid', 'recomputed'),
        (22, 'cash_refunded', 'recomputed')
    ) as listed (seq, step, basis)

),

compared as (

    select
        steps.seq,
        steps.step,
        steps.basis,
        coalesce(ours.period, booked.period, 'unposted') as period,
        coalesce(ours.waterfall_amount, 0) as waterfall_amount,
        coalesce(ours.outside_amount, 0) as outside_amount,
        booked.ledger_amount,
        coalesce(ours.amount_count, 0) as amount_count
    from ours
    full outer join booked
        on ours.step = booked.step and ours.period = booked.period
    inner join steps on coalesce(ours.step, booked.step) = steps.step

),

measured as (

    select
        *,
        case
            when basis != 'waterfall_only' and period != 'unposted'
                then
                    coalesce(ledger_amount, 0)
                    - waterfall_amount
                    - outside_amount
        end as difference_amount,
        -- a cent, and half of the last digit that each amount is kept to
        0.01 + 0.00005 * amount_count as tolerance_amount
    from compared

),

final as (

    select
        ---------- ids
        period,
        step,

        ---------- numbers
        cast(seq as integer) as seq,

        ---------- text
        basis,
        case
            when period = 'unposted' then 'not_posted'
            when basis in ('waterfall_only', 'ledger_only') then basis
            when abs(difference_amount) <= tolerance_amount then 'ties'
            else 'differs'
        end as status,

        ---------- money, signed as profit
        {{ money("waterfall_amount") }} as waterfall_amount,
        {{ money("outside_amount") }} as outside_amount,
        {{ money("ledger_amount") }} as ledger_amount,
        {{ money("difference_amount") }} as difference_amount,
        {{ money("tolerance_amount") }} as tolerance_amount,

        ---------- counts
        amount_count

    from measured

)

select * from final
-- without a ledger there is nothing to tie to
where exists (select 1 from postings)
