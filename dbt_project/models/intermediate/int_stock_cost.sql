{{ config(materialized='table') }}

-- What every movement was worth, first in first out and at moving average.
with

moves as (

    select
        *,
        greatest(qty, 0) as in_qty,
        greatest(-qty, 0) as out_qty,
        -- units whose price nobody wrote down cost what the last ones did
        coalesce(
            unit_cost,
            last_value(unit_cost ignore nulls) over before_it,
            latest_unit_cost,
            0
        ) as layer_unit_cost,
        coalesce(sum(qty) over before_it, 0) as held_before_qty
    from {{ ref('int_stock_move') }}
    window before_it as (
        partition by sku_id, location_id
        order by move_no
        rows between unbounded preceding and 1 preceding
    )

),

running as (

    select
        *,
        sum(in_qty) over up_to_it - in_qty as in_before_qty,
        sum(in_qty * layer_unit_cost) over up_to_it - in_qty * layer_unit_cost
            as in_before_amount,
        sum(out_qty) over up_to_it as out_so_far_qty
    from moves
    window up_to_it as (
        partition by sku_id, location_id
        order by move_no
        rows between unbounded preceding and current row
    )

),

---------- first in, first out: the cost of the first n units to come in is a
---------- broken line in n; what leaves costs the difference of two points
layers as (

    select
        sku_id,
        location_id,
        -- units that left before any came in cost what the first ones did
        in_before_qty,
        in_before_amount,
        layer_unit_cost
    from running
    where in_qty > 0

),

points as (

    select
        running.sku_id,
        running.location_id,
        running.move_no,
        layers.in_before_amount
        + (running.out_so_far_qty - layers.in_before_qty)
        * layers.layer_unit_cost as out_so_far_amount
    from running
    asof inner join layers
        on
            running.sku_id = layers.sku_id
            and running.location_id = layers.location_id
            and running.out_so_far_qty >= layers.in_before_qty
    where running.out_qty > 0

),

fifo as (

    select
        sku_id,
        location_id,
        move_no,
        out_so_far_amount - coalesce(
            lag(out_so_far_amount) over (
                partition by sku_id, location_id
                order by move_no
            ),
            0
        ) as out_amount
    from points

),

---------- moving average: old units weigh by what is left of them
arrivals as (

    select
        sku_id,
        location_id,
        move_no,
        layer_unit_cost,
        case
            when held_before_qty <= 0 then 0
            else held_before_qty / (held_before_qty + in_qty)
        end as old_weight
    from running
    -- what comes in without a price, found in a count say, leaves the average
    where in_qty > 0 and (unit_cost is not null or held_before_qty <= 0)

),

-- an empty shelf starts anew
segments as (

    select
        *,
        count(*) filter (where old_weight = 0) over by_move as segment,
        if(old_weight = 0, 0, -ln(old_weight)) as fading
    from arrivals
    window by_move as (
        partition by sku_id, location_id
        order by move_no
        rows between unbounded preceding and current row
    )

),

faded as (

    select
        *,
        sum(cast(fading as decimal(38, 12))) over (
            partition by sku_id, location_id, segment
            order by move_no
            rows between unbounded preceding and current row
        ) as faded
    from segments

),

-- e to the 300 keeps within a double; what is two blocks old weighs nothing
blocks as (

    select
        *,
        cast(floor(faded / 300) as bigint) as block,
        (1 - old_weight)
        * layer_unit_cost
        * exp(cast(faded as double) - 300 * floor(faded / 300)) as term
    from faded

),

block_sums as (

    select
        *,
        sum(term) over (
            partition by sku_id, location_id, segment, block
            order by move_no
            rows between unbounded preceding and current row
        ) as of_block,
        sum(term) over (
            partition by sku_id, location_id, segment
            order by block
            range between 1 preceding and 1 preceding
        ) as of_block_before
    from blocks

),

averages as (

    select
        sku_id,
        location_id,
        move_no,
        (of_block + coalesce(of_block_before, 0) * exp(-300))
        * exp(300.0 * block - cast(faded as double)) as average_unit_cost
    from block_sums

),

averaged as (

    select
        running.*,
        fifo.out_amount,
        last_value(averages.average_unit_cost ignore nulls) over (
            partition by running.sku_id, running.location_id
            order by running.move_no
            rows between unbounded preceding and current row
        ) as average_unit_cost
    from running
    left join fifo
        on
            running.sku_id = fifo.sku_id
            and running.location_id = fifo.location_id
            and running.move_no = fifo.move_no
    left join averages
        on
            running.sku_id = averages.sku_id
            and running.location_id = averages.location_id
            and running.move_no = averages.move_no

),

final as (

    select
        ---------- ids
        source_system,
        ledger_id,
        sku_id,
        location_id,
        ref_id,
        ref_line_id,

        ---------- text
        move_type,
        ref_type,

        ---------- quantities
        move_no,
        qty,

        ---------- money
        {{ money("average_unit_cost") }} as average_unit_cost,
        {{ money(
            "case "
            "when qty > 0 then qty * layer_unit_cost "
            "else -coalesce(out_amount, out_qty * layer_unit_cost) "
            "end"
        ) }} as fifo_amount,
        {{ money(
            "case "
            "when qty > 0 and unit_cost is not null then qty * unit_cost "
            "else qty * coalesce(average_unit_cost, layer_unit_cost) "
            "end"
        ) }} as average_amount,

        ---------- booleans
        layer_unit_cost > 0 as is_cost_known,

        ---------- timestamps
        occurred_at

    from averaged

)

select * from final
