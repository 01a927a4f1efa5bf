{#- The days that exports told of purchase lines, version by version: the
    supplier's latest estimate, else its promise, and the day told before. What
    we asked for is no promise, and a version without a day tells nothing.

    lines: a relation with source_system and po_line_id, which are looked at. -#}
{% macro told_days(lines) -%}
    select
        versions.source_system,
        versions.po_line_id,
        versions.updated_at,
        coalesce(versions.expected_date, versions.promised_date) as told_date,
        lag(coalesce(versions.expected_date, versions.promised_date)) over (
            partition by versions.source_system, versions.po_line_id
            order by versions.updated_at, versions.known_at
        ) as told_before
    from {{ source('versions', 'purchase_order_line') }} as versions
    semi join {{ lines }} as told_lines
        on
            versions.source_system = told_lines.source_system
            and versions.po_line_id = told_lines.po_line_id
    where coalesce(versions.expected_date, versions.promised_date) is not null
{%- endmacro %}
