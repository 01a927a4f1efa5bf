with

lifecycles as (

    select * from {{ ref('sku_lifecycle') }}
    where proposed_lifecycle is not null

),

skus as (

    select * from {{ ref('int_sku') }}

),

stock as (

    select
        sku_id,
        case when bool_and(is_stock_known) then sum(sellable_qty) end
            as on_hand_qty,
        sum(sellable_qty * unit_cost) as stock_amount
    from {{ ref('inventory_position') }}
    group by sku_id

),

final as (

    select
        ---------- ids
        lifecycles.sku_id,
        skus.spu_id,

        ---------- text
        skus.sku_name,
        case lifecycles.recorded_lifecycle
            when 'new' then 'new'
            when 'phase_out' then 'phase_out'
            when 'ended' then 'dead'
            else 'mature'
        end as current_stage,
        case
            when lifecycles.proposed_lifecycle = 'phase_out' then 'phase_out'
            when lifecycles.stage = 'growth' then 'growing'
            else 'mature'
        end as proposed_stage,
        lifecycles.stage_reason as reason,

        ---------- numbers
        {{ qty("stock.on_hand_qty") }} as on_hand_qty,
        cast(
            stock.on_hand_qty
            / nullif(lifecycles.recent_weekly_qty / 7, 0) as double
        ) as days_of_cover,

        ---------- money
        {{ money("coalesce(stock.stock_amount, 0)") }} as money_at_stake,

        ---------- dates
        {{ business_date(as_of()) }} as effective_date

    from lifecycles
    inner join skus on lifecycles.sku_id = skus.sku_id
    left join stock on lifecycles.sku_id = stock.sku_id

)

select * from final
