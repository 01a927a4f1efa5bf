{#- Weights that carriers price alike: the first kilogram, few, more, bulky. -#}
{% macro weight_class(grams) -%}
    case
        when {{ grams }} is null then 'unknown'
        when {{ grams }} <= 1000 then '0-1 kg'
        when {{ grams }} <= 3000 then '1-3 kg'
        when {{ grams }} <= 10000 then '3-10 kg'
        else 'over 10 kg'
    end
{%- endmacro %}
