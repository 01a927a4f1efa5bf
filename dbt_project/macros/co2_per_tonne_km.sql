{#- Grams of CO2 for a tonne over a kilometre, by mode of transport: round
    figures of the order that public factors have (light van, loaded lorry,
    goods train, freighter on short legs). For comparing, not for reporting. -#}
{% macro co2_per_tonne_km(mode) -%}
    case {{ mode }}
        when 'air' then 1100
        when 'rail' then 30
        when 'same_city' then 600
        else 110
    end
{%- endmacro %}
