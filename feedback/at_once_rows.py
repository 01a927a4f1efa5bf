"""Rows of the plan whose suggestions are made when somebody approves them, and what they ask for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from feedback.identity import Need

# By action, of the marts in a schema or a publication; in the order in which they are worked off.
ROWS: Mapping[str, str] = {
    "pick": """
        with picks as (
            select
                wave_id, outbound_id,
                to_json(list({{
                    'cart': cart_no, 'seq': seq, 'bin': bin_id, 'sku': sku_id, 'batch': batch_no, 'qty': qty
                }} order by cart_no, seq))::varchar as picks
            from {schema}pick_task
            group by all
        )
        select
            o.wave_id, o.warehouse_id, o.outbound_id, o.sequence, o.cart_no, o.slot, o.wave_cutoff_at as cutoff_at,
            o.wave_planned_start_at as planned_start_at, o.ready_at, o.wave_order_count as order_count,
            o.wave_distance_m as pick_distance_m, o.wave_baseline_distance_m as baseline_distance_m, p.picks, o.reason
        from {schema}wave_order as o
        left join picks as p on p.wave_id = o.wave_id and p.outbound_id = o.outbound_id
        order by o.wave_id, o.sequence
    """,
    "ship": """
        select
            outbound_id, 1 as parcel_no, warehouse_id, carrier_id, service_code, billed_weight_g, est_cost, currency,
            late_probability::decimal(9, 6) as late_probability, promised_deliver_by,
            runner_up_carrier_id, runner_up_service_code, runner_up_cost, insured_value, reason, reason_zh, is_drawn,
            insured_value is not null as is_insured
        from {schema}carrier_choice
        order by outbound_id
    """,
    "outlook": """
        select
            supplier_id, supplier_item_no, sku_id, location_id as ship_to_warehouse_id, week_start, expected_qty,
            p10_qty, p50_qty, p90_qty, committed_qty, reason
        from {schema}supplier_outlook
        order by supplier_id, sku_id, location_id, week_start
    """,
    "promote": """
        select sku_id, action, driver, available_qty, units_to_move, days_of_cover, next_arrival_date, unit_margin,
            currency, valid_from, valid_to, reason, reason_zh
        from {schema}marketing_push_pull
        order by action, money_at_stake desc, sku_id
    """,
    "guard": """
        select sku_id, shop_id, min_price, max_price, currency, true as tax_included, units_to_clear, clear_by,
            valid_from, valid_to, reason, reason_zh
        from {schema}price_guardrail
        where currency is not null
        order by sku_id, shop_id
    """,
    "fence": """
        select sku_id, location_id as warehouse_id, shop_id, allocated_qty, is_ring_fenced as ring_fenced,
            available_qty, expected_demand_qty, valid_from, valid_to, reason, reason_zh
        from {schema}channel_allocation
        order by sku_id, location_id, is_ring_fenced desc, shop_id
    """,
    "count": """
        select location_id as warehouse_id, sku_id, place as rank, on_hand_qty as book_qty,
            last_corrected_date as last_counted_date, doubt_amount as value_of_doubt, count_by, driver, reason
        from {schema}cycle_count_list
        where place <= 20 and doubt_amount > 0
        order by location_id, place
    """,
    "adopt": """
        select sku_id, current_mode, supplier_id, location_id as warehouse_id, weekly_demand_qty, first_order_qty,
            unit_margin_now, unit_margin_stocked, yearly_gain, capital_needed, delivery_days_saved, currency, reason,
            reason_zh
        from {schema}worth_stocking
        where verdict = 'worth_stocking'
        order by yearly_gain desc, sku_id
    """,
    "stage": """
        select sku_id, spu_id, current_stage, proposed_stage, effective_date, on_hand_qty, days_of_cover,
            money_at_stake, reason
        from {schema}lifecycle_proposal
        order by money_at_stake desc, sku_id
    """,
}
# Columns that say what a row is about, and where; without a place, everywhere.
ABOUT: Mapping[str, tuple[str, str | None]] = {
    "pick": ("outbound_id", "warehouse_id"),
    "ship": ("outbound_id", "warehouse_id"),
    "outlook": ("sku_id", "ship_to_warehouse_id"),
    "promote": ("sku_id", None),
    "guard": ("sku_id", "shop_id"),
    "fence": ("sku_id", "warehouse_id"),
    "count": ("sku_id", "warehouse_id"),
    "adopt": ("sku_id", "warehouse_id"),
    "stage": ("sku_id", None),
}
# What only a reader wants: receivers are told it once.
FOR_READERS = frozenset({"reason_zh"})


def needs_of(action: str, names: Sequence[str], rows: Iterable[Sequence[object]]) -> list[Need]:
    """Rows of a mart as needs: one order or SKU each, or a supplier's week."""
    return [_need(action, dict(zip(names, row, strict=True))) for row in rows]


def _need(action: str, row: Mapping[str, object]) -> Need:
    facts = {name: _exact(value) for name, value in row.items() if value is not None and name not in FOR_READERS}
    what, where = ABOUT[action]
    place = str((row[where] if where else None) or "*")
    if action == "outlook":
        week = f"{row['supplier_id']} {row['week_start']}"
        quantity = Decimal(str(row["expected_qty"]))
        return Need(action, str(row[what]), place, quantity, target=week, facts=facts)
    # A warehouse's stock of a SKU is split over several shops, each with a name of its own.
    target = str(row["shop_id"]) if action == "fence" else None
    return Need(action, str(row[what]), place, Decimal(1), target=target, facts=facts)


def _exact(value: object) -> object:
    """Metres are measured, not counted: their shortest text says what was meant."""
    return Decimal(str(value)) if isinstance(value, float) else value
