{#- What to replace of the facts about stock movements and their worth
    (macros/increment.sql says how). -#}

{#- Shelves whose first snapshot reads otherwise now, or the first that tells
    what a unit costs. -#}
{% macro changed_first_counts() -%}
    {%- if not is_increment() -%}
        {{ return("") }}
    {%- endif -%}
    {%- set changed -%}
        select counted.sku_id, counted.location_id
        from (
            select sku_id, warehouse_id as location_id, min(as_of) as as_of
            from (
                {{ units_of_new_rows(
                    ["sku_id", "warehouse_id", "as_of"],
                    "inventory.stock_snapshot",
                    ["source_system", "warehouse_id", "as_of", "sku_id"]
                ) }}
            )
            group by sku_id, warehouse_id
        ) as counted
        left join {{ this }} as old using (sku_id, location_id)
        where coalesce(counted.as_of <= old.priced_at, true)
    {%- endset -%}
    {{ return(changed) }}
{%- endmacro %}

{#- Shelves, from their first movement on that was delivered, corrected, or is
    priced by a document that was. -#}
{% macro changed_stock_moves() -%}
    {%- if not is_increment(["int_first_count"]) -%}
        {{ return(units_of_whole()) }}
    {%- endif -%}
    {%- set shelf = ["sku_id", "warehouse_id"] -%}
    {%- set changed -%}
        with ledger_rows as (
            {{ units_of_new_rows(
                shelf + ["occurred_at"], "inventory.stock_ledger",
                ["source_system", "ledger_id"]
            ) }}
        ),
        receipt_lines as (
            {{ units_of_new_rows(
                ["receipt_line_id"], "procurement.goods_receipt_line",
                ["source_system", "receipt_line_id"]
            ) }}
        ),
        priced_lines as (
            select 'po_in' as move_type, receipt_line_id as ref_line_id
            from receipt_lines
            union
            select 'return_in', rma_line_id
            from {{ ref("stg_aftersales__rma_line") }}
            where restock_receipt_line_id in (from receipt_lines)
            union
            select 'return_in', rma_line_id
            from (
                {{ units_of_new_rows(
                    ["rma_line_id"], "aftersales.rma_line",
                    ["source_system", "rma_line_id"]
                ) }}
            )
            union
            select 'transfer_in', transfer_line_id
            from (
                {{ units_of_new_rows(
                    ["transfer_line_id"], "inventory.transfer_line",
                    ["source_system", "transfer_line_id"]
                ) }}
            )
            union
            -- at what the snapshots before them said
            select 'transfer_in', lines.transfer_line_id
            from {{ ref("stg_inventory__transfer_line") }} as lines
            semi join (
                {{ units_of_new_rows(
                    shelf + ["as_of"], "inventory.stock_snapshot",
                    ["source_system", "warehouse_id", "as_of", "sku_id"]
                ) }}
            ) as counted
                on lines.sku_id = counted.sku_id
                    and lines.from_warehouse_id = counted.warehouse_id
                    and lines.shipped_at >= counted.as_of
        ),
        touched as (
            select sku_id, warehouse_id as location_id, occurred_at
            from ledger_rows
            union all
            select old.sku_id, old.location_id, old.occurred_at
            from {{ this }} as old
            semi join priced_lines using (move_type, ref_line_id)
        ),
        earliest as (
            select sku_id, location_id, min(occurred_at) as occurred_at
            from touched
            group by sku_id, location_id
        ),
        standing as (
            select distinct old.sku_id, old.location_id
            from {{ this }} as old
            semi join earliest
                on old.sku_id = earliest.sku_id
                    and old.location_id = earliest.location_id
                    and old.occurred_at < earliest.occurred_at
            where old.move_type != 'opening'
        )
        select
            sku_id,
            location_id,
            -- the account is opened by what its first count and first movement
            -- say: if they may be others now, all of it changes
            min(case
                when first_counts.as_of is null
                    or first_counts.as_of < earliest.occurred_at
                    and standing.sku_id is not null
                then earliest.occurred_at
                else timestamptz '-infinity'
            end) as occurred_at
        from earliest
        left join {{ ref("int_first_count") }} as first_counts
            using (sku_id, location_id)
        left join standing using (sku_id, location_id)
        group by sku_id, location_id
        union all
        select sku_id, location_id, timestamptz '-infinity'
        from (
            select distinct sku_id, location_id
            from {{ change_of("int_first_count") }}
        )
    {%- endset -%}
    {{ return(
        "select sku_id, location_id, min(occurred_at) as occurred_at from ("
        ~ changed ~ ") group by sku_id, location_id"
    ) }}
{%- endmacro %}

{#- Shelves, from the first movement on whose worth may be another now. -#}
{% macro changed_stock_costs() -%}
    {%- if not is_increment(["int_stock_move", "int_unit_cost"]) -%}
        {{ return(units_of_whole()) }}
    {%- endif -%}
    {%- set changed -%}
        with touched as (
            select sku_id, location_id, occurred_at
            from {{ change_of("int_stock_move") }}
            union all
            -- valued at the latest cost, which is another now
            select old.sku_id, old.location_id, old.occurred_at
            from {{ this }} as old
            semi join {{ change_of("int_unit_cost") }} as costs
                on old.sku_id = costs.sku_id
                    and costs.location_id in (old.location_id, '*')
            where old.is_latest_cost
        ),
        earliest as (
            select sku_id, location_id, min(occurred_at) as occurred_at
            from touched
            group by sku_id, location_id
        ),
        standing as (
            select
                old.sku_id,
                old.location_id,
                any_value(earliest.occurred_at) as occurred_at,
                max(old.in_so_far_qty) as in_so_far_qty
            from {{ this }} as old
            inner join earliest
                on old.sku_id = earliest.sku_id
                    and old.location_id = earliest.location_id
                    and old.occurred_at < earliest.occurred_at
            group by old.sku_id, old.location_id
            having max(old.out_so_far_qty) > max(old.in_so_far_qty)
        )
        select sku_id, location_id, min(occurred_at) as occurred_at
        from (
            from earliest
            union all
            -- what left before it came in costs what comes in now
            select old.sku_id, old.location_id, old.occurred_at
            from {{ this }} as old
            inner join standing
                on old.sku_id = standing.sku_id
                    and old.location_id = standing.location_id
                    and old.occurred_at < standing.occurred_at
                    and old.out_so_far_qty > standing.in_so_far_qty
        )
        group by sku_id, location_id
    {%- endset -%}
    {{ return(changed) }}
{%- endmacro %}

{#- Order lines whose goods left, or left at another cost, than was known. What
    left for none that is known is always looked for again. -#}
{% macro changed_goods_sold() -%}
    {%- if not is_increment(["int_stock_cost"]) -%}
        {{ return("") }}
    {%- endif -%}
    {%- set changed -%}
        with moves as (
            select distinct
                ref_line_id,
                coalesce(ref_type, '') = 'outbound_order' as is_outbound
            from {{ change_of("int_stock_cost") }}
            where move_type = 'sale_out' and ref_line_id is not null
        )
        select '*' as order_line_id
        union
        select ref_line_id from moves where not is_outbound
        union
        select order_line_id
        from {{ ref("stg_warehouse__outbound_line") }}
        where
            order_line_id is not null
            and outbound_line_id in (
                select ref_line_id from moves where is_outbound
            )
        union
        select order_line_id
        from (
            {{ units_of_new_rows(
                ["order_line_id"], "warehouse.outbound_line",
                ["source_system", "outbound_line_id"]
            ) }}
        )
        where order_line_id is not null
    {%- endset -%}
    {{ return(changed) }}
{%- endmacro %}

{#- Documents whose locks, allocations or goods that left read otherwise. -#}
{% macro changed_holds() -%}
    {%- if not is_increment(["int_locking_warehouse"]) -%}
        {{ return("") }}
    {%- endif -%}
    {#- Whether a warehouse locks bears on all that left it. -#}
    {%- set of_all = "select exists (from "
        ~ change_of("int_locking_warehouse") ~ ")" -%}
    {%- if run_query(of_all).rows[0][0] -%}
        {{ return("") }}
    {%- endif -%}
    {%- set changed -%}
        select '*' as ref_line_id
        union
        select ref_line_id
        from (
            {{ units_of_new_rows(
                ["ref_line_id"], "inventory.stock_ledger",
                ["source_system", "ledger_id"]
            ) }}
        )
        where ref_line_id is not null
    {%- endset -%}
    {{ return(changed) }}
{%- endmacro %}

{#- Of each shelf that changed, the moves before its first change, which stand;
    what is selected from them tells the state that the others begin with. -#}
{% macro moves_that_stand() %}
        from {{ this }} as old
        inner join {{ changed_units() }} as changed
            on
                old.sku_id = changed.sku_id
                and old.location_id = changed.location_id
                and old.occurred_at < changed.occurred_at
        group by old.sku_id, old.location_id
{% endmacro %}
