"""The rows that a step of a bridge stands on, as a question to the published marts."""

from __future__ import annotations

from planner.snapshot import Snapshot

FORECAST = (
    "select week_start, 'usual' as part, y_hat, q_0_5, q_0_9, q_0_95 from demand_forecast where {key}{bulk} "
    "order by week_start, part desc"
)
# What companies are expected to order in bulk is in the step too; how it spreads over weeks nobody tells.
BULK = (
    " union all by name select week_start, 'bulk' as part, bulk_qty as y_hat from demand_forecast "
    "where {key} and bulk_qty > 0"
)
STOCK = (
    "select sellable_qty, locked_qty, allocated_qty, available_qty, in_transit_po_qty, in_transit_transfer_qty, "
    "on_order_qty, approved_unseen_qty, snapshot_at from inventory_position where {key}"
)
ORDERS = (
    "select po_id, po_line_id, tracking_status, open_qty, expected_arrival_date, latest_arrival_date "
    "from purchase_order_tracking where {key} and open_qty > 0 order by expected_arrival_date, po_line_id"
)
TERMS = (
    "select supplier_id, moq_qty, order_multiple_qty, pack_numerator, pack_denominator, min_order_amount, "
    "unit_cost, e.unit_margin, lead_time_days, {cycle}review_days, service_target from replenishment_input "
    "left join (select sku_id, location_id, unit_margin from unit_economics) as e using (sku_id, location_id) "
    "where {key}"
)
NETWORK = (
    "select location_id, available_qty, in_transit_po_qty, in_transit_transfer_qty, on_order_qty, served_share, "
    "lost_share from inventory_position left join served_elsewhere using (location_id) where {sku} order by location_id"
)
EXPIRY = (
    "select batch_no, sellable_qty, days_left, unsold_qty, expiry_date, last_sale_date from expiry_projection "
    "where {key} order by last_sale_date, batch_no"
)
CHANGES = "select change, quantity_before, quantity, why from suggestion_change where {key}"
RETURNS = "select expected_date, resellable_qty from expected_return where {key} order by expected_date"
OFFERS = (
    "select supplier_id, place, capacity_qty, unit_cost, lead_time_days from supplier_option where {key} order by place"
)
CAPACITY = (
    "select supplier_id, location_id, capacity_per_week_qty, offered_qty, ordered_qty, left_qty from supplier_capacity "
    "where {sku} order by supplier_id, location_id"
)
MOVED = (
    "select sku_id, from_location_id, to_location_id, quantity, ship_date, arrival_date, est_cost, money_at_stake "
    "from transfer_suggestion where sku_id = '{name}' and to_location_id = '{place}' order by from_location_id"
)
STEPS = "select from_quantity, unit_cost, kind from price_step where {key} order by from_quantity"
BUDGET = "select scope, period, budget_amount, ordered_amount, open_amount from open_to_buy order by scope, period"

QUESTIONS = {
    "demand": FORECAST, "network": NETWORK, "safety": FORECAST, "timing": ORDERS, "on_hand": STOCK, "reserved": STOCK,
    "in_transit": STOCK, "on_order": ORDERS, "approved": STOCK, "approved_meanwhile": STOCK, "yield": TERMS,
    "pack": TERMS, "minimum_order": TERMS, "order_minimum": TERMS, "economics": TERMS, "price_step": STEPS,
    "money": BUDGET, "no_need": STOCK, "returning": RETURNS, "expiring": EXPIRY, "shelf_life": EXPIRY,
    "elsewhere": OFFERS, "moved": MOVED, "container": TERMS, "stability": CHANGES, "pallet": TERMS,
    "capacity": CAPACITY,
}  # fmt: skip


def rows_behind(snapshot: Snapshot, line: dict[str, object], step: str) -> dict[str, object]:
    """The question, as an analyst may ask it again, and its rows.

    Raises
    ------
    ValueError
        If no bridge has such a step.
    """
    if step not in QUESTIONS:
        raise ValueError(f"no bridge has a step {step!r}; there are {', '.join(QUESTIONS)}")
    sku, place = (str(line[name]).replace("'", "''") for name in ("sku_id", "location_id"))
    one = f"sku_id = '{sku}'"
    key = f"{one} and location_id = '{place}'"
    # Columns that a publication of an older version lacks.
    bulk = BULK.format(key=key) if _has(snapshot, "demand_forecast", "bulk_qty") else ""
    cycle = "order_cycle_days, " if _has(snapshot, "replenishment_input", "order_cycle_days") else ""
    sql = QUESTIONS[step].format(key=key, sku=one, name=sku, place=place, bulk=bulk, cycle=cycle)
    return {"step": step, "sql": sql, "rows": snapshot.rows(sql)}


def _has(snapshot: Snapshot, mart: str, column: str) -> bool:
    return column in snapshot.published.columns.get(mart, ())
