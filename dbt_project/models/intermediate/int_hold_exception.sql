{{ config(
    materialized='table',
    unit=['ref_line_id'],
    changed_by='changed_holds'
) }}
{%- set changed = changed_holds() %}
-- What is released was locked or allocated before, and what leaves for an order
-- was held for it: documents of which the ledger tells otherwise.
with

-- what names no line is always looked at again
ledger as not materialized (

    select * from {{ ref('stg_inventory__stock_ledger') }}
    where
        occurred_at <= {{ as_of() }}
        and {{ is_changed('ref_line_id', changed) }}

    {% if changed %}
        union all

        select * from {{ ref('stg_inventory__stock_ledger') }}
        where occurred_at <= {{ as_of() }} and ref_line_id is null
    {% endif %}

),

-- a warehouse that writes no locks may ship without them
steps as not materialized (

    select
        warehouse_id as location_id,
        sku_id,
        coalesce(ref_type, 'other') as ref_type,
        coalesce(ref_id, '*') as ref_id,
        coalesce(ref_line_id, '*') as ref_line_id,
        bucket,
        bucket in ('locked', 'allocated') as is_hold,
        coalesce(
            move_type = 'sale_out'
            and ref_type = 'sales_order'
            and ref_line_id is not null,
            false
        ) as is_sale,
        qty_delta,
        occurred_at,
        ledger_id,
        source_system,
        hash(warehouse_id, sku_id, ref_type, ref_id, ref_line_id)
            as document_key
    from ledger
    where
        bucket in ('locked', 'allocated')
        or (
            move_type = 'sale_out'
            and ref_type = 'sales_order'
            and ref_line_id is not null
            and warehouse_id in (
                select locking.location_id
                from {{ ref('int_locking_warehouse') }} as locking
            )
        )

),

-- One number instead of five words makes a group cheap: what looks wrong is
-- looked at again by the words.
suspects as (

    select document_key
    from steps
    group by document_key
    having
        sum(qty_delta) filter (where bucket = 'locked') < 0
        or sum(qty_delta) filter (where bucket = 'allocated') < 0
        or min(occurred_at) filter (where is_hold and qty_delta < 0)
        < max(occurred_at) filter (where is_hold and qty_delta > 0)
        or -sum(qty_delta) filter (where is_sale)
        > coalesce(
            sum(qty_delta) filter (where is_hold and qty_delta > 0), 0
        )

),

doubtful as (

    select steps.*
    from steps
    semi join suspects on steps.document_key = suspects.document_key

),

---------- what is released was locked or allocated before
balances as (

    select
        *,
        sum(qty_delta) over (
            partition by
                location_id, sku_id, ref_type, ref_id, ref_line_id, bucket
            order by occurred_at, qty_delta desc, ledger_id, source_system
            rows between unbounded preceding and current row
        ) as balance_qty
    from doubtful
    where is_hold

),

released_unheld as (

    select
        location_id,
        sku_id,
        ref_type,
        ref_id,
        ref_line_id,
        if(
            bucket = 'locked',
            'unlocked_not_locked',
            'deallocated_not_allocated'
        ) as transition,
        -min(balance_qty) as qty,
        min(occurred_at) filter (where balance_qty < 0) as occurred_at
    from balances
    group by location_id, sku_id, ref_type, ref_id, ref_line_id, bucket
    having min(balance_qty) < 0

),

---------- what leaves for an order was held for it, in warehouses that lock
left_unlocked as (

    select
        location_id,
        sku_id,
        ref_type,
        ref_id,
        ref_line_id,
        'left_without_lock' as transition,
        -sum(qty_delta) filter (where is_sale)
        - coalesce(sum(qty_delta) filter (
            where is_hold and qty_delta > 0
        ), 0) as qty,
        max(occurred_at) filter (where is_sale) as occurred_at
    from doubtful
    group by location_id, sku_id, ref_type, ref_id, ref_line_id
    having qty > 0

),

final as (

    select * from released_unheld
    union all by name
    select * from left_unlocked

)

select * from final
