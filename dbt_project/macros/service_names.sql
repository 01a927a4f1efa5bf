{# How carriers and their services are called: once each, whatever number of
   systems name them. #}
{% macro service_names() %}
    select
        carrier_id,
        service_code,
        min(carrier_name) as carrier_name,
        min(service_name) as service_name
    from {{ ref('stg_logistics__carrier_service') }}
    group by carrier_id, service_code
{% endmacro %}
