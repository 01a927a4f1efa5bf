with

accruals as (

    select * from {{ source('plan', 'freight_accrual') }}

),

services as (

    {{ service_names() }}

),

final as (

    select
        ---------- ids
        accruals.carrier_id,
        accruals.service_code,

        ---------- text
        services.carrier_name,
        services.service_name,

        ---------- dates
        accruals.month_start,

        ---------- numbers
        accruals.parcels,

        ---------- money
        accruals.accrued_amount

    from accruals
    left join services
        on
            accruals.carrier_id = services.carrier_id
            and accruals.service_code = services.service_code

)

select * from final
