{%- set today = business_date(as_of()) %}

with

-- a place with terms of its own has a limit of its own; '*' is all others
terms as (

    select
        supplier_id,
        sku_id,
        location_id,
        max(capacity_per_week_qty) as capacity_qty
    from {{ ref('int_supplier_term') }}
    where capacity_per_week_qty is not null
    group by supplier_id, sku_id, location_id

),

offers as (

    select
        supplier_id,
        sku_id,
        '*' as location_id,
        as_of,
        available_qty
    from {{ ref('int_supplier_offer') }}
    where available_qty is not null

),

limited as (

    select
        coalesce(terms.supplier_id, offers.supplier_id) as supplier_id,
        coalesce(terms.sku_id, offers.sku_id) as sku_id,
        coalesce(terms.location_id, offers.location_id) as location_id,
        terms.capacity_qty,
        offers.available_qty as offered_qty,
        offers.as_of as offered_at
    from terms
    full join offers
        on
            terms.supplier_id = offers.supplier_id
            and terms.sku_id = offers.sku_id
            and terms.location_id = offers.location_id

),

-- what has ended asked for what came of it, whoever ended it; what is
-- approved and in no export yet asks for all of it
asked as (

    select
        supplier_id,
        sku_id,
        location_id,
        ordered_date,
        ordered_at,
        case
            when is_finished then received_qty
            else ordered_qty - not_coming_qty
        end as asked_qty
    from {{ ref('int_purchase_line') }}
    where
        is_own_supply
        and ordered_date > {{ today }} - 15
        and ordered_date <= {{ today }}

    union all

    select
        supplier_id,
        sku_id,
        location_id,
        {{ today }} as ordered_date,
        {{ as_of() }} as ordered_at,
        greatest(in_flight_qty - coalesce(rises_from_qty, 0), 0) as asked_qty
    from {{ source('feedback', 'in_flight') }}
    where action in ('buy', 'increase') and supplier_id is not null

),

-- whatever his week begins with: no seven days ask for more than he has
ordered as (

    select
        limited.supplier_id,
        limited.sku_id,
        limited.location_id,
        sum(asked.asked_qty) filter (
            where asked.ordered_date > {{ today }} - 7
        ) as week_qty,
        sum(asked.asked_qty) filter (
            where asked.ordered_at >= limited.offered_at
        ) as since_offer_qty
    from asked
    left join terms
        on
            asked.supplier_id = terms.supplier_id
            and asked.sku_id = terms.sku_id
            and asked.location_id = terms.location_id
    inner join limited
        on
            asked.supplier_id = limited.supplier_id
            and asked.sku_id = limited.sku_id
            and coalesce(terms.location_id, '*') = limited.location_id
    group by limited.supplier_id, limited.sku_id, limited.location_id

),

joined as (

    select
        limited.*,
        coalesce(ordered.week_qty, 0) as week_qty,
        coalesce(ordered.since_offer_qty, 0) as since_offer_qty
    from limited
    left join ordered
        on
            limited.supplier_id = ordered.supplier_id
            and limited.sku_id = ordered.sku_id
            and limited.location_id = ordered.location_id

),

final as (

    select
        ---------- ids
        supplier_id,
        sku_id,
        location_id,

        ---------- numbers
        {{ qty("capacity_qty") }} as capacity_per_week_qty,
        {{ qty("offered_qty") }} as offered_qty,
        {{ qty("week_qty") }} as ordered_qty,
        {{ qty(
            "greatest(least(capacity_qty - week_qty, "
            ~ "offered_qty - since_offer_qty), 0)"
        ) }} as left_qty

    from joined

)

select * from final
