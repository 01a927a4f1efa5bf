{#- Replaces the view in one statement. dbt's own way (build aside, rename
    twice, drop) asks the catalog eight times; over fifty staging views that is
    most of a small cycle. -#}
{% materialization view, adapter="duckdb" %}

    {%- set target_relation = this.incorporate(type="view") -%}
    {%- set existing_relation = load_cached_relation(this) -%}

    {% if existing_relation is not none and not existing_relation.is_view %}
        {% do adapter.drop_relation(existing_relation) %}
    {% endif %}

    {{ run_hooks(pre_hooks) }}

    {% call statement("main") %}
        create or replace view {{ target_relation }} as (
            {{ sql }}
        )
    {% endcall %}

    {{ run_hooks(post_hooks) }}
    {% do adapter.commit() %}

    {{ return({"relations": [target_relation]}) }}

{% endmaterialization %}
