"""What was answered "saved" is on disk, whole, in order and provable; what does not fit is refused and noted."""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from feedback import suggestion_id
from feedback.identity import Need
from feedback.journal import Journal, open_store, verify
from feedback.journal.schema import metadata
from feedback.snooze import wake_for
from feedback.states import Event, RefusedError, StaleError

AT = datetime(2026, 11, 1, 9, tzinfo=UTC)
BUY = suggestion_id("buy", "00123", "W1")


def need(quantity: int, sku: str = "00123") -> Need:
    return Need("buy", sku, "W1", Decimal(quantity), due=date(2026, 11, 9), facts={"supplier_id": "S1"})


def decided(kind: str, version: int | None = 1, actor: str = "ann", name: str = BUY, **payload: object) -> Event:
    return Event(kind, name, actor, AT, payload, version)


def planned(journal: Journal, *needs: Need, counted: dict | None = None):
    if counted is None:
        counted = {state.suggestion_id: state.in_flight for state in journal.states()}
    return journal.take(needs, counted, "plan", AT)


def kinds(journal: Journal) -> list[str]:
    return [row["kind"] for row in journal.events()]


def test_a_plan_taken_twice_writes_nothing_more(journal: Journal) -> None:
    planned(journal, need(24))
    planned(journal, need(24))
    assert kinds(journal) == ["propose"]
    assert journal.state(BUY).facts == {"supplier_id": "S1"}


def test_of_two_planners_the_second_is_told_both_values(journal: Journal) -> None:
    planned(journal, need(96))
    journal.record([decided("edit", quantity="120", reason="fair in town")])
    with pytest.raises(StaleError, match="version 1 with quantity 96, but version 2 is edited with quantity 120"):
        journal.record([decided("approve", actor="bob", quantity="96")])
    assert kinds(journal) == ["propose", "edit", "refused"]
    journal.record([decided("approve", 2, "bob", quantity="120")])
    state = journal.state(BUY)
    assert (state.status, state.approved, state.approvers) == ("approved", 120, ("bob",))
    assert verify(journal) == []


def test_a_batch_is_written_whole_or_not_at_all(journal: Journal) -> None:
    planned(journal, need(24), need(6, "B"))
    other = suggestion_id("buy", "B", "W1")
    with pytest.raises(RefusedError, match="needs a reason"):
        journal.record([decided("approve", quantity="24"), decided("reject", name=other)])
    assert {state.status for state in journal.states()} == {"proposed"}
    assert kinds(journal)[-1] == "refused"


@pytest.mark.parametrize(
    ("event", "message"),
    [
        (decided("approve", quantity=24.0), "is a float"),
        (decided("approve", quantity="many"), "a decimal as text, found 'many'"),
        (decided("approve", quantity="NaN"), "found 'NaN'"),
        (decided("export"), "is proposed, so it cannot export; that needs one of approved"),
        (decided("order"), "unknown event 'order'"),
        (decided("snooze"), "needs a date or an event"),
        (decided("edit", quantity="-1", reason="less"), "below nought"),
        (decided("approve", None, name="BUY-x"), "BUY-x is unknown"),
        (Event("approve", BUY, "ann", AT.replace(tzinfo=None), {"quantity": "24"}), "has no zone"),
    ],
)
def test_what_cannot_be_applied_is_refused_before_it_is_written(event: Event, message: str, tmp_path: Path) -> None:
    journal = Journal(open_store(f"sqlite:///{tmp_path / 'decisions.db'}"))
    planned(journal, need(24))
    with pytest.raises(RefusedError, match=message):
        journal.record([event])
    assert journal.state(BUY).status == "proposed"
    assert kinds(journal) == ["propose", "refused"]


def test_above_the_limit_two_different_people_sign(journal: Journal) -> None:
    planned(journal, need(24))
    journal.record([decided("approve", quantity="24", needed=2)])
    assert journal.state(BUY).status == "countersign"
    with pytest.raises(RefusedError, match="ann has approved it already"):
        journal.record([decided("approve", 2, quantity="24", needed=2)])
    journal.record([decided("approve", 2, "bob", quantity="24", needed=2)])
    assert journal.state(BUY).approvers == ("ann", "bob")


def test_policy_and_forecast_decisions_have_versions_too(journal: Journal) -> None:
    change = decided("policy_change", 0, name="policy:service_level/A", value="0.97", reason="shortages")
    journal.record([change])
    assert journal.setting(change.suggestion_id) == (1, {"value": "0.97", "reason": "shortages"})
    with pytest.raises(RefusedError, match="decided on version 0"):
        journal.record([change])
    assert verify(journal) == []


def test_a_change_of_policy_carries_how_far_it_reaches(journal: Journal) -> None:
    radius = {"skus": 38, "suggestions": 12, "quantity": "420", "amount": "41000", "currency": "CNY"}
    changed = {"value": "0.97", "reason": "shortages", "blast_radius": radius}
    journal.record([decided("policy_change", 0, name="service_level A", **changed)])
    assert journal.settings("policy_change")["service_level A"] == (1, changed)
    for name, value, told in (
        ("skus", -1, "'skus' of a blast radius must be a count, found -1"),
        ("amount", "many", "'amount' of a blast radius must be a decimal as text, found 'many'"),
        ("people", 3, "'blast_radius' holds skus, suggestions, quantity, amount, currency"),
    ):
        wrong = changed | {"blast_radius": radius | {name: value}}
        with pytest.raises(RefusedError, match=told):
            journal.record([decided("policy_change", 1, name="service_level A", **wrong)])
    assert verify(journal) == []


def test_what_waits_for_an_event_is_back_when_it_happens(journal: Journal) -> None:
    planned(journal, need(24), need(24, "B"))
    journal.record([decided("snooze", until="price list of S1")])
    assert wake_for(journal, "price list of S2", "ann", AT) == []
    assert wake_for(journal, "price list of S1", "ann", AT) == [BUY]
    assert journal.state(BUY).status == "proposed" and wake_for(journal, "price list of S1", "ann", AT) == []


def test_an_event_is_never_changed_or_deleted(journal: Journal) -> None:
    planned(journal, need(24))
    for statement in ("update event set actor = 'eve'", "delete from event"):
        with pytest.raises(DBAPIError, match="events are never changed"), journal.store.begin() as connection:
            connection.execute(text(statement))


def test_whoever_gets_past_that_is_found_out(tmp_path: Path) -> None:
    journal = Journal(open_store(f"sqlite:///{tmp_path / 'decisions.db'}"))
    planned(journal, need(24))
    journal.record([decided("approve", quantity="24")])
    anchor = journal.head()
    broken = {
        "update event set payload = replace(payload, '24', '240') where sequence = 1": ["event 1"],
        "delete from event where sequence = 1": ["event 2", "event 2", "event 2", f"suggestion {BUY}"],
        "update suggestion set approved = '240'": [f"suggestion {BUY}"],
        "delete from event where sequence = 2": ["event 2", f"suggestion {BUY}"],
    }
    for statement, places in broken.items():
        with journal.store.connect() as connection:
            connection.execute(text("drop trigger if exists event_no_update"))
            connection.execute(text("drop trigger if exists event_no_delete"))
            connection.execute(text(statement))
            connection.rollback()
        assert verify(journal, {anchor.sequence: anchor.hash}) == []
        with journal.store.begin() as connection:
            connection.execute(text("drop trigger if exists event_no_update"))
            connection.execute(text("drop trigger if exists event_no_delete"))
            before = {name: connection.execute(text(f"select * from {name}")).all() for name in ("event", "suggestion")}
            connection.execute(text(statement))
        found = verify(journal, {anchor.sequence: anchor.hash})
        assert found and {entry.place for entry in found} >= set(places[:1]), (statement, found)
        with journal.store.begin() as connection:
            for name, rows in before.items():
                connection.execute(text(f"delete from {name}"))
                for row in rows:
                    marks = ", ".join(f":{column}" for column in row._fields)
                    connection.execute(text(f"insert into {name} values ({marks})"), row._asdict())
    assert verify(journal) == []


def test_the_migrations_make_the_schema(journal: Journal) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext

    with journal.store.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_standings_are_brought_up_to_date_by_sequence(journal: Journal) -> None:
    planned(journal, need(24), need(6, "B"))
    known = journal.standings()
    journal.record([decided("edit", quantity="30", reason="fair")])
    journal.standings(known)
    assert [(s.status, s.version, s.quantity) for s in known.values() if s.suggestion_id == BUY] == [
        ("edited", 2, "30")
    ]
    assert len(known) == 2


def test_writers_in_many_threads_take_turns(journal: Journal) -> None:
    needs = [need(10, f"S{i}") for i in range(24)]
    names = [change.suggestion_id for change in planned(journal, *needs).new]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda name: journal.record([decided("approve", name=name, quantity="10")]), names))
    assert {state.status for state in journal.states()} == {"approved"}
    assert verify(journal) == []


WRITER = """
import sys
from test_journal import AT, decided, need, planned
from feedback.journal import Journal, open_store
journal = Journal(open_store(sys.argv[1]))
version = journal.state(sys.argv[2]).version
while True:
    journal.record([decided("edit", version, quantity=str(version), reason="again")])
    version += 1
    print(version, flush=True)
"""


def test_what_was_answered_as_saved_survives_a_kill(url: str) -> None:
    journal = Journal(open_store(url))
    planned(journal, need(24))
    for _ in range(4):
        command = [sys.executable, "-c", WRITER, url, BUY]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parent, text=True)
        assert process.stdout.readline()
        time.sleep(0.05)
        process.kill()
        answered = process.stdout.read().split()
        process.wait()
        assert journal.state(BUY).version >= int(answered[-1] if answered else 1)
    assert verify(journal) == []
    journal.store.dispose()


STEPS = st.tuples(
    st.sampled_from(["ann", "bob"]), st.sampled_from(["look", "edit", "approve", "reject"]), st.integers(1, 9)
)


@settings(max_examples=1000, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(STEPS, min_size=3, max_size=6))
def test_two_planners_never_lose_an_update(steps, two_planners: "Desk") -> None:
    two_planners.play(steps)


class Desk:
    """Two planners at one journal: each decides on what they last looked at."""

    def __init__(self, journal: Journal) -> None:
        self.journal, self.round = journal, 0

    def play(self, steps) -> None:
        self.round += 1
        name = suggestion_id("buy", f"SKU{self.round}", "W1")
        key = {"action": "buy", "sku_id": f"SKU{self.round}", "destination_id": "W1"}
        self.journal.record([Event("propose", name, "plan", AT, key | {"quantity": "5"})])
        seen = dict.fromkeys(("ann", "bob"), self.journal.state(name))
        taken = 1
        for actor, what, quantity in steps:
            before = self.journal.state(name)
            if what == "look":
                seen[actor] = before
                continue
            payload = {"quantity": str(seen[actor].quantity if what == "approve" else quantity), "reason": "so"}
            try:
                self.journal.record([decided(what, seen[actor].version, actor, name, **payload)])
            except RefusedError:
                assert self.journal.state(name) == before
                assert seen[actor].version != before.version or before.status in ("approved", "rejected")
            else:
                # Whoever decides has seen the last version; nothing is overwritten unseen.
                assert seen[actor].version == before.version
                taken += 1
        assert self.journal.state(name).version == taken


@pytest.fixture(scope="module")
def two_planners(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return Desk(Journal(open_store(f"sqlite:///{tmp_path_factory.mktemp('desk') / 'decisions.db'}")))
