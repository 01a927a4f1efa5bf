"""Decision files as a receiving system would read them."""

import csv
import json
from datetime import date, datetime
from decimal import Decimal

import pytest

from contracts import outbox
from feedback.outbox import DecisionError, write_decisions

AS_OF = datetime.fromisoformat("2026-11-01T06:00:00+08:00")
CONTRACT = outbox()["purchase_suggestions"]


def suggestion(**changes: object) -> dict:
    row = {
        "suggestion_id": "BUY-1",
        "action": "buy",
        "supplier_id": "S1",
        "sku_id": "00123",
        "sku_name": "跑鞋 42",
        "ship_to_warehouse_id": "SH01",
        "quantity": Decimal("24.0000"),
        "quantity_uom": Decimal("2.0000"),
        "uom_ratio_numerator": 12,
        "uom_ratio_denominator": 1,
        "amount": Decimal("100.8000"),
        "requested_date": date(2026, 11, 9),
    }
    return row | changes


def write(folder, *rows):
    return write_decisions(folder, CONTRACT, rows, AS_OF, "demo", dry_run=True)


def test_csv_and_json_say_the_same_and_ids_keep_their_zeros(tmp_path):
    written = write(tmp_path, suggestion())
    [row] = csv.DictReader(written.csv.open(encoding="utf-8"))
    [decision] = json.loads(written.json.read_text(encoding="utf-8"))["decisions"]
    assert row["sku_id"] == decision["sku_id"] == "00123"
    assert row["amount"] == decision["amount"] == "100.8000"
    assert row["sku_name"] == "跑鞋 42" and row["as_of"] == "2026-11-01T06:00:00+08:00"


def test_the_same_decision_has_the_same_key_and_a_changed_one_another(tmp_path):
    def keys(folder, row):
        return json.loads(write(folder, row).json.read_text())["decisions"][0]["idempotency_key"]

    first = keys(tmp_path / "a", suggestion())
    assert keys(tmp_path / "b", suggestion()) == first
    assert keys(tmp_path / "c", suggestion(quantity=Decimal("36"))) != first


def test_writing_again_leaves_the_files_untouched(tmp_path):
    written = write(tmp_path, suggestion())
    before = written.csv.stat().st_mtime_ns
    assert write(tmp_path, suggestion()) == written
    assert written.csv.stat().st_mtime_ns == before


@pytest.mark.parametrize("payload", ["=1+1", "+1", "-2+3", "@SUM(1)", "\t=1", "\r=1", "＝1+1", " =1"])
def test_no_cell_is_a_formula(tmp_path, payload):
    written = write(tmp_path, suggestion(sku_name=payload))
    [row] = csv.DictReader(written.csv.open(encoding="utf-8", newline=""))
    assert row["sku_name"] == "'" + payload
    assert json.loads(written.json.read_text())["decisions"][0]["sku_name"] == payload


def test_a_negative_amount_stays_a_number(tmp_path):
    written = write(tmp_path, suggestion(amount=Decimal("-3.5")))
    assert next(csv.DictReader(written.csv.open()))["amount"] == "-3.5"


def test_a_missing_or_strange_column_is_named(tmp_path):
    with pytest.raises(DecisionError, match="BUY-1 has no 'supplier_id'"):
        write(tmp_path, suggestion(supplier_id=None))
    with pytest.raises(DecisionError, match="'colour' is not in its contract"):
        write(tmp_path, suggestion(colour="red"))
    assert not list(tmp_path.iterdir())
