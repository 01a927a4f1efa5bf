"""Master data as contract rows: every row passes its contract and finds what it refers to."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest

from contracts import inbox, table
from simulator import masters
from simulator.parameters import read
from simulator.times import CHINA, as_date, clock_time, day_number

WORLDS = Path(__file__).parents[2] / "simulator" / "worlds"
PYTHON_TYPES = {
    "id": str, "text": str, "json": str, "enum": str, "ts": datetime, "date": date, "time": time, "bool": bool,
    "int": int, "qty": int, "money": Decimal, "rate": Decimal, "number": (int, float),
}  # fmt: skip
OF_THE_DAYS = {  # tables that day steps write
    "product.review", "supplier.supplier_offer", "order.sales_order", "order.sales_order_line", "order.order_event",
    "marketing.discount_application", "warehouse.outbound_order", "warehouse.outbound_line", "warehouse.wave",
    "warehouse.pick_task", "logistics.shipment", "logistics.tracking_event", "logistics.freight_bill_line",
    "reference.listing",
}  # fmt: skip
MASTER_SYSTEMS = ("product", "supplier", "warehouse", "logistics", "order", "marketing", "reference", "policy")


@pytest.fixture(scope="module", params=["small", "reference"])
def made(request):
    parameters = read(WORLDS / f"{request.param}.toml")
    arrays = masters.make(parameters)
    rows = masters.rows(arrays, parameters)
    rows["warehouse.shift_capacity"] = masters.shift_rows(arrays, parameters, arrays.first_day)
    return arrays, rows


def test_every_master_table_has_rows(made):
    _, rows = made
    wanted = {t.qualified for system in MASTER_SYSTEMS for t in inbox()[system].tables.values()} - OF_THE_DAYS

    assert set(rows) == wanted


def test_every_value_passes_its_contract(made):
    _, rows = made
    for name, found in rows.items():
        columns = {column.name: column for column in table(name).all_columns}
        for row in found:
            assert row.keys() == columns.keys()
            for value, column in ((row[c], columns[c]) for c in columns):
                assert not _fault(value, column), (name, row)


def _fault(value, column) -> bool:
    if value is None:
        return column.required
    if not isinstance(value, PYTHON_TYPES[column.type]) or (column.type != "bool" and isinstance(value, bool)):
        return True
    if column.type == "ts" and value.utcoffset() != timedelta(hours=8):
        return True
    if column.type == "id" and not (1 <= len(value) <= 64 and value == value.strip()):
        return True
    low = column.minimum is not None and value < column.minimum
    above = column.exclusive_minimum is not None and value <= column.exclusive_minimum
    return bool(low or above or (column.values and value not in column.values))


def test_every_foreign_key_finds_its_row(made):
    _, rows = made
    for name, found in rows.items():
        for key in table(name).foreign_keys:
            there = {tuple(row[c] for c in key.to_columns) for row in rows[key.table]}
            here = {tuple(row[c] for c in key.columns) for row in found}
            missing = {values for values in here - there if None not in values and values != ("*",)}
            assert not missing, (name, key.columns)


def test_no_two_rows_of_a_table_share_key_and_version(made):
    _, rows = made
    for name, found in rows.items():
        key = table(name).primary_key
        versions = [(*(row[c] for c in key), row["updated_at"]) for row in found]
        assert len(set(versions)) == len(versions), name


def test_rows_come_oldest_first(made):
    _, rows = made
    for found in rows.values():
        times = [row["updated_at"] for row in found]
        assert all(a <= b for a, b in pairwise(times))


def known(rows: list[dict], key: str, at: datetime) -> dict[str, dict]:
    """The version of each row that holds at an instant."""
    return {row[key]: row for row in rows if row["updated_at"] < at}


def test_the_product_system_learns_of_launches_and_ends_before_they_come(made):
    arrays, rows = made
    for day in range(arrays.first_day, arrays.last_day, 45):
        at = clock_time(day + 1)
        skus, spus = known(rows["product.sku"], "sku_id", at), known(rows["product.spu"], "spu_id", at)
        for n, sku_id in enumerate(arrays.sku_ids):
            if arrays.launch_day[n] <= day:
                assert (skus[sku_id]["status"] == "ended") == (arrays.end_day[n] < day)
                assert (spus[skus[sku_id]["spu_id"]]["lifecycle"] == "ended") == (arrays.end_day[n] < day)


def test_prices_of_a_supplier_never_overlap_and_leave_no_gap(made):
    _, rows = made
    last = {}
    for row in rows["supplier.supplier_sku"]:
        last[row["supplier_id"], row["sku_id"], row["min_qty"], row["valid_from"]] = row
    chains: dict[tuple, list[dict]] = {}
    for key in sorted(last):
        chains.setdefault(key[:3], []).append(last[key])
    for chain in chains.values():
        assert chain[-1]["valid_to"] is None
        assert all(before["valid_to"] == after["valid_from"] for before, after in pairwise(chain))


def test_rows_say_what_the_arrays_say(made):
    arrays, rows = made
    terms = {(r["supplier_id"], r["sku_id"], r["min_qty"]): r for r in reversed(rows["supplier.supplier_sku"])}
    for n, sku_id in enumerate(arrays.sku_ids):
        if arrays.modes[n, 0] > 0 and not arrays.is_bundle[n] and arrays.announced_day[n] < arrays.first_day - 30:
            term = terms[arrays.supplier_ids[arrays.supplier_of[n]], sku_id, 1]
            assert term["purchase_price"] == Decimal(int(arrays.purchase_price[n])) / 100
    zones = {
        (r["carrier_id"], r["service_code"], r["origin_zone"], r["dest_region"]): r
        for r in rows["logistics.carrier_zone"]
    }
    assert zones["SF", "EXP", arrays.warehouse_ids[0], "310000"]["dest_zone"] == "Z1"
    assert zones["ZTO", "STD", arrays.warehouse_ids[0], "540000"]["is_stopped"]


def test_campaigns_are_in_no_row_before_they_are_published(made):
    _, rows = made
    for row in rows["marketing.campaign"] + rows["marketing.campaign_sku"] + rows["marketing.promotion_exposure"]:
        assert row["published_at"] <= row["updated_at"]
    first = {}
    for row in rows["marketing.campaign"]:
        first.setdefault(row["campaign_id"], row)
    assert all((row["starts_at"].date() - row["published_at"].date()).days >= 7 for row in first.values())
    assert all(row["starts_at"].astimezone(CHINA).hour == 0 for row in first.values())


def test_every_month_of_the_world_has_a_budget(made):
    arrays, rows = made
    months = {f"{as_date(day):%Y%m}" for day in range(arrays.first_day, arrays.last_day + 1)}

    assert months <= {row["period"] for row in rows["policy.budget"]}
    assert day_number(rows["policy.budget"][0]["published_at"].date()) <= arrays.first_day
