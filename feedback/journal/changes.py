"""What the journal has gained since it was last read: for whoever keeps a copy of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from feedback.journal import schema
from feedback.journal.journal import Journal
from feedback.journal.rows import Head, last_event

EVENT = ("sequence", "at", "actor", "kind", "subject", "version", "payload")
SUGGESTION = tuple(column.name for column in schema.suggestion.c)


@dataclass(frozen=True)
class Changes:
    """Events after a point of the trail, and the suggestions they touched, as rows of the journal's tables.

    `events` have the columns `EVENT`, `suggestions` the columns `SUGGESTION`; `head` is the last event.
    """

    events: Sequence[tuple]
    suggestions: Sequence[tuple]
    head: Head


def changes_since(journal: Journal, head: Head) -> Changes | None:
    """What came after `head`; None if the journal does not hold that event any more: it was restored or replaced."""
    event, suggestion = schema.event.c, schema.suggestion.c
    with journal.store.connect() as connection:
        known = connection.execute(select(event.hash).where(event.sequence == head.sequence)).scalar_one_or_none()
        if head.sequence and known != head.hash:
            return None
        events = select(*(event[name] for name in EVENT)).where(event.sequence > head.sequence)
        # By what the events are about: the states have no index by sequence, and half a million take a quarter second.
        about = select(event.subject).where(event.sequence > head.sequence)
        touched = select(*(suggestion[name] for name in SUGGESTION)).where(
            suggestion.suggestion_id.in_(about), suggestion.sequence > head.sequence
        )
        # The driver's own rows: they are many.
        return Changes(
            connection.execute(events.order_by(event.sequence)).cursor.fetchall(),
            connection.execute(touched.order_by(suggestion.suggestion_id)).cursor.fetchall(),
            last_event(connection),
        )
