{{ config(tags=['after_plan']) }}

with

moves as (

    select * from {{ source('plan', 'transfer_suggestion') }}

),

skus as (

    select * from {{ ref('int_sku') }}

),

decided as (

    select * from {{ source('feedback', 'suggestion') }}

),

final as (

    select
        ---------- ids
        moves.suggestion_id,
        moves.sku_id,
        moves.from_location_id,
        moves.to_location_id,

        ---------- text
        skus.sku_name,
        moves.currency,
        moves.reason,
        moves.reason_zh,
        coalesce(decided.status, 'proposed') as status,

        ---------- numbers
        decided.version,
        moves.quantity,
        coalesce(
            case
                when decided.approved_qty > 0 then decided.approved_qty
                else decided.edited_qty
            end,
            {{ qty("moves.quantity") }}
        ) as decided_qty,

        ---------- money
        moves.est_cost,
        moves.money_at_stake,

        ---------- dates
        moves.ship_date,
        moves.arrival_date

    from moves
    left join skus on moves.sku_id = skus.sku_id
    left join decided on moves.suggestion_id = decided.suggestion_id

)

select * from final
