"""What approval froze for a receiver: made with the approval, kept as it is, withdrawn with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC
from typing import Any

from sqlalchemy import Connection, select, update

from feedback.journal import schema
from feedback.journal.rows import Head, replace_rows, states_of
from feedback.states import Event, RefusedError, State


@dataclass(frozen=True)
class Message:
    """What one receiver gets of one approved suggestion: `body` never changes, `idempotency_key` names it."""

    idempotency_key: str
    suggestion_id: str
    receiver: str
    decision: str
    body: bytes

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> Message:
        """The message in a row of table `message`."""
        named = (str(row[name]) for name in ("idempotency_key", "suggestion_id", "receiver", "decision"))
        return cls(*named, bytes(row["body"]))


Freeze = Callable[[State], Message]


def freeze_approved(
    connection: Connection, events: Sequence[Event], head: Head, messages: Sequence[Message], freeze: Freeze | None
) -> None:
    """Keep `messages` and those of what these events approved; what a withdrawn approval froze is never sent.

    Raises
    ------
    RefusedError
        If a message of what is withdrawn may have arrived, or an approval cannot be frozen.
    """
    table = schema.message
    for name in [event.suggestion_id for event in events if event.kind == "withdraw"]:
        of_it = table.c.suggestion_id == name
        tried = connection.execute(select(table.c.error).where(of_it & (table.c.attempts > 0))).first()
        if tried:
            raise RefusedError(f"{name}: its message may have arrived, so it cannot be withdrawn; recall it once sent")
        connection.execute(update(table).where(of_it).values(status="withdrawn"))
    frozen = [(message, events[0].at) for message in messages]
    approved = {event.suggestion_id for event in events if event.kind == "approve"}
    if freeze is not None and approved:
        states = states_of(connection, approved).values()
        frozen += [(freeze(state), state.changed_at) for state in states if state.status == "approved"]
    rows = []
    for message, at in frozen:
        due = at.astimezone(UTC).isoformat()
        waits = {"status": "waiting", "attempts": 0, "due_at": due, "error": None, "sequence": head.sequence}
        rows.append(asdict(message) | waits | {"batch": None})
    # The same decision approved anew after it was withdrawn has the same key, and waits again.
    replace_rows(connection, schema.message, rows)
