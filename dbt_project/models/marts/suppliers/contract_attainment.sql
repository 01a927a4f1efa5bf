{%- set today = business_date(as_of()) -%}

with

-- a commitment is a volume; a rebate is a share of what is bought once a
-- volume is reached
terms as (

    select
        source_system,
        supplier_id,
        term_kind,
        coalesce(nullif(scope, ''), '*') as scope,
        coalesce(period, 'year') as period,
        coalesce(measure, 'units') as measure,
        valid_from,
        from_volume,
        term_value,
        case
            when term_kind = 'commitment' then term_value
            else cast(from_volume as double)
        end as target_volume
    from {{ ref('stg_policy__supplier_term') }}
    where
        term_kind in ('commitment', 'rebate')
        and coalesce(period, 'year') != 'order'
        -- of a rebate, the measure names what its steps count
        and coalesce(measure, 'units') in ('units', 'amount')
        and valid_from <= {{ today }}
        and (valid_to is null or valid_to > {{ today }})

),

dated as (

    select
        *,
        cast(date_trunc(period, {{ today }}) as date) as period_start,
        cast(
            date_trunc(period, {{ today }})
            + case period
                when 'month' then interval 1 month
                when 'quarter' then interval 3 month
                else interval 1 year
            end as date
        ) as period_end
    from terms

),

purchase_lines as (

    select * from {{ ref('int_purchase_line') }}
    where po_type != 'return'

),

bought as (

    select
        purchase_lines.supplier_id,
        receipts.sku_id,
        receipts.warehouse_id as location_id,
        receipts.received_date as bought_on,
        receipts.accepted_qty,
        receipts.accepted_qty
        * coalesce(receipts.unit_cost, purchase_lines.net_unit_price, 0)
            as accepted_amount,
        0 as open_qty,
        0 as open_amount
    from {{ ref('int_receipt_line') }} as receipts
    inner join purchase_lines
        on receipts.po_line_id = purchase_lines.po_line_id

    union all

    select
        supplier_id,
        sku_id,
        location_id,
        greatest(expected_date, {{ today }}) as bought_on,
        0 as accepted_qty,
        0 as accepted_amount,
        open_qty,
        open_qty * coalesce(net_unit_price, 0) as open_amount
    from purchase_lines
    where open_qty > 0 and po_status != 'draft'

),

categories as (

    select
        sku_id,
        category_id
    from {{ ref('int_sku') }}

),

placed as (

    select
        bought.*,
        categories.category_id
    from bought
    left join categories on bought.sku_id = categories.sku_id

),

counted as (

    select
        dated.source_system,
        dated.supplier_id,
        dated.term_kind,
        dated.scope,
        dated.from_volume,
        dated.valid_from,
        sum(
            case
                when dated.measure = 'units' then placed.accepted_qty
                else placed.accepted_amount
            end
        ) as attained_volume,
        sum(
            case
                when dated.measure = 'units' then placed.open_qty
                else placed.open_amount
            end
        ) as open_volume,
        sum(placed.accepted_amount + placed.open_amount) as amount
    from dated
    inner join placed
        on
            dated.supplier_id = placed.supplier_id
            and dated.period_start <= placed.bought_on
            and dated.period_end > placed.bought_on
    where
        dated.scope
        in ('*', placed.sku_id, placed.category_id, placed.location_id)
    group by all

),

joined as (

    select
        dated.*,
        coalesce(counted.attained_volume, 0) as attained_volume,
        coalesce(counted.open_volume, 0) as open_volume,
        coalesce(counted.amount, 0) as amount,
        date_diff('day', dated.period_start, {{ today }})
        / cast(
            date_diff('day', dated.period_start, dated.period_end) as double
        ) as elapsed_share
    from dated
    left join counted
        on
            dated.source_system = counted.source_system
            and dated.supplier_id = counted.supplier_id
            and dated.term_kind = counted.term_kind
            and dated.scope = counted.scope
            and dated.from_volume = counted.from_volume
            and dated.valid_from = counted.valid_from

),

final as (

    select
        ---------- ids
        source_system,
        supplier_id,
        term_kind,
        scope,
        from_volume,
        valid_from,

        ---------- text
        period,
        measure,
        case
            when attained_volume >= target_volume then 'reached'
            when attained_volume + open_volume >= target_volume
                then 'covered_by_orders'
            when attained_volume >= target_volume * elapsed_share
                then 'on_course'
            else 'behind'
        end as status,

        ---------- volumes
        {{ qty("target_volume") }} as target_volume,
        {{ qty("attained_volume") }} as attained_volume,
        {{ qty("open_volume") }} as open_volume,
        {{ qty(
            "greatest(target_volume - attained_volume - open_volume, 0)"
        ) }} as missing_volume,

        ---------- shares
        term_value,
        round(
            cast(attained_volume as double) / nullif(target_volume, 0), 6
        ) as attained_share,
        round(elapsed_share, 6) as elapsed_share,

        ---------- money
        {{ money("amount") }} as bought_amount,
        -- what the rebate is worth on what is bought and ordered so far
        case
            when term_kind = 'rebate'
                then {{ money("amount * coalesce(term_value, 0)") }}
        end as rebate_amount,

        ---------- dates
        period_start,
        period_end,
        date_diff('day', {{ today }}, period_end) as days_left

    from joined

)

select * from final
