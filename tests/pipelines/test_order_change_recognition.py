"""What the exports show of approved changes of open purchase orders, and of approved transfers."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pytest

from feedback.identity import Need, suggestion_id
from feedback.journal import Journal, open_store, verify
from feedback.states import Event
from pipelines.ingestion.schema import CONTROL_TABLES
from pipelines.journal_tables import create_feedback_tables
from pipelines.planning.order_change_recognition import recognise_order_changes
from pipelines.planning.recognition import copy_journal, flying, recognise_orders

CHINA = ZoneInfo("Asia/Shanghai")
AT = datetime(2026, 11, 2, 6, tzinfo=CHINA)
NEXT = AT + timedelta(days=1)
MONTH = timedelta(days=30)
DUE = {"current_arrival_date": "2026-11-20", "supplier_id": "S1"}
ASKED = {"cancel": 0, "reduce": 24, "increase": 60, "expedite": 48, "defer": 48}


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    """One change of each kind, each of 48 units of a line of its own, approved, sent and accepted."""
    journal = Journal(open_store(f"sqlite:///{tmp_path / 'decisions.db'}"))
    needs = [Need(kind, "A", "W1", Decimal(asked), f"of {kind}", facts=DUE) for kind, asked in ASKED.items()]
    journal.take(needs, {}, "plan", AT)
    for kind, asked in ASKED.items():
        answer(journal, name_of(kind), asked)
    return journal


def answer(journal: Journal, name: str, quantity: int) -> None:
    approve = Event("approve", name, "ann", AT, {"quantity": quantity})
    journal.record([approve, Event("export", name, "sender", AT)])
    journal.record([Event("acknowledge", name, "erp", AT, {"accepted": "all"})])


def name_of(kind: str) -> str:
    return suggestion_id(kind, "A", "W1", f"of {kind}")


@pytest.fixture
def warehouse() -> duckdb.DuckDBPyConnection:
    """The order lines as they were when they were asked about; `known` is what a cycle sees."""
    connection = duckdb.connect()
    connection.execute("create schema known; create schema control")
    connection.execute(f"create table control.stage_fingerprint ({CONTROL_TABLES['stage_fingerprint']})")
    connection.execute(
        """create table known.procurement__purchase_order as
        select 'erp' as source_system, 'PO' as po_id, 'confirmed' as status, 'S1' as supplier_id,
            'W1' as ship_to_warehouse_id, timestamptz '2026-10-20 09:00:00+08' as ordered_at"""
    )
    connection.execute(
        """create table known.procurement__purchase_order_line as
        select 'erp' as source_system, 'PO' as po_id, 'of ' || kind as po_line_id, 'A' as sku_id, 48 as ordered_qty,
            0 as received_qty, 0 as cancelled_qty, 'confirmed' as line_status, date '2026-11-20' as expected_date,
            null::date as promised_date, null::date as requested_date, null::varchar as suggestion_id
        from unnest(['cancel', 'reduce', 'increase', 'expedite', 'defer']) as kinds (kind)"""
    )
    connection.execute(
        """create table known.procurement__purchase_order_line__versions as
        select *, timestamptz '2026-11-01 23:00:00+08' as known_at from known.procurement__purchase_order_line"""
    )
    connection.execute(
        """create table known.inventory__transfer_line (
            source_system text, transfer_line_id text, sku_id text, from_warehouse_id text, to_warehouse_id text,
            planned_qty int, received_qty int, status text, created_at timestamptz, suggestion_id text)"""
    )
    create_feedback_tables(connection)
    return connection


def recognised(warehouse: duckdb.DuckDBPyConnection, journal: Journal, at: datetime = NEXT) -> int:
    copy_journal(warehouse, journal, at)
    return recognise_order_changes(warehouse, journal, at)


def statuses(journal: Journal) -> dict[str, str]:
    return {state.action: state.status for state in journal.states()}


def test_all_of_a_cancellation_is_nought_and_is_no_refusal(journal):
    assert set(statuses(journal).values()) == {"acknowledged"}
    journal.record([Event("acknowledge", name_of("cancel"), "erp", AT, {"accepted": Decimal(0)})])
    assert statuses(journal)["cancel"] == "refused"


def test_what_the_lines_show_as_carried_out_is_through_and_told_once(journal, warehouse):
    assert recognised(warehouse, journal) == 0
    changed = {
        "cancel": "line_status = 'cancelled'", "reduce": "cancelled_qty = 24", "increase": "ordered_qty = 60",
        "expedite": "expected_date = date '2026-11-17'", "defer": "expected_date = date '2026-12-01'",
    }  # fmt: skip
    for kind, change in changed.items():
        warehouse.execute(f"update known.procurement__purchase_order_line set {change} where po_line_id = 'of {kind}'")
    assert recognised(warehouse, journal) == 5
    assert set(statuses(journal).values()) == {"received"}
    assert [str(event["payload"]) for event in journal.events(name_of("expedite"))][-1].count("2026-11-17") == 1
    assert recognised(warehouse, journal) == 0 and verify(journal) == []


def test_goods_that_came_are_no_reduction_and_a_line_that_ended_otherwise_is_told_so(journal, warehouse):
    warehouse.execute("update known.procurement__purchase_order_line set received_qty = 24")
    assert recognised(warehouse, journal) == 0
    warehouse.execute("update known.procurement__purchase_order_line set received_qty = 48, line_status = 'received'")
    assert recognised(warehouse, journal) == 5
    for kind in ASKED:
        assert "ended before it" in str(list(journal.events(name_of(kind)))[-1]["payload"])


def test_a_change_that_nobody_carries_out_is_given_up_and_can_be_asked_for_again(journal, warehouse):
    late = AT + timedelta(days=31)
    copy_journal(warehouse, journal, late)
    recognise_orders(warehouse, journal, CHINA, late, MONTH)
    assert set(statuses(journal).values()) == {"expired"}


def test_a_change_takes_no_other_order_of_its_supplier_for_its_own(journal, warehouse):
    warehouse.execute(
        """insert into known.procurement__purchase_order_line
        select 'erp', 'PO', 'new', 'A', 48, 0, 0, 'open', null, null, null, null"""
    )
    warehouse.execute("update known.procurement__purchase_order set ordered_at = timestamptz '2026-11-03 09:00:00+08'")
    copy_journal(warehouse, journal, NEXT)
    recognise_orders(warehouse, journal, CHINA, NEXT, MONTH)
    assert set(statuses(journal).values()) == {"acknowledged"}


@pytest.mark.parametrize("is_named", [True, False])
def test_a_transfer_that_left_is_no_longer_counted_beside_what_is_in_transit(tmp_path, warehouse, is_named):
    journal = Journal(open_store(f"sqlite:///{tmp_path / 'transfers.db'}"))
    facts = {"from_warehouse_id": "W2", "to_warehouse_id": "W1"}
    [change] = journal.take([Need("transfer", "A", "W1", Decimal(12), facts=facts)], {}, "plan", AT).new
    answer(journal, change.suggestion_id, 12)
    assert [(state.action, state.in_flight, day) for state, day in flying(journal, CHINA, NEXT)] == [
        ("transfer", 12, date(2026, 11, 2))
    ]
    warehouse.execute(
        "insert into known.inventory__transfer_line values "
        "('inv', 'T1', 'A', 'W2', 'W1', 12, 0, 'approved', timestamptz '2026-11-02 09:00:00+08', ?), "
        "('inv', 'T2', 'A', 'W3', 'W1', 12, 0, 'approved', timestamptz '2026-11-02 08:00:00+08', null)",
        [change.suggestion_id if is_named else None],
    )
    for status, left in (("approved", 1), ("shipped", 0)):
        warehouse.execute("update known.inventory__transfer_line set status = ?", [status])
        copy_journal(warehouse, journal, NEXT)
        recognise_orders(warehouse, journal, CHINA, NEXT, MONTH)
        assert len(flying(journal, CHINA, NEXT)) == left
    *_, seen = journal.events(change.suggestion_id)
    assert "inv:transfer:T1" in str(seen["payload"])
    warehouse.execute("update known.inventory__transfer_line set received_qty = 12, status = 'received'")
    copy_journal(warehouse, journal, NEXT)
    recognise_orders(warehouse, journal, CHINA, NEXT, MONTH)
    assert journal.state(change.suggestion_id).status == "received"
