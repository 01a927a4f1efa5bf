{#- The day an instant falls on in the business time zone, which the profile
    sets for the session. A cast asks the calendar of the zone, which takes
    twenty times as long as counting days where the zone keeps one offset:
    its seconds are in the variable, which is empty if it changes its clocks. -#}
{% macro business_date(instant) -%}
    {%- set offset = env_var("SUPPLYLOOP_KEPT_OFFSET", "") -%}
    {%- if not offset or "select" in instant -%}
        cast({{ instant }} as date)
    {%- else -%}
        case
            when
                {{ instant }} >= timestamptz '2000-01-01 00:00:00+00'
                and {{ instant }} < timestamptz '2100-01-01 00:00:00+00'
                then
                    make_date(
                        cast(
                            (epoch_us({{ instant }}) + {{ offset }}000000)
                            // 86400000000 as integer
                        )
                    )
            else cast({{ instant }} as date)
        end
    {%- endif -%}
{%- endmacro %}
