{%- set today = business_date(as_of()) %}
{%- set first = today ~ " - " ~ var('served_elsewhere_days') %}

with

held as (

    select
        sku_id,
        location_id,
        stock_date,
        sellable_qty
    from {{ ref('int_stock_day_end') }}
    where
        sellable_qty > 0
        and stock_date >= {{ first }}
        and stock_date < {{ today }}

),

-- a complete count that does not name a SKU says that there is none
counted as (

    select distinct
        location_id,
        stock_date
    from {{ ref('int_stock_day_end') }}
    where stock_date >= {{ first }} and stock_date < {{ today }}

),

demand as (

    select
        sku_id,
        location_id,
        demand_date,
        gross_demand_qty
    from {{ ref('demand_history') }}
    where
        fulfil_mode = 'own'
        and location_id != '*'
        and gross_demand_qty > 0
        and demand_date >= {{ first }}
        and demand_date < {{ today }}

),

of_days as (

    select
        days.stock_date,
        coalesce(sum(demand.gross_demand_qty), 0) as demand_qty
    from (select distinct stock_date from counted) as days
    left join demand on days.stock_date = demand.demand_date
    group by days.stock_date

),

-- of all goods, a day's demand beside that of a usual one: goods run out around
-- a sales event, and their empty days are those after it
levels as (

    select
        stock_date,
        demand_qty / nullif(avg(demand_qty) over (), 0) as day_level
    from of_days

),

-- what a usual day with stock asks for: one without asks for as much
rates as (

    select
        held.sku_id,
        held.location_id,
        min(held.stock_date) as first_date,
        coalesce(sum(demand.gross_demand_qty), 0)
        / nullif(sum(levels.day_level), 0) as daily_qty
    from held
    inner join levels on held.stock_date = levels.stock_date
    left join demand
        on
            held.sku_id = demand.sku_id
            and held.location_id = demand.location_id
            and held.stock_date = demand.demand_date
    group by held.sku_id, held.location_id

),

-- only while the SKU was kept there
out_days as (

    select
        rates.sku_id,
        rates.location_id,
        counted.stock_date,
        {{ qty("rates.daily_qty * levels.day_level") }} as daily_qty
    from rates
    inner join counted
        on
            rates.location_id = counted.location_id
            and rates.first_date < counted.stock_date
    inner join levels on counted.stock_date = levels.stock_date
    left join held
        on
            rates.sku_id = held.sku_id
            and rates.location_id = held.location_id
            and counted.stock_date = held.stock_date
    where rates.daily_qty > 0 and held.sku_id is null

),

held_anywhere as (

    select
        sku_id,
        stock_date,
        sum(sellable_qty) as sellable_qty
    from held
    group by sku_id, stock_date

),

-- with a unit or two left, nobody can be asked for a dozen
asked as (

    select
        out_days.*,
        held_anywhere.sku_id is not null as is_held_elsewhere,
        coalesce(
            held_anywhere.sellable_qty
            >= greatest(out_days.daily_qty, 1)
            * {{ var('served_elsewhere_plenty_days') }},
            false
        ) as is_plenty_elsewhere
    from out_days
    left join held_anywhere
        on
            out_days.sku_id = held_anywhere.sku_id
            and out_days.stock_date = held_anywhere.stock_date

),

wanted as (

    select
        location_id,
        count(*) as out_days,
        sum(daily_qty) as wanted_qty,
        sum(daily_qty) filter (where is_held_elsewhere)
            as held_elsewhere_qty,
        sum(daily_qty) filter (where is_plenty_elsewhere)
            as plenty_elsewhere_qty
    from asked
    group by location_id

),

-- what companies order in bulk is not in the daily rate
served as (

    select
        asked.location_id,
        sum(order_lines.sold_qty) as served_qty,
        sum(order_lines.sold_qty) filter (where asked.is_plenty_elsewhere)
            as of_plenty_qty
    from asked
    inner join {{ ref('int_order_line') }} as order_lines
        on
            asked.sku_id = order_lines.sku_id
            and asked.location_id = order_lines.natural_location_id
            and asked.stock_date = order_lines.ordered_date
    where
        order_lines.fulfil_mode = 'own'
        and order_lines.exclusion_reason is null
        and order_lines.location_id != order_lines.natural_location_id
        and order_lines.ordered_date >= {{ first }}
        and order_lines.sold_qty > 0
    group by asked.location_id

),

-- what all places together tell stands for a place of which little is known
everywhere as (

    select
        coalesce(sum(served.of_plenty_qty), 0)
        / (
            coalesce(sum(wanted.plenty_elsewhere_qty), 0)
            + {{ var('served_elsewhere_min_units') }}
        ) as served_share
    from wanted
    left join served on wanted.location_id = served.location_id

),

final as (

    select
        ---------- ids
        wanted.location_id,

        ---------- numbers
        wanted.out_days,
        {{ qty("wanted.wanted_qty") }} as wanted_qty,
        {{ qty("coalesce(wanted.held_elsewhere_qty, 0)") }}
            as held_elsewhere_qty,
        {{ qty("coalesce(served.served_qty, 0)") }} as served_qty,

        -- of plenty, how much others give; a few days prove little
        cast(
            least(
                (
                    coalesce(served.of_plenty_qty, 0)
                    + everywhere.served_share
                    * {{ var('served_elsewhere_min_units') }}
                )
                / (
                    coalesce(wanted.plenty_elsewhere_qty, 0)
                    + {{ var('served_elsewhere_min_units') }}
                ),
                1
            ) as double
        ) as served_share,
        -- without goods anywhere nobody serves, however demand went that day
        cast(
            1 - least(
                coalesce(served.served_qty, 0),
                coalesce(wanted.held_elsewhere_qty, 0)
            ) / (wanted.wanted_qty + {{ var('served_elsewhere_min_units') }})
            as double
        ) as lost_share

    from wanted
    cross join everywhere
    left join served on wanted.location_id = served.location_id

)

select * from final
