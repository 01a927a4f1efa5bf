"""What was sent in error is taken back once, by a message of its own that is linked to the first."""

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import select

from contracts import outbox
from contracts.layout import layouts
from feedback.acknowledgements import acknowledge
from feedback.identity import Need
from feedback.journal import Journal, dead_letters, give_up, open_store, record_answers, verify
from feedback.journal.schema import message
from feedback.message import freezer
from feedback.sending import Answer, Files, LocalFolder, RefusedByReceiverError, UnreachableError, send
from feedback.states import Event, RefusedError
from feedback.undo import undo

AT = datetime(2026, 11, 1, 9, tzinfo=UTC)
LATER = AT + timedelta(hours=1)
FACTS = {
    "supplier_id": "S1", "ship_to_warehouse_id": "W1", "uom_ratio_numerator": 12, "uom_ratio_denominator": 1,
    "requested_date": "2026-11-09", "as_of": "2026-11-01T06:00:00+08:00",
}  # fmt: skip


class Receiver:
    """Keeps what it got; answers, or fails, as it is told."""

    def __init__(self, *answers: Answer | Exception) -> None:
        self.answers, self.got = list(answers), []

    def deliver(self, message) -> Answer:
        self.got.append(message)
        answer = self.answers.pop(0) if self.answers else Answer()
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    store = open_store(f"sqlite:///{tmp_path / 'decisions.db'}")
    yield Journal(store, freezer("demo", {"purchase_suggestions": "erp"}))
    store.dispose()


def approved(journal: Journal, *people: str) -> str:
    need = Need("buy", "A", "W1", Decimal(24), multiple=Decimal(12), facts=FACTS)
    [change] = journal.take([need], {}, "plan", AT).new
    for person in people:
        payload = {"quantity": "24", "needed": len(people)}
        journal.record([Event("approve", change.suggestion_id, person, AT, payload)])
    return change.suggestion_id


def sent(journal: Journal, destination, at: datetime = AT):
    return send(journal, {"erp": destination}, lambda: at, random.Random(1))


def test_a_recall_goes_once_to_the_same_receiver_and_names_what_it_takes_back(journal: Journal) -> None:
    name, receiver = approved(journal, "ann"), Receiver()
    sent(journal, receiver)
    assert undo(journal, name, "ann", LATER, "wrong supplier") == "recalled"
    for _ in range(3):
        with pytest.raises(RefusedError, match="is recalled, so it cannot recall"):
            undo(journal, name, "bob", LATER, "wrong supplier")
    sent(journal, receiver, LATER)
    first, recall = receiver.got
    body = json.loads(recall.body)
    assert (body["recalled_key"], body["recalled_decision"]) == (first.idempotency_key, "purchase_suggestions")
    assert set(body) - {"decision"} <= {column.name for column in outbox()["recall"].columns}
    assert all(body[column.name] is not None for column in outbox()["recall"].columns if column.required)
    # Until the receiver says so, it may still come.
    assert (journal.state(name).status, journal.state(name).in_flight) == ("recalled", 24)
    assert verify(journal) == []


@pytest.mark.parametrize(("answer", "status", "in_flight"), [("all", "undone", 0), (Decimal(0), "acknowledged", 24)])
def test_the_receiver_says_whether_it_was_stopped(journal: Journal, answer, status: str, in_flight: int) -> None:
    name = approved(journal, "ann")
    receiver = Receiver(Answer(True, "all"), Answer(True, answer))
    sent(journal, receiver)
    undo(journal, name, "ann", LATER, "wrong supplier")
    sent(journal, receiver, LATER)
    assert (journal.state(name).status, journal.state(name).in_flight) == (status, in_flight)
    assert verify(journal) == []


@pytest.mark.parametrize("answer", ["all", Decimal(0), None])
def test_an_answer_to_a_recall_of_what_was_refused_meanwhile_changes_nothing(journal: Journal, answer) -> None:
    name, receiver = approved(journal, "ann"), Receiver(Answer(), Answer(True, answer))
    sent(journal, receiver)
    undo(journal, name, "ann", LATER, "wrong supplier")
    refused = {"idempotency_key": receiver.got[0].idempotency_key, "accepted": "0"}
    record_answers(journal, [(receiver.got[0].idempotency_key, Event("acknowledge", name, "erp", LATER, refused))])
    assert sent(journal, receiver, LATER).sent == 1
    assert (journal.state(name).status, journal.state(name).in_flight) == ("refused", 0)
    assert verify(journal) == []


def test_the_answer_to_a_recall_may_come_as_a_file(journal: Journal, tmp_path: Path) -> None:
    name, receiver = approved(journal, "ann"), Receiver()
    sent(journal, receiver)
    undo(journal, name, "ann", LATER, "wrong supplier")
    sent(journal, receiver, LATER)
    header = "suggestion_id,idempotency_key,acknowledged_at,schema_version,tenant_id,decision,receiver,status"
    line = f"{name},{receiver.got[1].idempotency_key},2026-11-01T19:00:00+08:00,1.0,demo,recall,erp,accepted"
    (tmp_path / "ack.csv").write_text(f"{header}\n{line}\n")
    assert acknowledge(journal, tmp_path / "ack.csv").applied == 1
    assert acknowledge(journal, tmp_path / "ack.csv").repeated == 1
    assert journal.state(name).status == "undone"


def test_a_recall_that_failed_goes_again_as_it_was(journal: Journal) -> None:
    name, receiver = approved(journal, "ann"), Receiver(Answer(), UnreachableError("down"))
    sent(journal, receiver)
    undo(journal, name, "ann", LATER, "wrong supplier")
    outcome = sent(journal, receiver, LATER)
    sent(journal, receiver, outcome.next_at)
    assert len(receiver.got) == 3 and receiver.got[1] == receiver.got[2]


def test_a_recall_that_is_given_up_leaves_the_order_as_it_was(journal: Journal) -> None:
    name, receiver = approved(journal, "ann"), Receiver(Answer(True, "all"), RefusedByReceiverError("unknown key"))
    sent(journal, receiver)
    undo(journal, name, "ann", LATER, "wrong supplier")
    assert sent(journal, receiver, LATER).dead == 1
    give_up(journal, dead_letters(journal)[0]["idempotency_key"], "ann", LATER, "they do not take recalls")
    assert (journal.state(name).status, journal.state(name).in_flight) == ("acknowledged", 24)
    assert verify(journal) == []


def test_what_has_not_left_is_withdrawn_and_nothing_goes(journal: Journal) -> None:
    name, receiver = approved(journal, "ann"), Receiver()
    assert undo(journal, name, "ann", LATER, "wrong supplier") == "withdrawn"
    assert sent(journal, receiver, LATER).sent == 0 and journal.state(name).status == "proposed"


def test_what_may_be_arriving_is_not_undone_yet(journal: Journal) -> None:
    name = approved(journal, "ann")
    sent(journal, Receiver(UnreachableError("time-out")))
    with pytest.raises(RefusedError, match="may have arrived"):
        undo(journal, name, "ann", LATER, "wrong supplier")


def test_what_two_people_approved_two_people_take_back(journal: Journal) -> None:
    name = approved(journal, "ann", "bob")
    sent(journal, Receiver())
    assert undo(journal, name, "ann", LATER, "wrong supplier") == "asked"
    assert undo(journal, name, "ann", LATER, "wrong supplier") == "asked"
    assert journal.state(name).status == "exported"
    assert undo(journal, name, "cat", LATER, "wrong supplier") == "recalled"


def test_what_was_received_is_not_undone(journal: Journal) -> None:
    name = approved(journal, "ann")
    sent(journal, Receiver())
    journal.record([Event("receive", name, "exports", LATER, {"received": "24", "complete": True})])
    with pytest.raises(RefusedError, match="can be returned, not undone"):
        undo(journal, name, "ann", LATER, "wrong supplier")
    with pytest.raises(RefusedError, match="needs a reason"):
        undo(journal, name, "ann", LATER, " ")


def test_a_receiver_of_files_gets_the_recall_as_a_file_of_its_own(journal: Journal, tmp_path: Path) -> None:
    name = approved(journal, "ann")
    files = Files(LocalFolder(tmp_path / "out"), {"purchase_suggestions": layouts()["supplier_order"]}, "csv")
    sent(journal, files)
    undo(journal, name, "ann", LATER, "wrong supplier")
    sent(journal, files, LATER)
    [recall] = (tmp_path / "out").glob("recall.S1.*.csv")
    assert "wrong supplier" in recall.read_text()
    with journal.store.connect() as connection:
        assert {row.status for row in connection.execute(select(message))} == {"sent"}
