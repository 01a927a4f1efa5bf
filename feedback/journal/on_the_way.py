"""How far messages came: what was sent, what receivers answered, and what still waits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, func, select, update

from feedback.journal import schema
from feedback.journal.append import append, checked
from feedback.journal.frozen import Message
from feedback.journal.journal import Journal
from feedback.journal.records import canonical
from feedback.journal.rows import states_of
from feedback.journal.store import take_writer_lock, writing
from feedback.states import Event, RefusedError, about_recall


def record_sent(journal: Journal, idempotency_keys: Sequence[str], events: Sequence[Event]) -> None:
    """Note that messages arrived, with their events, but for those that somebody noted before."""
    table = schema.message
    mine = table.c.idempotency_key.in_(idempotency_keys) & (table.c.status == "sending")
    with writing(journal.store).begin() as connection:
        take_writer_lock(connection)
        names = set(connection.execute(select(table.c.suggestion_id).where(mine)).scalars())
        connection.execute(update(table).where(mine).values(status="sent", error=None))
        fitting = [event for event in events if event.suggestion_id in names]
        append(connection, _that_fit(connection, fitting))


def record_answer(journal: Journal, idempotency_key: str, answer: Event, dated: bool = True) -> bool:
    """Note a receiver's answer to one message; False if the journal holds the same answer already.

    An answer that carries no instant of its own (`dated` false) is the same if the last one said what it says.

    Raises
    ------
    RefusedError
        If no such message was sent, it belongs to another suggestion, or the answer does not fit.
    """
    answer, table = checked(answer), schema.message
    this = table.c.idempotency_key == idempotency_key
    with writing(journal.store).begin() as connection:
        take_writer_lock(connection)
        message = connection.execute(select(table).where(this)).first()
        if message is None or message.suggestion_id != answer.suggestion_id or message.attempts == 0:
            raise RefusedError(f"{answer.suggestion_id}: nothing was sent under key {idempotency_key}")
        answer = about_recall(answer) if message.decision == "recall" else answer
        if _known(connection, answer, dated):
            return False
        append(connection, [answer])
        # Whoever answers has it: it need not go again.
        connection.execute(update(table).where(this & (table.c.status != "sent")).values(status="sent"))
    return True


def sent_message(journal: Journal, suggestion_id: str) -> Message | None:
    """The message of this suggestion that may have arrived; None if none was sent."""
    table = schema.message.c
    tried = (table.suggestion_id == suggestion_id) & (table.attempts > 0) & (table.decision != "recall")
    with journal.store.connect() as connection:
        row = connection.execute(select(schema.message).where(tried).order_by(table.sequence.desc()))
        found = row.mappings().first()
    return None if found is None else Message.of_row(found)


def message_counts(journal: Journal) -> dict[str, int]:
    """How many messages stand where: waiting, sending, sent, dead, withdrawn."""
    status = schema.message.c.status
    with journal.store.connect() as connection:
        return dict(connection.execute(select(status, func.count()).group_by(status).order_by(status)).all())


def waiting_messages(journal: Journal) -> list[Mapping[str, object]]:
    """Messages that are still to go, with their bodies, in the order they will."""
    table = schema.message
    wanted = select(table).where(table.c.status.in_(["waiting", "sending"]))
    with journal.store.connect() as connection:
        rows = connection.execute(wanted.order_by(table.c.status, table.c.due_at, table.c.idempotency_key))
        return [dict(row) for row in rows.mappings()]


def _known(connection: Connection, answer: Event, dated: bool) -> bool:
    """Whether this answer was noted: at its instant, or if it has none as the last of its suggestion."""
    table = schema.event.c
    of_it = (table.subject == answer.suggestion_id) & (table.kind == answer.kind)
    said = canonical(answer.payload)
    if dated:
        same = of_it & (table.payload == said) & (table.at == answer.at.isoformat())
        return connection.execute(select(table.sequence).where(same)).first() is not None
    last = select(table.payload).where(of_it).order_by(table.sequence.desc()).limit(1)
    return connection.execute(last).scalar_one_or_none() == said


def _that_fit(connection: Connection, events: Sequence[Event]) -> list[Event]:
    """`events` without the note of sending, where an answer or a sighting overtook it."""
    states = states_of(connection, {event.suggestion_id for event in events})
    return [event for event in events if event.kind != "export" or states[event.suggestion_id].status == "approved"]
