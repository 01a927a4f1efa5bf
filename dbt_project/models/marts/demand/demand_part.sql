with

parts as (

    select * from {{ source('plan', 'demand_part') }}

),

final as (

    select
        ---------- ids
        sku_id,
        location_id,

        ---------- dates
        week_start,

        ---------- quantities
        y + contracted as asked_qty,
        contracted as contracted_qty,
        baseline as baseline_qty,
        uplift as uplift_qty,
        unconstrained - y as missed_qty,
        extreme_over as extreme_over_qty

    from parts

)

select * from final
