{%- set today = business_date(as_of()) %}

with

-- terms of a single place are that place's own: the others have theirs
terms as (

    select
        supplier_id,
        sku_id,
        max(capacity_per_week_qty) as capacity_qty
    from {{ ref('int_supplier_term') }}
    where location_id = '*' and capacity_per_week_qty is not null
    group by supplier_id, sku_id

),

offers as (

    select
        supplier_id,
        sku_id,
        as_of,
        available_qty
    from {{ ref('int_supplier_offer') }}
    where available_qty is not null

),

limited as (

    select
        coalesce(terms.supplier_id, offers.supplier_id) as supplier_id,
        coalesce(terms.sku_id, offers.sku_id) as sku_id,
        terms.capacity_qty,
        offers.available_qty as offered_qty,
        offers.as_of as offered_at
    from terms
    full join offers
        on
            terms.supplier_id = offers.supplier_id
            and terms.sku_id = offers.sku_id

),

-- what has ended asked for what came of it, whoever ended it
lines as (

    select
        supplier_id,
        sku_id,
        ordered_date,
        ordered_at,
        case
            when is_finished then received_qty
            else ordered_qty - greatest(cancelled_qty, refused_qty)
        end as asked_qty
    from {{ ref('int_purchase_line') }}
    where
        is_own_supply
        and ordered_date > {{ today }} - 15
        and ordered_date <= {{ today }}

),

-- whatever his week begins with: no seven days ask for more than he has
ordered as (

    select
        lines.supplier_id,
        lines.sku_id,
        sum(lines.asked_qty) filter (
            where lines.ordered_date > {{ today }} - 7
        ) as week_qty,
        sum(lines.asked_qty) filter (
            where lines.ordered_at >= limited.offered_at
        ) as since_offer_qty
    from lines
    inner join limited
        on
            lines.supplier_id = limited.supplier_id
            and lines.sku_id = limited.sku_id
    group by lines.supplier_id, lines.sku_id

),

-- approved, and in no export yet
unseen as (

    select
        supplier_id,
        sku_id,
        sum(
            greatest(in_flight_qty - coalesce(rises_from_qty, 0), 0)
        ) as unseen_qty
    from {{ source('feedback', 'in_flight') }}
    where action in ('buy', 'increase') and supplier_id is not null
    group by supplier_id, sku_id

),

joined as (

    select
        limited.*,
        coalesce(unseen.unseen_qty, 0) as unseen_qty,
        coalesce(ordered.week_qty, 0) as week_qty,
        coalesce(ordered.since_offer_qty, 0) as since_offer_qty
    from limited
    left join ordered
        on
            limited.supplier_id = ordered.supplier_id
            and limited.sku_id = ordered.sku_id
    left join unseen
        on
            limited.supplier_id = unseen.supplier_id
            and limited.sku_id = unseen.sku_id

),

final as (

    select
        ---------- ids
        supplier_id,
        sku_id,

        ---------- numbers
        {{ qty("capacity_qty") }} as capacity_per_week_qty,
        {{ qty("offered_qty") }} as offered_qty,
        {{ qty("week_qty + unseen_qty") }} as ordered_qty,
        {{ qty(
            "greatest(least(capacity_qty - week_qty, "
            ~ "offered_qty - since_offer_qty) - unseen_qty, 0)"
        ) }} as left_qty

    from joined

)

select * from final
