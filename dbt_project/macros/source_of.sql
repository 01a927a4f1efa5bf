{#- Where one row of a staging model came from: contract table, load and line
    of its file. -#}
{% macro source_of(contract, alias=none) -%}
    {%- set of = alias ~ "." if alias else "" -%}
    struct_pack(
        contract := '{{ contract }}',
        load_id := {{ of }}_load_id,
        line_no := {{ of }}_line_no
    )
{%- endmacro %}
