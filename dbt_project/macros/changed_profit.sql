{#- What to replace of the facts about the profit of order lines
    (macros/increment.sql says how). -#}

{#- Order lines whose goods, warehouse or capital may cost another amount now.
    What the ledger booked is shared among all lines of its days, so that these
    change together. -#}
{% macro changed_order_line_costs() -%}
    {%- set tracked = [
        "int_order_line", "int_order_line_freight", "cost_of_goods",
        "int_unit_cost", "int_ledger_posting", "int_stock_turn"
    ] -%}
    {%- if not is_increment(tracked) -%}
        {{ return("") }}
    {%- endif -%}
    {#- It bears on every line. -#}
    {%- set of_all -%}
        select exists (
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
        differing as (
            (from old_lines except from new_lines)
            union all
            (from new_lines except from old_lines)
        ),
        -- who shares what the ledger booked of a SKU's goods
        resold as (
            select distinct posted_at, sku_id from differing
            where fulfil_mode = 'own' and posted_at is not null
        ),
        -- who shares what it booked of a warehouse
        rehandled as (
            select distinct posted_at, location_id
            from (
                select order_line_id, posted_at, location_id
                from differing
                where fulfil_mode = 'own' and posted_at is not null
                group by order_line_id, posted_at, location_id
                -- both before and now if only its amounts are others
                having count(*) = 1
            )
        )
        select order_line_id from differing
        union
        select order_line_id from {{ change_of("cost_of_goods") }}
        union
        select order_line_id from {{ this }}
        where posted_at in (from posted)
        union
        select order_line_id from {{ this }}
        semi join resold using (posted_at, sku_id)
        where fulfil_mode = 'own'
        union
        select order_line_id from {{ this }}
        semi join rehandled using (posted_at, location_id)
        where fulfil_mode = 'own'
        union
        select order_line_id from {{ this }} as old
        where exists (
            select 1 from {{ change_of("int_stock_turn") }} as turns
            where
                turns.sku_id = old.sku_id
                and turns.location_id = old.location_id
                and turns.period = {{ month_of_turn("old") }}
        )
        union
        -- the latest cost of their warehouse stands in
        select order_line_id from {{ this }} as old
        where
            (exists (from posted) or exists (from rehandled))
            and fulfil_mode = 'own'
            and recognised_date is not null
            and not exists (
                select 1 from {{ ref("int_ledger_posting") }} as postings
                where
                    postings.role = 'warehouse_cost'
                    and postings.posted_at = old.posted_at
                    and postings.warehouse_id = old.location_id
            )
        union
        select order_line_id from {{ this }} as old
        where
            landed_cost_source in ('latest', 'none')
            and exists (
                select 1 from {{ change_of("int_unit_cost") }} as costs
                where
                    costs.sku_id = old.sku_id
                    and costs.location_id in (old.location_id, '*')
            )
        union
        select old.order_line_id
        from {{ this }} as old
        left join {{ ref("int_dropship_price") }} as prices
            using (supplier_id, sku_id)
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
    {%- endset -%}
    {{ return(changed) }}
{%- endmacro %}

{#- The month by whose turn of stock a line bears capital: that in which it was
    sold, or the latest one. -#}
{% macro month_of_turn(lines) -%}
    strftime(
        coalesce({{ lines }}.recognised_date, {{ business_date(as_of()) }}),
        '%Y%m'
    )
{%- endmacro %}

{#- Orders of which any step from list price to profit may be another now. -#}
{% macro changed_waterfall_orders() -%}
    {%- set by_line = [
        "int_order_line", "int_order_line_cost", "int_order_line_freight",
        "int_order_line_marketing", "int_return_money"
    ] -%}
    {%- if not is_increment(by_line + ["int_merchant_commission"]) -%}
        {{ return(units_of_whole()) }}
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
        {{ return(units_of_whole()) }}
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

{#- Months of orders whose profit, or the province that they went to, may read
    otherwise now. -#}
{% macro changed_profit_months() -%}
    {%- if not is_increment(["profit_waterfall"]) -%}
        {{ return("") }}
    {%- endif -%}
    {%- set order_key = ["source_system", "order_id"] -%}
    {%- set ordered_on = business_date("ordered_at") ~ " as ordered_date" -%}
    {%- set changed -%}
        select ordered_date from {{ change_of("profit_waterfall") }}
        union
        select ordered_date from (
            {{ units_told_otherwise(
                order_key + [ordered_on, "dest_province"],
                "order.sales_order", order_key
            ) }}
        )
    {%- endset -%}
    {{ return(
        "select distinct cast(date_trunc('month', ordered_date) as date)"
        ~ " as month_start from (" ~ changed ~ ")"
    ) }}
{%- endmacro %}
