"""What the warehouse's exports show of picks and parcels that were approved."""

import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pytest

from feedback.approval import Limits
from feedback.at_once import approvals_at_once
from feedback.identity import Need, suggestion_id
from feedback.journal import Journal, open_store, verify
from pipelines.ingestion.schema import CONTROL_TABLES
from pipelines.journal_tables import DRAWN, create_feedback_tables, write_drawn, write_in_flight
from pipelines.planning.carriers import PARCELS
from pipelines.planning.fulfilment_recognition import recognise_fulfilment
from pipelines.planning.recognition import copy_journal, drawn, flying
from pipelines.planning.waves import LOCATIONS, ORDERS
from pipelines.settings import Decisions

CHINA = ZoneInfo("Asia/Shanghai")
AT = datetime(2026, 11, 2, 6, tzinfo=CHINA)
HOUSE = "create table known.warehouse__warehouse as select 'W1' as warehouse_id, 'C' as receive_calendar_id"


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    """Picks and parcels of four orders, approved and on their way."""
    journal = Journal(open_store(f"sqlite:///{tmp_path / 'decisions.db'}"))
    needs = [Need(action, order, "W1", Decimal(1)) for action in ("pick", "ship") for order in ("O1", "O2", "O3", "O4")]
    journal.record(approvals_at_once(journal.known, needs, "ann", "planner", Limits(None), AT))
    return journal


@pytest.fixture
def warehouse() -> duckdb.DuckDBPyConnection:
    """Orders as the warehouse exports them: one waved, one shipped, one cancelled, one as it was."""
    connection = duckdb.connect()
    connection.execute("create schema known; create schema control; create schema marts")
    connection.execute(f"create table control.stage_fingerprint ({CONTROL_TABLES['stage_fingerprint']})")
    connection.execute("create table control.latest as select timestamptz '2026-11-02 06:00:00+08' as as_of")
    connection.execute(
        """create table known.warehouse__outbound_order as
        select outbound_id, status, now() as known_at
        from (values ('O1', 'waved'), ('O2', 'shipped'), ('O3', 'cancelled'), ('O4', 'released'))
            as o (outbound_id, status)"""
    )
    connection.execute(
        """create table known.logistics__shipment as
        select outbound_id, 'C' as carrier_id, 'STD' as service_code, direction, now() as known_at
        from (values ('O2', 'outbound'), ('O4', 'return')) as s (outbound_id, direction)"""
    )
    create_feedback_tables(connection)
    return connection


def statuses(journal: Journal, action: str) -> dict[str, str]:
    return {state.sku_id: state.status for state in journal.states() if state.action == action}


def test_waved_picked_shipped_and_cancelled_orders_are_told_apart_once(journal, warehouse):
    copy_journal(warehouse, journal, AT)
    assert recognise_fulfilment(warehouse, journal, AT) == 5
    assert statuses(journal, "pick") == {"O1": "seen", "O2": "received", "O3": "received", "O4": "approved"}
    assert statuses(journal, "ship") == {"O1": "approved", "O2": "received", "O3": "received", "O4": "approved"}
    *_, shipped = journal.events(suggestion_id("ship", "O2", "W1"))
    assert json.loads(shipped["payload"])["carrier_id"] == "C"
    copy_journal(warehouse, journal, AT)
    assert recognise_fulfilment(warehouse, journal, AT) == 0 and verify(journal) == []


def test_what_is_approved_and_not_seen_is_in_no_plan_again(journal, warehouse):
    found = flying(journal, CHINA, AT)
    write_in_flight(warehouse, found, Decisions())
    assert {(state.action, day) for state, day in found} == {("pick", date(2026, 11, 2)), ("ship", date(2026, 11, 2))}
    warehouse.execute(
        """create table marts.open_outbound as
        select outbound_id, 'W1' as warehouse_id, now() as released_at, now() as cutoff_at, true as is_waveable,
            1 as priority, 500 as volume_cm3
        from (values ('O4'), ('O5')) as o (outbound_id)"""
    )
    warehouse.execute("create table known.reference__calendar (calendar_id text, calendar_date date, is_shutdown bool)")
    warehouse.execute(
        "create table known.warehouse__warehouse as select 'W1' as warehouse_id, 'C' as receive_calendar_id"
    )
    columns = "origin_region, dest_province, weight_g, volume_cm3, longest_side_mm, declared_value, cod_amount"
    rest = "late_cost, is_cod, needs_cold, is_hazmat, no_air, cutoff_at, promised_deliver_by, designated_carrier_id"
    unknown = set(f"{columns}, {rest}".split(", ")) - {"volume_cm3"}
    nothing = ", ".join(f"null::timestamptz as {name}" for name in sorted(unknown))
    warehouse.execute(
        f"create table marts.parcel_input as "
        f"select outbound_id, warehouse_id, volume_cm3, {nothing} from marts.open_outbound"
    )
    assert [row[0] for row in warehouse.execute(ORDERS).fetchall()] == ["O5"]
    assert [row[0] for row in warehouse.execute(PARCELS).fetchall()] == ["O5"]


def test_what_carries_an_approved_parcel_and_whether_chance_chose_it_are_known_to_the_next_plan(journal, warehouse):
    facts = {"carrier_id": "SF", "service_code": "STD", "billed_weight_g": 1500}
    needs = [
        Need("ship", order, "W1", Decimal(1), facts=facts | {"is_drawn": is_drawn})
        for order, is_drawn in (("N1", True), ("N2", False))
    ]
    journal.record(approvals_at_once(journal.known, needs, "ann", "planner", Limits(None), AT))
    copy_journal(warehouse, journal, AT)
    write_drawn(warehouse, warehouse.execute(DRAWN).fetchall())
    write_in_flight(warehouse, flying(journal, CHINA, AT), Decisions())
    assert warehouse.execute("from feedback.drawn_parcel").fetchall() == [("N1", "SF", "STD")] == drawn(journal, AT)
    held = "select sku_id, carrier_id, service_code, billed_weight_g from feedback.in_flight where sku_id like 'N%'"
    assert warehouse.execute(f"{held} order by all").fetchall() == [
        ("N1", "SF", "STD", 1500),
        ("N2", "SF", "STD", 1500),
    ]


def test_a_parcel_leaves_no_sooner_than_today_and_rests_with_its_warehouse(warehouse):
    write_in_flight(warehouse, [], Decisions())
    warehouse.execute("set TimeZone = 'Asia/Shanghai'")
    warehouse.execute(
        """create table marts.parcel_input as
        select
            'O1' as outbound_id, 'W1' as warehouse_id, '32' as origin_region, '31' as dest_province, 900 as weight_g,
            null::bigint as volume_cm3, null::bigint as longest_side_mm, 5::decimal(18, 4) as declared_value,
            0::decimal(18, 4) as cod_amount, null::decimal(18, 4) as late_cost, false as is_cod,
            false as needs_cold, false as is_hazmat, true as no_air, timestamptz '2026-11-01 18:00:00+08' as cutoff_at,
            timestamptz '2026-11-06 22:00:00+08' as promised_deliver_by, null::varchar as designated_carrier_id"""
    )
    warehouse.execute(
        "create table known.warehouse__warehouse as select 'W1' as warehouse_id, 'C' as receive_calendar_id"
    )
    warehouse.execute(
        """create table known.reference__calendar as
        select calendar_id, calendar_date::date as calendar_date, true as is_shutdown
        from (values
            ('C', '2026-11-02'), ('C', '2026-11-04'), ('C', '2026-11-06'), ('C', '2026-11-07'), ('D', '2026-11-05')
        ) as c (calendar_id, calendar_date)"""
    )
    found = warehouse.execute(PARCELS)
    [row] = [dict(zip([column[0] for column in found.description], values, strict=True)) for values in found.fetchall()]
    assert (row["handover_date"], row["promised_date"], row["rest_days"]) == (date(2026, 11, 2), date(2026, 11, 6), 2)
    assert row["no_air"] is True


def test_stock_that_approved_picks_will_take_is_in_no_bin_of_the_next_plan(journal, warehouse):
    write_in_flight(warehouse, flying(journal, CHINA, AT), Decisions())
    warehouse.execute(
        """create table marts.open_outbound as
        select outbound_id, 'W1' as warehouse_id from (values ('O4'), ('O5')) as o (outbound_id)"""
    )
    warehouse.execute(
        """create table marts.open_outbound_line as
        select * from (values ('O4', 'A', 7), ('O5', 'A', 2), ('O5', 'B', 1)) as l (outbound_id, sku_id, open_qty)"""
    )
    warehouse.execute(
        """create table marts.pick_location as
        select
            'W1' as warehouse_id, bin_id, sku_id, aisle::varchar as aisle, aisle * 3.0 as x_m, y_m, on_hand_qty,
            'pick' as bin_type, '' as batch_no, 'self' as owner_party_id, 'Z1' as zone_id, 1 as block,
            null::date as expiry_date
        from (values ('1', 'A', 1, 2.0, 5), ('2', 'A', 2, 1.0, 5), ('3', 'B', 2, 4.0, 4), ('4', 'A', 3, 1.0, null))
            as b (bin_id, sku_id, aisle, y_m, on_hand_qty)"""
    )
    left = {(row[1], row[2]): row[6] for row in warehouse.execute(LOCATIONS).fetchall()}
    assert left == {("1", "A"): 0, ("2", "A"): 3, ("3", "B"): 4, ("4", "A"): None}
