"""A run writes what to clear, push, hold back, count and change, and a decision file of each that has rows."""

import json
from datetime import date
from decimal import Decimal

import duckdb
import polars as pl
import pytest

from feedback.identity import match
from pipelines.planning.clearance import clear, read_clearance
from pipelines.planning.tables import write
from pipelines.workspace import Workspace

FILES = {
    "clearance": "clearance_suggestion",
    "marketing_push_pull": "marketing_push_pull",
    "price_guardrails": "price_guardrail",
    "cycle_counts": "cycle_count_list",
    "lifecycle_proposals": "lifecycle_proposal",
    "channel_allocation": "channel_allocation",
    "worth_stocking": "worth_stocking",
    "supplier_outlook": "supplier_outlook",
}


@pytest.fixture
def warehouse(copied: Workspace):
    with duckdb.connect(str(copied.warehouse)) as connection:
        connection.execute("set TimeZone = 'Asia/Shanghai'")
        yield connection


@pytest.mark.parametrize(("decision", "mart"), FILES.items())
def test_every_list_has_its_file_under_ids_of_its_own(planned: Workspace, decision: str, mart: str):
    with duckdb.connect(str(planned.warehouse), read_only=True) as connection:
        rows = connection.execute(f"select count(*) from marts.{mart}").fetchone()[0]
    files = list(planned.outbox.glob(f"{decision}.*.json"))
    told = [row for file in files if "manifest" not in file.name for row in json.loads(file.read_text())["decisions"]]
    assert len({row["suggestion_id"] for row in told}) == len(told) <= rows
    assert decision not in ("price_guardrails", "marketing_push_pull", "supplier_outlook") or told


def test_stock_that_nobody_sells_is_sent_back_once_and_no_more_when_it_is_on_its_way(warehouse):
    sku, place, supplier = warehouse.execute(
        "select sku_id, location_id, supplier_id from marts.clearance_input "
        "where supplier_id is not null and batch_no is null order by all limit 1"
    ).fetchone()
    warehouse.execute(
        "update marts.clearance_input set stock_qty = 9000, is_returnable = true, is_listed = false, "
        f"is_replaced = false where sku_id = '{sku}' and location_id = '{place}' and batch_no is null"
    )
    frames, today = read_clearance(warehouse), date(2026, 11, 1)

    def cleared(known=()):
        found = clear(frames, today, {}, lambda needs, counted: match(known, needs, counted))
        return found["clearance_suggestion"].filter(sku_id=sku, location_id=place)

    [row] = cleared().iter_rows(named=True)
    assert (row["action"], row["supplier_id"], row["to_location_id"]) == ("return_to_vendor", supplier, None)
    assert 0 < row["quantity"] <= 9000 and row["money_at_stake"] > 0
    assert cleared()["suggestion_id"].to_list() == [row["suggestion_id"]]
    write(warehouse, {"clearance_suggestion": cleared()})
    stored = warehouse.execute("select quantity, value_at_cost from plan.clearance_suggestion").fetchone()
    assert stored == (row["quantity"], row["value_at_cost"]) and isinstance(stored[1], Decimal)


def test_goods_that_a_transfer_of_today_takes_are_not_cleared_as_well(warehouse):
    before = read_clearance(warehouse)["stock"]
    sku, place = before.sort("stock_qty").select("sku_id", "location_id").row(-1)
    warehouse.execute(
        "insert into plan.transfer_suggestion (suggestion_id, sku_id, from_location_id, to_location_id, quantity) "
        f"values ('T', '{sku}', '{place}', 'X', 1)"
    )
    after = read_clearance(warehouse)["stock"]
    both = before.join(after, on=["sku_id", "location_id", "batch_no"], nulls_equal=True, suffix="_after")
    changed = both.filter(pl.col("stock_qty") != pl.col("stock_qty_after"))
    assert changed.select("sku_id", "location_id").rows() == [(sku, place)]
    assert changed["stock_qty_after"].sum() == changed["stock_qty"].sum() - 1
