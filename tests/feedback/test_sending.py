"""Approved once, sent once in effect: whatever dies, hangs, fails or is started twice."""

import itertools
import json
import random
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import select, text

from feedback.acknowledgements import acknowledge
from feedback.identity import Need
from feedback.journal import Journal, Message, dead_letters, give_up, message_counts, open_store, revive, verify
from feedback.journal.schema import message
from feedback.message import freezer
from feedback.sending import (
    Answer,
    Backoff,
    DropFolder,
    HeldElsewhereError,
    RefusedByReceiverError,
    SqlTable,
    UnreachableError,
    send,
    sender_fence,
)
from feedback.states import Event, RefusedError

AT = datetime(2026, 11, 1, 9, tzinfo=UTC)
HERE = Path(__file__).parent
KILLS = 40
FACTS = {
    "supplier_id": "S1", "ship_to_warehouse_id": "W1", "uom_ratio_numerator": 12, "uom_ratio_denominator": 1,
    "unit_price": "4.2", "currency": "CNY", "requested_date": "2026-11-09", "as_of": "2026-11-01T06:00:00+08:00",
}  # fmt: skip


def need(sku: str = "00123", quantity: int = 24) -> Need:
    return Need("buy", sku, "W1", Decimal(quantity), multiple=Decimal(12), facts=FACTS)


def with_receivers(url: str) -> Journal:
    return Journal(open_store(url), freezer("demo", {"purchase_suggestions": "erp"}))


@pytest.fixture
def journal(url: str) -> Iterator[Journal]:
    journal = with_receivers(url)
    yield journal
    journal.store.dispose()


def approved(journal: Journal, *needs: Need) -> list[str]:
    names = [change.suggestion_id for change in journal.take(needs, {}, "plan", AT).new]
    states = [journal.state(name) for name in names]
    journal.record([Event("approve", s.suggestion_id, "ann", AT, {"quantity": s.quantity}, 1) for s in states])
    return names


def messages(journal: Journal) -> list:
    with journal.store.connect() as connection:
        return connection.execute(select(message).order_by(message.c.suggestion_id)).all()


class Told:
    """A destination that does what it is told, one answer after the other, and keeps what it got."""

    def __init__(self, *answers: Answer | Exception) -> None:
        self.answers, self.got = list(answers), []

    def deliver(self, message) -> Answer:
        self.got.append(message)
        answer = self.answers.pop(0) if self.answers else Answer()
        if isinstance(answer, Exception):
            raise answer
        return answer


def sent(journal: Journal, destination, at: datetime = AT, **options):
    return send(journal, {"erp": destination}, lambda: at, random.Random(1), **options)


def test_approval_freezes_the_row_in_packs_and_money(journal: Journal) -> None:
    [name] = approved(journal, need())
    [row] = messages(journal)
    body = json.loads(bytes(row.body))
    assert (body["suggestion_id"], body["quantity"], body["quantity_uom"], body["amount"]) == (name, "24", "2", "100.8")
    assert body["idempotency_key"] == row.idempotency_key and row.status == "waiting"


def test_half_a_pack_is_not_approved(journal: Journal) -> None:
    [change] = journal.take([need()], {}, "plan", AT).new
    name = change.suggestion_id
    journal.record([Event("edit", name, "ann", AT, {"quantity": "30", "reason": "fair"}, 1)])
    with pytest.raises(RefusedError, match=r"30 base units are 2\.500 packs"):
        journal.record([Event("approve", name, "ann", AT, {"quantity": "30"}, 2)])
    assert (journal.state(name).status, messages(journal)) == ("edited", [])


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({"supplier_id": None}, "purchase_suggestions needs 'supplier_id', which the plan did not give"),
        ({"requested_date": "9 Nov"}, "'requested_date' of purchase_suggestions holds '9 Nov'; it must be a day"),
        ({"as_of": "2026-11-01T06:00:00"}, "'as_of' of purchase_suggestions .* must be an instant with its offset"),
        ({"unit_price": "-1"}, "'unit_price' of purchase_suggestions holds '-1'; it must be 0 or more"),
        ({"sku_name": ""}, "'sku_name' of purchase_suggestions holds ''; it must be a text that is not empty"),
        ({"tax_included": "yes"}, "'tax_included' of purchase_suggestions holds 'yes'; it must be true or false"),
        ({"uom_ratio_denominator": 0}, "'uom_ratio_denominator' of purchase_suggestions .* must be more than 0"),
    ],
)
def test_a_row_that_is_not_as_its_contract_says_is_not_approved(tmp_path: Path, facts: dict, told: str) -> None:
    journal = with_receivers(f"sqlite:///{tmp_path / 'decisions.db'}")
    wrong = Need("buy", "A", "W1", Decimal(24), multiple=Decimal(12), facts=FACTS | facts)
    with pytest.raises(RefusedError, match=told):
        approved(journal, wrong)
    assert messages(journal) == []
    journal.store.dispose()


def test_without_a_receiver_nothing_is_approved(url: str) -> None:
    journal = Journal(open_store(url), freezer("demo", {}))
    with pytest.raises(RefusedError, match="nobody receives purchase_suggestions"):
        approved(journal, need())


def test_in_shadow_mode_decisions_are_kept_and_nothing_is_sent(url: str) -> None:
    journal = Journal(open_store(url), shadow=True)
    approved(journal, need())
    destination = Told()
    assert sent(journal, destination).sent == 0 and destination.got == []
    assert [state.status for state in journal.states()] == ["endorsed"] and message_counts(journal) == {}


def test_what_failed_goes_again_byte_identical_and_later_and_later(journal: Journal) -> None:
    [name] = approved(journal, need())
    destination = Told(UnreachableError("503"), UnreachableError("time-out"), Answer(True, Decimal(12)))
    pauses, at = [], AT
    for _ in range(2):
        outcome = sent(journal, destination, at)
        pauses.append((outcome.next_at - at).total_seconds())
        assert sent(journal, destination, at).failed == 0
        at = outcome.next_at
    assert sent(journal, destination, at).next_at is None
    assert 0.5 <= pauses[0] <= 1.0 <= pauses[1] <= 2.0
    assert len({(m.idempotency_key, m.body) for m in destination.got}) == 1 and len(destination.got) == 3
    state = journal.state(name)
    assert (state.status, state.accepted, state.in_flight) == ("acknowledged", 12, 12)
    assert verify(journal) == []


def test_a_pause_never_passes_the_longest_and_no_two_are_alike() -> None:
    pauses = [Backoff(first=1, longest=60).pause(n, random.Random(n)) for n in range(1, 40)]
    assert max(pauses) <= 60 and min(pauses) >= 0.5 and len(set(pauses)) == 39


def test_what_the_receiver_refuses_for_good_waits_for_a_person(journal: Journal) -> None:
    approved(journal, need())
    assert sent(journal, Told(RefusedByReceiverError("unknown supplier"))).dead == 1
    [row] = messages(journal)
    assert (row.status, row.error) == ("dead", "unknown supplier")


def test_after_the_last_attempt_it_is_a_dead_letter(journal: Journal) -> None:
    approved(journal, need())
    destination, at = Told(*[UnreachableError("down")] * 3), AT
    for _ in range(3):
        outcome = sent(journal, destination, at, backoff=Backoff(attempts=3))
        at = outcome.next_at or at
    assert (outcome.dead, messages(journal)[0].status) == (1, "dead")


def test_the_switch_keeps_everything_in_until_it_is_let_go(journal: Journal) -> None:
    approved(journal, need())
    stop = {"value": "yes", "reason": "prices are wrong"}
    journal.record([Event("stop_sending", "sending", "ann", AT, stop, 0)])
    destination = Told()
    assert sent(journal, destination).stopped and destination.got == []
    journal.record([Event("stop_sending", "sending", "ann", AT, stop | {"value": "no"}, 1)])
    assert sent(journal, destination).sent == 1


def test_of_two_senders_one_is_told_that_the_other_sends(journal: Journal, url: str) -> None:
    approved(journal, need())
    destination, other = Told(), with_receivers(url)
    with sender_fence(other.store), pytest.raises(HeldElsewhereError, match="sending from"):
        sent(journal, destination)
    assert destination.got == [] and sent(journal, destination).sent == 1
    other.store.dispose()


def test_an_approval_is_withdrawn_until_its_message_may_have_arrived(journal: Journal) -> None:
    [name, other] = approved(journal, need(), need("B"))
    journal.record([Event("withdraw", name, "ann", AT)])
    destination = Told(UnreachableError("time-out"))
    sent(journal, destination)
    assert [m.suggestion_id for m in destination.got] == [other]
    with pytest.raises(RefusedError, match="may have arrived"):
        journal.record([Event("withdraw", other, "ann", AT)])
    assert journal.state(other).status == "approved"


def test_a_withdrawn_decision_that_is_approved_again_goes_out_once(journal: Journal) -> None:
    [name] = approved(journal, need())
    journal.record([Event("withdraw", name, "ann", AT)])
    journal.record([Event("approve", name, "bob", AT, {"quantity": "24"})])
    destination = Told()
    assert sent(journal, destination).sent == 1 and len(destination.got) == 1


def test_a_folder_gets_each_message_whole_with_its_manifest(journal: Journal, tmp_path: Path) -> None:
    approved(journal, need())
    assert sent(journal, DropFolder(tmp_path / "drop")).sent == 1
    [body, manifest] = sorted((tmp_path / "drop").iterdir(), key=lambda path: len(path.name))
    [row] = messages(journal)
    assert body.read_bytes() == bytes(row.body)
    assert json.loads(manifest.read_text())["idempotency_key"] == row.idempotency_key


def test_a_table_gets_each_message_once(journal: Journal, url: str) -> None:
    approved(journal, need())
    destination = SqlTable(url)
    assert sent(journal, destination).sent == 1
    [row] = messages(journal)
    destination.deliver(Message(row.idempotency_key, row.suggestion_id, "erp", row.decision, b"another"))
    with destination.engine.connect() as connection:
        [found] = connection.execute(select(destination.table)).all()
    destination.engine.dispose()
    assert (found.idempotency_key, found.body) == (row.idempotency_key, bytes(row.body).decode())


def test_a_row_that_the_receivers_table_refuses_is_a_dead_letter_and_a_lost_table_is_tried_again(
    journal: Journal, url: str, tmp_path: Path
) -> None:
    approved(journal, need())
    strict = SqlTable(f"sqlite:///{tmp_path / 'erp.db'}")
    with strict.engine.begin() as connection:
        connection.execute(
            text(
                "create table supplyloop_decision (idempotency_key text primary key, suggestion_id text, "
                "decision text check (decision = 'transfers'), body text)"
            )
        )
    assert sent(journal, strict).dead == 1
    revive(journal, dead_letters(journal)[0]["idempotency_key"], "ann", AT)
    lost = SqlTable(f"sqlite:///{tmp_path / 'no folder' / 'erp.db'}")
    assert sent(journal, lost).failed == 1 and messages(journal)[0].status == "waiting"
    strict.engine.dispose()


def answers(folder: Path, *rows: tuple) -> Path:
    lines = [
        "suggestion_id,idempotency_key,acknowledged_at,schema_version,tenant_id,decision,receiver,status,accepted_quantity"
    ]
    for name, key, minute, status, quantity in rows:
        at = f"2026-11-01T18:{minute:02}:00+08:00"
        lines.append(f"{name},{key},{at},1.0,demo,purchase_suggestions,erp,{status},{quantity}")
    path = folder / "acknowledgement.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_answers_are_taken_once_and_strange_ones_named(journal: Journal, tmp_path: Path) -> None:
    [name] = approved(journal, need())
    [row] = messages(journal)
    early = answers(tmp_path, (name, row.idempotency_key, 0, "accepted", ""))
    assert "nothing was sent under key" in acknowledge(journal, early).strange[0]
    sent(journal, Told(UnreachableError("time-out")))
    file = answers(
        tmp_path,
        (name, row.idempotency_key, 0, "part_accepted", 12),
        (name, row.idempotency_key, 0, "part_accepted", 12),
        (name, "f" * 64, 0, "accepted", ""),
        ("BUY-x", row.idempotency_key, 0, "accepted", ""),
        (name, row.idempotency_key, 0, "maybe", ""),
        (name, row.idempotency_key, 0, "part_accepted", "some"),
    )
    taken = acknowledge(journal, file)
    assert (taken.applied, taken.repeated) == (1, 1)
    assert [entry.split(":")[0][-6:] for entry in taken.strange] == ["line 4", "line 5", "line 6", "line 7"]
    assert acknowledge(journal, file).repeated == 2
    assert journal.state(name).in_flight == 12
    assert message_counts(journal) == {"sent": 1}
    assert verify(journal) == []


def test_an_answer_that_contradicts_is_disputed_and_the_larger_counts(journal: Journal, tmp_path: Path) -> None:
    [name] = approved(journal, need())
    sent(journal, Told())
    key = messages(journal)[0].idempotency_key
    acknowledge(journal, answers(tmp_path, (name, key, 0, "accepted", ""), (name, key, 5, "rejected", "")))
    state = journal.state(name)
    assert (state.disputed, state.in_flight) == (True, 24)
    journal.record([Event("resolve", name, "ann", AT, {"accepted": "0", "reason": "asked them"}, state.version)])
    assert (journal.state(name).status, journal.state(name).in_flight) == ("refused", 0)


def test_a_dead_letter_goes_again_when_a_person_says_so(journal: Journal) -> None:
    approved(journal, need())
    sent(journal, Told(RefusedByReceiverError("unknown supplier")))
    [letter] = dead_letters(journal)
    revive(journal, letter["idempotency_key"], "ann", AT)
    assert sent(journal, Told()).sent == 1
    with pytest.raises(RefusedError, match="no dead letter"):
        revive(journal, letter["idempotency_key"], "ann", AT)
    assert verify(journal) == []


def test_a_dead_letter_that_is_given_up_no_longer_counts_as_supply(journal: Journal) -> None:
    [name] = approved(journal, need())
    sent(journal, Told(RefusedByReceiverError("unknown supplier")))
    key = dead_letters(journal)[0]["idempotency_key"]
    assert journal.state(name).in_flight == 24
    with pytest.raises(RefusedError, match="needs a reason"):
        give_up(journal, key, "ann", AT, " ")
    give_up(journal, key, "ann", AT, "supplier left")
    assert (journal.state(name).status, journal.state(name).in_flight, dead_letters(journal)) == ("refused", 0, [])
    assert verify(journal) == []


@contextmanager
def a_receiver(log: Path, errors: float, hangs: float) -> Iterator[str]:
    command = [sys.executable, "receiver.py", str(log), str(errors), str(hangs)]
    process = subprocess.Popen(command, cwd=HERE, stdout=subprocess.PIPE, text=True)
    try:
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait()


def count_posts(log: Path) -> int:
    return log.read_bytes().count(b"\n") if log.exists() else 0


def wait_for_posts(log: Path, wanted: int) -> None:
    while count_posts(log) < wanted:
        time.sleep(0.002)


def test_forty_kills_errors_and_late_answers_leave_one_effect_each(tmp_path: Path) -> None:
    url, log = f"sqlite:///{tmp_path / 'decisions.db'}", tmp_path / "posts.jsonl"
    journal = with_receivers(url)
    names = approved(journal, *[need(f"SKU{number}") for number in range(400)])
    randomness = random.Random(11)
    with a_receiver(log, errors=0.08, hangs=0.06) as port:
        command = [sys.executable, "sending_process.py", url, port]
        for _ in range(KILLS):
            process = subprocess.Popen(command, cwd=HERE, stdout=subprocess.DEVNULL)
            # After a few posts more, not after a time: a fast machine must not be done before the last kill.
            wait_for_posts(log, count_posts(log) + randomness.randint(1, 8))
            time.sleep(randomness.uniform(0, 0.05))
            process.kill()
            assert process.wait() == -signal.SIGKILL
        subprocess.run(command, cwd=HERE, stdout=subprocess.DEVNULL, check=True)
    posts = [json.loads(line) for line in log.read_text().splitlines()]
    by_key = defaultdict(list)
    for post in posts:
        by_key[post["key"]].append(post)
    assert sum(post["effect"] for post in posts) == len(by_key) == 400
    assert all(len({post["body"] for post in same}) == 1 for same in by_key.values())
    again = [pair for same in by_key.values() for pair in itertools.pairwise(same)]
    # No key is posted again sooner than this, and after an answer only where a kill left it unrecorded.
    assert min(after["at"] - before["at"] for before, after in again) >= 0.02
    assert sum(before["answered"] for before, _ in again) <= KILLS
    assert {journal.state(name).status for name in names} == {"acknowledged"}
    assert {row.status for row in messages(journal)} == {"sent"}
    assert verify(journal) == []
