{%- set shares = [
    "otif_promised", "otif_requested", "fill", "defect", "caused_return",
    "invoice_match", "poor_review"
] -%}

with

suppliers as (

    select
        suppliers.*,
        categories.category_id
    from {{ ref('int_supplier') }} as suppliers
    left join {{ ref('int_supplier_category') }} as categories
        on suppliers.supplier_id = categories.supplier_id

),

measures as (

    select
        supplier_id,
        {% for share in shares %}
            max(value) filter (where measure = '{{ share }}')
                as {{ share }}_rate,
            max(low) filter (where measure = '{{ share }}')
                as {{ share }}_low,
            max(high) filter (where measure = '{{ share }}')
                as {{ share }}_high,
            max(shrunk_value) filter (where measure = '{{ share }}')
                as {{ share }}_shrunk,
        {% endfor %}
        max(samples) filter (where measure = 'otif_promised')
            as promise_samples,
        max(samples) filter (where measure = 'otif_requested')
            as request_samples,
        max(samples) filter (where measure = 'lead_time')
            as lead_time_samples,
        max(samples) filter (where measure = 'defect') as receipt_lines,
        {% for column, source in [
            ("mean", "value"), ("low", "low"), ("high", "high"),
            ("shrunk", "shrunk_value"), ("std", "std_dev"), ("p95", "p95")
        ] %}
            max({{ source }}) filter (where measure = 'lead_time')
                as lead_time_{{ column }}_days,
        {% endfor %}
        {% for stage in ["confirm", "ship", "road", "complete"] %}
            max(value) filter (where measure = '{{ stage }}_time')
                as {{ stage }}_mean_days,
            max(std_dev) filter (where measure = '{{ stage }}_time')
                as {{ stage }}_std_days,
            max(p95) filter (where measure = '{{ stage }}_time')
                as {{ stage }}_p95_days,
        {% endfor %}
        max(value) filter (where measure = 'price_drift')
            as price_drift_rate,
        max(low) filter (where measure = 'price_drift') as price_drift_low,
        max(high) filter (where measure = 'price_drift') as price_drift_high
    from {{ ref('supplier_measure') }}
    group by supplier_id

),

orders as (

    select
        supplier_id,
        count(*) as order_lines,
        sum(open_qty) filter (
            where expected_date < {{ business_date(as_of()) }}
        ) as late_open_qty,
        sum(open_qty * unit_price) as open_amount
    from {{ ref('int_purchase_line') }}
    where
        is_own_supply
        and po_status not in ('draft', 'submitted', 'cancelled')
        and ordered_qty > cancelled_qty
    group by supplier_id

),

---------- what an unsteady lead time makes us hold
-- companies' bulk orders leave the same shelves
demand as (

    select
        sku_id,
        location_id,
        sum(wanted_qty) as demand_qty,
        sum(wanted_qty * wanted_qty) as squared_qty,
        least(
            date_diff(
                'day', min(demand_date), {{ business_date(as_of()) }}
            ),
            84
        ) as days
    from {{ ref('demand_history') }}
    where
        fulfil_mode = 'own'
        and is_complete_day
        and demand_date >= {{ business_date(as_of()) }} - 84
    group by sku_id, location_id

),

protected as (

    select
        inputs.supplier_id,
        inputs.home_unit_cost as unit_cost,
        -- as it is usually: what he rests on just now says nothing of him
        inputs.lead_time_days - inputs.rest_days + inputs.order_cycle_days
            as protection_days,
        inputs.lead_time_std_days,
        demand.demand_qty / cast(nullif(demand.days, 0) as double)
            as daily_mean,
        (
            demand.squared_qty
            - demand.demand_qty * demand.demand_qty
            / cast(nullif(demand.days, 0) as double)
        ) / nullif(demand.days - 1, 0) as daily_variance,
        {{ normal_quantile("inputs.service_target") }} as safety_factor
    from {{ ref('replenishment_input') }} as inputs
    inner join demand
        on
            inputs.sku_id = demand.sku_id
            and inputs.location_id = demand.location_id
    where inputs.not_orderable_reason is null

),

forced as (

    select
        supplier_id,
        {{ exact_sum(
            "unit_cost * safety_factor * (sqrt(protection_days "
            "* daily_variance + pow(daily_mean * lead_time_std_days, 2)) "
            "- sqrt(protection_days * daily_variance))"
        ) }} as safety_stock_amount
    from protected
    group by supplier_id

),

capital as (

    select {{ yearly_capital_rate() }} as yearly_rate

),

final as (

    select
        ---------- ids
        suppliers.supplier_id,
        suppliers.category_id,

        ---------- text
        suppliers.supplier_name,
        suppliers.supplier_type,
        suppliers.status,

        ---------- samples
        coalesce(orders.order_lines, 0) as order_lines,
        coalesce(measures.promise_samples, 0) as promise_samples,
        coalesce(measures.request_samples, 0) as request_samples,
        coalesce(measures.lead_time_samples, 0) as lead_time_samples,
        coalesce(measures.receipt_lines, 0) as receipt_lines,
        coalesce(
            measures.promise_samples >= {{ var("scorecard_min_samples") }}
            and measures.lead_time_samples
            >= {{ var("scorecard_min_samples") }},
            false
        ) as has_enough_samples,

        ---------- shares
        {% for share in shares %}
            measures.{{ share }}_rate,
            measures.{{ share }}_low,
            measures.{{ share }}_high,
            measures.{{ share }}_shrunk,
        {% endfor %}

        ---------- lead time
        measures.lead_time_mean_days,
        measures.lead_time_low_days,
        measures.lead_time_high_days,
        measures.lead_time_shrunk_days,
        measures.lead_time_std_days,
        measures.lead_time_p95_days,
        {% for stage in ["confirm", "ship", "road", "complete"] %}
            measures.{{ stage }}_mean_days,
            measures.{{ stage }}_std_days,
            measures.{{ stage }}_p95_days,
        {% endfor %}

        ---------- prices
        measures.price_drift_rate,
        measures.price_drift_low,
        measures.price_drift_high,

        ---------- open orders
        {{ qty("coalesce(orders.late_open_qty, 0)") }} as late_open_qty,
        {{ money("coalesce(orders.open_amount, 0)") }} as open_amount,

        ---------- what unsteadiness costs
        {{ money("coalesce(forced.safety_stock_amount, 0)") }}
            as forced_safety_amount,
        {{ money(
            "coalesce(forced.safety_stock_amount, 0) * capital.yearly_rate"
        ) }} as forced_safety_yearly_cost

    from suppliers
    cross join capital
    left join measures on suppliers.supplier_id = measures.supplier_id
    left join orders on suppliers.supplier_id = orders.supplier_id
    left join forced on suppliers.supplier_id = forced.supplier_id

)

select * from final
