"""A plan is matched with the journal, and what was sent is found in the exports and counted until it is."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import polars as pl
import pytest

from feedback.identity import suggestion_id
from feedback.journal import Journal, message_counts, open_store
from feedback.states import Event
from pipelines.ingestion.schema import CONTROL_TABLES
from pipelines.journal_tables import create_feedback_tables, write_confirmed, write_in_flight
from pipelines.planning.living import settle
from pipelines.planning.purchase_problem import purchase_plan
from pipelines.planning.recognition import confirmed, copy_journal, flying, recognise_orders
from pipelines.planning.replenishment import replenish
from pipelines.settings import Decisions

AT = datetime(2026, 11, 2, 6, tzinfo=ZoneInfo("Asia/Shanghai"))
CHINA = ZoneInfo("Asia/Shanghai")
BUY = suggestion_id("buy", "A", "W1")
DAY = timedelta(days=1)

BY_SERVICE = {"policy": "service_level"}
KEYS = {"sku_id": pl.String, "location_id": pl.String}
PRICE = pl.Decimal(18, 4)
# A supplier without terms, steps or dates, and no budget.
OTHERS = {
    "weekly": pl.DataFrame(schema=KEYS | {"week_start": pl.Date, "y_hat": pl.Float64}),
    "terms": pl.DataFrame(
        schema={"supplier_id": pl.String, "location_id": pl.String, "currency": pl.String, "minimum_value": PRICE,
                "order_cost": PRICE, "capacity_value": PRICE, "lead_time_days": pl.Float64, "contract_ends": pl.Date,
                "calendar_id": pl.String}
    ),
    "waits": pl.DataFrame(schema={"supplier_id": pl.String, "day": pl.Int64}),
    "shutdowns": pl.DataFrame(schema={"calendar_id": pl.String, "calendar_date": pl.Date}),
    "price_breaks": pl.DataFrame(
        schema=KEYS
        | {"supplier_id": pl.String, "from_quantity": pl.Int64, "currency": pl.String, "unit_cost": PRICE,
           "kind": pl.String}
    ),
    "inbound": pl.DataFrame(schema=KEYS | {"due_in_days": pl.Int64, "quantity": pl.Int64}),
    "goods": pl.DataFrame(
        schema={"sku_id": pl.String, "sellable_days": pl.Int64, "days_on_sale": pl.Int64,
                "hold_reason": pl.String, "storage_class": pl.String,
                "unit_volume": pl.Float64, "unit_weight": pl.Float64}
    ),
    "others": pl.DataFrame(
        schema=KEYS | {"supplier_id": pl.String, "lead_time_days": pl.Float64, "lead_time_std_days": pl.Float64,
                       "moq": pl.Int64, "order_multiple": pl.Int64, "pack_numerator": pl.Int64,
                       "pack_denominator": pl.Int64, "unit_cost": PRICE, "later_unit_cost": PRICE,
                       "unit_extra": pl.Float64, "yield_share": pl.Float64, "capacity_qty": pl.Int64,
                       "purchase_uom": pl.String, "currency": pl.String}
    ),
    "batches": pl.DataFrame(schema=KEYS | {"days_left": pl.Int64, "quantity": pl.Int64}),
    "returning": pl.DataFrame(schema=KEYS | {"expected_date": pl.Date, "resellable_qty": pl.Float64}),
    "weights": pl.DataFrame(schema={"segment": pl.String, "weight": pl.Float64}),
    "storage": pl.DataFrame(
        schema={"location_id": pl.String, "storage_class": pl.String, "free_volume": pl.Float64}
    ),
    "containers": pl.DataFrame(
        schema={"supplier_id": pl.String, "location_id": pl.String, "volume": pl.Float64, "weight": pl.Float64}
    ),
    "agreements": pl.DataFrame(
        schema=dict.fromkeys(("supplier_id", "term_kind", "scope", "measure"), pl.String)
        | dict.fromkeys(("term_value", "target_volume", "attained_volume", "open_volume", "amount", "elapsed_share"),
                        pl.Float64)
        | {"days_left": pl.Int64}
    ),
    "handling_units": pl.DataFrame(schema={"sku_id": pl.String, "size": pl.Int64}),
    "rates": pl.DataFrame(schema={"currency": pl.String, "rate": pl.Float64}),
    "moves": pl.DataFrame(schema=KEYS | {"bucket": pl.String, "due_in_days": pl.Int64, "quantity": pl.Int64}),
    "lanes": pl.DataFrame(
        schema=dict.fromkeys(("from_location_id", "to_location_id", "weekdays", "currency"), pl.String)
        | dict.fromkeys(("days", "unit_cost", "trip_cost"), pl.Float64)
    ),
    "unwelcome": pl.DataFrame(schema=KEYS | {"quantity": pl.Int64}),
    "clearing": pl.DataFrame(schema=KEYS | {"quantity": pl.Int64}),
    "sharing": pl.DataFrame(schema={"location_id": pl.String, "lost_share": pl.Float64, "served_share": pl.Float64}),
    "capacities": pl.DataFrame(schema=KEYS | {"supplier_id": pl.String, "left_qty": pl.Int64}),
    "previous": pl.DataFrame(schema=KEYS | {"quantity": pl.Int64}),
    "budgets": pl.DataFrame(schema={"kind": pl.String, "name": pl.String, "amount": pl.Float64}),
    "budgeted": pl.DataFrame(schema={"sku_id": pl.String, "kind": pl.String, "name": pl.String}),
    "budget": pl.DataFrame({"budget": [None]}, schema={"budget": pl.Float64}),
}  # fmt: skip


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(open_store(f"sqlite:///{tmp_path / 'decisions.db'}"))


@pytest.fixture
def warehouse() -> duckdb.DuckDBPyConnection:
    """A warehouse that knows purchase orders and nothing else."""
    connection = duckdb.connect()
    connection.execute("set TimeZone = 'Asia/Shanghai'")
    for schema in ("known", "control"):
        connection.execute(f"create schema {schema}")
    connection.execute(f"create table control.stage_fingerprint ({CONTROL_TABLES['stage_fingerprint']})")
    connection.execute(
        """create table known.procurement__purchase_order (source_system varchar, po_id varchar, supplier_id varchar,
        ship_to_warehouse_id varchar, ordered_at timestamptz, status varchar)"""
    )
    connection.execute(
        """create table known.procurement__purchase_order_line (source_system varchar, po_id varchar,
        po_line_id varchar, sku_id varchar, ordered_qty decimal(18, 4), received_qty decimal(18, 4),
        line_status varchar, suggestion_id varchar)"""
    )
    connection.execute(
        """create table known.inventory__transfer_line (source_system varchar, transfer_line_id varchar, sku_id varchar,
        from_warehouse_id varchar, to_warehouse_id varchar, planned_qty decimal(18, 4), received_qty decimal(18, 4),
        status varchar, created_at timestamptz, suggestion_id varchar)"""
    )
    create_feedback_tables(connection)
    return connection


def items(on_hand: int = 0, approved: int = 0, known: bool = True, worked_lead_days: int = 3) -> pl.DataFrame:
    stock = dict.fromkeys(("in_transit_qty", "on_order_qty", "reserved_qty"), 0)
    row = {
        "sku_id": "A", "location_id": "W1", "supplier_id": "S1", "stock_known": known, "on_hand_qty": on_hand, **stock,
        "approved_qty": approved, "lead_time_days": 5.0, "review_days": 5.0, "moq": 0, "order_multiple": 12,
        "pack_numerator": 12, "pack_denominator": 1, "unit_cost": Decimal("2.5000"), "unit_margin": Decimal("1.0000"),
        "service_target": 0.9, "demand_mean": 20.0, "sku_name": "Tea", "purchase_uom": "case", "currency": None,
        "defaults": [], "lead_time_std_days": 0.0, "later_unit_cost": None, "unit_extra": 0.0,
        "category_id": None, "worked_lead_days": worked_lead_days, "shortage_penalty": None,
        "holding_cost": 0.001, "disposal_cost": 0.0, "yield_share": 1.0, "capacity_qty": None, "segment": None,
    }  # fmt: skip
    money = dict.fromkeys(("unit_cost", "unit_margin", "later_unit_cost", "shortage_penalty"), pl.Decimal(18, 4))
    kinds = {"defaults": pl.List(pl.String), "capacity_qty": pl.Int64}
    kinds |= dict.fromkeys(("currency", "segment", "category_id"), pl.String)
    return pl.DataFrame([row], schema_overrides=money | kinds)


def planned(
    journal: Journal, at: datetime = AT, counted: dict[str, int] | None = None, **stock: object
) -> dict[str, pl.DataFrame]:
    """One plan for an item whose level is 36, most of which sells after the order has come."""
    sold = {"lead_time": ((0.5, 0), (0.9, 0)), "protection": ((0.5, 20), (0.9, 36))}
    curve = [(interval, level, up) for interval, levels in sold.items() for level, up in levels]
    demand = pl.DataFrame([("A", "W1", i, level, float(up)) for i, level, up in curve], orient="row",
                          schema=["sku_id", "location_id", "interval", "level", "quantity"])  # fmt: skip
    in_flight = pl.DataFrame(
        list((counted or {}).items()), orient="row", schema={"suggestion_id": pl.String, "in_flight_qty": pl.Int64}
    )
    frames = {"items": items(**stock), "demand": demand, "in_flight": in_flight, **OTHERS}
    plan = purchase_plan(frames, at.date(), BY_SERVICE)
    return replenish(plan, frames, at.date(), lambda plan, counted: settle(journal, plan, counted, at))


def suggested(plan: dict[str, pl.DataFrame]) -> list[tuple]:
    return plan["replenishment_suggestion"].select("suggestion_id", "suggested_qty", "suggested_packs", "amount").rows()


def approve(journal: Journal, name: str, at: datetime = AT) -> None:
    state = journal.state(name)
    journal.record([Event("approve", name, "ann", at, {"quantity": state.quantity}, state.version)])
    journal.record([Event("export", name, "sender", at)])


def order(
    warehouse: duckdb.DuckDBPyConnection, line: str, quantity: int, of: str | None = None, **told: object
) -> None:
    day = told.get("on", date(2026, 11, 3))
    warehouse.execute("insert into known.procurement__purchase_order values ('erp', ?, 'S1', 'W1', ?, 'approved')",
                      [line, datetime(day.year, day.month, day.day, 10, tzinfo=CHINA)])  # fmt: skip
    warehouse.execute(
        "insert into known.procurement__purchase_order_line values ('erp', ?, ?, 'A', ?, ?, ?, ?)",
        [line, line, quantity, told.get("received", 0), told.get("status", "open"), of],
    )


def looked_through(warehouse: duckdb.DuckDBPyConnection, journal: Journal, at: datetime, days: int = 30) -> dict:
    """What a cycle does before it plans; returns what its plan will count."""
    copy_journal(warehouse, journal, at)
    recognise_orders(warehouse, journal, CHINA, at, days * DAY)
    write_in_flight(warehouse, flying(journal, CHINA, at), Decisions(alarm_days=3, expiry_days=days))
    return dict(warehouse.execute("select suggestion_id, in_flight_qty::bigint from feedback.in_flight").fetchall())


def test_the_same_plan_any_number_of_times_is_one_suggestion_and_one_event(journal):
    first = planned(journal)
    head = journal.head()
    for _ in range(3):
        again = planned(journal)
        assert {name: frame.rows() for name, frame in again.items()} == {n: f.rows() for n, f in first.items()}
    assert journal.head() == head
    assert suggested(first) == [(BUY, 36, 3, Decimal("90.0000"))]


def test_a_later_plan_revises_the_same_suggestion_and_says_what_changed(journal):
    planned(journal)
    assert suggested(planned(journal, AT + DAY, on_hand=20)) == [(BUY, 24, 2, Decimal("60.0000"))]
    *_, revised = journal.events(BUY)
    assert revised["kind"] == "revise" and "quantity 36 → 24" in revised["payload"]


def test_the_days_a_supplier_works_are_kept_with_what_is_asked_and_are_no_news(journal):
    planned(journal)
    [proposed] = journal.events(BUY)
    assert '"worked_lead_days":3' in proposed["payload"]
    planned(journal, AT + DAY, worked_lead_days=9)
    assert [event["kind"] for event in journal.events(BUY)] == ["propose"]


def test_what_was_approved_counts_as_supply_until_an_export_shows_it_and_is_never_bought_again(journal, warehouse):
    planned(journal)
    approve(journal, BUY)
    counted = looked_through(warehouse, journal, AT + DAY)
    assert counted == {BUY: 36}
    assert suggested(planned(journal, AT + DAY, counted, approved=36)) == []
    order(warehouse, "PO1", 36, of=BUY)
    assert looked_through(warehouse, journal, AT + 2 * DAY) == {}
    assert journal.state(BUY).status == "seen"


def test_a_need_that_arises_later_is_a_suggestion_of_its_own_beside_the_frozen_one(journal):
    planned(journal, on_hand=24)
    approve(journal, BUY)
    later = planned(journal, AT + DAY, {BUY: 12}, on_hand=0, approved=12)
    assert suggested(later) == [(suggestion_id("buy", "A", "W1", generation=1), 24, 2, Decimal("60.0000"))]
    assert journal.state(BUY).approved == 12


def test_what_is_approved_while_the_plan_is_computed_is_taken_off_and_the_bridge_still_adds_up(journal):
    planned(journal, on_hand=24)
    approve(journal, BUY)
    # The plan read its frames before the approval, so it counted nothing.
    plan = planned(journal, AT + DAY, {})
    [(name, quantity, packs, _)] = suggested(plan)
    assert (quantity, packs, name != BUY) == (24, 2, True)
    steps = plan["replenishment_bridge"].select("step", "quantity")
    assert steps["quantity"].sum() == 24 and steps.rows()[-1] == ("approved_meanwhile", -12)


def test_what_is_open_stays_open_where_stock_was_not_delivered(journal):
    planned(journal)
    journal.record([Event("edit", BUY, "ann", AT, {"quantity": "24", "reason": "promotion is off"}, 1)])
    assert suggested(planned(journal, AT + DAY, known=False)) == []
    assert (journal.state(BUY).status, journal.state(BUY).quantity) == ("edited", 24)
    planned(journal, AT + 2 * DAY, on_hand=50)
    assert journal.state(BUY).status == "closed"


def test_a_line_that_lost_its_id_is_recognised_by_what_it_says_and_what_came_is_noted(journal, warehouse):
    planned(journal)
    approve(journal, BUY)
    order(warehouse, "PO1", 36, on=date(2026, 11, 4))
    assert looked_through(warehouse, journal, AT + 3 * DAY) == {}
    warehouse.execute("update known.procurement__purchase_order_line set received_qty = 30")
    looked_through(warehouse, journal, AT + 4 * DAY)
    assert (journal.state(BUY).status, journal.state(BUY).received) == ("seen", 30)
    warehouse.execute("update known.procurement__purchase_order_line set received_qty = 36, line_status = 'received'")
    looked_through(warehouse, journal, AT + 5 * DAY)
    assert journal.state(BUY).status == "received"
    head = journal.head()
    looked_through(warehouse, journal, AT + 6 * DAY)
    assert journal.head() == head, "what is known is not written again"


def test_what_no_export_shows_alarms_and_then_visibly_expires(journal, warehouse):
    planned(journal)
    approve(journal, BUY)
    looked_through(warehouse, journal, AT + 3 * DAY, days=7)
    dates = "select approved_date, alarm_date, expiry_date from feedback.in_flight"
    assert warehouse.execute(dates).fetchall() == [(AT.date(), AT.date() + 3 * DAY, AT.date() + 7 * DAY)]
    assert looked_through(warehouse, journal, AT + 8 * DAY, days=7) == {}
    assert journal.state(BUY).status == "expired"
    assert suggested(planned(journal, AT + 8 * DAY))[0][0] != BUY


def test_what_a_supplier_confirmed_is_told_of_its_order_line_and_in_the_past_only_what_he_had_said(journal, warehouse):
    planned(journal)
    approve(journal, BUY)
    order(warehouse, "PO1", 36, of=BUY)
    looked_through(warehouse, journal, AT + DAY)
    said = {"accepted": "24", "status": "changed", "confirmed_date": date(2026, 11, 20)}
    journal.record([Event("acknowledge", BUY, "S1", AT + 2 * DAY, said)])
    write_confirmed(warehouse, confirmed(journal, AT + 2 * DAY))
    told = warehouse.execute("select * from feedback.confirmed_line").fetchall()
    assert told == [("erp", "PO1", BUY, date(2026, 11, 20), AT + 2 * DAY, 12)]
    planned(journal, AT + 3 * DAY)
    assert confirmed(journal, AT + DAY) == [], "a look back"
    assert confirmed(journal, AT + 2 * DAY) == confirmed(journal, AT + 3 * DAY) != []


def test_a_snooze_ends_on_its_day(journal, warehouse):
    planned(journal)
    journal.record([Event("snooze", BUY, "ann", AT, {"until": "2026-11-04"}, 1)])
    looked_through(warehouse, journal, AT + DAY)
    assert journal.state(BUY).status == "snoozed"
    looked_through(warehouse, journal, AT + 2 * DAY)
    assert journal.state(BUY).status == "proposed"


def test_a_look_back_sees_the_journal_as_it_was_and_writes_nothing_to_it(journal, warehouse):
    planned(journal)
    approve(journal, BUY, AT + DAY)
    planned(journal, AT + 2 * DAY, {BUY: 36}, approved=36)
    order(warehouse, "PO1", 36, of=BUY)
    head = journal.head()
    assert looked_through_in_the_past(warehouse, journal, AT) == ({}, [("proposed",)])
    assert suggested(planned(journal, AT)) == [(BUY, 36, 3, Decimal("90.0000"))]
    assert looked_through_in_the_past(warehouse, journal, AT + DAY) == ({BUY: 36}, [("exported",)])
    assert journal.head() == head


def looked_through_in_the_past(warehouse: duckdb.DuckDBPyConnection, journal: Journal, at: datetime) -> tuple:
    copy_journal(warehouse, journal, at)
    counted = {state.suggestion_id: int(state.in_flight) for state, _ in flying(journal, CHINA, at)}
    return counted, warehouse.execute("select status from feedback.suggestion").fetchall()


def test_the_copy_of_the_journal_follows_it_and_begins_anew_when_it_was_replaced(journal, warehouse, tmp_path):
    copied = "select (select count(*) from feedback.event), (select list(status) from feedback.suggestion)"
    planned(journal)
    assert copy_journal(warehouse, journal, AT) and warehouse.execute(copied).fetchall() == [(2, ["proposed"])]
    approve(journal, BUY)
    assert copy_journal(warehouse, journal, AT) and warehouse.execute(copied).fetchall() == [(4, ["exported"])]
    other = Journal(open_store(f"sqlite:///{tmp_path / 'other.db'}"))
    assert not copy_journal(warehouse, other, AT)
    assert warehouse.execute(copied).fetchall() == [(0, None)]


def test_in_shadow_mode_an_approval_is_kept_and_the_need_stays_open(tmp_path):
    journal = Journal(open_store(f"sqlite:///{tmp_path / 'decisions.db'}"), shadow=True)
    planned(journal)
    state = journal.state(BUY)
    journal.record([Event("approve", BUY, "ann", AT, {"quantity": state.quantity}, state.version)])
    assert (journal.state(BUY).status, message_counts(journal), flying(journal, CHINA, AT)) == ("endorsed", {}, [])
    assert suggested(planned(journal, AT + DAY)) == [(BUY, 36, 3, Decimal("90.0000"))]
    planned(journal, AT + 2 * DAY, on_hand=50)
    assert journal.state(BUY).status == "closed", "the process of today has ordered"
