{{ config(
    materialized='table',
    unit=['sku_id', 'location_id'],
    since='occurred_at',
    changed_by='changed_stock_costs',
    all_units={
        'int_stock_move':
            "sku_id, location_id, timestamptz '-infinity' as occurred_at"
    },
    tells=['move_type', 'ref_type', 'ref_line_id']
) }}
{%- set changed = changed_stock_costs() %}

-- What every movement was worth, first in first out and at moving average. How
-- its shelf stood after it is kept beside it: what changes later starts there.
with

moves as (

    select
        moves.*,
        greatest(moves.qty, 0) as in_qty,
        greatest(-moves.qty, 0) as out_qty
    from {{ ref('int_stock_move') }} as moves
    {% if changed %}
        semi join {{ changed_units() }} as changed
            on
                moves.sku_id = changed.sku_id
                and moves.location_id = changed.location_id
                and moves.occurred_at >= changed.occurred_at
    {% endif %}

),

-- how each shelf stood before the first movement to value
kept as (

    {% if changed and not is_of_whole(changed) %}
        select
            old.sku_id,
            old.location_id,
            max(old.arrival_no) as arrival_no,
            max(old.in_so_far_qty) as in_so_far_qty,
            max(old.out_so_far_qty) as out_so_far_qty,
            arg_max(old.known_unit_cost, old.move_no) as known_unit_cost,
            arg_max(old.in_so_far_amount, old.move_no) as in_so_far_amount,
            arg_max(old.faded, old.move_no) as faded,
            arg_max(old.of_block, old.move_no) as of_block,
            arg_max(old.of_block_before, old.move_no) as of_block_before
        {{ moves_that_stand() }}
    {% else %}
        select
            '' as sku_id,
            '' as location_id,
            cast(null as bigint) as arrival_no,
            cast(null as decimal(18, 4)) as in_so_far_qty,
            cast(null as decimal(18, 4)) as out_so_far_qty,
            cast(null as decimal(18, 4)) as known_unit_cost,
            cast(null as decimal(28, 8)) as in_so_far_amount,
            cast(null as decimal(38, 12)) as faded,
            cast(null as decimal(38, 10)) as of_block,
            cast(null as decimal(38, 10)) as of_block_before
        where false
    {% endif %}

),

running as (

    select
        moves.*,
        {{ qty(
            "coalesce(kept.in_so_far_qty, 0) + sum(moves.in_qty) over up_to_it"
        ) }} as in_so_far_qty,
        {{ qty(
            "coalesce(kept.out_so_far_qty, 0) "
            "+ sum(moves.out_qty) over up_to_it"
        ) }} as out_so_far_qty,
        coalesce(kept.arrival_no, 0)
        + count(*) filter (where moves.qty > 0) over up_to_it as arrival_no,
        coalesce(
            last_value(moves.unit_cost ignore nulls) over up_to_it,
            kept.known_unit_cost
        ) as known_unit_cost
    from moves
    left join kept
        on
            moves.sku_id = kept.sku_id
            and moves.location_id = kept.location_id
    window up_to_it as (
        partition by moves.sku_id, moves.location_id
        order by moves.move_no
        rows between unbounded preceding and current row
    )

),

costs as (

    select * from {{ ref('int_unit_cost') }}

),

priced as (

    select
        running.*,
        -- units whose price nobody wrote down cost what the last ones did
        coalesce(
            running.known_unit_cost,
            costs.unit_cost,
            anywhere.unit_cost,
            0
        ) as layer_unit_cost
    from running
    -- looked up where it is needed only: nothing is equal to null
    left join costs
        on
            if(running.known_unit_cost is null, running.sku_id, null)
            = costs.sku_id
            and running.location_id = costs.location_id
    left join costs as anywhere
        on
            if(running.known_unit_cost is null, running.sku_id, null)
            = anywhere.sku_id
            and anywhere.location_id = '*'

),

arrivals as (

    select
        priced.sku_id,
        priced.location_id,
        priced.move_no,
        priced.arrival_no,
        priced.in_qty,
        priced.unit_cost,
        priced.layer_unit_cost,
        priced.in_so_far_qty,
        priced.in_so_far_qty - priced.in_qty - priced.out_so_far_qty
            as held_before_qty,
        cast(
            coalesce(kept.in_so_far_amount, 0)
            + sum(priced.in_qty * priced.layer_unit_cost) over (
                partition by priced.sku_id, priced.location_id
                order by priced.move_no
                rows between unbounded preceding and current row
            ) as decimal(28, 8)
        ) as in_so_far_amount
    from priced
    left join kept
        on
            priced.sku_id = kept.sku_id
            and priced.location_id = kept.location_id
    where priced.in_qty > 0

),

---------- first in, first out: the cost of the first n units to come in is a
---------- broken line in n; what leaves costs the difference of two points
layers as (

    select
        sku_id,
        location_id,
        -- units that left before any came in cost what the first ones did
        in_so_far_qty - in_qty as in_before_qty,
        in_so_far_amount - in_qty * layer_unit_cost as in_before_amount,
        layer_unit_cost
    from arrivals

    {% if changed and not is_of_whole(changed) %}
        union all

        -- what is left of older arrivals, and the last of them
        select
            old.sku_id,
            old.location_id,
            old.in_so_far_qty - old.qty as in_before_qty,
            old.in_so_far_amount - old.qty * old.layer_unit_cost
                as in_before_amount,
            old.layer_unit_cost
        from {{ this }} as old
        inner join kept
            on
                old.sku_id = kept.sku_id
                and old.location_id = kept.location_id
                and old.arrival_no <= kept.arrival_no
                and (
                    old.in_so_far_qty >= kept.out_so_far_qty
                    or old.arrival_no = kept.arrival_no
                )
        where old.qty > 0
    {% endif %}

),

points as (

    select
        priced.*,
        layers.in_before_qty as point_qty,
        layers.in_before_amount as point_amount,
        layers.layer_unit_cost as point_unit_cost,
        -- where what left before it ends: in an older layer, perhaps
        priced.out_so_far_qty - priced.out_qty as out_before_qty
    from priced
    asof left join layers
        on
            priced.sku_id = layers.sku_id
            and priced.location_id = layers.location_id
            and priced.out_so_far_qty >= layers.in_before_qty

),

out_of_more_layers as (

    select
        points.sku_id,
        points.location_id,
        points.move_no,
        points.point_amount
        + (points.out_so_far_qty - points.point_qty) * points.point_unit_cost
        - layers.in_before_amount
        - (points.out_before_qty - layers.in_before_qty)
        * layers.layer_unit_cost as out_amount
    from points
    asof inner join layers
        on
            points.sku_id = layers.sku_id
            and points.location_id = layers.location_id
            and points.out_before_qty >= layers.in_before_qty
    where points.out_qty > 0 and points.out_before_qty < points.point_qty

),

---------- moving average: old units weigh by what is left of them. What comes
---------- in without a price, found in a count say, leaves the average
weighed as (

    select
        *,
        case
            when held_before_qty <= 0 then 0
            when unit_cost is null then 1
            else held_before_qty / (held_before_qty + in_qty)
        end as old_weight
    from arrivals

),

-- an empty shelf starts anew
segments as (

    select
        sku_id,
        location_id,
        move_no,
        arrival_no,
        in_so_far_amount,
        layer_unit_cost,
        old_weight,
        count(*) filter (where old_weight = 0) over (
            partition by sku_id, location_id
            order by move_no
            rows between unbounded preceding and current row
        ) as segment,
        cast(if(old_weight = 0, 0, -ln(old_weight)) as decimal(38, 12))
            as fading,
        cast(null as decimal(38, 10)) as kept_term
    from weighed

    union all by name

    -- what is known of a shelf stands before it in two terms, one of a block
    select
        sku_id,
        location_id,
        unnest([-1, 0]) as move_no,
        arrival_no,
        0 as segment,
        unnest([block_before_at, faded - block_before_at]) as fading,
        unnest([of_block_before, of_block]) as kept_term
    from (
        select
            *,
            cast(30 * greatest(floor(faded / 30) - 1, 0) as decimal(38, 12))
                as block_before_at
        from kept
        where arrival_no > 0
    ) as kept

),

faded as (

    select
        *,
        sum(fading) over (
            partition by sku_id, location_id, segment
            order by move_no
            rows between unbounded preceding and current row
        ) as faded
    from segments

),

-- e to the 30 times what a unit costs keeps within a decimal, whose sums are
-- the same in any order; what is two blocks old weighs nothing
terms as (

    select
        *,
        cast(floor(faded / 30) as bigint) as block,
        coalesce(
            kept_term,
            cast(
                (1 - old_weight)
                * layer_unit_cost
                * exp(cast(faded as double) - 30 * floor(faded / 30))
                as decimal(38, 10)
            )
        ) as term
    from faded

),

blocks as (

    select
        *,
        sum(term) over (
            partition by sku_id, location_id, segment, block
            order by move_no
            rows between unbounded preceding and current row
        ) as of_block,
        coalesce(
            sum(term) over (
                partition by sku_id, location_id, segment
                order by block
                range between 1 preceding and 1 preceding
            ),
            0
        ) as of_block_before
    from terms

),

averages as (

    select
        *,
        (of_block + cast(of_block_before as double) * exp(-30))
        * exp(30.0 * block - cast(faded as double)) as average_unit_cost
    from blocks
    where move_no >= 0

),

valued as (

    select
        points.*,
        case
            when points.qty > 0 then points.qty * points.layer_unit_cost
            else
                -coalesce(
                    out_of_more_layers.out_amount,
                    points.out_qty * points.point_unit_cost,
                    points.out_qty * points.layer_unit_cost
                )
        end as layer_amount
    from points
    left join out_of_more_layers
        on
            points.sku_id = out_of_more_layers.sku_id
            and points.location_id = out_of_more_layers.location_id
            and points.move_no = out_of_more_layers.move_no

),

final as (

    select
        ---------- ids
        points.ledger_id,
        points.sku_id,
        points.location_id,
        points.ref_line_id,

        ---------- text
        points.move_type,
        points.ref_type,

        ---------- quantities
        points.move_no,
        points.qty,

        ---------- money
        {{ money("averages.average_unit_cost") }} as average_unit_cost,
        {{ narrowed("points.layer_amount") }} as fifo_amount,
        {{ money(
            "case "
            "when points.qty > 0 and points.unit_cost is not null "
            "then points.qty * points.unit_cost "
            "else points.qty "
            "* coalesce(averages.average_unit_cost, points.layer_unit_cost) "
            "end"
        ) }} as average_amount,

        ---------- booleans
        points.layer_unit_cost > 0 as is_cost_known,
        points.known_unit_cost is null as is_latest_cost,

        ---------- timestamps
        points.occurred_at,

        ---------- how the shelf stood after it
        points.in_so_far_qty,
        points.out_so_far_qty,
        points.arrival_no,
        points.known_unit_cost,

        ---------- where something came in
        case when points.qty > 0 then points.layer_unit_cost end
            as layer_unit_cost,
        case when points.qty > 0 then averages.in_so_far_amount end
            as in_so_far_amount,
        case when points.qty > 0 then averages.faded end as faded,
        case when points.qty > 0 then averages.of_block end as of_block,
        case when points.qty > 0 then averages.of_block_before end
            as of_block_before

    from valued as points
    left join averages
        on
            points.sku_id = averages.sku_id
            and points.location_id = averages.location_id
            and points.arrival_no = averages.arrival_no

)

select * from final
