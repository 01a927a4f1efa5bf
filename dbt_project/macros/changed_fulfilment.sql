{#- What to replace of the facts about fulfilment (macros/increment.sql says
    how). -#}

{#- Days on which an order was released, or a pick made, that reads otherwise
    now: also one whose sales order is split now, or whose cut-off has passed
    since. -#}
{% macro changed_fulfilment_days() -%}
    {%- if not is_increment(["int_region_location"]) -%}
        {{ return("") }}
    {%- endif -%}
    {#- Which warehouse is the first of a region bears on orders of any day. -#}
    {%- set of_all = "select exists (from "
        ~ change_of("int_region_location") ~ ")" -%}
    {%- if run_query(of_all).rows[0][0] -%}
        {{ return("") }}
    {%- endif -%}
    {%- set outbounds = ref("stg_warehouse__outbound_order") -%}
    {%- set sent = ref("stg_warehouse__outbound_line") -%}
    {%- set lines = ref("stg_order__sales_order_line") -%}
    {%- set released_on, picked_on = (
        business_date("released_at") ~ " as fulfilment_date",
        business_date("picked_at") ~ " as fulfilment_date"
    ) -%}
    {%- set changed -%}
        with new_sent as (
            {{ units_told_otherwise(
                ["outbound_id", "order_line_id", "planned_qty"], "warehouse.outbound_line",
                ["source_system", "outbound_line_id"]
            ) }}
        ),
        new_lines as (
            {{ units_told_otherwise(
                ["order_id", "order_line_id"], "order.sales_order_line",
                ["source_system", "order_line_id"]
            ) }}
        ),
        orders as (
            select order_id from new_lines
            union
            select order_id from {{ lines }}
            where order_line_id in (select order_line_id from new_sent)
            union
            -- of goods that left with them
            select order_id from {{ lines }}
            where order_line_id in (
                select order_line_id from {{ sent }}
                where outbound_id in (select outbound_id from new_sent)
            )
        ),
        touched as (
            select outbound_id from new_sent
            union
            select outbound_id from {{ sent }}
            where order_line_id in (
                select order_line_id from new_lines
                union
                select order_line_id from {{ lines }}
                where order_id in (from orders)
            )
        )
        {{ units_of_new_rows(
            [released_on], "warehouse.outbound_order",
            ["source_system", "outbound_id"]
        ) }}
        union
        select {{ released_on }} from {{ outbounds }}
        where outbound_id in (from touched)
        union
        select {{ released_on }} from {{ outbounds }}
        where
            cutoff_at >= (select last_as_of from control.increment)
            and cutoff_at < {{ as_of() }}
        union
        {{ units_of_new_rows(
            [picked_on], "warehouse.pick_task",
            ["source_system", "pick_task_id"]
        ) }}
    {%- endset -%}
    {{ return(
        "select fulfilment_date from (" ~ changed
        ~ ") where fulfilment_date is not null"
    ) }}
{%- endmacro %}

{#- Parcels that were sent, or of which a scan or a change was told; those sent
    too long ago to be looked at go. -#}
{% macro changed_parcels() -%}
    {%- if not is_increment() -%}
        {{ return("") }}
    {%- endif -%}
    {%- set parcel = ["carrier_id", "waybill_no"] -%}
    {%- set changed -%}
        {{ units_of_new_rows(
            parcel, "logistics.shipment", ["source_system"] + parcel
        ) }}
        union
        {{ units_of_new_rows(
            parcel, "logistics.tracking_event",
            ["source_system"] + parcel
            + ["event_at", "event_code", "event_seq"]
        ) }}
        union
        -- their warehouse lies elsewhere, or is known at last
        select carrier_id, waybill_no
        from {{ ref("stg_logistics__shipment") }}
        where warehouse_id in (
            select warehouse_id from (
                {{ units_told_otherwise(
                    ["warehouse_id", "region", "receive_calendar_id"],
                    "warehouse.warehouse", ["source_system", "warehouse_id"]
                ) }}
            )
        )
        union
        select carrier_id, waybill_no from {{ this }}
        where
            handed_over_date
            < {{ business_date(as_of()) }} - {{ var("parcel_days") }}
    {%- endset -%}
    {{ return(changed) }}
{%- endmacro %}
