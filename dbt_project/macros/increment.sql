{#-
    Large facts replace only what changed since their pass last stood. A model
    names its `unit` (columns whose rows are replaced together) and the macro
    that finds the units to replace, `changed_by`; it reads only those units
    where the macro below finds any. The pass notes in schema `control` what
    came since (pipelines/increment.py). Where anything is in doubt the whole
    table is built: the first time, after a change of code or settings, when
    the past is replayed, or when a run was cut off.
-#}

{#- Whether the model may replace changed units only.

    whole_tables: contract tables; new rows of one change units all over.
    tracked: models that must have told what changed in them, in this pass. -#}
{% macro is_increment(whole_tables=[], tracked=[]) -%}
    {%- if not execute or flags.WHICH not in ("build", "run") -%}
        {{ return(false) }}
    {%- endif -%}
    {#- A unit test has no relation of its own. -#}
    {%- if not this or load_cached_relation(this) is none
        or adapter.get_relation(this.database, "control", "increment") is none
    -%}
        {{ return(false) }}
    {%- endif -%}
    {%- set possible -%}
        select
            exists (from control.increment where is_possible)
            and not exists (
                from control.new_load
                where contract in ('', '{{ whole_tables | join("', '") }}')
            )
            and (
                select count(*) from control.told_change
                where model in ('', '{{ tracked | join("', '") }}')
            ) = {{ tracked | length }}
    {%- endset -%}
    {{ return(run_query(possible).rows[0][0]) }}
{%- endmacro %}

{#- Values of `columns` in the rows that new deliveries brought or replaced; the
    keys among them in ours, as the models have them. -#}
{% macro units_of_new_rows(columns, table, key) -%}
    {%- set name = table | replace(".", "__") -%}
    {%- set rows -%}
        select * from raw.{{ name }}
        where _load_id in (
            select load_id from control.new_load where contract = '{{ table }}'
        )
    {%- endset -%}
    {%- set told -%}
        select * from ({{ rows }})
        union all by name
        select * from history.{{ name }}
        semi join ({{ rows }}) as newer using ({{ key | join(", ") }})
    {%- endset -%}
    {%- set entities = {
        "order_id": "order", "sku_id": "sku", "carrier_id": "carrier"
    } -%}
    {%- set named, joins = [], [] -%}
    {%- for column in columns -%}
        {%- if column in entities -%}
            {%- do named.append(
                "coalesce(key_of_" ~ column ~ ".id, told." ~ column ~ ") as "
                ~ column
            ) -%}
            {%- do joins.append(
                "left join control.key as key_of_" ~ column
                ~ " on key_of_" ~ column ~ ".is_standing"
                ~ " and key_of_" ~ column ~ ".entity = '" ~ entities[column]
                ~ "' and key_of_" ~ column ~ ".source_system"
                ~ " = told.source_system"
                ~ " and key_of_" ~ column ~ ".source_id = told." ~ column
            ) -%}
        {%- else -%}
            {%- do named.append(
                column if " as " in column else "told." ~ column
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    select distinct {{ named | join(", ") }} from ({{ told }}) as told
    {{ joins | join(" ") }}
{%- endmacro %}

{#- Orders whose lines may read otherwise now. -#}
{% macro changed_orders() -%}
    {%- set whole_tables = ["order.shop"] -%}
    {%- set tracked = ["int_region_location", "int_duplicate_order"] -%}
    {%- if not is_increment(whole_tables, tracked) -%}
        {{ return("") }}
    {%- endif -%}
    {%- set unit = ["source_system", "order_id"] -%}
    {%- set line_key = ["source_system", "order_line_id"] -%}
    {%- set changed -%}
        {{ units_of_new_rows(unit, "order.sales_order", unit) }}
        union
        {{ units_of_new_rows(unit, "order.sales_order_line", line_key) }}
        union
        select orders.source_system, orders.order_id
        from {{ ref("stg_order__sales_order") }} as orders
        semi join {{ change_of("int_region_location") }} as changes
            on orders.dest_province = changes.region_id
        union
        select source_system, order_id
        from {{ change_of("int_duplicate_order") }}
    {%- endset -%}
    {{ return(changed) }}
{%- endmacro %}

{#- Days of which a snapshot was delivered. -#}
{% macro changed_stock_days() -%}
    {%- if not is_increment() -%}
        {{ return("") }}
    {%- endif -%}
    {%- set day = business_date("as_of - interval 12 hour") ~ " as stock_date" -%}
    {%- set key = ["source_system", "warehouse_id", "as_of"] -%}
    {{ return(units_of_new_rows([day], "inventory.stock_snapshot", key)) }}
{%- endmacro %}

{#- Days on which anything of their demand, returns or stock changed. -#}
{% macro changed_demand_days() -%}
    {%- set tracked = [
        "int_order_line", "int_return_line", "int_promoted_day",
        "int_stock_day_end"
    ] -%}
    {%- if not is_increment(["product.bundle_component"], tracked) -%}
        {{ return("") }}
    {%- endif -%}
    {%- set changed -%}
        select ordered_date as demand_date from {{ change_of("int_order_line") }}
        union
        select returned_date from {{ change_of("int_return_line") }}
        union
        select lines.ordered_date
        from {{ ref("int_order_line") }} as lines
        semi join {{ change_of("int_return_line") }} as changes
            on lines.order_line_id = changes.order_line_id
        union
        select lines.returned_date
        from {{ ref("int_return_line") }} as lines
        semi join {{ change_of("int_order_line") }} as changes
            on lines.order_line_id = changes.order_line_id
        union
        select ordered_date from {{ change_of("int_promoted_day") }}
        union
        select stock_date from {{ change_of("int_stock_day_end") }}
        union
        -- days that were not over then
        select distinct demand_date from {{ this }}
        where demand_date >= (
            select {{ business_date("last_as_of") }} from control.increment
        )
    {%- endset -%}
    {{ return(changed) }}
{%- endmacro %}

{#- Order lines that share a parcel whose goods, weights or freight may read
    otherwise now. -#}
{% macro changed_freight_lines() -%}
    {%- if not is_increment(["logistics.carrier_rate"]) -%}
        {{ return("") }}
    {%- endif -%}
    {%- set lines = "warehouse.outbound_line" -%}
    {%- set line_key = ["source_system", "outbound_line_id"] -%}
    {%- set parcel_key = ["source_system", "carrier_id", "waybill_no"] -%}
    {%- set bill_key = parcel_key + ["bill_no", "charge_type", "line_no"] -%}
    {%- set waybill = ["carrier_id", "waybill_no"] -%}
    {%- set sku_key = ["source_system", "sku_id"] -%}
    {%- set parcels -%}
        {{ units_of_new_rows(["outbound_id"], lines, line_key) }}
        union
        {{ units_of_new_rows(["outbound_id"], "logistics.shipment", parcel_key) }}
        union
        select outbound_id
        from {{ ref("stg_logistics__shipment") }}
        semi join (
            {{ units_of_new_rows(waybill, "logistics.freight_bill_line", bill_key) }}
        ) as billed using ({{ waybill | join(", ") }})
        union
        select outbound_id
        from {{ ref("stg_warehouse__outbound_line") }}
        semi join (
            {{ units_of_new_rows(["sku_id"], "product.sku", sku_key) }}
        ) as weighed using (sku_id)
    {%- endset -%}
    {%- set changed -%}
        {{ units_of_new_rows(["order_line_id"], lines, line_key) }}
        union
        select order_line_id
        from {{ ref("stg_warehouse__outbound_line") }}
        where outbound_id in ({{ parcels }})
    {%- endset -%}
    {{ return(changed) }}
{%- endmacro %}

{#- Whether a row is of a unit to replace; true of all in a whole build. -#}
{% macro is_changed(column, changed) -%}
    {%- if changed -%}
        {{ column }} in (
            select {{ config.get("unit")[0] }} from {{ changed_units() }}
        )
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}

{#- What the model `name` told of its changes in this pass. -#}
{% macro change_of(name) -%}
    control.change_of_{{ name }}
{%- endmacro %}

{#- Where the units to replace stand while the model `this` is built. -#}
{% macro changed_units() -%}
    changed_units_of_{{ this.identifier }}
{%- endmacro %}
