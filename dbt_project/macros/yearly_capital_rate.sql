{#- What a year of capital costs for all goods, by policy of the day. -#}
{% macro yearly_capital_rate() -%}
    coalesce(
        (
            select arg_max(rates.rate_value, rates.valid_from)
            from {{ ref("stg_policy__cost_rate") }} as rates
            where
                rates.kind = 'capital'
                and coalesce(rates.scope, '*') = '*'
                and rates.valid_from <= {{ business_date(as_of()) }}
                and (
                    rates.valid_to is null
                    or rates.valid_to > {{ business_date(as_of()) }}
                )
        ),
        {{ var("default_capital_rate") }}
    )
{%- endmacro %}
