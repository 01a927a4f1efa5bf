{#- Day on which goods are paid: at once, or some days after receipt or the end
    of its month. -#}
{%- macro pay_date(received_date, settle_method, terms_days) -%}
cast(
    case {{ settle_method }}
        when 'cash' then {{ received_date }}
        when 'monthly'
            then
                last_day({{ received_date }})
                + cast(coalesce({{ terms_days }}, 0) as integer)
        else
            {{ received_date }}
            + cast(coalesce({{ terms_days }}, 0) as integer)
    end as date
)
{%- endmacro -%}
