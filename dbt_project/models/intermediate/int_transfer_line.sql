{#- A view, so it costs a day's run nothing; its tag takes what it stands on
    into every past that is built to race in. -#}
{{ config(tags=['planning']) }}

-- Goods between our own warehouses: what left, what came, what is on its way,
-- and what waits for its lorry.
-- A line of which only the last version was exported does not tell what was
-- true before it; the ledger wrote down each movement on its day.
with

transfer_lines as (

    select * from {{ ref('stg_inventory__transfer_line') }}

),

movements as (

    select
        ref_line_id as transfer_line_id,
        sku_id,
        warehouse_id,
        move_type,
        abs(sum(qty_delta)) as qty,
        min(occurred_at) as first_at,
        max(occurred_at) as last_at
    from {{ ref('stg_inventory__stock_ledger') }}
    where
        move_type in ('transfer_out', 'transfer_in')
        and bucket = 'on_hand'
        and ref_line_id is not null
    group by ref_line_id, sku_id, warehouse_id, move_type

),

joined as (

    select
        ---------- ids
        transfer_lines.source_system,
        transfer_lines.transfer_line_id,
        transfer_lines.sku_id,
        transfer_lines.from_warehouse_id as from_location_id,
        transfer_lines.to_warehouse_id as to_location_id,

        ---------- quantities
        -- who tells the day alone moved what was planned
        greatest(
            coalesce(
                transfer_lines.shipped_qty,
                case
                    when transfer_lines.shipped_at is not null
                        then transfer_lines.planned_qty
                end,
                0
            ),
            coalesce(departures.qty, 0)
        ) as shipped_qty,
        greatest(
            coalesce(
                transfer_lines.received_qty,
                case
                    when transfer_lines.received_at is not null
                        then transfer_lines.planned_qty
                end,
                0
            ),
            coalesce(arrivals.qty, 0)
        ) as received_qty,

        -- allocated where it lies, so no stock of that place any more
        case
            when
                transfer_lines.status = 'approved'
                and transfer_lines.created_at
                >= {{ as_of() }} - interval {{ var('set_aside_days') }} day
                then coalesce(transfer_lines.planned_qty, 0)
            else 0
        end as asked_qty,

        ---------- booleans
        coalesce(transfer_lines.status, '')
        in ('received', 'cancelled') as is_finished,

        ---------- dates
        {{ business_date(
            "coalesce(transfer_lines.shipped_at, departures.first_at)"
        ) }} as shipped_date,
        {{ business_date(
            "coalesce(transfer_lines.received_at, arrivals.last_at)"
        ) }} as received_date

    from transfer_lines
    left join movements as departures
        on
            transfer_lines.transfer_line_id = departures.transfer_line_id
            and transfer_lines.sku_id = departures.sku_id
            and transfer_lines.from_warehouse_id = departures.warehouse_id
            and departures.move_type = 'transfer_out'
    left join movements as arrivals
        on
            transfer_lines.transfer_line_id = arrivals.transfer_line_id
            and transfer_lines.sku_id = arrivals.sku_id
            and transfer_lines.to_warehouse_id = arrivals.warehouse_id
            and arrivals.move_type = 'transfer_in'

),

final as (

    select
        * exclude (asked_qty),
        case
            when is_finished then 0
            else greatest(shipped_qty - received_qty, 0)
        end as in_transit_qty,
        greatest(asked_qty - shipped_qty, 0) as set_aside_qty
    from joined

)

select * from final
