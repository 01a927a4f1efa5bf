"""Dead letters: messages that a person must look at, let go again, or give up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from sqlalchemy import select, update

from feedback.journal import schema
from feedback.journal.append import append
from feedback.journal.journal import Journal
from feedback.journal.store import take_writer_lock, writing
from feedback.states import Event, RefusedError, about_recall


def dead_letters(journal: Journal) -> list[Mapping[str, object]]:
    """Messages that a person must look at, the oldest first, without their bodies."""
    table = schema.message
    columns = [column for column in table.c if column.name != "body"]
    wanted = select(*columns).where(table.c.status == "dead").order_by(table.c.sequence)
    with journal.store.connect() as connection:
        return [dict(row) for row in connection.execute(wanted).mappings()]


def revive(journal: Journal, idempotency_key: str, actor: str, at: datetime) -> None:
    """Let a dead letter go out again, as it is, with those of its file.

    Raises
    ------
    RefusedError
        If no dead letter has that key.
    """
    again = {"status": "waiting", "due_at": at.astimezone(UTC).isoformat()}
    _close(
        journal, idempotency_key, again, lambda name, key: Event("revived", name, actor, at, {"idempotency_key": key})
    )


def give_up(journal: Journal, idempotency_key: str, actor: str, at: datetime, reason: str) -> None:
    """Count a dead letter, and those of its file, as refused: a person knows that it did not arrive.

    The needs are planned anew.

    Raises
    ------
    RefusedError
        If no dead letter has that key, or there is no reason.
    """
    if not reason.strip():
        raise RefusedError(f"to give up {idempotency_key} needs a reason")
    payload = {"accepted": "0", "reason": reason}
    _close(
        journal,
        idempotency_key,
        {"status": "given_up"},
        lambda name, key: Event("acknowledge", name, actor, at, payload | {"idempotency_key": key}),
    )


def _close(
    journal: Journal, idempotency_key: str, values: Mapping[str, str], event: Callable[[str, str], Event]
) -> None:
    table = schema.message
    dead = (table.c.idempotency_key == idempotency_key) & (table.c.status == "dead")
    with writing(journal.store).begin() as connection:
        take_writer_lock(connection)
        letter = connection.execute(select(table.c.batch).where(dead)).first()
        if letter is None:
            raise RefusedError(f"no dead letter has the key {idempotency_key}; `feedback dead` lists them")
        if letter.batch is not None:
            # What went in one file goes again in it, or not at all.
            dead = (table.c.batch == letter.batch) & (table.c.status == "dead")
        columns = (table.c.suggestion_id, table.c.idempotency_key, table.c.decision)
        rows = connection.execute(select(*columns).where(dead).order_by(table.c.idempotency_key)).all()
        connection.execute(update(table).where(dead).values(values))
        events = []
        for row in rows:
            told = event(row.suggestion_id, row.idempotency_key)
            of_recall = row.decision == "recall" and told.kind == "acknowledge"
            # A recall that did not arrive stops nothing: what it was to take back stands.
            events.append(about_recall(told) if of_recall else told)
        append(connection, events)
