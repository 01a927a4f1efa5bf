with

positions as (

    select * from {{ ref('inventory_position') }}
    where is_stock_known

),

labelled as (

    select
        sku_id,
        spu_id,
        sku_name,
        spec,
        coalesce(
            {% for key in var('size_attributes') -%}
                json_extract_string(spec, '$."{{ key }}"')
                {{- "," if not loop.last }}
            {% endfor %}
        ) as size_name,
        coalesce(
            {% for key in var('colour_attributes') -%}
                json_extract_string(spec, '$."{{ key }}"')
                {{- "," if not loop.last }}
            {% endfor %}
        ) as colour_name
    from {{ ref('int_sku') }}
    where
        coalesce(status, 'active') != 'ended'
        and coalesce(
            launch_date <= {{ business_date(as_of()) }}, true
        )

),

-- what is left of a spec without its size names the style: the colour, say;
-- of goods that come in one size, colours are the run
styles as (

    select
        sku_id,
        spu_id,
        sku_name,
        if(size_name is null, 'colour', 'size') as run_kind,
        coalesce(size_name, colour_name) as size_label,
        cast(
            json_merge_patch(
                spec,
                json_object(
                    {% for key in var('size_attributes') -%}
                        '{{ key }}', null,
                    {% endfor %}
                    {% for key in var('colour_attributes') -%}
                        if(size_name is null, '{{ key }}', ''), null
                        {{- "," if not loop.last }}
                    {% endfor %}
                )
            ) as varchar
        ) as style
    from labelled

),

sizes as (

    select
        *,
        count(*) over (partition by spu_id, run_kind, style) as run_sizes
    from styles
    where size_label is not null

    qualify run_sizes >= {{ var('size_run_min_sizes') }}

),

-- what sells on a day on which it can sell, at all warehouses together: the
-- curve is that of the customers, not that of what happened to be in stock
rates as (

    select
        history.sku_id,
        history.location_id,
        sum(history.gross_demand_qty) as demand_qty,
        sum(history.gross_demand_qty) filter (
            where not coalesce(history.is_stocked_out, false)
        ) / nullif(
            182 - count(*) filter (where history.is_stocked_out), 0
        ) as daily_qty
    from {{ ref('demand_history') }} as history
    semi join sizes on history.sku_id = sizes.sku_id
    where
        history.fulfil_mode = 'own'
        and history.is_complete_day
        and history.demand_date >= {{ business_date(as_of()) }} - 182
    group by history.sku_id, history.location_id

),

demand as (

    select
        sku_id,
        sum(demand_qty) as demand_qty,
        {{ exact_sum("daily_qty") }} as daily_qty
    from rates
    group by sku_id

),

curves as (

    select
        sizes.*,
        sum(demand.demand_qty) over run >= {{ var('size_curve_min_units') }}
            as has_curve,
        cast(coalesce(demand.daily_qty, 0) as double)
        / nullif(cast(sum(demand.daily_qty) over run as double), 0)
            as curve_share
    from sizes
    left join demand on sizes.sku_id = demand.sku_id
    window run as (
        partition by sizes.spu_id, sizes.run_kind, sizes.style
    )

),

-- a warehouse that has one size of a style should have them all
places as (

    select distinct
        curves.spu_id,
        curves.run_kind,
        curves.style,
        positions.location_id
    from curves
    inner join positions on curves.sku_id = positions.sku_id
    where positions.available_qty > 0

),

elsewhere as (

    select
        sku_id,
        sum(greatest(available_qty, 0)) as available_qty
    from positions
    group by sku_id

),

placed as (

    select
        curves.*,
        places.location_id,
        coalesce(positions.available_qty, 0) as available_qty,
        coalesce(positions.on_order_qty, 0) as on_order_qty,
        coalesce(elsewhere.available_qty, 0)
        - greatest(coalesce(positions.available_qty, 0), 0)
            as available_elsewhere_qty,
        coalesce(positions.available_qty, 0) > 0 as is_available,
        -- sells at least as much as a size on average
        curves.has_curve
        and curves.curve_share * curves.run_sizes >= 1 as is_core
    from curves
    inner join places
        on
            curves.spu_id = places.spu_id
            and curves.run_kind = places.run_kind
            and curves.style = places.style
    left join positions
        on
            curves.sku_id = positions.sku_id
            and places.location_id = positions.location_id
    left join elsewhere on curves.sku_id = elsewhere.sku_id

),

judged as (

    select
        *,
        case
            when has_curve
                then
                    cast(
                        sum(cast(curve_share as decimal(38, 12))) filter (
                            where is_available
                        ) over run as double
                    )
        end as run_completeness,
        coalesce(bool_or(is_core and not is_available) over run, false)
            as is_run_broken,
        string_agg(size_label, ', ') filter (
            where is_core and not is_available
        ) over run as missing_core_sizes,
        coalesce(
            bool_and(available_elsewhere_qty > 0) filter (
                where is_core and not is_available
            ) over run,
            false
        ) as is_missing_elsewhere,
        coalesce(
            bool_and(on_order_qty > 0) filter (
                where is_core and not is_available
            ) over run,
            false
        ) as is_missing_on_order
    from placed
    window run as (
        partition by spu_id, run_kind, style, location_id
        order by size_label, sku_id
        rows between unbounded preceding and unbounded following
    )

),

final as (

    select
        ---------- ids
        sku_id,
        location_id,
        spu_id,

        ---------- text
        sku_name,
        run_kind,
        style,
        size_label,
        missing_core_sizes,

        ---------- numbers
        run_sizes,
        round(curve_share, 6) as curve_share,
        round(
            if(run_completeness > 1, 1, run_completeness), 6
        ) as run_completeness,

        ---------- quantities
        {{ qty("available_qty") }} as available_qty,
        {{ qty("available_elsewhere_qty") }} as available_elsewhere_qty,
        {{ qty("on_order_qty") }} as on_order_qty,

        ---------- booleans
        is_available,
        coalesce(is_core, false) as is_core,
        is_run_broken,
        is_missing_elsewhere,
        is_missing_on_order

    from judged

)

select * from final
