{#-
    A mart keeps its promises: its grain, and what is true of every row. One
    query for all of them, since a test costs more to start than to run.

    unique_by: columns that name one row.
    always: {what we promise, in words: an expression true on every row}.
-#}
{% test promises(model, unique_by, always={}) -%}

    with

    rows_of_the_mart as (

        select * from {{ model }}

    ),

    breaches as (

        select
            'one row per {{ unique_by | join(", ") }}' as promise,
            count(*) as breaches
        from (
            select 1 as one
            from rows_of_the_mart
            group by {{ unique_by | join(", ") }}
            having count(*) > 1
        )

        {% for promise, expression in always.items() %}

        union all

        select
            '{{ promise }}' as promise,
            count(*) as breaches
        from rows_of_the_mart
        where not coalesce({{ expression }}, false)
        {% endfor %}

    )

    select * from breaches
    where breaches > 0

{% endtest %}
