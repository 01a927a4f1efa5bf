"""A small workspace for the desk, made by hand: marts as dbt declares them, published, its plan in the journal."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from zoneinfo import ZoneInfo

import duckdb
import yaml

from feedback.identity import Need, suggestion_id
from pipelines.publication import publish
from pipelines.serve import tenant_of
from pipelines.settings import load_settings
from pipelines.workspace import Workspace
from planner.tenant import Tenant

MODELS = Path(__file__).parents[2] / "dbt_project" / "models" / "marts"
AS_OF = datetime(2026, 11, 1, 6, tzinfo=ZoneInfo("Asia/Shanghai"))
TODAY = AS_OF.date()
# What a name may hold, and no page may run.
SCRIPT = "<img src=x onerror=alert(1)>"
READ = (
    "replenishment_suggestion", "replenishment_bridge", "replenishment_input", "replenishment_level",
    "suggestion_change", "promotion_week", "inventory_position", "inventory_health", "exceptions", "sku_lifecycle",
    "delivery_status", "quarantined_row", "approval_limit",
    "stock_age", "supplier_scorecard", "profit_cube", "forecast_total",
    "forecast_accuracy", "forecast_value_added", "forecast_override", "control_result",
    "demand_history", "demand_forecast", "purchase_order_tracking", "purchase_outcome", "carrier_choice",
    "wave_plan", "wave_order", "pick_task", "wave_replenishment_task", "wave_unplanned", "wave_labour", "pick_location",
    "price_step", "open_to_buy", "expiry_projection", "expected_return", "supplier_option",
    "commitment_status", "carrier_scorecard", "freight_audit", "freight_accrual", "promise_frontier",
    "contract_price", "served_elsewhere", "supplier_capacity", "carrier_offset", "carrier_offer",
    "transfer_suggestion", "unit_economics",
)  # fmt: skip
SETTINGS = """tenant_id = "{tenant_id}"

[destinations.erp]
decisions = ["purchase_suggestions", "transfers", "purchase_order_actions", "clearance", "cycle_counts"]
folder = "to_erp"
"""


def make_workspace(
    folder: Path,
    lines: int = 3,
    tenant_id: str = "shop",
    without: Sequence[str] = (),
    others: bool = False,
    more: Mapping[str, list[dict[str, object]]] = MappingProxyType({}),
    older: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> Tenant:
    """A published and planned workspace with `lines` suggestions to buy, worth more from line to line.

    `without` names marts that were never made; `others` adds one transfer, one order to cancel and one clearance;
    `more` is marts with their rows, `older` the columns of marts that an older version did not publish yet.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "supplyloop.toml").write_text(SETTINGS.format(tenant_id=tenant_id), encoding="utf-8")
    workspace = Workspace.at(folder)
    workspace.create_folders()
    with duckdb.connect(str(workspace.warehouse)) as warehouse:
        warehouse.execute("set TimeZone = 'Asia/Shanghai'")
        warehouse.execute("create schema marts")
        told = marts(lines) | (other_actions() if others else {}) | more
        for name in (*READ, *(told.keys() - set(READ))):
            if name not in without:
                _make(warehouse, name)
                insert(warehouse, name, told.get(name, []))
        for name, columns in older.items():
            for column in columns:
                warehouse.execute(f"alter table marts.{name} drop column {column}")
        publish(warehouse, workspace, tenant_id, AS_OF, AS_OF.astimezone(UTC))
    tenant = tenant_of(workspace, load_settings(workspace.settings_file))
    needs = [need(number) for number in range(1, lines + 1)]
    tenant.journal.take([*needs, *(OTHER_NEEDS if others else ())], {}, "plan", AS_OF)
    return tenant


def name_of(number: int) -> str:
    """Id of the suggestion of a line."""
    return suggestion_id("buy", sku(number), "W1")


def sku(number: int) -> str:
    """SKU of a line."""
    return f"SKU{number:06}"


def need(number: int) -> Need:
    """What the plan asks for in a line: twelve units and twelve more with each line, at 10 a unit."""
    facts = {
        "supplier_id": f"S{number % 2 + 1}", "ship_to_warehouse_id": "W1", "unit_price": "10", "currency": "CNY",
        "uom_ratio_numerator": 12, "uom_ratio_denominator": 1, "requested_date": "2026-11-15",
        "as_of": AS_OF.isoformat(), "reason": "by hand",
    }  # fmt: skip
    return Need("buy", sku(number), "W1", Decimal(12 * number), due=date(2026, 11, 15), facts=facts)


_ROW = {"as_of": AS_OF.isoformat(), "currency": "CNY", "reason": "by hand"}
# A transfer, an order to cancel and what to clear, as the plan of `other_actions` asks for them.
OTHER_NEEDS = (
    Need(
        "transfer", sku(1), "W1", Decimal(12), due=date(2026, 11, 4),
        facts=_ROW | {"from_warehouse_id": "W2", "to_warehouse_id": "W1", "ship_date": "2026-11-02", "est_cost": "30"},
    ),
    Need(
        "cancel", sku(3), "W1", Decimal(0), target="P1-1",
        facts=_ROW | {"po_id": "P1", "po_line_id": "P1-1", "supplier_id": "S1", "current_quantity": "24",
                      "new_quantity": "0", "ship_to_warehouse_id": "W1"},
    ),
    Need(
        "clear", "OLD", "W1", Decimal(6),
        facts=_ROW | {"action": "markdown", "warehouse_id": "W1", "unit_price": "10"},
    ),
)  # fmt: skip


def other_actions() -> dict[str, list[dict[str, object]]]:
    """Twelve to move to the first line's place, an order of the second to cancel, six of the third to clear."""
    words = {"currency": "CNY", "reason": "by hand", "reason_zh": "手工"}
    ids = [suggestion_id(*each.key, 0) for each in OTHER_NEEDS]
    return {
        "transfer_suggestion": [
            words | {
                "suggestion_id": ids[0], "sku_id": sku(1), "from_location_id": "W2", "to_location_id": "W1",
                "sku_name": "鞋", "quantity": 12, "est_cost": 30, "money_at_stake": 900,
                "ship_date": date(2026, 11, 2), "arrival_date": date(2026, 11, 4),
            }
        ],
        "purchase_order_action": [
            words | {
                "suggestion_id": ids[1], "po_id": "P1", "po_line_id": "P1-1", "supplier_id": "S1", "sku_id": sku(3),
                "location_id": "W1", "action": "cancel", "sku_name": "鞋", "supplier_name": "供应商", "charges": 4,
                "current_quantity": 24, "new_quantity": 0, "current_arrival_date": date(2026, 11, 20),
                "money_at_stake": 80,
            }
        ],
        "clearance_suggestion": [
            words | {
                "suggestion_id": ids[2], "sku_id": "OLD", "location_id": "W1", "action": "markdown",
                "runner_up": "scrap", "sku_name": "旧鞋", "quantity": 6, "markdown_rate": 0.3, "floor_price": 5,
                "value_at_cost": 60, "expected_recovery": 50, "money_at_stake": 40, "runner_up_gain": 10,
                "clear_by": date(2026, 12, 1),
            }
        ],
    }  # fmt: skip


def carriers() -> dict[str, list[dict[str, object]]]:
    """Two services on one lane, and what one of them billed wrong."""
    named = [
        {"carrier_id": name, "service_code": "STD", "carrier_name": f"{name} {SCRIPT}", "service_name": "标准"}
        for name in ("C1", "C2")
    ]
    lane = {"origin_region": "32", "dest_region": "31"}
    return {
        "carrier_choice": [
            named[0]
            | {
                "outbound_id": "OB1",
                "warehouse_id": "W1",
                "dest_province": "31",
                "runner_up_carrier_id": "C2",
                "runner_up_service_code": "STD",
                "est_cost": 5,
                "runner_up_cost": 7,
                "saved_amount": 2,
                "expected_cost": 6,
                "runner_up_expected_cost": 7,
                "late_probability": 0.1,
                "bound_by": "cap of W1",
                "billed_weight_g": 1000,
                "reason": "cheapest on time",
            }
        ],
        "carrier_offer": [
            service
            | {
                "outbound_id": "OB1",
                "warehouse_id": "W1",
                "place": place,
                "est_cost": cost,
                "expected_cost": cost + 1,
                "offset_amount": 0,
                "late_probability": 0.1,
            }
            for place, (service, cost) in enumerate(zip(named, (5, 7), strict=True), start=1)
        ],
        "commitment_status": [
            {
                "carrier_id": "C1",
                "service_code": "*",
                "term_kind": "monthly_minimum",
                "scope": "{}",
                "from_volume": 0,
                "status": "short",
                "target_volume": 100,
                "month_volume": 10,
                "projected_volume": 60,
                "at_stake_amount": 80,
                "projected_rebate_amount": 0,
            }
        ],
        "carrier_scorecard": [
            row
            | place
            | {
                "weight_class": "*" if place["dest_region"] == "*" else "0-1 kg",
                "parcels": 40,
                "on_time_rate": share,
                "on_time_low": share - 0.1,
                "on_time_high": 1.0,
                "on_time_adjusted": share,
                "delivered_rate": 1.0,
                "damaged_rate": 0.0,
                "lost_rate": 0.0,
                "mean_days": 2.0,
                "parcel_cost": 5,
                "mix_parcel_cost": 6,
                "open_claim_amount": 0,
            }
            for row, share in zip(named, (0.8, 0.95), strict=True)
            for place in ({"origin_region": "*", "dest_region": "*"}, lane)
        ],
        "freight_audit": [
            {
                "carrier_id": "C1",
                "waybill_no": "Y1",
                "charge_type": "freight",
                "kind": "duplicate",
                "bill_no": "B1",
                "billed_amount": 10,
                "expected_amount": 5,
                "claim_amount": 5,
            }
        ],
        "contract_price": [
            {"service_id": "C1 STD", "contract": "minimum 100", "kind": "terms", "price": -1, "cost_amount": 12}
        ],
        "carrier_offset": [{"service_id": "C1 STD", "warehouse_id": "W1", "per_parcel": -1, "per_kg": 0}],
        "freight_accrual": [named[0] | {"month_start": date(2026, 10, 1), "parcels": 3, "accrued_amount": 15}],
        "promise_frontier": [
            row
            | lane
            | {
                "origin_name": "江苏省",
                "dest_name": "上海市",
                "lane_parcels": 80,
                "is_on_frontier": True,
                "promise_days": days,
                "mean_days": days,
                "late_rate": 0.1,
                "parcel_cost": cost,
                "co2_g": 30.0,
                "co2_cost": 0,
            }
            for row, days, cost in zip(named, (3.0, 1.0), (5, 7), strict=True)
        ],
    }


def waves() -> dict[str, list[dict[str, object]]]:
    """One wave of two orders on one cart, one of them late, and an order that no wave takes."""
    place = {"warehouse_id": "W1", "wave_id": "V1"}
    hours = [AS_OF + timedelta(hours=hour) for hour in range(4)]
    spots = [("B1", 0.0, 6.0), ("B2", 3.0, 4.0), ("B3", 0.0, 0.0), ("B4", 3.0, 10.0)]
    return {
        "wave_plan": [
            place | {
                "wave_no": 1, "wave_type": "multi_item", "zone_id": "Z1", "cart_count": 1, "order_count": 2,
                "unit_count": 4, "distance_m": 26.0, "baseline_distance_m": 40.0, "labour_minutes": 12.0,
                "planned_start_at": hours[0], "picked_at": hours[1], "ready_at": hours[2], "cutoff_at": hours[1],
                "reason": f"by hand {SCRIPT}", "plan_misses": 1, "plan_misses_bound": 0, "plan_minutes": 12.0,
                "plan_minutes_bound": 10.8, "plan_gap": 0.1, "plan_input_hash": "abc",
            }
        ],
        "wave_order": [
            place | {"outbound_id": f"OB{n}", "cart_no": 1, "slot": n, "sequence": n, "is_late": n == 2} for n in (1, 2)
        ],
        "pick_task": [
            place | {
                "cart_no": 1, "seq": n, "slot": n, "outbound_id": f"OB{n}", "sku_id": sku(n), "bin_id": spots[n - 1][0],
                "zone_id": "Z1", "x_m": spots[n - 1][1], "y_m": spots[n - 1][2], "qty": 2,
            }
            for n in (1, 2)
        ],
        "wave_replenishment_task": [
            place | {"task_no": 1, "sku_id": sku(1), "from_bin_id": "R1", "to_bin_id": "B1", "qty": 9,
                     "needed_by": hours[0]}
        ],
        "wave_unplanned": [
            place | {"outbound_id": "OB2", "reason": "late", "detail": "cut-off 07:00", "detail_zh": "赶不上截单"},
            {"outbound_id": "OB3", "warehouse_id": "W1", "reason": "no_stock", "detail": SCRIPT, "detail_zh": SCRIPT},
        ],
        "wave_labour": [
            {"warehouse_id": "W1", "stage": "pick", "zone_id": "Z1", "station_id": "*", "needed_minutes": 30.0,
             "available_minutes": 120.0, "share": 0.25},
            {"warehouse_id": "W1", "stage": "check", "zone_id": "*", "station_id": "C1", "needed_minutes": 5.0,
             "available_minutes": 50.0, "share": 0.1},
        ],
        "pick_location": [
            {"warehouse_id": "W1", "bin_id": name, "sku_id": sku(1), "zone_id": "Z1", "aisle": f"{x:g}", "x_m": x,
             "y_m": y}
            for name, x, y in spots
        ],
    }  # fmt: skip


def marts(lines: int) -> dict[str, list[dict[str, object]]]:
    """Rows of every mart that the desk reads."""
    numbers = range(1, lines + 1)
    place = [{"sku_id": sku(number), "location_id": "W1"} for number in numbers]
    with_id = [{"suggestion_id": name_of(n)} | p for n, p in zip(numbers, place, strict=True)]
    return {
        "replenishment_suggestion": [
            row | {
                "supplier_id": f"S{n % 2 + 1}", "supplier_name": f"供应商{n % 2 + 1}", "action": "buy",
                "sku_name": f"跑鞋 Runner {n} {SCRIPT}",
                "currency": "CNY", "reason": "by hand", "status": "proposed",
                "generation": 0, "version": 1, "suggested_qty": 12 * n, "decided_qty": 12 * n, "suggested_packs": n,
                "purchase_uom": "箱", "available_qty": 5, "on_order_qty": 0, "on_order_unacknowledged_qty": 0,
                "approved_unseen_qty": 0, "in_transit_transfer_qty": 0, "order_up_to_qty": 12 * n + 5,
                "demand_mean_qty": 10.0 * n, "safety_qty": 4.0 * n, "cover_days_before": 5.0, "cover_days_after": 20.0,
                "unit_cost": 10, "amount": 120 * n, "money_at_stake": 50 * n, "stock_known": True,
                "stock_out_date": date(2026, 11, 6), "requested_date": date(2026, 11, 15),
                "defaults": ["lead_time_days"] if n == 1 else [],
            }
            for n, row in zip(numbers, with_id, strict=True)
        ],
        "replenishment_bridge": [
            row | {"step": step, "seq": seq, "quantity": quantity, "running_quantity": running}
            for n, row in zip(numbers, with_id, strict=True)
            for step, seq, quantity, running in (
                ("demand", 1, 10 * n, 10 * n), ("safety", 2, 4 * n, 14 * n),
                ("on_hand", 3, -5, 14 * n - 5), ("pack", 4, 5 - 2 * n, 12 * n),
            )
        ],
        "replenishment_input": [
            row | {
                "supplier_id": f"S{n % 2 + 1}", "currency": "CNY", "moq_qty": 12, "order_multiple_qty": 12,
                "lead_time_days": 14.0, "lead_time_std_days": 2.0, "lead_time_source": "measured on this SKU",
                "lead_time_samples": 9, "order_cycle_days": 3.0, "review_days": 4.0, "unit_cost": 10,
                "home_unit_cost": 10, "home_currency": "CNY", "service_target": 0.95,
                "available_qty": 5, "inventory_position_qty": 5, "on_order_late_qty": 0, "in_transit_po_qty": 0,
                "min_order_amount": 1000, "abc": "A", "lifecycle": "active", "stock_known": True, "defaults": [],
            }
            for n, row in zip(numbers, place, strict=True)
        ],
        "unit_economics": [row | {"unit_cost": 10, "unit_margin": 6} for row in place],
        "replenishment_level": [
            row | {"demand_mean_qty": 10.0 * n, "safety_qty": 4.0 * n} for n, row in zip(numbers, place, strict=True)
        ],
        "suggestion_change": [
            # One late vessel brings all but the first.
            row | {
                "action": "buy", "change": "new", "quantity": 12 * n, "moved_qty": 12 * n, "moved_amount": 120 * n,
                "cause_id": "stock:W1" if n == 1 else "shipment:EVER9", "cause_kind": "stock" if n == 1 else "shipment",
                "cause_subject": "W1" if n == 1 else "EVER9",
            }
            for n, row in zip(numbers, with_id, strict=True)
        ],
        "inventory_position": [
            row | {"available_qty": 5, "on_order_qty": 0, "on_hand_amount": 50} for row in place
        ],
        "inventory_health": [row | {"status": "at_risk", "money_at_stake": 50} for row in place[:1]],
        "exceptions": [
            {"exception_id": "E", "cause_id": "E", "exception_type": "stock_at_risk", "money_at_stake": 50, "place": 1}
        ],
        "sku_lifecycle": [{"sku_id": sku(1), "stage": "launch", "recorded_lifecycle": "new"}],
        "delivery_status": [{"system": "order", "table_name": "sales_order", "is_late": False, "blocks": []}],
        "profit_cube": [
            {
                "month_start": date(2026, month, 1), "dimension": "all", "member": "*", "revenue_amount": 900,
                "profit_amount": 100 + month, "profit_rate": 0.1,
            }
            for month in (9, 10)
        ],
        **carriers(),
        **waves(),
        "demand_history": [
            row | {
                "fulfil_mode": "own", "demand_date": TODAY - timedelta(days=days), "gross_demand_qty": 1,
                "bulk_qty": 30 * (n == 3 and days == 20),
                "shipped_qty": 1, "is_complete_day": True, "is_promoted": False, "is_stocked_out": days < 3,
            }
            for n, row in zip(numbers, place[:20], strict=False)
            for days in range(1, 60)
        ],
        "demand_forecast": [
            row | {
                "week_start": date(2026, 10, 26) + timedelta(weeks=week), "y_hat": 4.0, "y_model": 4.0, "q_0_1": 2.0,
                "q_0_5": 4.0, "q_0_9": 6.0, "q_0_95": 7.0, "bulk_qty": 1.5 * (n == 3),
            }
            for n, row in zip(numbers, place[:20], strict=False)
            for week in range(8)
        ],
        "purchase_order_tracking": [
            place[-1] | {
                "po_line_id": "P1-1", "po_id": "P1", "supplier_id": "S1", "tracking_status": "on_schedule",
                "open_qty": 24, "expected_arrival_date": date(2026, 11, 20),
            }
        ],
    }  # fmt: skip


def insert(warehouse: duckdb.DuckDBPyConnection, name: str, rows: Iterable[Mapping[str, object]]) -> None:
    """Rows that name their columns; what they do not name is null."""
    for row in rows:
        columns = ", ".join(row)
        places = ", ".join("?" for _ in row)
        warehouse.execute(f"insert into marts.{name} ({columns}) values ({places})", list(row.values()))


def _make(warehouse: duckdb.DuckDBPyConnection, name: str) -> None:
    [file] = MODELS.rglob(f"{name}.yml")
    [model] = [each for each in yaml.safe_load(file.read_text(encoding="utf-8"))["models"] if each["name"] == name]
    columns = ", ".join(f"{column['name']} {column['data_type']}" for column in model["columns"])
    warehouse.execute(f"create table marts.{name} ({columns})")
