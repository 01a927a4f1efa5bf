"""Waves and carrier choices are suggestions from the moment somebody approves them."""

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from contracts.layout import layouts
from feedback.approval import Limit, Limits
from feedback.at_once import approvals_at_once, rejections_at_once, reopenings_at_once, standing_at_once
from feedback.identity import Need, suggestion_id
from feedback.journal import Journal, open_store, verify
from feedback.message import freezer
from feedback.sending import Files, LocalFolder, send
from feedback.states import Event, RefusedError

AT = datetime(2026, 11, 1, 9, tzinfo=UTC)
NOBODY_LIMITED = Limits(None)
RECEIVERS = {"wave_plan": "wms", "carrier_choice": "tms"}
LAYOUTS = {"wave_plan": layouts()["wms_wave"], "carrier_choice": layouts()["tms_waybill_request"]}


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    store = open_store(f"sqlite:///{tmp_path / 'decisions.db'}")
    yield Journal(store, freezer("demo", RECEIVERS, LAYOUTS))
    store.dispose()


def pick(order: str, wave: str = "V1", sequence: int = 1) -> Need:
    facts = {
        "wave_id": wave, "warehouse_id": "W1", "outbound_id": order, "sequence": sequence, "order_count": 2,
        "planned_start_at": AT, "pick_distance_m": Decimal("80.5"),
    }  # fmt: skip
    return Need("pick", order, "W1", Decimal(1), facts=facts)


def ship(order: str, cost: str = "8.5") -> Need:
    facts = {
        "outbound_id": order, "parcel_no": 1, "warehouse_id": "W1", "carrier_id": "C", "service_code": "STD",
        "est_cost": Decimal(cost), "currency": "CNY",
    }  # fmt: skip
    return Need("ship", order, "W1", Decimal(1), facts=facts)


def approved(journal: Journal, *needs: Need, actor: str = "ann", limits: Limits = NOBODY_LIMITED) -> list[str]:
    """The suggestions that this approval made or signed."""
    events = approvals_at_once(journal.known, needs, actor, "planner", limits, AT)
    if events:
        journal.record(events)
    return [event.suggestion_id for event in events if event.kind == "approve"]


def test_a_wave_and_its_carriers_leave_once_in_the_forms_of_their_systems(journal: Journal, tmp_path: Path) -> None:
    plan = (pick("O1"), pick("O2", sequence=2), ship("O1"), ship("O2"))
    names = approved(journal, *plan)
    assert names == [suggestion_id(need.action, need.sku_id, "W1") for need in plan]
    assert approved(journal, *plan) == [], "what is on its way is not asked for again"
    places = {name: Files(LocalFolder(tmp_path / name), {d: LAYOUTS[d]}, "csv") for d, name in RECEIVERS.items()}
    assert send(journal, places, lambda: AT, random.Random(1)).sent == 4
    [wave], [waybills] = (list((tmp_path / name).glob("*.csv")) for name in ("wms", "tms"))
    assert [line.split(",")[:4] for line in wave.read_text().splitlines()[1:]] == [
        ["V1", "W1", "O1", "1"], ["V1", "W1", "O2", "2"],
    ]  # fmt: skip
    assert len(waybills.read_text().splitlines()) == 3
    assert {journal.state(name).status for name in names} == {"exported"} and verify(journal) == []


def test_what_a_receiver_refused_is_asked_for_again_under_another_name(journal: Journal, tmp_path: Path) -> None:
    [first] = approved(journal, pick("O1"))
    send(journal, {"wms": Files(LocalFolder(tmp_path), {"wave_plan": LAYOUTS["wave_plan"]}, "csv")},
         lambda: AT, random.Random(1))  # fmt: skip
    journal.record([Event("acknowledge", first, "wms", AT, {"accepted": "0", "message": "closed"})])
    [second] = approved(journal, pick("O1", "V2"))
    assert second == suggestion_id("pick", "O1", "W1", generation=1) and verify(journal) == []


def test_an_approval_is_of_the_row_as_the_plan_has_it_now(journal: Journal) -> None:
    limits = Limits({("planner", "*"): Limit(Decimal(5), "CNY")})
    [name] = approved(journal, ship("O1"), limits=limits)
    assert journal.state(name).status == "countersign", "8.50 is above what one planner signs"
    assert approved(journal, ship("O1", "9"), actor="bob", limits=limits) == [name]
    assert journal.state(name).status == "countersign", "another price voids the first signature"
    approved(journal, ship("O1", "9"), limits=limits)
    assert (journal.state(name).status, journal.state(name).approvers) == ("approved", ("bob", "ann"))
    assert [approved(journal, pick("O1"), limits=limits)], "what is picked together costs nobody"
    with pytest.raises(RefusedError, match="role 'planner' does not approve"):
        approved(journal, ship("O2"), limits=Limits({("head", "*"): Limit(Decimal(5))}))


def test_what_no_export_of_the_warehouse_shows_is_given_up_after_a_day(journal: Journal, tmp_path: Path) -> None:
    [name] = approved(journal, pick("O1"))
    places = {"wms": Files(LocalFolder(tmp_path), {"wave_plan": LAYOUTS["wave_plan"]}, "csv")}
    send(journal, places, lambda: AT, random.Random(1))
    zone = ZoneInfo("UTC")
    assert journal.expire(zone, 30, "plan", AT + timedelta(days=1)) == []
    assert [state.suggestion_id for state in journal.expire(zone, 30, "plan", AT + timedelta(days=2))] == [name]
    assert approved(journal, pick("O1")) != [name] and verify(journal) == []


def test_an_outlook_is_told_every_time_and_nothing_is_to_come_of_it(tmp_path: Path) -> None:
    layout = layouts()["supplier_outlook_weeks"]
    store = open_store(f"sqlite:///{tmp_path / 'decisions.db'}")
    journal = Journal(store, freezer("demo", {"supplier_outlook": "suppliers"}, {"supplier_outlook": layout}))
    places = {"suppliers": Files(LocalFolder(tmp_path / "out"), {"supplier_outlook": layout}, "csv")}

    def told(first: date, quantity: str) -> None:
        weeks = [first + timedelta(days=7 * week) for week in range(12)]
        assert len(approved(journal, *(week_of(week, quantity) for week in weeks))) == 12
        assert send(journal, places, lambda: AT, random.Random(1)).sent == 12

    told(date(2026, 11, 2), "24")
    [file] = (tmp_path / "out").glob("*.csv")
    assert file.read_text().splitlines()[1].split(",")[-12:] == ["24"] * 12
    assert {state.status for state in journal.states()} == {"received"} and journal.in_flight(ZoneInfo("UTC")) == []
    told(date(2026, 11, 9), "30")
    told(date(2026, 11, 9), "30")
    assert len(list((tmp_path / "out").glob("*.csv"))) == 3 and verify(journal) == []
    store.dispose()


def week_of(week: date, quantity: str) -> Need:
    facts = {
        "supplier_id": "S1", "sku_id": "A", "ship_to_warehouse_id": "W1", "week_start": week,
        "expected_qty": Decimal(quantity),
    }  # fmt: skip
    return Need("outlook", "A", "W1", Decimal(quantity), target=f"S1 {week}", facts=facts)


def test_what_was_rejected_is_not_approved_until_it_is_taken_up_again(journal: Journal) -> None:
    plan = (ship("O1"), ship("O2"))
    journal.record(rejections_at_once(journal.known, plan[:1], "ann", {"reason": "budget"}, AT))
    assert rejections_at_once(journal.known, plan[:1], "ann", {"reason": "budget"}, AT) == []
    assert approved(journal, *plan) == [suggestion_id("ship", "O2", "W1")]
    journal.record(reopenings_at_once(journal.known, plan, "ben", AT))
    assert [row.status for row in standing_at_once(journal.known, plan)] == ["proposed", "approved"]
    assert approved(journal, *plan) == [suggestion_id("ship", "O1", "W1")]
