{#-
    A delivered table honours its contract: every key names one row, what must
    be filled is filled, and no enum holds a value outside its list. Returns
    each row that breaks the contract, with the reason. Rows of deliveries that
    passed before are not read again (`supplyloop run --force` forgets that).

    accepted: {column: [values]}; an enum that may load a value unknown to the
    contract lists `__unknown__` among them.
-#}
{% test honours_contract(model, key, not_null=[], accepted={}) -%}

    with

    delivered as (

        select * from {{ model }}
        where _load_id not in (
            -- by its name: as a source it would be one more thing that a
            -- pass must select before it selects the test
            select load_id from control.tested
        )

    ),

    rows_that_break_it as (

        select
            {{ key | join(', ') }},
            concat_ws(
                '; ',
                {% for column in not_null %}
                case when {{ column }} is null then '{{ column }} is empty' end,
                {% endfor %}
                -- an enum holds only its own values
                {% for column, values in accepted.items() %}
                case
                    when {{ column }} not in ('{{ values | join("', '") }}')
                        then '{{ column }} is ' || {{ column }}
                end,
                {% endfor %}
                null
            ) as reason

        from delivered

    ),

    keys_that_repeat as (

        select
            {{ key | join(', ') }},
            'key names ' || count(*) || ' rows' as reason

        from {{ model }}
        semi join delivered using ({{ key | join(', ') }})
        group by {{ key | join(', ') }}
        having count(*) > 1

    )

    select * from rows_that_break_it
    where reason <> ''

    union all

    select * from keys_that_repeat

{% endtest %}
