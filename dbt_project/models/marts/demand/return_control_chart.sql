-- A p-chart of units that came back through a supplier's fault, by the week in
-- which they left. Young weeks count as far as their returns had time to come.
with

curve as (

    select
        lag_days,
        round(
            cumulative_rate / nullif(max(cumulative_rate) over (), 0), 6
        ) as maturity
    from {{ ref('return_curve') }}

),

sku_suppliers as (

    select * from {{ ref('int_sku_supplier') }}

),

skus as (

    select * from {{ ref('int_sku') }}

),

faults as (

    select
        order_line_id,
        sum(returned_qty) as returned_qty
    from {{ ref('int_return_line') }}
    where
        is_supplier_fault
        and received_date < {{ business_date(as_of()) }}
    group by order_line_id

),

shipped as (

    select
        order_lines.sku_id,
        coalesce(
            case
                when order_lines.fulfil_mode = 'dropship'
                    then order_lines.supplier_id
            end,
            sku_suppliers.supplier_id,
            ''
        ) as supplier_id,
        order_lines.shipped_date,
        sum(order_lines.shipped_qty) as shipped_qty,
        sum(faults.returned_qty) as returned_qty
    from {{ ref('int_order_line') }} as order_lines
    left join faults on order_lines.order_line_id = faults.order_line_id
    left join sku_suppliers on order_lines.sku_id = sku_suppliers.sku_id
    where
        order_lines.shipped_qty > 0
        and order_lines.fulfil_mode != 'merchant'
        and order_lines.shipped_date < {{ business_date(as_of()) }}
        and order_lines.shipped_date
        >= date_trunc('week', {{ business_date(as_of()) }} - 182)
    group by all

),

matured as (

    select
        cast(date_trunc('week', shipped.shipped_date) as date) as week_start,
        shipped.sku_id,
        shipped.supplier_id,
        coalesce(skus.category_id, '') as category_id,
        shipped.shipped_qty,
        shipped.shipped_qty * coalesce(curve.maturity, 1) as exposed_qty,
        coalesce(shipped.returned_qty, 0) as returned_qty
    from shipped
    left join skus on shipped.sku_id = skus.sku_id
    -- older than the curve: all that will come back has
    left join curve
        on
            date_diff(
                'day', shipped.shipped_date, {{ business_date(as_of()) }}
            ) - 1
            = curve.lag_days

),

weeks as (

    select
        week_start,
        case
            when grouping(category_id) = 0 then 'category'
            when grouping(supplier_id) = 0 then 'supplier'
            when grouping(sku_id) = 0 then 'product'
            else 'all'
        end as dimension,
        coalesce(category_id, supplier_id, sku_id, '*') as member,
        sum(shipped_qty) as shipped_qty,
        {{ exact_sum("exposed_qty") }} as exposed_qty,
        sum(returned_qty) as returned_qty
    from matured
    group by grouping sets (
        (week_start),
        (week_start, category_id),
        (week_start, supplier_id),
        (week_start, sku_id)
    )

),

-- before a quarter of what comes back can have done so, nothing is judged
rated as (

    select
        *,
        cast(exposed_qty as double) as exposed,
        returned_qty / cast(exposed_qty as double) as fault_rate,
        least(
            cast(sum(returned_qty) over member_weeks as double)
            / cast(sum(exposed_qty) over member_weeks as double),
            1
        ) as centre_rate
    from weeks
    where exposed_qty >= 0.25 * shipped_qty
    window member_weeks as (partition by dimension, member)

),

limited as (

    select
        *,
        3 * sqrt(centre_rate * (1 - centre_rate) / exposed) as margin
    from rated
    where centre_rate > 0

),

final as (

    select
        ---------- ids
        dimension,
        member,

        ---------- dates
        week_start,

        ---------- quantities
        {{ qty("shipped_qty") }} as shipped_qty,
        {{ qty("exposed_qty") }} as exposed_qty,
        {{ qty("returned_qty") }} as returned_qty,

        ---------- shares
        round(fault_rate, 6) as fault_rate,
        round(centre_rate, 6) as centre_rate,
        round(greatest(centre_rate - margin, 0), 6) as lower_limit,
        round(least(centre_rate + margin, 1), 6) as upper_limit,

        ---------- booleans
        fault_rate > centre_rate + margin
        and returned_qty >= {{ var("quality_alarm_min_units") }} as is_alarm

    from limited

)

select * from final
