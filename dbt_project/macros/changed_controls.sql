{#- What to replace of the comparisons that the controls are summed from
    (macros/increment.sql says how). -#}

{#- Counts of a warehouse that were delivered or corrected, those that follow
    one, and those up to which a movement was. -#}
{% macro changed_counts() -%}
    {%- if not is_increment() -%}
        {{ return("") }}
    {%- endif -%}
    {%- set snapshots = ref("stg_inventory__stock_snapshot") -%}
    {%- set changed -%}
        with counted as (
            {{ units_of_new_rows(
                ["warehouse_id", "as_of"], "inventory.stock_snapshot",
                ["source_system", "warehouse_id", "as_of"]
            ) }}
        ),
        moved as (
            {{ units_of_new_rows(
                ["warehouse_id", "occurred_at"], "inventory.stock_ledger",
                ["source_system", "ledger_id"]
            ) }}
        ),
        counts as (
            select distinct warehouse_id, as_of from {{ snapshots }}
        )
        from counted
        union
        select counts.warehouse_id, counts.as_of
        from counted
        asof inner join counts
            on counted.warehouse_id = counts.warehouse_id
                and counted.as_of < counts.as_of
        union
        select counts.warehouse_id, counts.as_of
        from moved
        asof inner join counts
            on moved.warehouse_id = counts.warehouse_id
                and moved.occurred_at <= counts.as_of
    {%- endset -%}
    {{ return(changed) }}
{%- endmacro %}
