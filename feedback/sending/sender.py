"""Sends what waits: in order of approval, again with growing pauses, until it arrived or a person must look."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select, update

from feedback.journal import Journal, record_sent
from feedback.journal.schema import message
from feedback.journal.store import take_writer_lock, writing
from feedback.sending.claim import Claim, claim
from feedback.sending.destination import (
    Answer,
    Destination,
    FileDestination,
    RefusedByReceiverError,
    UnreachableError,
)
from feedback.sending.fence import sender_fence
from feedback.sending.stop import stopped
from feedback.states import Event, about_recall


@dataclass(frozen=True)
class Backoff:
    """Pauses between two attempts, in seconds: `first` doubles up to `longest`, times a random 0.5 to 1."""

    first: float = 1.0
    longest: float = 900.0
    attempts: int = 12

    def pause(self, attempts: int, randomness: random.Random) -> float:
        """Seconds to wait after the attempt of this number."""
        return min(self.longest, self.first * 2 ** (attempts - 1)) * randomness.uniform(0.5, 1.0)


@dataclass(frozen=True)
class Sent:
    """What one call of `send` did; `next_at` is when the next waiting message is due, None if none waits."""

    sent: int
    failed: int
    dead: int
    stopped: bool
    next_at: datetime | None


def send(
    journal: Journal,
    destinations: Mapping[str, Destination | FileDestination],
    clock: Callable[[], datetime],
    randomness: random.Random,
    backoff: Backoff | None = None,
) -> Sent:
    """Send everything that is due, one message or file after the other, each recorded before the next.

    A process that dies between delivery and record has delivered one message or file that it will deliver again: the
    same bytes under the same key or name, which the receiver takes once.

    Raises
    ------
    HeldElsewhereError
        If another process is sending.
    KeyError
        If a message is for a receiver that `destinations` does not name.
    """
    backoff = backoff or Backoff()
    sent = failed = dead = 0
    with sender_fence(journal.store):
        while (why := stopped(journal)) is None and (this := claim(journal, destinations, clock())):
            try:
                answer = _deliver(destinations[this.receiver], this)
            except UnreachableError as reason:
                pause = timedelta(seconds=max(reason.wait, backoff.pause(this.attempts, randomness)))
                given_up = this.attempts >= backoff.attempts
                _note(journal, this, "dead" if given_up else "waiting", str(reason), clock() + pause)
                failed += len(this.messages)
                dead += len(this.messages) if given_up else 0
            except RefusedByReceiverError as reason:
                _note(journal, this, "dead", str(reason), clock())
                dead += len(this.messages)
            else:
                _arrived(journal, this, answer, clock())
                sent += len(this.messages)
    return Sent(sent, failed, dead, why is not None, _next_due(journal))


def _deliver(destination: Destination | FileDestination, this: Claim) -> Answer:
    if this.misfit is not None:
        raise RefusedByReceiverError(this.misfit)
    if this.file is None:
        return destination.deliver(this.messages[0])
    destination.put(this.file)
    return Answer()


def _next_due(journal: Journal) -> datetime | None:
    wanted = select(func.min(message.c.due_at)).where(message.c.status == "waiting")
    with journal.store.connect() as connection:
        found = connection.execute(wanted).scalar_one()
    return None if found is None else datetime.fromisoformat(found)


def _note(journal: Journal, this: Claim, status: str, error: str, due: datetime) -> None:
    # Only what is still under way: an answer may have come meanwhile.
    mine = message.c.idempotency_key.in_([sent.idempotency_key for sent in this.messages])
    values = {"status": status, "error": error[:500], "due_at": due.astimezone(UTC).isoformat()}
    with writing(journal.store).begin() as connection:
        take_writer_lock(connection)
        # And only if it is as it was claimed: a sender that lost the fence unknowingly overwrites nothing.
        as_claimed = (message.c.status == "sending") & (message.c.attempts <= this.attempts)
        connection.execute(update(message).where(mine & as_claimed).values(values))


def _arrived(journal: Journal, this: Claim, answer: Answer, at: datetime) -> None:
    """The events and the marks on the messages in one transaction, if nobody made them before."""
    events = []
    for sent in this.messages:
        payload = {"idempotency_key": sent.idempotency_key}
        named = payload | ({"file": this.file.name} if this.file else {})
        events.append(Event("export", sent.suggestion_id, "sender", at, named))
        if answer.acknowledged:
            told = Event("acknowledge", sent.suggestion_id, this.receiver, at, payload | {"accepted": answer.accepted})
            events.append(about_recall(told) if sent.decision == "recall" else told)
    record_sent(journal, [sent.idempotency_key for sent in this.messages], events)
