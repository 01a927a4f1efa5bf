"""Takes the next thing to send: one message, or all that go in one file with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sqlalchemy import Connection, Row, insert, select, update

from feedback.journal import Journal, Message
from feedback.journal.schema import batch, message
from feedback.journal.store import take_writer_lock, writing
from feedback.sending.destination import Destination, File, FileDestination, RefusedByReceiverError

# Most rows of one file: what a person or an import can still take in, and one refusal can hold up.
MAX_ROWS = 5_000


@dataclass(frozen=True)
class Claim:
    """Messages that go together, marked as under way; a file if their receiver takes files.

    `misfit` says why a message cannot be laid out for its receiver, if it cannot.
    """

    receiver: str
    messages: tuple[Message, ...]
    file: File | None
    attempts: int
    misfit: str | None = None


def claim(journal: Journal, destinations: Mapping[str, Destination | FileDestination], now: datetime) -> Claim | None:
    """The next thing to send, marked before it leaves: from then on its approvals cannot be withdrawn.

    What a dead process left under way comes first; the fence says that nobody else is sending it. None if nothing is
    due.

    Raises
    ------
    KeyError
        If a message is for a receiver that `destinations` does not name.
    """
    with writing(journal.store).begin() as connection:
        take_writer_lock(connection)
        first = _next(connection, now)
        if first is None:
            return None
        destination = destinations[first.receiver]
        if not isinstance(destination, FileDestination):
            return _marked(connection, [first], None)
        if first.batch is not None:
            return _again(connection, first.batch)
        try:
            key = destination.file_key(Message.of_row(first._mapping))
        except RefusedByReceiverError as reason:
            return replace(_marked(connection, [first], None), misfit=str(reason))
        together = [row for row in _due_with(connection, first, now) if _key(destination, row) == key][:MAX_ROWS]
        file = destination.file([Message.of_row(row._mapping) for row in together])
        connection.execute(insert(batch).values(vars(file)))
        return _marked(connection, together, file)


def _next(connection: Connection, now: datetime) -> Row | None:
    due = (message.c.status == "waiting") & (message.c.due_at <= now.astimezone(UTC).isoformat())
    order = (message.c.status, message.c.due_at, message.c.idempotency_key)
    return connection.execute(
        select(message).where(due | (message.c.status == "sending")).order_by(*order).limit(1)
    ).first()


def _again(connection: Connection, name: str) -> Claim:
    """The file as it was first sent, whatever became of some of its messages meanwhile."""
    kept = connection.execute(select(batch).where(batch.c.batch == name)).one()
    rows = connection.execute(
        select(message)
        .where((message.c.batch == name) & message.c.status.in_(["waiting", "sending"]))
        .order_by(message.c.idempotency_key)
    )
    return _marked(connection, rows.all(), File(kept.batch, kept.name, bytes(kept.content), bytes(kept.manifest)))


def _due_with(connection: Connection, first: Row, now: datetime) -> Sequence[Row]:
    """What is due for the same receiver and in no file yet."""
    of_it = (message.c.receiver == first.receiver) & (message.c.decision == first.decision) & message.c.batch.is_(None)
    # `first` may be one that a dead process left under way before its receiver took files.
    waits = (message.c.status == "waiting") & (message.c.due_at <= now.astimezone(UTC).isoformat())
    due = of_it & (waits | (message.c.idempotency_key == first.idempotency_key))
    return connection.execute(select(message).where(due).order_by(message.c.due_at, message.c.idempotency_key)).all()


def _key(destination: FileDestination, row: Row) -> str | None:
    try:
        return destination.file_key(Message.of_row(row._mapping))
    except RefusedByReceiverError:
        return None  # its own turn comes


def _marked(connection: Connection, rows: Sequence[Row], file: File | None) -> Claim:
    keys = [row.idempotency_key for row in rows]
    under_way = {"status": "sending", "attempts": message.c.attempts + 1, "batch": file.batch if file else None}
    connection.execute(update(message).where(message.c.idempotency_key.in_(keys)).values(under_way))
    attempts = 1 + max(row.attempts for row in rows)
    return Claim(rows[0].receiver, tuple(Message.of_row(row._mapping) for row in rows), file, attempts)
