{#-
    A fact of very many rows is built whole in parts: what its joins, groups and
    windows hold at once would not fit into memory, and beyond that it is
    written to disk and read again. A part is some of its units, built as those
    that changed are (macros/increment.sql). A model says in `all_units` where
    its units are found: of each model that names some, its columns, and which of
    its rows where not all do.
-#}

{#- All units of the model, to build in parts; '' where it is built at once. To
    name a unit that has no row does no harm. -#}
{% macro units_of_whole() -%}
    {%- if part_count() == 1 -%}
        {{ return("") }}
    {%- endif -%}
    {{ return(mark_of_whole() ~ rows_that_name_units() | join(" union all ")) }}
{%- endmacro %}

{#- Of each model that names units, the statement that selects them. -#}
{% macro rows_that_name_units() -%}
    {%- set found = [] -%}
    {%- for name, told in config.get("all_units", {}).items() -%}
        {%- set columns, rows = (told, "true") if told is string else told -%}
        {%- do found.append(
            "select " ~ columns ~ " from " ~ ref(name) ~ " where " ~ rows
        ) -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{#- Whether `changed` is all there is, not what changed. -#}
{% macro is_of_whole(changed) -%}
    {{ return(mark_of_whole() in changed) }}
{%- endmacro %}

{% macro mark_of_whole() -%}
    {{ return("/* all units */ ") }}
{%- endmacro %}

{#- Into how many parts the whole is divided, so that none has many more rows of
    units than the memory limit bears (pipelines/part_rows.py). -#}
{% macro part_count() -%}
    {%- if not execute or flags.WHICH not in ("build", "run") -%}
        {{ return(1) }}
    {%- endif -%}
    {%- set counts = [] -%}
    {%- for rows in rows_that_name_units() if this -%}
        {%- do counts.append("(select count(*) from (" ~ rows ~ "))") -%}
    {%- endfor -%}
    {%- if not counts -%}
        {{ return(1) }}
    {%- endif -%}
    {%- set asked = "select 1 + (" ~ counts | join(" + ") ~ ") // "
        ~ env_var("SUPPLYLOOP_PART_ROWS", "2500000") -%}
    {{ return(run_query(asked).rows[0][0] | int) }}
{%- endmacro %}

{#- The units of one part. -#}
{% macro units_of_part(units, part, parts) -%}
    select distinct * from ({{ units }})
    where hash({{ config.get("unit") | join(", ") }}) % {{ parts }} = {{ part }}
{%- endmacro %}
