{#- Replaces the table, or its changed units (macros/increment.sql), inside one
    transaction: readers of the warehouse see the old rows or the new ones.
    dbt's own way (build aside, rename twice, drop) costs twice the time on
    small tables and gives nothing more here, since nobody but a run opens the
    warehouse.

    tells: columns of which `control.change_of_<model>` gets the values in rows
    that went or came, for the models that read this one. -#}
{% materialization table, adapter="duckdb", supported_languages=["sql"] %}

    {%- set target_relation = this.incorporate(type="table") -%}
    {%- set existing_relation = load_cached_relation(this) -%}
    {%- set changed_by = config.get("changed_by") -%}
    {%- set changed = context[changed_by]() if changed_by else "" -%}
    {%- set tells = config.get("tells", []) -%}

    {% if existing_relation is not none and not existing_relation.is_table %}
        {% do adapter.drop_relation(existing_relation) %}
    {% endif %}

    {{ run_hooks(pre_hooks) }}

    {% if changed %}
        {% do run_query(
            "create or replace temp table " ~ changed_units() ~ " as " ~ changed
        ) %}
    {% endif %}
    {% set old = old_rows(existing_relation, changed, tells) %}

    {% call statement("main") %}
        {% if config.get("contract").enforced %}
            {{ get_assert_columns_equivalent(sql) }}
            {% if changed %}
                {{ delete_units(target_relation) }}
            {% else %}
                create or replace table {{ target_relation }}
                {{ get_table_columns_and_constraints() }};
            {% endif %}
            insert into {{ target_relation }} {{ get_column_names() }} (
                {{ get_select_subquery(sql) }}
            );
        {% elif changed %}
            {{ delete_units(target_relation) }}
            insert into {{ target_relation }} by name (
                {{ sql }}
            )
        {% else %}
            create or replace table {{ target_relation }} as (
                {{ sql }}
            )
        {% endif %}
    {% endcall %}

    {% if old %}
        {{ tell_change(target_relation, old, changed, tells) }}
    {% endif %}

    {{ run_hooks(post_hooks) }}
    {% do adapter.commit() %}

    {{ return({"relations": [target_relation]}) }}

{% endmaterialization %}

{#- Remove the rows of the units that are about to be inserted again. -#}
{% macro delete_units(relation) -%}
    delete from {{ relation }} as old
    where exists (
        select 1 from {{ changed_units() }} as changed
        where {% for column in config.get("unit") -%}
            old.{{ column }} = changed.{{ column }}
            {%- if not loop.last %} and {% endif %}
        {%- endfor %}
    );
{%- endmacro %}

{#- Keep the rows that are about to go, to compare; returns where, or ''. -#}
{% macro old_rows(existing, changed, tells) -%}
    {%- if not tells or existing is none or not is_increment() -%}
        {{ return("") }}
    {%- endif -%}
    {%- set old = "old_rows_of_" ~ this.identifier -%}
    {%- do run_query(
        "create or replace temp table " ~ old ~ " as "
        ~ rows_of_units(existing, changed)
    ) -%}
    {{ return(old) }}
{%- endmacro %}

{% macro rows_of_units(relation, changed) -%}
    from {{ relation }}
    {% if changed %}
        semi join {{ changed_units() }} using ({{ config.get("unit") | join(", ") }})
    {% endif %}
{%- endmacro %}

{#- Tell what rows went and came: the values of the columns that it `tells`. -#}
{% macro tell_change(relation, old, changed, tells) -%}
    {%- set new -%} ({{ rows_of_units(relation, changed) }}) {%- endset -%}
    {%- do run_query(
        "create or replace table " ~ change_of(this.identifier)
        ~ " as select distinct " ~ tells | join(", ")
        ~ " from ((from " ~ old ~ " except all from " ~ new ~ ")"
        ~ " union all (from " ~ new ~ " except all from " ~ old ~ "))"
    ) -%}
    {%- do run_query(
        "insert into control.told_change values ('" ~ this.identifier ~ "')"
    ) -%}
    {%- do run_query("drop table " ~ old) -%}
{%- endmacro %}
