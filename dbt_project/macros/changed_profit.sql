{#- What to replace of the facts about the profit of order lines
    (macros/increment.sql says how). -#}

{#- Order lines whose goods, warehouse or capital may cost another amount now.
    What the ledger booked is shared among all lines of its days, so that these
    change together. -#}
{% macro changed_order_line_costs() -%}
    {%- set tracked = [
        "int_order_line", "int_order_line_freight", "cost_of_goods",
        "int_unit_cost", "int_ledger_posting"
    ] -%}
    {%- if not is_increment(tracked) -%}
        {{ return("") }}
    {%- endif -%}
    {#- These two bear on every line. -#}
    {%- set of_all -%}
        select
            exists (
                select 1 from control.new_load
                where contract = 'finance.inventory_valuation'
            )
            or exists (
                select 1 from {{ this }}
                where capital_rate is distinct from {{ yearly_capital_rate() }}
            )
    {%- endset -%}
    {%- if run_query(of_all).rows[0][0] -%}
        {{ return("") }}
    {%- endif -%}
    {%- set sold = [
        "order_line_id", "sku_id", "location_id", "supplier_id", "fulfil_mode",
        "sold_qty", "shipped_qty", "recognised_date", "posted_at"
    ] | join(", ") -%}
    {%- set changed -%}
        with posted as (
            select distinct posted_at
            from {{ change_of("int_ledger_posting") }}
        ),
        lines as (
            select order_line_id from {{ change_of("int_order_line") }}
            union
            select order_line_id from {{ change_of("int_order_line_freight") }}
            union
            -- covered by another posting day now, or by one at last
            select order_line_id from {{ this }}
            where recognised_date >= (
                select min(covers_from) from {{ ref("int_ledger_posting") }}
                where posted_at in (from posted)
            )
        ),
        old_lines as (
            select {{ sold }} from {{ this }}
            where order_line_id in (from lines)
        ),
        new_lines as (
            select {{ sold }} from {{ ref("int_sold_line") }}
            where order_line_id in (from lines)
        ),
        touched as (
            (from old_lines except from new_lines)
            union all
            (from new_lines except from old_lines)
            union all
            select {{ sold }} from {{ this }}
            where order_line_id in (
                select order_line_id from {{ change_of("cost_of_goods") }}
            )
            union all
            select {{ sold }} from {{ this }}
            where posted_at in (from posted)
            union all
            -- the latest cost of their warehouse stands in
            select {{ sold }} from {{ this }} as old
            where
                exists (from posted)
                and fulfil_mode = 'own'
                and recognised_date is not null
                and not exists (
                    select 1 from {{ ref("int_ledger_posting") }} as postings
                    where
                        postings.role = 'warehouse_cost'
                        and postings.posted_at = old.posted_at
                        and postings.warehouse_id = old.location_id
                )
            union all
            select {{ sold }} from {{ this }} as old
            where
                landed_cost_source in ('latest', 'none')
                and exists (
                    select 1 from {{ change_of("int_unit_cost") }} as costs
                    where
                        costs.sku_id = old.sku_id
                        and costs.location_id in (old.location_id, '*')
                )
            union all
            select old.{{ sold | replace(", ", ", old.") }}
            from {{ this }} as old
            left join (
                select
                    supplier_id,
                    sku_id,
                    min(net_purchase_price) as unit_cost
                from {{ ref("int_supplier_term") }}
                where net_purchase_price > 0
                group by supplier_id, sku_id
            ) as prices using (supplier_id, sku_id)
            where
                old.fulfil_mode = 'dropship'
                and (
                    old.sku_id in (
                        {{ units_of_new_rows(
                            ["sku_id"], "procurement.goods_receipt_line",
                            ["source_system", "receipt_line_id"]
                        ) }}
                    )
                    or old.landed_cost_source = 'dropship_price'
                    and old.unit_cost is distinct from prices.unit_cost
                    or old.landed_cost_source in ('latest', 'none')
                    and prices.unit_cost is not null
                )
        )
        select order_line_id from touched
        union
        select order_line_id from {{ this }}
        where posted_at in (
            select posted_at from touched where posted_at is not null
        )
    {%- endset -%}
    {{ return(changed) }}
{%- endmacro %}

{#- Orders of which any step from list price to profit may be another now. -#}
{% macro changed_waterfall_orders() -%}
    {%- set by_line = [
        "int_order_line", "int_order_line_cost", "int_order_line_freight",
        "int_order_line_marketing", "int_return_money"
    ] -%}
    {%- if not is_increment(by_line + ["int_merchant_commission"]) -%}
        {{ return("") }}
    {%- endif -%}
    {#- Every line names the systems that are not delivered. -#}
    {%- set of_all -%}
        select exists (
            select 1
            from (select missing_legs from {{ this }} limit 1)
            where list_filter(
                missing_legs,
                lambda leg: leg not in ('landed_cost', 'merchant_commission')
            ) is distinct from {{ missing_systems() }}
        )
    {%- endset -%}
    {%- if run_query(of_all).rows[0][0] -%}
        {{ return("") }}
    {%- endif -%}
    {%- set changed -%}
        with lines as (
            {%- for model in by_line %}
                select order_line_id from {{ change_of(model) }}
                {{ "union" if not loop.last }}
            {%- endfor %}
        )
        select order_id from {{ ref("int_order_line") }}
        where order_line_id in (from lines)
        union
        select order_id from {{ this }}
        where
            order_line_id in (from lines)
            or merchant_id in (
                select merchant_id
                from {{ change_of("int_merchant_commission") }}
            )
        union
        select order_id
        from (
            {{ units_of_new_rows(
                ["order_id"], "payment.payment_txn",
                ["source_system", "txn_id"]
            ) }}
        )
        where order_id is not null
    {%- endset -%}
    {{ return(changed) }}
{%- endmacro %}

{#- Steps of the waterfall whose system was never delivered. -#}
{% macro missing_systems() -%}
    list_sort(list_distinct([
        {%- for step, system, table_name in [
            ("freight", "logistics", "shipment"),
            ("marketing", "marketing", "campaign"),
            ("payment", "payment", "payment_txn"),
            ("warehouse_cost", "finance", "voucher_line"),
            ("capital_cost", "finance", "inventory_valuation"),
            ("returns", "aftersales", "rma_line")
        ] %}
            if({{ is_delivered(system, table_name) }}, null, '{{ step }}')
            {{- "," if not loop.last }}
        {%- endfor %}
    ]))
{%- endmacro %}
