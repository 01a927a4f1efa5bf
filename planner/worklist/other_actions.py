"""What a plan suggests besides buying, as lines of the list: transfers, changes of open orders, what to clear."""

from __future__ import annotations

TRANSFERS = """
    select
        t.suggestion_id, 'transfer' as action, t.sku_id, t.sku_name, t.to_location_id as location_id, t.currency,
        t.from_location_id, t.quantity::double as suggested_qty, t.arrival_date as requested_date,
        t.est_cost as amount, t.money_at_stake, p.available_qty::double as available_qty
    from transfer_suggestion as t
    left join inventory_position as p on p.sku_id = t.sku_id and p.location_id = t.to_location_id
"""
# Money that is spent; below zero where an order is cut.
ORDER_CHANGES = """
    select
        a.suggestion_id, a.action, a.sku_id, a.sku_name, a.location_id, a.supplier_id, a.supplier_name, a.currency,
        a.po_id, a.po_line_id, a.new_quantity::double as suggested_qty,
        coalesce(a.new_arrival_date, a.current_arrival_date) as requested_date,
        ((a.new_quantity - a.current_quantity) * i.unit_cost + coalesce(a.charges, 0))::decimal(18, 4) as amount,
        a.money_at_stake, p.available_qty::double as available_qty
    from purchase_order_action as a
    left join replenishment_input as i using (sku_id, location_id)
    left join inventory_position as p using (sku_id, location_id)
"""
CLEARANCE = """
    select
        c.suggestion_id, 'clear' as action, c.sku_id, c.sku_name, c.location_id, c.supplier_id, c.currency,
        c.action as clear_way, c.quantity::double as suggested_qty, c.clear_by as requested_date, c.money_at_stake,
        p.available_qty::double as available_qty
    from clearance_suggestion as c
    left join inventory_position as p using (sku_id, location_id)
"""
# By the mart that it needs.
OTHERS = {
    "transfer_suggestion": TRANSFERS, "purchase_order_action": ORDER_CHANGES, "clearance_suggestion": CLEARANCE,
}  # fmt: skip
# No other quantity makes sense of these: they are approved or rejected.
WHOLE = frozenset({"cancel", "expedite", "defer"})

ORDER_ACTIONS = ("expedite", "defer", "increase", "reduce", "cancel")
ACTIONS = ("transfer", *ORDER_ACTIONS, "clear")
# Why, in words.
WHY = "select reason, reason_zh{more} from {mart} where suggestion_id = ?"
MART_OF = {"buy": "replenishment_suggestion", "transfer": "transfer_suggestion", "clear": "clearance_suggestion"} | (
    dict.fromkeys(ORDER_ACTIONS, "purchase_order_action")
)
_ORDER_TERMS = """
    select
        po_id, po_line_id, current_quantity::double as current_qty, new_quantity::double as new_qty,
        current_arrival_date, new_arrival_date, charges::double as charges_amount,
        money_at_stake::double as money_at_stake
    from purchase_order_action where suggestion_id = ?
"""
# What the right panel says of one, by its action.
TERMS = {
    "transfer": """
        select
            from_location_id, to_location_id, quantity::double as quantity, ship_date, arrival_date,
            est_cost::double as freight_amount, money_at_stake::double as money_at_stake
        from transfer_suggestion where suggestion_id = ?
    """,
    "clear": """
        select
            action as clear_way, markdown_rate, bundle_sku_id, to_location_id, supplier_id, batch_no,
            quantity::double as quantity,
            floor_price::double as floor_price, value_at_cost::double as value_at_cost_amount,
            expected_recovery::double as recovery_amount, money_at_stake::double as money_at_stake,
            runner_up as runner_up_way, runner_up_gain::double as runner_up_amount, clear_by, expiry_date
        from clearance_suggestion where suggestion_id = ?
    """,
} | dict.fromkeys(ORDER_ACTIONS, _ORDER_TERMS)
