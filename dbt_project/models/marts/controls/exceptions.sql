with

planned as (

    select * from {{ ref('plan_exception') }}

),

stock_records as (

    select
        exception_type || ':' || subject as exception_id,
        sku_id,
        location_id,
        null as supplier_id,
        exception_type,
        subject,
        detail,
        proposed_action,
        {{ money("money_at_stake") }} as money_at_stake
    from {{ ref('int_stock_exception') }}

),

together as (

    select * from planned
    union all by name
    select * from stock_records

),

final as (

    select
        ---------- ids
        exception_id,
        sku_id,
        location_id,
        supplier_id,

        ---------- text
        exception_type,
        subject,
        detail,
        proposed_action,

        ---------- numbers
        row_number() over (
            order by
                coalesce(money_at_stake, 0) desc,
                exception_type,
                subject,
                detail
        ) as place,

        ---------- money
        money_at_stake

    from together

)

select * from final
