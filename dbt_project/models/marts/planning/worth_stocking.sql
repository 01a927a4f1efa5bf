{%- set today = business_date(as_of()) -%}

with

candidates as (

    select * from {{ ref('int_stocking_candidate') }}

),

skus as (

    select
        *,
        length_mm * width_mm * height_mm / 1e6 as unit_volume_l
    from {{ ref('int_sku') }}

),

-- whom we could buy it from: who sends it to our customers now, too
terms as (

    select
        offered.*,
        suppliers.supplier_name,
        suppliers.order_cost,
        coalesce(suppliers.order_cycle_days, {{ var('default_review_days') }})
            as review_days
    from {{ ref('int_supplier_term') }} as offered
    inner join {{ ref('int_supplier') }} as suppliers
        on offered.supplier_id = suppliers.supplier_id
    where
        offered.net_purchase_price > 0
        and coalesce(suppliers.status, 'approved') = 'approved'
        and coalesce(suppliers.supplier_type, 'distributor')
        not in ('merchant', 'service')

    qualify
        row_number() over (
            partition by offered.sku_id
            order by
                offered.min_qty <= greatest(coalesce(offered.moq_qty, 1), 1)
                desc,
                offered.net_purchase_price,
                offered.supplier_id,
                offered.location_id
        ) = 1

),

rates as (

    select
        kind,
        unit,
        coalesce(scope, '*') as scope,
        arg_max(rate_value, valid_from) as rate_value
    from {{ ref('stg_policy__cost_rate') }}
    where
        valid_from <= {{ today }}
        and (valid_to is null or valid_to > {{ today }})
        and kind in ('storage', 'handling')
    group by all

),

-- the closest rule wins
charged as (

    select
        skus.sku_id,
        rates.kind,
        case
            when rates.unit = 'per_litre_day'
                then rates.rate_value * skus.unit_volume_l
            else rates.rate_value
        end as unit_cost
    from candidates
    inner join skus on candidates.sku_id = skus.sku_id
    inner join rates
        on
            rates.scope in (
                '*',
                candidates.location_id,
                skus.storage_class,
                skus.category_id
            )
            and rates.unit in ('per_litre_day', 'per_unit_day', 'per_unit')

    qualify
        row_number() over (
            partition by skus.sku_id, rates.kind
            order by
                case rates.scope
                    when '*' then 3
                    when candidates.location_id then 2
                    else 1
                end,
                rates.scope,
                rates.unit
        ) = 1

),

kept as (

    select
        sku_id,
        coalesce(max(unit_cost) filter (kind = 'storage'), 0) as cost_day,
        coalesce(max(unit_cost) filter (kind = 'handling'), 0) as handling_cost
    from charged
    group by sku_id

),

own_delivery as (

    select avg(date_diff('hour', ordered_at, delivered_at)) / 24 as days
    from {{ ref('stg_order__sales_order') }}
    where
        coalesce(fulfil_mode, 'own') = 'own'
        and delivered_at is not null
        and {{ business_date('ordered_at') }}
        >= {{ today }} - {{ var('stocking_days') }}

),

priced as (

    select
        candidates.*,
        skus.sku_name,
        skus.category_id,
        skus.unit_volume_l,
        terms.supplier_id,
        terms.supplier_name,
        cast(terms.net_purchase_price as double) as landed_cost,
        greatest(cast(coalesce(terms.moq_qty, 1) as double), 1) as moq,
        greatest(cast(coalesce(terms.order_multiple_qty, 1) as double), 1)
            as order_step,
        greatest(cast(coalesce(terms.order_cost, 0) as double), 1)
            as order_cost,
        (
            coalesce(terms.lead_time_days, {{ var('default_lead_time_days') }})
            + coalesce(terms.review_days, {{ var('default_review_days') }})
        )
        / 7.0 as exposed_weeks,
        -- what a unit of ours would bring before it is paid for; of its cost,
        -- what comes back and can be sold again is not lost
        candidates.unit_price * (
            1
            - selling.commission_share
            - coalesce(selling.payment_share, 0)
            - selling.refund_share
        )
        - coalesce(selling.freight_cost, 0)
        - selling.return_freight
        - coalesce(kept.handling_cost, 0) as unit_before_goods,
        1 - coalesce(selling.recovered_share, 0) as borne_share,
        cast({{ yearly_capital_rate() }} as double)
        + {{ var('stocking_writedown_rate') }} as yearly_rate,
        365 * coalesce(cast(kept.cost_day as double), 0) as storage_year,
        cast(own_delivery.days as double) as delivery_days_stocked
    from candidates
    left join skus on candidates.sku_id = skus.sku_id
    left join terms
        on
            candidates.sku_id = terms.sku_id
            -- prices of two currencies are no margin
            and coalesce(terms.currency, candidates.currency)
            = candidates.currency
    left join {{ ref('int_selling_cost') }} as selling
        on candidates.sku_id = selling.sku_id
    left join kept on candidates.sku_id = kept.sku_id
    cross join own_delivery

),

-- Harris' lot (at least the minimum, at most a year's demand, whole steps) and
-- a stock that lasts the exposed time with the default service
stocked as (

    select
        *,
        weekly_qty * 52 as yearly_qty,
        -- nine of ten such averages lie above
        greatest(weekly_qty - 1.2816 * weekly_sd / sqrt(weeks), 0) * 52
            as cautious_qty,
        -- where nobody named a price, the highest that could pay
        coalesce(
            landed_cost,
            greatest(unit_before_goods - unit_margin_now, 0) / borne_share
        ) * yearly_rate + storage_year as holding_year,
        {{ normal_quantile(var('default_service_target')) }}
        * weekly_sd
        * sqrt(exposed_weeks) as safety_qty
    from priced

),

lots as (

    select
        *,
        ceil(
            round(
                least(
                    greatest(
                        sqrt(
                            2 * order_cost * yearly_qty
                            / nullif(holding_year, 0)
                        ),
                        moq
                    ),
                    greatest(yearly_qty, moq)
                )
                / order_step,
                9
            )
        )
        * order_step as lot_qty
    from stocked

),

judged as (

    select
        *,
        lot_qty / 2 + safety_qty as mean_stock_qty,
        holding_year * (lot_qty / 2 + safety_qty)
        + order_cost * yearly_qty / nullif(lot_qty, 0) as yearly_cost,
        unit_before_goods - landed_cost * borne_share as unit_margin_sold
    from lots

),

decided as (

    select
        *,
        yearly_qty * (unit_margin_sold - unit_margin_now) - yearly_cost
            as yearly_gain,
        cautious_qty * (unit_margin_sold - unit_margin_now) - yearly_cost
            as cautious_gain,
        -- the price at which stocking it would earn as much as it does
        (
            unit_before_goods
            - unit_margin_now
            - yearly_cost / nullif(yearly_qty, 0)
        )
        / borne_share as break_even_cost
    from judged

),

told as (

    select
        *,
        case
            when unit_margin_now is null then 'nothing_earned_yet'
            when unit_before_goods is null then 'no_own_sales'
            when landed_cost is null then 'no_terms'
            when weeks < {{ var('stocking_least_weeks') }} then 'too_new'
            when lot_qty > greatest(yearly_qty, 1) then 'minimum_too_large'
            when yearly_gain <= 0 then 'earns_less'
            when cautious_gain < {{ var('stocking_least_gain') }}
                then 'too_uncertain'
            else 'worth_stocking'
        end as verdict,
        cast(cast(break_even_cost as decimal(18, 2)) as varchar) as said_cost,
        cast(cast(yearly_gain as decimal(18, 0)) as varchar) as said_gain,
        cast(cast(cautious_gain as decimal(18, 0)) as varchar) as said_cautious
    from decided

),

final as (

    select
        ---------- ids
        sku_id,
        category_id,
        supplier_id,
        location_id,
        party_id,

        ---------- text
        sku_name,
        supplier_name,
        current_mode,
        currency,
        verdict,
        case verdict
            when 'worth_stocking'
                then
                    'from our own stock it earns ' || said_gain
                    || ' more a year, ' || said_cautious || ' in a bad one'
            when 'too_uncertain'
                then
                    'it would earn ' || said_gain || ' more a year, but only '
                    || said_cautious || ' in a bad one'
            when 'earns_less'
                then 'it would pay at a cost of ' || said_cost || ' or less'
            when 'no_terms'
                then
                    'nobody offers it to us; it would pay at a cost of '
                    || said_cost || ' or less'
            when 'minimum_too_large'
                then 'the smallest order lasts more than a year'
            when 'too_new' then 'sold for ' || weeks || ' weeks only'
            when 'no_own_sales' then 'no sale of ours tells what one costs'
            else 'no sale of it is through yet'
        end as reason,
        case verdict
            when 'worth_stocking'
                then
                    '自营每年多赚 ' || said_gain
                    || '，需求偏低时 ' || said_cautious
            when 'too_uncertain'
                then
                    '自营每年多赚 ' || said_gain || '，但需求偏低时仅 '
                    || said_cautious
            when 'earns_less' then '进价不高于 ' || said_cost || ' 才划算'
            when 'no_terms'
                then '尚无供货条件；进价不高于 ' || said_cost || ' 才划算'
            when 'minimum_too_large' then '最小订货量够卖一年以上'
            when 'too_new' then '仅售 ' || weeks || ' 周'
            when 'no_own_sales' then '没有自营销售可参照成本'
            else '尚无完成的销售'
        end as reason_zh,

        ---------- quantities
        {{ qty("sold_qty") }} as sold_qty,
        {{ qty("weekly_qty") }} as weekly_demand_qty,
        weekly_sd as weekly_demand_sd,
        cast(weeks as bigint) as weeks,
        case
            when landed_cost is not null
                then
                    {{ qty("ceil(round((lot_qty + safety_qty) / order_step, 6))"
                        " * order_step") }}
        end as first_order_qty,
        cast(mean_stock_qty * unit_volume_l as double) as room_l,

        ---------- money
        {{ money("unit_price") }} as unit_price,
        {{ money("unit_margin_now") }} as unit_margin_now,
        {{ money("landed_cost") }} as landed_cost,
        {{ money("unit_margin_sold - yearly_cost / nullif(yearly_qty, 0)") }}
            as unit_margin_stocked,
        {{ money("break_even_cost") }} as break_even_cost,
        {{ money("yearly_gain") }} as yearly_gain,
        {{ money("cautious_gain") }} as cautious_yearly_gain,
        {{ money("mean_stock_qty * landed_cost") }} as capital_needed,

        ---------- days
        delivery_days_now - delivery_days_stocked as delivery_days_saved

    from told

)

select * from final
