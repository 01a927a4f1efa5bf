"""Rows of the plan whose suggestions are made when somebody approves them: waves, carrier choices, outlooks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from feedback.identity import Need
from pipelines.query import open_publication
from pipelines.settings import Settings
from pipelines.workspace import Workspace

# By action, of the marts in a schema or a publication; in the order in which they are worked off.
ROWS: Mapping[str, str] = {
    "pick": """
        select
            wave_id, warehouse_id, outbound_id, sequence, wave_cutoff_at as cutoff_at,
            wave_order_count as order_count, wave_distance_m as pick_distance_m,
            wave_baseline_distance_m as baseline_distance_m, reason
        from {schema}wave_plan
        order by wave_id, sequence
    """,
    "ship": """
        select
            outbound_id, 1 as parcel_no, warehouse_id, carrier_id, service_code, billed_weight_g, est_cost, currency,
            promised_deliver_by, runner_up_carrier_id, runner_up_service_code, runner_up_cost, reason
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
}
MOST_ROWS = 1_000_000


def planned_at_once(workspace: Workspace, settings: Settings, action: str) -> list[Need]:
    """What the current publication's plan would pick, ship or tell suppliers, as needs.

    Raises
    ------
    PublicationError
        If nothing is published.
    """
    with open_publication(workspace, settings) as reader:
        names, rows = reader.rows(ROWS[action].format(schema=""), MOST_ROWS)
        return needs_of(action, names, rows, reader.publication.as_of)


def needs_of(action: str, names: Sequence[str], rows: Iterable[Sequence[object]], as_of: datetime) -> list[Need]:
    """Rows of a mart as needs: one order each, or a supplier's week; a wave may begin at the plan's instant."""
    return [_need(action, dict(zip(names, row, strict=True)), as_of) for row in rows]


def _need(action: str, row: Mapping[str, object], as_of: datetime) -> Need:
    facts = {name: _exact(value) for name, value in row.items() if value is not None}
    if action == "pick":
        facts["planned_start_at"] = as_of
    if action == "outlook":
        week = f"{row['supplier_id']} {row['week_start']}"
        quantity = Decimal(str(row["expected_qty"]))
        return Need(action, str(row["sku_id"]), str(row["ship_to_warehouse_id"]), quantity, target=week, facts=facts)
    return Need(action, str(row["outbound_id"]), str(row["warehouse_id"] or "*"), Decimal(1), facts=facts)


def _exact(value: object) -> object:
    """Metres are measured, not counted: their shortest text says what was meant."""
    return Decimal(str(value)) if isinstance(value, float) else value
