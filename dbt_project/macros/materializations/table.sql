{#- Replaces the table, or its changed units (macros/increment.sql), inside one
    transaction: readers of the warehouse see the old rows or the new ones.
    dbt's own way (build aside, rename twice, drop) costs twice the time on
    small tables and gives nothing more here, since nobody but a run opens the
    warehouse. What is too large to build at once is built in parts
    (macros/in_parts.sql), one after the other in the same transaction.

    since: column from whose value on rows of a unit are replaced; those before
    it stand. The units to replace tell the value.

    tells: columns of which `control.change_of_<model>` gets the values in rows
    that went or came, for the models that read this one, in this pass or in
    another; where a table is built whole it can tell nothing but that.

    compares: false where rows are so wide that to compare them costs more than
    readers save: all that was replaced is told then, be it the same or not. -#}
{% materialization table, adapter="duckdb", supported_languages=["sql"] %}

    {%- set target_relation = this.incorporate(type="table") -%}
    {%- set existing_relation = load_cached_relation(this) -%}
    {%- set changed_by = config.get("changed_by") -%}
    {%- set changed = context[changed_by]() if changed_by else "" -%}
    {%- set parts = part_count() if is_of_whole(changed) else 1 -%}
    {%- set replaced = changed if parts == 1 else "" -%}
    {%- set tells = config.get("tells", []) -%}

    {% if existing_relation is not none and not existing_relation.is_table %}
        {% do adapter.drop_relation(existing_relation) %}
    {% endif %}

    {{ run_hooks(pre_hooks) }}

    {% if parts > 1 %}
        {% do stand_units(units_of_part(changed, 0, parts)) %}
    {% elif changed %}
        {% do stand_units(changed) %}
    {% endif %}
    {% set old = old_rows(existing_relation, replaced, tells) %}

    {% call statement("main") %}
        {% if config.get("contract").enforced %}
            {{ get_assert_columns_equivalent(sql) }}
            {% if replaced %}
                {{ delete_units(target_relation) }}
            {% else %}
                create or replace table {{ target_relation }}
                {{ get_table_columns_and_constraints() }};
            {% endif %}
            {{ insert_rows(target_relation, sql) }}
        {% elif replaced %}
            {{ delete_units(target_relation) }}
            {{ insert_rows(target_relation, sql) }}
        {% else %}
            create or replace table {{ target_relation }} as (
                {{ sql }}
            )
        {% endif %}
    {% endcall %}
    {% for part in range(1, parts) %}
        {% do stand_units(units_of_part(changed, part, parts)) %}
        {% call statement("part") %}
            {{ insert_rows(target_relation, sql) }}
        {% endcall %}
    {% endfor %}

    {% if changed_by %}
        {{ note_units(replaced) }}
    {% endif %}
    {% if old %}
        {{ tell_change(target_relation, old, replaced, tells) }}
    {% elif tells %}
        {{ tell_all(target_relation, tells) }}
    {% endif %}

    {{ run_hooks(post_hooks) }}
    {% do adapter.commit() %}

    {{ return({"relations": [target_relation]}) }}

{% endmaterialization %}

{#- Name the units that the model's statement reads. -#}
{% macro stand_units(units) -%}
    {%- do run_query(
        "create or replace temp table " ~ changed_units() ~ " as " ~ units
    ) -%}
{%- endmacro %}

{% macro insert_rows(relation, sql) -%}
    {%- if config.get("contract").enforced -%}
        insert into {{ relation }} {{ get_column_names() }} (
            {{ get_select_subquery(sql) }}
        );
    {%- else -%}
        insert into {{ relation }} by name (
            {{ sql }}
        )
    {%- endif -%}
{%- endmacro %}

{#- Remove the rows of the units that are about to be inserted again. -#}
{% macro delete_units(relation) -%}
    delete from {{ relation }} as old
    where exists (
        select 1 from {{ changed_units() }} as changed
        where {{ is_of_unit("old", "changed") }}
    );
{%- endmacro %}

{#- Whether a row is to be replaced together with its unit; of `units`, those
    to replace. -#}
{% macro is_of_unit(rows, units) -%}
    {%- for column in config.get("unit") -%}
        {{ rows }}.{{ column }} = {{ units }}.{{ column }}
        {%- if not loop.last %} and {% endif %}
    {%- endfor %}
    {%- if config.get("since") %}
        and {{ rows }}.{{ config.get("since") }}
        >= {{ units }}.{{ config.get("since") }}
    {%- endif %}
{%- endmacro %}

{#- Keep the rows that are about to go, to compare; returns where, or ''. -#}
{% macro old_rows(existing, changed, tells) -%}
    {%- if not tells or existing is none or not is_increment() -%}
        {{ return("") }}
    {%- endif -%}
    {%- set old = "old_rows_of_" ~ this.identifier -%}
    {%- do run_query(
        "create or replace temp table " ~ old ~ " as "
        ~ rows_of_units(existing, changed, told_columns(tells))
    ) -%}
    {{ return(old) }}
{%- endmacro %}

{#- What of a row is looked at to tell whether it changed. -#}
{% macro told_columns(tells) -%}
    {{- "replaced.*" if config.get("compares", true) else tells | join(", ") -}}
{%- endmacro %}

{% macro rows_of_units(relation, changed, columns) -%}
    select {{ columns }} from {{ relation }} as replaced
    {% if changed %}
        semi join {{ changed_units() }} as changed
            on {{ is_of_unit("replaced", "changed") }}
    {% endif %}
{%- endmacro %}

{#- Note how many units the turn replaced; null if the table was built whole. -#}
{% macro note_units(changed) -%}
    {%- set turn = "(select turn from control.increment)" -%}
    {%- if changed -%}
        {%- set units = "(select count(*) from " ~ changed_units() ~ ")" -%}
    {%- else -%}
        {%- set units = "null" -%}
    {%- endif -%}
    {%- if is_in_pass() -%}
        {%- do run_query(
            "delete from control.replaced where model = '"
            ~ this.identifier ~ "'"
        ) -%}
        {%- do run_query(
            "insert into control.replaced select '" ~ this.identifier ~ "', "
            ~ turn ~ ", " ~ units
        ) -%}
    {%- endif -%}
{%- endmacro %}

{#- Tell what rows went and came: the values of the columns that it `tells`.
    What every pass knows already is forgotten. -#}
{% macro tell_change(relation, old, changed, tells) -%}
    {%- set new -%}
        ({{ rows_of_units(relation, changed, told_columns(tells)) }})
    {%- endset -%}
    {%- set told = told_by(this.identifier) -%}
    {%- do run_query(
        "delete from " ~ told ~ " where turn <= (select min(turn) from ("
        ~ "select turn from control.pass_done where turn is not null "
        ~ "union all select last_turn from control.increment))"
    ) -%}
    {%- if config.get("compares", true) -%}
        {%- set changes = rows_that_differ(relation, old, new) -%}
    {%- else -%}
        {%- set changes = "from " ~ new ~ " union all from " ~ old -%}
    {%- endif -%}
    {%- do run_query(
        "insert into " ~ told ~ " select distinct " ~ tells | join(", ")
        ~ ", (select turn from control.increment) from (" ~ changes ~ ")"
    ) -%}
    {%- do run_query("drop table " ~ old) -%}
{%- endmacro %}

{% macro rows_that_differ(relation, old, new) -%}
    {%- set columns = adapter.get_columns_in_relation(relation)
        | map(attribute="quoted") | join(", ") -%}
    {#- Rows that stand as often as before cancel out. To take either side from
        the other sorts out each of them by all columns twice: 4.0 CPU-seconds
        where this takes 1.0. -#}
    select {{ columns }}
    from (
        select {{ columns }}, 1 as came from {{ new }}
        union all
        select {{ columns }}, -1 from {{ old }}
    )
    group by all
    having sum(came) != 0
{%- endmacro %}

{#- Tell that the table was built whole, in which anything may have changed. -#}
{% macro tell_all(relation, tells) -%}
    {%- if not is_in_pass() -%}
        {{ return("") }}
    {%- endif -%}
    {%- do run_query(
        "create or replace table " ~ told_by(this.identifier)
        ~ " as select " ~ tells | join(", ") ~ ", cast(0 as bigint) as turn"
        ~ " from " ~ relation ~ " limit 0"
    ) -%}
    {%- do run_query(
        "delete from control.told_change where model = '"
        ~ this.identifier ~ "'"
    ) -%}
    {%- do run_query(
        "insert into control.told_change select '" ~ this.identifier
        ~ "', turn from control.increment"
    ) -%}
{%- endmacro %}
