{{ config(materialized='table', tags=['after_plan']) }}

-- By how much each part of the need moved a suggestion that the latest plan
-- changed: the steps of its bridge, now less before, by what they tell of.
with

changes as (

    select * from {{ ref('int_plan_change') }}
    where bridge_before is not null and bridge is not null

),

spelt as (

    select
        suggestion_id,
        1 as sign,
        unnest(string_split(bridge, '; ')) as step
    from changes
    union all
    select
        suggestion_id,
        -1 as sign,
        unnest(string_split(bridge_before, '; ')) as step
    from changes

),

-- what was approved, ordered, shipped and received is one stock: goods that
-- move from one bucket to the next change no need
read as (

    select
        suggestion_id,
        case string_split(step, ' ')[1]
            when 'demand' then 'demand'
            when 'network' then 'demand'
            when 'safety' then 'safety'
            when 'timing' then 'timing'
            when 'on_hand' then 'stock'
            when 'reserved' then 'stock'
            when 'in_transit' then 'stock'
            when 'on_order' then 'stock'
            when 'approved' then 'stock'
            when 'returning' then 'stock'
            when 'no_need' then 'stock'
            when 'expiring' then 'expiry'
            when 'shelf_life' then 'expiry'
            when 'yield' then 'quality'
            when 'capacity' then 'capacity'
            when 'money' then 'budget'
            when 'price_step' then 'price'
            when 'economics' then 'price'
            else 'order'
        end as part,
        sign * cast(string_split(step, ' ')[2] as decimal(18, 4)) as moved_qty
    from spelt

),

final as (

    select
        suggestion_id,
        part,
        {{ qty("sum(moved_qty)") }} as moved_qty
    from read
    group by suggestion_id, part
    having sum(moved_qty) != 0

)

select * from final
