"""Planning policy of the sample retailer: what its planners decided, as the contract's policy tables."""

from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path

from world import OPENED, PROVINCES, SERVICES, SUPPLIERS, WAREHOUSES, moment, money
from writing import to_csv

FROM = date(2026, 9, 1)


def tables() -> dict[str, list[dict]]:
    """Rows by policy table; the columns that every row carries are added when it is written."""
    return {
        "service_target": _service_targets(),
        "cost_rate": _cost_rates(),
        "budget": [
            {"period": "202611", "scope": "*", "amount": money(180000), "currency": "CNY"},
            {"period": "202612", "scope": "*", "amount": money(120000), "currency": "CNY"},
        ],
        "supplier_term": _supplier_terms(),
        "transfer_lane": _transfer_lanes(),
        "storage_capacity": _storage(),
        "labour_standard": _labour(),
        "wave_rule": _wave_rules(),
        "carrier_pickup": _pickups(),
        "coverage": _coverage(),
        "item_link": [
            {"sku_id": "CR-RD-42", "linked_sku_id": "TR-GR-42", "kind": "analogue", "scale": Decimal("1.2")},
            {"sku_id": "RS-BK-42", "linked_sku_id": "OR-BL-42", "kind": "predecessor", "scale": Decimal("1")},
        ],
        "health_threshold": [
            {"status": status, "segment": "*", "days": days}
            for status, days in (
                ("at_risk", 7),
                ("excess", 90),
                ("slow", 45),
                ("dead", 60),
                ("near_expiry", 90),
            )
        ],
        "approval_limit": [
            {"role": "planner", "action": "*", "max_amount": money(20000), "currency": "CNY"},
            {"role": "manager", "action": "*", "max_amount": money(200000), "currency": "CNY"},
        ],
    }


def _service_targets() -> list[dict]:
    targets = (("A", "0.97"), ("B", "0.95"), ("C", "0.88"))
    return [
        {
            "segment": abc,
            "warehouse_id": "*",
            "measure": "fill_rate",
            "target": Decimal(target),
            "shortage_penalty": None,
        }
        for abc, target in targets
    ]


def _cost_rates() -> list[dict]:
    rates = (
        ("capital", "0.12", "per_year"), ("storage", "0.004", "per_litre_day"),
        ("handling", "1.80", "per_unit"),
        ("disposal", "2.00", "per_unit"), ("late_parcel", "6.00", "per_parcel"), ("co2", "0.09", "per_kg"),
    )  # fmt: skip
    return [
        {
            "kind": kind,
            "scope": "*",
            "value": value,
            "unit": unit,
            "currency": None if unit == "per_year" else "CNY",
        }
        for kind, value, unit in rates
    ]


def _supplier_terms() -> list[dict]:
    return [
        {"supplier_id": s.supplier_id, "term_kind": "price_break_kind", "scope": "*", "from_volume": 0,
        "measure": None,
         "value": None, "price_break_kind": "all_units", "period": "order"}
        for s in SUPPLIERS[:2]
    ] + [
        {"supplier_id": "S1", "term_kind": "rebate", "scope": "*", "from_volume": 100000, "measure": "amount",
        "value": 0.02,
         "price_break_kind": None, "period": "year"},
    ]  # fmt: skip


def _transfer_lanes() -> list[dict]:
    return [
        {"from_warehouse_id": here, "to_warehouse_id": there, "days": 4, "deviation_days": 0.5,
        "cost_per_unit": money("1.60"),
         "cost_per_trip": money(120), "weekdays": "2,4", "currency": "CNY"}
        for here, there in (("SH01", "GZ01"), ("GZ01", "SH01"))
    ]  # fmt: skip


def _storage() -> list[dict]:
    return [{"warehouse_id": wh, "storage_class": "ambient", "volume_l": 16000} for wh in WAREHOUSES]


def _labour() -> list[dict]:
    seconds = (("pick", 90, 0.9, 8, 3, 0), ("check", 0, 0, 0, 4, 10), ("pack", 0, 0, 0, 5, 45))
    return [
        {"warehouse_id": "*", "stage": stage, "seconds_per_tour": tour, "seconds_per_metre": metre,
        "seconds_per_pick": pick,
         "seconds_per_unit": unit, "seconds_per_order": order}
        for stage, tour, metre, pick, unit, order in seconds
    ]  # fmt: skip


def _wave_rules() -> list[dict]:
    return [
        {
            "warehouse_id": "*",
            "wave_type": kind,
            "min_orders": 1,
            "max_orders": 30,
            "min_units": 1,
            "max_units": 150,
        }
        for kind in ("single_item", "multi_item")
    ]


def _pickups() -> list[dict]:
    services = [(s.carrier_id, s.code) for s in SERVICES]
    return [
        {"warehouse_id": wh, "carrier_id": carrier, "service_code": code, "weekday": weekday,
        "pickup_time": time(18),
         "max_parcels": 30 if carrier == "ZTO" else None}
        for wh in WAREHOUSES
        for carrier, code in services
        for weekday in range(1, 8)
    ]  # fmt: skip


def _coverage() -> list[dict]:
    rows = []
    for province, (*_, near, _, _, _) in PROVINCES.items():
        far = next(wh for wh in WAREHOUSES if wh != near)
        rows += [{"region_id": province, "rank": rank, "warehouse_id": wh} for rank, wh in ((1, near), (2, far))]
    return rows


def write(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for table, rows in tables().items():
        content = to_csv([_row(row) for row in rows])
        (folder / f"{table}.csv").write_text(content, encoding="utf-8", newline="\n")


def _row(row: dict) -> dict:
    published: datetime = moment(OPENED.date(), 18)
    return {
        "source_system": "plan",
        **row,
        "valid_from": FROM,
        "valid_to": None,
        "published_at": published,
        "updated_at": published,
    }
