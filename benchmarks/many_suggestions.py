"""A published and planned workspace of many suggestions, and a desk over it, for benchmarks of the desk.

Every suggestion has its bridge, its forecast and some days of demand; the plan is in the journal.
"""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb

from feedback.identity import Need, match, suggestion_id
from feedback.journal import Journal
from feedback.journal.of_plan import matched
from pipelines.desk_list import keep_list
from pipelines.journal import open_journal
from pipelines.publication import publish
from pipelines.settings import load_settings
from pipelines.workspace import Workspace
from planner.access.accounts import Accounts
from planner.access.store import EVERY_TENANT, open_desk_store

AS_OF = datetime(2026, 11, 1, 6, tzinfo=ZoneInfo("Asia/Shanghai"))
PASSWORD = "only for this benchmark"
SETTINGS = 'tenant_id = "many"\n\n[destinations.erp]\ndecisions = ["purchase_suggestions"]\nfolder = "to_erp"\n'
# Taken into the journal at once: bounds the memory of this process, not of the desk.
AT_ONCE = 20_000

# One row per suggestion, from which every mart is made; 200 suppliers, three warehouses.
SUGGESTED = """
    create temp table item as
    select
        i, names.name as suggestion_id,
        'SKU' || lpad((i // 3)::varchar, 6, '0') as sku_id, 'W' || (i % 3) as location_id,
        'S' || lpad((hash(i // 3) % 200)::varchar, 3, '0') as supplier_id, 12 * (1 + hash(i) % 20)::bigint as quantity,
        ((hash(i, 1) % 100000) / 10)::decimal(18, 4) as stake,
        (1 + (hash(i, 2) % 500) / 10)::decimal(18, 4) as unit_cost
    from names
"""
MARTS = {
    "replenishment_suggestion": """
        select suggestion_id, sku_id, location_id, supplier_id, 'buy' as action, '跑鞋 Runner ' || sku_id as sku_name,
            '供应商 ' || supplier_id as supplier_name, 'CNY' as currency, 'below its level' as reason,
            '低于水位' as reason_zh, 'Supplier ' || hash(i, 3) % 200 as runner_up_supplier_name,
            0.5::decimal(18, 4) as runner_up_cost_difference,
            'proposed' as status, 0 as generation, 1 as version, quantity as suggested_qty,
            quantity::decimal(18, 4) as decided_qty, quantity // 12 as suggested_packs, '箱' as purchase_uom,
            (i % 40)::decimal(18, 4) as available_qty, 0::decimal(18, 4) as on_order_qty,
            0::decimal(18, 4) as on_order_unacknowledged_qty, 0::decimal(18, 4) as approved_unseen_qty,
            0::decimal(18, 4) as in_transit_transfer_qty, quantity as order_up_to_qty,
            quantity * 0.7::double as demand_mean_qty, quantity * 0.3::double as safety_qty,
            5.5::double as cover_days_before, 30.5::double as cover_days_after, unit_cost,
            (unit_cost * quantity)::decimal(18, 4) as amount, stake::decimal(18, 4) as money_at_stake,
            true as stock_known, date '2026-11-01' + (i % 30)::int as stock_out_date,
            date '2026-11-15' as requested_date, []::varchar[] as defaults from item""",
    "replenishment_bridge": """
        select suggestion_id, sku_id, location_id, step, seq, share * quantity // 12 as quantity,
            quantity as running_quantity
        from item, (values ('demand_over_protection_interval', 1, 9), ('safety_stock', 2, 4), ('on_hand', 3, -2),
            ('pack_rounding', 4, 1)) as steps(step, seq, share)""",
    "replenishment_input": """
        select sku_id, location_id, supplier_id, 'CNY' as currency, 12 as moq_qty, 12 as order_multiple_qty,
            14.0::double as lead_time_days, 2.0::double as lead_time_std_days,
            'measured on this SKU' as lead_time_source,
            9 as lead_time_samples, 4.0::double as review_days, unit_cost, 6::decimal(18, 4) as unit_margin,
            0.95::double as service_target, 5::decimal(18, 4) as available_qty,
            5::decimal(18, 4) as inventory_position_qty,
            (i % 50 = 0)::int::decimal(18, 4) as on_order_late_qty, 0::decimal(18, 4) as in_transit_po_qty,
            unit_cost as home_unit_cost, 'CNY' as home_currency, 0::decimal(18, 4) as approved_unseen_qty,
            1000::decimal(18, 4) as min_order_amount, 'A' as abc, 'C' || (i % 20) as category_id,
            case when i % 9 = 0 then 'new' else 'active' end as lifecycle, true as stock_known,
            []::varchar[] as defaults
        from item""",
    "replenishment_level": """
        select sku_id, location_id, quantity * 0.7::double as demand_mean_qty,
            quantity * 0.3::double as safety_qty
        from item""",
    "suggestion_change": """
        select suggestion_id, sku_id, location_id, 'buy' as action, 'new' as change,
            null::decimal(18, 4) as quantity_before, quantity::decimal(18, 4) as quantity,
            'shipment:V' || i % 500 as cause_id, 'shipment' as cause_kind, 'V' || i % 500 as cause_subject,
            quantity::decimal(18, 4) as moved_qty, quantity::decimal(18, 4) as moved_amount from item""",
    "order_load": """
        select sku_id, location_id, supplier_id, (1 + hash(i, 4) % 300 / 10)::double as unit_volume_l,
            (hash(i, 5) % 50 / 10)::double as unit_weight_kg, 480::double as pallet_qty,
            60000::double as container_volume_l, null::double as container_weight_kg from item""",
    "supplier_container": """
        select distinct supplier_id, location_id, 60000::double as volume_l, null::double as weight_kg
        from item where supplier_id < 'S100'""",
    "open_to_buy": """
        select '202611' as period, '*' as scope, 'CNY' as currency, 10000000::decimal(18, 4) as budget_amount,
            0::decimal(18, 4) as ordered_amount""",
    "price_step": """
        select sku_id, location_id, supplier_id, 'all_unit' as kind, 120 as from_quantity,
            (0.9 * unit_cost)::decimal(18, 4) as unit_cost from item where i % 3 = 0""",
    "promotion_week": "select sku_id, date '2026-11-09' as week_start from item where i % 7 = 0",
    "inventory_position": """
        select sku_id, location_id, 5::decimal(18, 4) as available_qty, 0::decimal(18, 4) as on_order_qty,
            unit_cost as on_hand_amount from item""",
    "inventory_health": "select sku_id, 'at_risk' as status, stake::decimal(18, 4) as money_at_stake from item",
    "exceptions": "select sku_id, stake::decimal(18, 4) as money_at_stake from item",
    "sku_lifecycle": "select sku_id, 'launch' as stage, 'new' as recorded_lifecycle from item where i % 9 = 0",
    "delivery_status": "select false as is_late, []::varchar[] as blocks",
    "approval_limit": """
        select 'manager' as role, '*' as action, date '2026-01-01' as valid_from, null::date as valid_to,
            100000::decimal(18, 4) as max_amount, 'CNY' as currency""",
    "demand_history": """
        select sku_id, location_id, date '2026-11-01' - d::int as demand_date,
            (hash(i, d) % 5)::decimal(18, 4) as gross_demand_qty, (hash(i, d) % 4)::decimal(18, 4) as shipped_qty,
            hash(i, d) % 30 = 0 as is_stocked_out, d % 60 < 4 as is_promoted, true as is_complete_day
        from item, range(1, $days + 1) as days(d)""",
    "demand_forecast": """
        select sku_id, location_id, date '2026-10-26' + 7 * w::int as week_start, 10.0::double as y_hat,
            5.0::double as q_0_1,
            10.0::double as q_0_5, 15.0::double as q_0_9
        from item, range(8) as weeks(w)""",
    "purchase_order_tracking": """
        select sku_id, location_id, 'P' || i as po_id, 'P' || i || '-1' as po_line_id, supplier_id,
            'on_schedule' as tracking_status,
            24::decimal(18, 4) as open_qty, true as is_acknowledged, date '2026-11-20' as expected_arrival_date,
            date '2026-11-25' as latest_arrival_date, date '2026-11-20' as expected_date,
            date '2026-11-20' as requested_date
        from item where i % 4 = 0""",
    "purchase_outcome": """
        select sku_id, location_id, date '2026-10-01' as outcome_date, 0.01::decimal(18, 8) as holding_rate,
            6::decimal(18, 4) as shortage_rate
        from item""",
}


@contextmanager
def served(workspace: Workspace, names: list[str]) -> Iterator[tuple[str, int]]:
    """Address and process of a desk over a workspace that `make` made, with these approvers."""
    file = workspace.root.parent / "desk.db"
    file.unlink(missing_ok=True)
    people = open_desk_store(file)
    for name in names:
        Accounts(people).add(name, PASSWORD, frozenset({"approver"}), EVERY_TENANT, datetime.now(UTC))
        Accounts(people).change_password(name, PASSWORD)
    people.dispose()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = ["-m", "pipelines.cli", "-w", str(workspace.root), "serve", "--port", str(port), "--desk", str(file)]
    server = subprocess.Popen([sys.executable, *command], stdout=subprocess.DEVNULL)
    try:
        yield f"http://127.0.0.1:{port}", server.pid
    finally:
        server.terminate()
        server.wait()


def make(folder: Path, suggestions: int, days: int) -> Workspace:
    """A workspace in `folder` of so many suggestions with so many days of demand each; as it is if it was made."""
    workspace = Workspace(folder.resolve())
    if workspace.decisions.exists():
        return workspace
    folder.mkdir(parents=True)
    workspace.settings_file.write_text(SETTINGS, encoding="utf-8")
    workspace.create_folders()
    names = [suggestion_id("buy", f"SKU{i // 3:06}", f"W{i % 3}") for i in range(suggestions)]
    config = {"memory_limit": "2GB", "threads": 2}
    with duckdb.connect(str(workspace.warehouse), config=config) as warehouse:
        warehouse.execute("set TimeZone = 'Asia/Shanghai'")
        warehouse.execute(
            "create temp table names as select generate_subscripts($1, 1) - 1 as i, unnest($1) as name", [names]
        )
        warehouse.execute(SUGGESTED)
        warehouse.execute("create schema marts")
        for name, rows in MARTS.items():
            warehouse.execute(f"create table marts.{name} as {rows.replace('$days', str(days))}")
        items = warehouse.execute(
            "select sku_id, location_id, quantity, supplier_id, unit_cost from item order by i"
        ).fetchall()
        publish(warehouse, workspace, "many", AS_OF, AS_OF)
    workspace.warehouse.unlink()
    settings = load_settings(workspace.settings_file)
    journal = open_journal(workspace, settings)
    _take(journal, items)
    keep_list(workspace, settings, journal)
    journal.store.dispose()
    return workspace


def _take(journal: Journal, items: list[tuple]) -> None:
    """The plan of these items in a journal that is empty."""
    for start in range(0, len(items), AT_ONCE):
        needs = [_need(*item) for item in items[start : start + AT_ONCE]]
        journal.record(list(matched(match([], needs, {}, frozenset(), AS_OF.date()), "plan", AS_OF)))


def _need(sku: str, place: str, quantity: int, supplier: str, unit_cost: Decimal) -> Need:
    facts = {
        "supplier_id": supplier, "ship_to_warehouse_id": place, "unit_price": unit_cost, "currency": "CNY",
        "uom_ratio_numerator": 12, "uom_ratio_denominator": 1, "requested_date": "2026-11-15",
        "as_of": AS_OF.isoformat(), "reason": "below its level",
    }  # fmt: skip
    return Need("buy", sku, place, Decimal(quantity), due=date(2026, 11, 15), facts=facts)
