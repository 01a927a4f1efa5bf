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

{#- Orders whose amounts or times are to be compared again. -#}
{% macro changed_checked_orders() -%}
    {%- if not is_increment() -%}
        {{ return(units_of_whole()) }}
    {%- endif -%}
    {{ return(orders_of_new_rows()) }}
{%- endmacro %}

{#- Days on which orders took steps that were delivered or corrected, or that
    another shop or another amount answers for now. -#}
{% macro changed_step_days() -%}
    {%- if not is_increment() -%}
        {{ return("") }}
    {%- endif -%}
    {%- set order_key = ["source_system", "order_id"] -%}
    {%- set stepped_on = business_date("event_at") ~ " as stepped_on" -%}
    {%- set changed -%}
        {{ units_of_new_rows(
            [stepped_on], "order.order_event",
            ["source_system", "order_event_id"]
        ) }}
        union
        select {{ stepped_on }}
        from {{ ref("stg_order__order_event") }}
        semi join (
            {{ units_told_otherwise(
                order_key + ["shop_id", "payable_amount"],
                "order.sales_order", order_key
            ) }}
        ) as orders using (source_system, order_id)
    {%- endset -%}
    {{ return(changed) }}
{%- endmacro %}

{#- Order lines of which the order, the warehouse or the ledger says something
    new; what left for none that is named is always looked at again. -#}
{% macro changed_line_movements() -%}
    {%- if not is_increment() -%}
        {{ return(units_of_whole()) }}
    {%- endif -%}
    {%- set order_key = ["source_system", "order_id"] -%}
    {%- set recipe_key = [
        "source_system", "bundle_sku_id", "component_sku_id", "valid_from"
    ] -%}
    {%- set changed -%}
        select '*' as order_line_id
        union
        {{ units_of_new_rows(
            ["ref_line_id as order_line_id"], "inventory.stock_ledger",
            ["source_system", "ledger_id"]
        ) }}
        union
        {{ units_of_new_rows(
            ["order_line_id"], "warehouse.outbound_line",
            ["source_system", "outbound_line_id"]
        ) }}
        union
        select order_line_id
        from (
            {{ units_told_otherwise(
                [
                    "order_line_id", "order_id", "sku_id", "warehouse_id",
                    "shipped_qty", "unit_price"
                ],
                "order.sales_order_line", ["source_system", "order_line_id"]
            ) }}
        )
        union
        select order_line_id
        from {{ ref("stg_order__sales_order_line") }}
        semi join (
            {{ units_told_otherwise(
                order_key + ["ordered_at"], "order.sales_order", order_key
            ) }}
        ) as orders using (source_system, order_id)
        union
        select order_line_id
        from {{ ref("stg_order__sales_order_line") }}
        where sku_id in (
            {{ units_of_new_rows(
                ["bundle_sku_id"], "product.bundle_component", recipe_key
            ) }}
        )
    {%- endset -%}
    {{ return(changed) }}
{%- endmacro %}

{#- Numbers of a channel under which either side told something new. -#}
{% macro changed_stated_payments() -%}
    {%- if not is_increment() -%}
        {{ return(units_of_whole()) }}
    {%- endif -%}
    {%- set number = ["channel_txn_no"] -%}
    {%- set line_key = [
        "source_system", "channel", "merchant_account", "statement_id",
        "channel_txn_no", "line_kind", "line_no"
    ] -%}
    {%- set changed -%}
        {{ units_of_new_rows(
            number, "payment.payment_txn", ["source_system", "txn_id"]
        ) }}
        union
        {{ units_of_new_rows(
            number, "payment.channel_statement_line", line_key
        ) }}
    {%- endset -%}
    {{ return(changed) }}
{%- endmacro %}

{#- Billed parcels of which the bill, the parcel or the rate card says something
    new. -#}
{% macro changed_billed_parcels() -%}
    {%- if not is_increment() -%}
        {{ return(units_of_whole()) }}
    {%- endif -%}
    {%- set waybill = ["carrier_id", "waybill_no"] -%}
    {%- set service = ["carrier_id", "service_code"] -%}
    {%- set parcel_key = ["source_system"] + waybill -%}
    {%- set bill_key = parcel_key + ["bill_no", "charge_type", "line_no"] -%}
    {%- set rate_key = ["source_system"] + service + [
        "origin_zone", "dest_zone", "weight_from_g", "valid_from"
    ] -%}
    {%- set changed -%}
        {{ units_of_new_rows(
            waybill, "logistics.freight_bill_line", bill_key
        ) }}
        union
        {{ units_of_new_rows(waybill, "logistics.shipment", parcel_key) }}
        union
        select carrier_id, waybill_no
        from {{ ref("stg_logistics__shipment") }}
        semi join (
            {{ units_of_new_rows(service, "logistics.carrier_rate", rate_key) }}
        ) as rated using ({{ service | join(", ") }})
    {%- endset -%}
    {{ return(changed) }}
{%- endmacro %}
