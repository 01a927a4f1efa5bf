"""Rows may come before their master data: a soft key marks them, a hard one parks them, and both look again."""

from datetime import UTC, datetime

import pytest

from contracts import table
from pipelines.ingestion import delivery, parked
from pipelines.ingestion.ingest import Clock
from pipelines.ingestion.replay import replay_arrived

LINES = "order.sales_order_line.all.20260901.1.csv"
MARKS = "select order_line_id, _fk_missing from raw.order__sales_order_line order by 1"
COUNTS = "select contract, columns, master, rows, keys, examples from control.missing_master order by all"


def lines(*skus, at="2026-09-01"):
    head = "order_line_id,order_id,sku_id,qty,fulfil_mode,updated_at\n"
    return head + "".join(f"L{n},O{n},{sku},1,own,{at}\n" for n, sku in enumerate(skus, start=1))


def skus(*names):
    return "sku_id,sku_name\n" + "".join(f"{name},{name}\n" for name in names)


def test_a_row_without_its_master_is_published_and_marked_until_the_master_comes(desk):
    desk.deliver("product.sku.all.20260901.1.csv", skus("S1"))
    assert desk.deliver(LINES, lines("S1", "S2", "S3", "S3")).rows_loaded == 4
    assert desk.rows(MARKS) == [("L1", None), ("L2", ["sku_id"]), ("L3", ["sku_id"]), ("L4", ["sku_id"])]
    assert desk.rows(COUNTS) == [("order.sales_order_line", "sku_id", "product.sku", 3, 2, ["S3", "S2"])]
    desk.deliver("product.sku.all.20260902.1.csv", skus("S3"))
    assert desk.rows(MARKS) == [("L1", None), ("L2", ["sku_id"]), ("L3", None), ("L4", None)]
    assert desk.rows(COUNTS) == [("order.sales_order_line", "sku_id", "product.sku", 1, 1, ["S2"])]
    desk.deliver("product.sku.all.20260903.1.csv", skus("S2"))
    assert desk.rows(COUNTS) == []


def test_a_master_table_that_was_never_delivered_marks_no_row_and_its_first_rows_do(desk):
    desk.deliver(LINES, lines("S1", "S2"))
    assert desk.rows(MARKS) == [("L1", None), ("L2", None)]
    desk.deliver("product.sku.all.20260902.1.csv", skus("S1"))
    assert desk.rows(MARKS) == [("L1", None), ("L2", ["sku_id"])]


def test_a_corrected_row_is_looked_at_anew_and_what_it_was_is_not_marked(desk):
    desk.deliver("product.sku.all.20260901.1.csv", skus("S1"))
    desk.deliver(LINES, lines("S1", "S2"))
    desk.deliver(LINES.replace(".1.", ".2."), lines("S9", "S1", at="2026-09-02"))
    assert desk.rows(MARKS) == [("L1", ["sku_id"]), ("L2", None)]
    assert desk.rows("select distinct _fk_missing from history.order__sales_order_line") == [(None,)]


def test_a_key_of_two_columns_is_one_and_an_empty_part_asks_for_nothing(desk):
    head = "outbound_id,warehouse_id,order_type,status,released_at,carrier_id,waybill_no,updated_at\n"
    row = "{},W,sale,released,2026-09-01 00:00:00,{},{},2026-09-01\n"
    shipped = "waybill_no,carrier_id,direction,warehouse_id,updated_at\nN1,SF,outbound,W,2026-09-01\n"
    desk.deliver("logistics.shipment.all.20260901.1.csv", shipped)
    orders = head + row.format("A", "SF", "N1") + row.format("B", "YT", "N1") + row.format("C", "SF", "")
    desk.deliver("warehouse.outbound_order.all.20260901.1.csv", orders)
    marks = desk.rows("select outbound_id, _fk_missing from raw.warehouse__outbound_order order by 1")
    assert marks == [("A", None), ("B", ["carrier_id,waybill_no"]), ("C", None)]


def test_what_stands_for_all_asks_for_no_master(desk):
    desk.deliver("order.shop.all.20260901.1.csv", "shop_id,shop_name,platform\nA,A,app\n")
    head = "sku_id,price_type,shop_id,min_qty,valid_from,price\n"
    desk.deliver("product.price.all.20260901.1.csv", head + "S1,list,*,1,2026-09-01,5\nS1,list,B,1,2026-09-01,5\n")
    assert desk.rows("select shop_id, _fk_missing from raw.product__price order by 1") == [
        ("*", None),
        ("B", ["shop_id"]),
    ]


def test_nothing_is_looked_at_when_nothing_was_loaded(desk, monkeypatch):
    path = desk.file(LINES, lines("S1"))
    desk.ingest(path)

    def fails(*anything):
        raise AssertionError("looked again")

    monkeypatch.setattr("pipelines.ingestion.references._check_table", fails)
    assert desk.ingest(path) == []


# ---------------------------------------------------------------------- hard keys


@pytest.fixture
def hard_sku(monkeypatch):
    """The contract of order lines, its SKU asked for: no row is published before it."""
    lines_table = table("order.sales_order_line")
    keys = tuple(k.model_copy(update={"hard": k.columns == ("sku_id",)}) for k in lines_table.foreign_keys)
    asked = lines_table.model_copy(update={"foreign_keys": keys})
    systems = dict(delivery.inbox())
    system = systems["order"]
    systems["order"] = system.model_copy(update={"tables": {**system.tables, "sales_order_line": asked}})
    tables = {t.qualified: t for s in systems.values() for t in s.tables.values()}
    monkeypatch.setattr(delivery, "inbox", lambda: systems)
    monkeypatch.setattr(parked, "contract_tables", lambda: tables)


def test_a_row_whose_hard_key_finds_nothing_is_parked_and_comes_with_its_master(desk, hard_sku):
    path = desk.file(LINES, lines("S1", "S2", "S2"))
    desk.deliver("product.sku.all.20260901.1.csv", skus("S1"))
    [outcome] = desk.ingest(path)
    # Two of three rows: master data that are late are no fault of the file, which is not held for them.
    assert (outcome.status, outcome.rows_loaded, outcome.rows_quarantined) == ("loaded", 1, 2)
    waiting = "select line_no, stage, reason_code, columns, status from control.quarantine order by all"
    assert desk.rows(waiting) == [
        (3, "fk", "missing_master", ["sku_id"], "open"),
        (4, "fk", "missing_master", ["sku_id"], "open"),
    ]
    assert again(desk, path) == []
    desk.deliver("product.sku.all.20260902.1.csv", skus("S2"))
    [outcome] = again(desk, path)
    assert (outcome.rows_loaded, outcome.rows_duplicate, outcome.accounted) == (2, 1, outcome.rows_in)
    assert desk.rows("select distinct status from control.quarantine") == [("replayed",)]
    assert again(desk, path) == []


def test_a_file_that_is_gone_leaves_its_rows_parked(desk, hard_sku):
    path = desk.file(LINES, lines("S1", "S2"))
    desk.ingest(path)
    desk.deliver("product.sku.all.20260902.1.csv", skus("S1", "S2"))
    path.unlink()
    assert again(desk) == []
    assert desk.rows("select count(*) from control.quarantine where status = 'open'") == [(2,)]


def again(desk, *files):
    return replay_arrived(desk.connection, files, (), Clock(datetime(2026, 11, 2, tzinfo=UTC), "Asia/Shanghai"))


def test_a_file_that_is_loaded_again_for_its_parked_rows_outranks_no_later_one(desk, hard_sku):
    head = "order_line_id,order_id,sku_id,qty,fulfil_mode\n"
    first = desk.file(LINES, head + "L1,O1,S1,1,own\nL2,O2,S2,1,own\n")
    desk.deliver("product.sku.all.20260901.1.csv", skus("S1"))
    desk.ingest(first)
    monday = Clock(datetime(2026, 11, 1, 12, tzinfo=UTC), "Asia/Shanghai")
    desk.deliver(LINES.replace(".1.", ".2."), head + "L1,O1,S1,7,own\n", clock=monday)
    desk.deliver("product.sku.all.20260902.1.csv", skus("S2"))
    again(desk, first)
    assert desk.rows("select order_line_id, qty::int from raw.order__sales_order_line order by 1") == [
        ("L1", 7),
        ("L2", 1),
    ]
