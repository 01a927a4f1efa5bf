{{ config(tags=['after_plan']) }}

with

actions as (

    select * from {{ source('plan', 'purchase_order_action') }}

),

skus as (

    select * from {{ ref('int_sku') }}

),

suppliers as (

    select * from {{ ref('int_supplier') }}

),

decided as (

    select * from {{ source('feedback', 'suggestion') }}

),

final as (

    select
        ---------- ids
        actions.suggestion_id,
        actions.po_id,
        actions.po_line_id,
        actions.supplier_id,
        actions.sku_id,
        actions.location_id,

        ---------- text
        actions.action,
        skus.sku_name,
        suppliers.supplier_name,
        actions.currency,
        actions.reason,
        actions.reason_zh,
        coalesce(decided.status, 'proposed') as status,

        ---------- numbers
        decided.version,
        actions.current_quantity,
        actions.new_quantity,

        ---------- money
        actions.charges,
        actions.money_at_stake,

        ---------- dates
        actions.current_arrival_date,
        actions.new_arrival_date

    from actions
    left join skus on actions.sku_id = skus.sku_id
    left join suppliers on actions.supplier_id = suppliers.supplier_id
    left join decided on actions.suggestion_id = decided.suggestion_id

)

select * from final
