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

    tracked: models that must have told all that changed in them since this
    pass last stood. -#}
{% macro is_increment(tracked=[]) -%}
    {%- if not execute or flags.WHICH not in ("build", "run") -%}
        {{ return(false) }}
    {%- endif -%}
    {#- A unit test has no relation of its own. -#}
    {%- if not this or load_cached_relation(this) is none or not is_in_pass() -%}
        {{ return(false) }}
    {%- endif -%}
    {%- set possible -%}
        select
            exists (from control.increment where is_possible)
            and (
                select count(*) from control.told_change
                where
                    model in ('', '{{ tracked | join("', '") }}')
                    and whole_turn <= (
                        select last_turn from control.increment
                    )
            ) = {{ tracked | length }}
    {%- endset -%}
    {{ return(run_query(possible).rows[0][0]) }}
{%- endmacro %}

{#- Whether this is a pass of a cycle, which ingestion prepared. The engine is
    asked: dbt's cache of a schema is seen half filled by a second thread. -#}
{% macro is_in_pass() -%}
    {#- the marker tells a rehearsed pass (pipelines/rehearsal.py) to ask once -#}
    {%- set found -%}
        select /* once in a pass */ exists (
            from duckdb_tables()
            where
                database_name = current_database()
                and schema_name = 'control'
                and table_name = 'increment'
        )
    {%- endset -%}
    {{ return(run_query(found).rows[0][0]) }}
{%- endmacro %}

{#- Rows of a table that new deliveries brought; most of a file that comes
    again brings nothing. -#}
{% macro rows_of_new_loads(table) -%}
    select * from raw.{{ table | replace(".", "__") }}
    where _load_id in (
        select load_id from control.new_load where contract = '{{ table }}'
    )
{%- endmacro %}

{#- Values of `columns` in the rows that new deliveries brought or replaced; the
    keys among them in ours, as the models have them. -#}
{% macro units_of_new_rows(columns, table, key) -%}
    {%- set name = table | replace(".", "__") -%}
    {%- set rows = rows_of_new_loads(table) -%}
    {%- set told -%}
        select * from ({{ rows }})
        union all by name
        select * from history.{{ name }}
        semi join ({{ rows }}) as newer using ({{ key | join(", ") }})
    {%- endset -%}
    {%- set entities = {
        "order_id": "order", "sku_id": "sku", "bundle_sku_id": "sku",
        "carrier_id": "carrier", "shop_id": "shop",
        "warehouse_id": "warehouse"
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

{#- As `units_of_new_rows`, without rows of which all versions say the same in
    `columns`: an order that is only delivered now has the same day and shop. -#}
{% macro units_told_otherwise(columns, table, key) -%}
    {%- set plain = [] -%}
    {%- for column in columns -%}
        {%- do plain.append(column.split(" as ")[-1]) -%}
    {%- endfor -%}
    {%- set kept = [] -%}
    {%- for column in key + ["is_deleted"] if column not in plain -%}
        {%- do kept.append(column) -%}
    {%- endfor -%}
    select distinct {{ plain | join(", ") }}
    from (
        select *, count(*) over (partition by {{ key | join(", ") }}) as versions
        from ({{ units_of_new_rows(columns + kept, table, key) }})
    ) as told
    where
        versions > 1
        or not exists (
            select 1 from history.{{ table | replace(".", "__") }} as older
            where
                {%- for column in key %}
                    older.{{ column }} = told.{{ column }} and
                {%- endfor %}
                -- delivered with the row that stands, it never stood itself
                older._load_id not in (
                    select load_id from control.new_load
                    where contract = '{{ table }}'
                )
        )
{%- endmacro %}

{#- Orders of which new rows tell: themselves, their lines, or whether their shop's
    prices hold the tax. -#}
{% macro orders_of_new_rows() -%}
    {%- set unit = ["source_system", "order_id"] -%}
    {{ units_of_new_rows(unit, "order.sales_order", unit) }}
    union
    {{ units_of_new_rows(
        unit, "order.sales_order_line", ["source_system", "order_line_id"]
    ) }}
    union
    select source_system, order_id
    from {{ ref("stg_order__sales_order") }}
    where shop_id in (
        {{ units_of_new_rows(
            ["shop_id"], "order.shop", ["source_system", "shop_id"]
        ) }}
    )
{%- endmacro %}

{#- Orders whose lines may read otherwise now. -#}
{% macro changed_orders() -%}
    {%- set tracked = ["int_region_location", "int_duplicate_order"] -%}
    {%- if not is_increment(tracked) -%}
        {{ return(units_of_whole()) }}
    {%- endif -%}
    {%- set changed -%}
        {{ orders_of_new_rows() }}
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

{#- Lines of orders that read otherwise now. -#}
{% macro changed_order_lines() -%}
    {%- if not is_increment(["int_order_line"]) -%}
        {{ return("") }}
    {%- endif -%}
    {%- set changed -%}
        select distinct order_line_id from {{ change_of("int_order_line") }}
    {%- endset -%}
    {{ return(changed) }}
{%- endmacro %}

{#- Days of orders that changed, or on which a changed promotion ran. -#}
{% macro changed_promoted_days() -%}
    {%- if not is_increment(["int_order_line"]) -%}
        {{ return("") }}
    {%- endif -%}
    {%- set campaign_key = ["source_system", "campaign_id"] -%}
    {%- set starts_on = business_date("starts_at") ~ " as starts_on" -%}
    {%- set ends_on = business_date("ends_at") ~ " as ends_on" -%}
    {%- set changed -%}
        select ordered_date from {{ change_of("int_order_line") }}
        union
        select days.ordered_date
        from (
            select distinct ordered_date from {{ ref("int_order_line") }}
        ) as days
        inner join (
            {{ units_of_new_rows(
                [starts_on, ends_on], "marketing.campaign", campaign_key
            ) }}
            union
            select {{ starts_on }}, {{ ends_on }}
            from {{ ref("stg_marketing__campaign") }}
            where campaign_id in (
                {{ units_of_new_rows(
                    ["campaign_id"], "marketing.campaign_sku",
                    campaign_key + ["sku_id", "shop_id"]
                ) }}
            )
            union
            select week_start, week_start + 6 from (
                {{ units_of_new_rows(
                    ["week_start"], "marketing.promotion_exposure",
                    ["source_system", "sku_id", "shop_id", "week_start"]
                ) }}
            )
        ) as promotions
            on days.ordered_date between promotions.starts_on
                and promotions.ends_on
    {%- endset -%}
    {{ return(changed) }}
{%- endmacro %}

{#- Returns whose lines, state or way back may read otherwise now. -#}
{% macro changed_returns() -%}
    {%- if not is_increment() -%}
        {{ return("") }}
    {%- endif -%}
    {%- set unit = ["source_system", "rma_id"] -%}
    {%- set line_key = ["source_system", "rma_line_id"] -%}
    {%- set bill_key = [
        "source_system", "carrier_id", "waybill_no", "bill_no", "charge_type",
        "line_no"
    ] -%}
    {%- set changed -%}
        {{ units_of_new_rows(unit, "aftersales.rma", unit) }}
        union
        {{ units_of_new_rows(unit, "aftersales.rma_line", line_key) }}
        union
        select source_system, rma_id
        from {{ ref("stg_aftersales__rma") }}
        where return_waybill_no in (
            {{ units_of_new_rows(
                ["waybill_no"], "logistics.freight_bill_line", bill_key
            ) }}
        )
    {%- endset -%}
    {{ return(changed) }}
{%- endmacro %}

{#- Days on which anything of their demand, returns or stock changed. -#}
{% macro changed_demand_days() -%}
    {%- set tracked = [
        "int_order_line", "int_return_line", "int_promoted_day",
        "int_stock_day_end"
    ] -%}
    {%- if not is_increment(tracked) -%}
        {{ return(units_of_whole()) }}
    {%- endif -%}
    {%- set recipe_key = [
        "source_system", "bundle_sku_id", "component_sku_id", "valid_from"
    ] -%}
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
        -- bundles whose recipe changed
        select ordered_date from {{ ref("int_order_line") }}
        where sku_id in (
            {{ units_of_new_rows(
                ["bundle_sku_id"], "product.bundle_component", recipe_key
            ) }}
        )
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

{#- Numbers of payments that read otherwise now: those of new rows on either
    side and what shares a statement line with them; all payments of an order
    that changed; and what does not match, since it grows older. -#}
{% macro changed_payments() -%}
    {%- if not is_increment() -%}
        {{ return(units_of_whole()) }}
    {%- endif -%}
    {#- Before the first statement nothing is compared. -#}
    {%- set found = "select exists (select 1 from " ~ this ~ ")" -%}
    {%- if not run_query(found).rows[0][0] -%}
        {{ return(units_of_whole()) }}
    {%- endif -%}
    {%- set payments = ref("stg_payment__payment_txn") -%}
    {%- set lines = ref("stg_payment__channel_statement_line") -%}
    {%- set ours = ["channel_txn_no", "merchant_txn_no", "txn_id"] -%}
    {%- set theirs = [
        "channel_refund_no", "channel_txn_no", "merchant_txn_no"
    ] -%}
    {%- set line_key = [
        "source_system", "channel", "merchant_account", "statement_id",
        "channel_txn_no", "line_kind", "line_no"
    ] -%}
    {%- set order_key = ["source_system", "order_id"] -%}
    {%- set changed -%}
        with new_txns as (
            {{ units_of_new_rows(
                ours + ["order_id"], "payment.payment_txn",
                ["source_system", "txn_id"]
            ) }}
        ),
        new_numbers as (
            select unnest([{{ ours | join(", ") }}]) as number from new_txns
            union
            select unnest([{{ theirs | join(", ") }}]) from (
                {{ units_of_new_rows(
                    theirs, "payment.channel_statement_line", line_key
                ) }}
            )
        ),
        numbers as (
            from new_numbers
            union
            select unnest([{{ theirs | join(", ") }}]) from {{ lines }}
            where {{ any_is_in(theirs, "new_numbers") }}
        ),
        orders as (
            {{ units_of_new_rows(
                ["order_id"], "order.sales_order", order_key
            ) }}
            union
            select order_id from new_txns
            union
            select order_id from {{ payments }}
            where {{ any_is_in(ours, "numbers") }}
        )
        select number as match_no from numbers where number is not null
        union
        select coalesce({{ ours | join(", ") }}) from {{ payments }}
        where order_id in (from orders)
        union
        select match_no from {{ this }} where status != 'matched'
    {%- endset -%}
    {{ return(changed) }}
{%- endmacro %}

{#- Whether any of the columns is among the values of a relation. -#}
{% macro any_is_in(columns, relation) -%}
    (
        {%- for column in columns -%}
            {{ column }} in (from {{ relation }})
            {%- if not loop.last %} or {% endif -%}
        {%- endfor -%}
    )
{%- endmacro %}

{#- Order lines that share a parcel whose goods, weights or freight may read
    otherwise now. -#}
{% macro changed_freight_lines() -%}
    {%- if not is_increment() -%}
        {{ return(units_of_whole()) }}
    {%- endif -%}
    {%- set lines = "warehouse.outbound_line" -%}
    {%- set line_key = ["source_system", "outbound_line_id"] -%}
    {%- set parcel_key = ["source_system", "carrier_id", "waybill_no"] -%}
    {%- set bill_key = parcel_key + ["bill_no", "charge_type", "line_no"] -%}
    {%- set waybill = ["carrier_id", "waybill_no"] -%}
    {%- set service = ["carrier_id", "service_code"] -%}
    {%- set rate_key = ["source_system"] + service + [
        "origin_zone", "dest_zone", "weight_from_g", "valid_from"
    ] -%}
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
        -- a rate tells by what the carrier divides a volume
        select outbound_id
        from {{ ref("stg_logistics__shipment") }}
        semi join (
            {{ units_of_new_rows(service, "logistics.carrier_rate", rate_key) }}
        ) as rated using ({{ service | join(", ") }})
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
            select units.{{ config.get("unit")[0] }}
            from {{ changed_units() }} as units
        )
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}

{#- Whether a row is of a unit of several columns to replace; true of all in a
    whole build. -#}
{% macro is_of_changed_units(changed) -%}
    {%- if changed -%}
        {%- set unit = config.get("unit") | join(", ") -%}
        ({{ unit }}) in (select {{ unit }} from {{ changed_units() }})
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}

{#- Whether an instant is of a day to replace; true of all in a whole build.
    Older rows are passed over before their day is asked for. -#}
{% macro is_of_changed_day(instant, changed) -%}
    {%- if changed -%}
        {{ instant }} >= (
            select cast(min(units.{{ config.get("unit")[0] }}) as timestamptz)
            from {{ changed_units() }} as units
        )
        and {{ is_changed(business_date(instant), changed) }}
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}

{#- What the model `name` told of its changes since this pass last stood. -#}
{% macro change_of(name) -%}
    (
        select * from {{ told_by(name) }}
        where turn > (select last_turn from control.increment)
    )
{%- endmacro %}

{#- Where the model `name` tells of its changes. -#}
{% macro told_by(name) -%}
    control.change_of_{{ name }}
{%- endmacro %}

{#- Where the units to replace stand while the model `this` is built. -#}
{% macro changed_units() -%}
    changed_units_of_{{ this.identifier }}
{%- endmacro %}
