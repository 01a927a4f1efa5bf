{#- The columns that `exceptions` and `plan_exception` share, from what their
    parts say: type, cause, subject, keys, money at stake, detail in both languages and action. -#}
{% macro exception_columns() -%}
    ---------- ids
    exception_type || ':' || subject as exception_id,
    -- what has no cause but itself
    coalesce(cause_id, exception_type || ':' || subject) as cause_id,
    sku_id,
    location_id,
    supplier_id,

    ---------- text
    exception_type,
    subject,
    detail,
    detail_zh,
    proposed_action,
    {{ in_chinese("proposed_action") }} as proposed_action_zh,

    ---------- money
    {{ money("money_at_stake") }} as money_at_stake
{%- endmacro %}
