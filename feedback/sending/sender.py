"""Sends what waits: in order of approval, again with growing pauses, until it arrived or a person must look."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Row, func, select, update

from feedback.journal import Journal, Message
from feedback.journal.schema import message
from feedback.journal.store import take_writer_lock, writing
from feedback.sending.destination import Answer, Destination, RefusedByReceiverError, UnreachableError
from feedback.sending.fence import sender_fence
from feedback.states import Event

# The setting that keeps everything in: value "yes" stops, anything else lets go.
STOP = "sending"


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
    destinations: Mapping[str, Destination],
    clock: Callable[[], datetime],
    randomness: random.Random,
    backoff: Backoff | None = None,
) -> Sent:
    """Send every message that is due, one after the other, each recorded before the next.

    A process that dies between delivery and record has delivered one message that it will deliver again: the
    same bytes under the same key, which the receiver takes once.

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
        while not (stopped := _stopped(journal)) and (row := _claimed(journal, clock())):
            frozen = Message(row.idempotency_key, row.suggestion_id, row.receiver, row.decision, bytes(row.body))
            try:
                answer = destinations[frozen.receiver].deliver(frozen)
            except UnreachableError as reason:
                pause = timedelta(seconds=max(reason.wait, backoff.pause(row.attempts, randomness)))
                given_up = row.attempts >= backoff.attempts
                _note(journal, row, "dead" if given_up else "waiting", str(reason), clock() + pause)
                dead, failed = dead + given_up, failed + 1
            except RefusedByReceiverError as reason:
                _note(journal, row, "dead", str(reason), clock())
                dead += 1
            else:
                _arrived(journal, frozen, answer, clock())
                sent += 1
    return Sent(sent, failed, dead, stopped, _next_due(journal))


def _stopped(journal: Journal) -> bool:
    found = journal.setting(STOP)
    return found is not None and found[1].get("value") == "yes"


def _claimed(journal: Journal, now: datetime) -> Row | None:
    """The next message, marked as under way before it leaves: from then on its approval cannot be withdrawn.

    One that a dead process left under way comes first; the fence says that nobody else is sending it.
    """
    due = (message.c.status == "waiting") & (message.c.due_at <= now.astimezone(UTC).isoformat())
    order = (message.c.status, message.c.due_at, message.c.idempotency_key)
    wanted = select(message.c.idempotency_key).where(due | (message.c.status == "sending")).order_by(*order).limit(1)
    under_way = {"status": "sending", "attempts": message.c.attempts + 1}
    with writing(journal.store).begin() as connection:
        take_writer_lock(connection)
        key = connection.execute(wanted).scalar_one_or_none()
        if key is None:
            return None
        this = message.c.idempotency_key == key
        connection.execute(update(message).where(this).values(under_way))
        return connection.execute(select(message).where(this)).one()


def _next_due(journal: Journal) -> datetime | None:
    wanted = select(func.min(message.c.due_at)).where(message.c.status == "waiting")
    with journal.store.connect() as connection:
        found = connection.execute(wanted).scalar_one()
    return None if found is None else datetime.fromisoformat(found)


def _note(journal: Journal, row: Row, status: str, error: str, due: datetime) -> None:
    # Only if it is as it was claimed: a sender that lost the fence unknowingly overwrites nothing.
    mine = (message.c.idempotency_key == row.idempotency_key) & (message.c.attempts == row.attempts)
    values = {"status": status, "error": error[:500], "due_at": due.astimezone(UTC).isoformat()}
    with writing(journal.store).begin() as connection:
        take_writer_lock(connection)
        connection.execute(update(message).where(mine & (message.c.status == "sending")).values(values))


def _arrived(journal: Journal, frozen: Message, answer: Answer, at: datetime) -> None:
    """The event and the mark on the message in one transaction, if nobody made them before."""
    events = [Event("export", frozen.suggestion_id, "sender", at, {"idempotency_key": frozen.idempotency_key})]
    if answer.acknowledged:
        payload = {"idempotency_key": frozen.idempotency_key, "accepted": answer.accepted}
        events.append(Event("acknowledge", frozen.suggestion_id, frozen.receiver, at, payload))
    journal.record_sent(frozen.idempotency_key, events)
