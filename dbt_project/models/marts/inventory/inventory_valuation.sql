with

finance as (

    select
        period,
        sku_id,
        coalesce(nullif(warehouse_id, ''), '*') as location_id,
        max(coalesce(
            as_of,
            last_day(cast(try_strptime(period, '%Y%m') as date)),
            cast(try_strptime(period, '%Y%m%d') as date)
        )) as valued_on,
        max(method) as finance_method,
        sum(closing_qty) as finance_qty,
        sum(closing_amount) as finance_amount
    from {{ ref('stg_finance__inventory_valuation') }}
    group by period, sku_id, coalesce(nullif(warehouse_id, ''), '*')

),

moves as (

    select
        sku_id,
        location_id,
        {{ business_date("occurred_at") }} as move_date,
        sum(qty) as qty,
        sum(fifo_amount) as fifo_amount,
        sum(average_amount) as average_amount,
        -- Finance rounds each movement to the cent; what came back or from
        -- another warehouse is known to us at a rounded price of one unit.
        0.01 * (
            count(*) + coalesce(
                sum(qty) filter (where move_type in ('return_in', 'transfer_in')
                ), 0
            )
        ) as rounding,
        bool_and(is_cost_known) as is_cost_known
    from {{ ref('int_stock_cost') }}
    where occurred_at <= {{ as_of() }}
    group by sku_id, location_id, {{ business_date("occurred_at") }}

),

-- finance may value a SKU in all warehouses together
placed as (

    select * from moves
    union all by name
    select
        sku_id,
        '*' as location_id,
        move_date,
        sum(qty) as qty,
        sum(fifo_amount) as fifo_amount,
        sum(average_amount) as average_amount,
        sum(rounding) as rounding,
        bool_and(is_cost_known) as is_cost_known
    from moves
    where
        sku_id in (
            select finance.sku_id from finance
            where finance.location_id = '*'
        )
    group by sku_id, move_date

),

balances as (

    select
        sku_id,
        location_id,
        move_date,
        sum(qty) over up_to_it as on_hand_qty,
        sum(fifo_amount) over up_to_it as fifo_amount,
        sum(average_amount) over up_to_it as average_amount,
        sum(rounding) over up_to_it as rounding,
        bool_and(is_cost_known) over up_to_it as is_cost_known
    from placed
    window up_to_it as (
        partition by sku_id, location_id
        order by move_date
        rows between unbounded preceding and current row
    )

),

days as (

    select distinct valued_on from finance
    where valued_on <= {{ business_date(as_of()) }}
    union distinct
    select {{ business_date(as_of()) }} as valued_on

),

keys as (

    select distinct
        placed.sku_id,
        placed.location_id,
        days.valued_on
    from placed
    cross join days

),

ours as (

    select
        keys.sku_id,
        keys.location_id,
        keys.valued_on,
        balances.on_hand_qty,
        balances.fifo_amount,
        balances.average_amount,
        balances.rounding,
        balances.is_cost_known
    from keys
    asof inner join balances
        on
            keys.sku_id = balances.sku_id
            and keys.location_id = balances.location_id
            and keys.valued_on >= balances.move_date

),

joined as (

    select
        coalesce(ours.sku_id, finance.sku_id) as sku_id,
        coalesce(ours.location_id, finance.location_id) as location_id,
        coalesce(ours.valued_on, finance.valued_on) as valued_on,
        finance.period,
        finance.finance_method,
        finance.finance_qty,
        finance.finance_amount,
        coalesce(ours.is_cost_known, true) as is_cost_known,
        coalesce(ours.on_hand_qty, 0) as on_hand_qty,
        coalesce(ours.fifo_amount, 0) as fifo_amount,
        coalesce(ours.average_amount, 0) as average_amount,
        coalesce(ours.rounding, 0) as tolerance
    from ours
    full outer join finance
        on
            ours.sku_id = finance.sku_id
            and ours.location_id = finance.location_id
            and ours.valued_on = finance.valued_on
    where
        finance.period is not null
        or ours.on_hand_qty != 0

),

compared as (

    select
        *,
        finance_amount
        - if(finance_method in ('fifo', 'batch'), fifo_amount, average_amount)
            as difference
    from joined

),

final as (

    select
        ---------- ids
        sku_id,
        location_id,
        valued_on,
        period,

        ---------- ours, by the stock ledger
        {{ qty("on_hand_qty") }} as on_hand_qty,
        {{ money("fifo_amount") }} as fifo_amount,
        {{ money("average_amount") }} as average_amount,
        {{ money("fifo_amount - average_amount") }}
            as method_difference_amount,
        is_cost_known,

        ---------- finance's
        finance_method,
        {{ qty("finance_qty") }} as finance_qty,
        {{ money("finance_amount") }} as finance_amount,

        ---------- finance less ours
        {{ qty("finance_qty - on_hand_qty") }} as difference_qty,
        {{ money("difference") }} as difference_amount,
        {{ money("tolerance") }} as tolerance_amount,
        finance_qty = on_hand_qty and abs(difference) <= tolerance as is_tied

    from compared

)

select * from final
