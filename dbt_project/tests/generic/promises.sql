{#-
    A mart keeps its promises: its grain, and what is true of every row. One
    query for all of them, since a test costs more to start than to run, and one
    look at the rows.

    unique_by: columns that name one row.
    always: {what we promise, in words: an expression true on every row}.
-#}
{% test promises(model, unique_by, always={}) -%}

    {%- set key = unique_by | join(", ") -%}
    with

    rows_of_the_mart as not materialized (

        select * from {{ model }}

    ),

    -- Numbers take a third of the time that words take to group: what looks
    -- the same is looked at again by its words.
    suspects as (

        select hash({{ key }}) as key_hash
        from rows_of_the_mart
        group by key_hash
        having count(*) > 1

    ),

    repeated as (

        select 1 as one
        from rows_of_the_mart
        where hash({{ key }}) in (select suspects.key_hash from suspects)
        group by {{ key }}
        having count(*) > 1

    ),

    counted as (

        select
            {% for expression in always.values() %}
                count(*) filter (where not coalesce({{ expression }}, false))
                    as breaches_{{ loop.index }},
            {% endfor %}
            (select count(*) from repeated) as repetitions
        from rows_of_the_mart

    ),

    breaches as (

        select
            'one row per {{ key }}' as promise,
            repetitions as breaches
        from counted

        {% for promise in always %}

        union all

        select
            '{{ promise }}' as promise,
            breaches_{{ loop.index }} as breaches
        from counted
        {% endfor %}

    )

    select * from breaches
    where breaches > 0

{% endtest %}
