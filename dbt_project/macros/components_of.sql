{#- What is in the bundles of these order lines, beside them as `components`:
    by the recipe of the day. A line of a bundle is a component already. -#}
{%- macro components_of(lines) -%}
    left join (
        select
            bundle_sku_id,
            component_sku_id,
            qty,
            price_share,
            valid_from,
            coalesce(valid_to, date '9999-12-31') as valid_to
        from {{ ref('stg_product__bundle_component') }}
    ) as components
        on
            case
                when {{ lines }}.bundle_sku_id is null
                    then {{ lines }}.sku_id
            end = components.bundle_sku_id
            and {{ lines }}.ordered_date >= components.valid_from
            and {{ lines }}.ordered_date < components.valid_to
{%- endmacro -%}
