-- Each check of the twelve controls, summed per scope, with examples of what
-- is off.
with

final as (

    {% for part in [
        "stock", "purchase", "order", "payment", "freight", "finance",
        "delivery"
    ] %}
        select * from {{ ref('int_control_' ~ part) }}
        {{ "union all" if not loop.last }}
    {% endfor %}

)

select * from final
