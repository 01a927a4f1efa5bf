"""What was known at an instant, from current and superseded versions."""

from datetime import datetime
from pathlib import Path

import pytest
from sample_workspace import LOADED_AT, make_workspace

from pipelines.ingestion.ingest import Clock, ingest_files
from pipelines.ingestion.schema import create_warehouse
from pipelines.known import NothingKnownError, create_known_views, latest_known
from pipelines.settings import load_settings
from pipelines.warehouse import open_warehouse

ORDERS = "order_id,shop_id,ordered_at,status,shipped_at,goods_amount,updated_at,is_deleted\n"


@pytest.fixture
def warehouse(tmp_path):
    workspace = make_workspace(tmp_path / "demo", sample=False)
    with open_warehouse(workspace, load_settings(workspace.settings_file), "test") as connection:
        create_warehouse(connection)
        yield connection, workspace.inbox


def deliver(warehouse, day: str, rows: str) -> None:
    connection, inbox = warehouse
    path: Path = inbox / f"order.sales_order.all.{day}.1.csv"
    path.write_text(ORDERS + rows)
    [outcome] = ingest_files(connection, [path], [], Clock(LOADED_AT, "Asia/Shanghai"))
    assert outcome.status == "loaded", outcome


def known(warehouse, as_of: str) -> list[tuple]:
    connection, _ = warehouse
    create_known_views(connection, datetime.fromisoformat(as_of))
    return connection.execute(
        "select order_id, status, goods_amount from known.order__sales_order order by 1"
    ).fetchall()


def test_a_replay_sees_the_version_of_its_day(warehouse):
    deliver(warehouse, "20260902", "A,S,2026-09-01 10:00:00,paid,,10.00,2026-09-01 10:05:00,false\n")
    deliver(
        warehouse, "20260904", "A,S,2026-09-01 10:00:00,shipped,2026-09-03 09:00:00,10.00,2026-09-03 09:00:00,false\n"
    )
    assert known(warehouse, "2026-09-02T00:00:00+08:00") == [("A", "paid", 10)]
    assert known(warehouse, "2026-09-04T00:00:00+08:00") == [("A", "shipped", 10)]
    assert known(warehouse, "2026-08-31T00:00:00+08:00") == []


def test_the_state_of_a_row_is_unknown_before_its_only_version(warehouse):
    deliver(
        warehouse, "20260904", "A,S,2026-09-01 10:00:00,shipped,2026-09-03 09:00:00,10.00,2026-09-03 09:00:00,false\n"
    )
    assert known(warehouse, "2026-09-02T00:00:00+08:00") == [("A", None, 10)]


def test_the_day_a_notice_announces_is_known_as_it_was_told_then(warehouse):
    connection, inbox = warehouse
    head = "asn_line_id,po_line_id,shipped_at,eta,shipped_qty,updated_at,is_deleted\n"
    told = "{},L,2026-09-01 17:00:00,{} 09:00:00,40,{},false\n"
    first, moved = "2026-09-01 17:00:00", "2026-09-03 09:00:00"
    for day, rows in (
        ("20260902", told.format("A", "2026-09-06", first)),
        # The first version of the other one is in no file.
        ("20260904", told.format("A", "2026-09-09", moved) + told.format("B", "2026-09-09", moved)),
    ):
        path: Path = inbox / f"procurement.asn_line.all.{day}.1.csv"
        path.write_text(head + rows)
        [outcome] = ingest_files(connection, [path], [], Clock(LOADED_AT, "Asia/Shanghai"))
        assert outcome.status == "loaded", outcome

    def announced(as_of: str) -> list[tuple]:
        create_known_views(connection, datetime.fromisoformat(as_of))
        return connection.execute(
            "select asn_line_id, eta::date::text from known.procurement__asn_line order by 1"
        ).fetchall()

    assert announced("2026-09-02T00:00:00+08:00") == [("A", "2026-09-06"), ("B", None)]
    assert announced("2026-09-04T00:00:00+08:00") == [("A", "2026-09-09"), ("B", "2026-09-09")]


def test_a_deleted_row_was_there_until_it_was_deleted(warehouse):
    deliver(warehouse, "20260902", "A,S,2026-09-01 10:00:00,paid,,10.00,2026-09-01 10:05:00,false\n")
    deliver(warehouse, "20260904", "A,S,2026-09-01 10:00:00,paid,,10.00,2026-09-03 09:00:00,true\n")
    assert known(warehouse, "2026-09-02T00:00:00+08:00") == [("A", "paid", 10)]
    assert known(warehouse, "2026-09-04T00:00:00+08:00") == []


def test_an_empty_workspace_says_what_to_do(warehouse):
    with pytest.raises(NothingKnownError, match="inbox"):
        latest_known(warehouse[0])


def test_a_promise_keeps_its_superseded_versions_until_the_instant_asked_about(warehouse):
    connection, inbox = warehouse
    for day, told in (("02", "2026-09-20"), ("05", "2026-09-22"), ("09", "2026-09-25")):
        path: Path = inbox / f"procurement.purchase_order_line.all.202609{day}.1.csv"
        path.write_text(
            "po_line_id,po_id,line_no,sku_id,ordered_qty,expected_date,updated_at,is_deleted\n"
            f"L,P,1,S,10,{told},2026-09-{day} 10:00:00,false\n"
        )
        [outcome] = ingest_files(connection, [path], [], Clock(LOADED_AT, "Asia/Shanghai"))
        assert outcome.status == "loaded", outcome
    told_by = "select strftime(expected_date, '%m-%d') from known.procurement__purchase_order_line__versions order by 1"
    for as_of, told in (("2026-09-06", ["09-20", "09-22"]), ("2026-10-01", ["09-20", "09-22", "09-25"])):
        create_known_views(connection, datetime.fromisoformat(f"{as_of}T00:00:00+08:00"))
        assert connection.execute(told_by).fetchall() == [(day,) for day in told]
