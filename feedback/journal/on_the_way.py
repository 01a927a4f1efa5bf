"""How far messages came: what was sent, what receivers answered, and what still waits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, Row, case, func, select, update

from feedback.journal import schema
from feedback.journal.append import append, checked
from feedback.journal.frozen import Message
from feedback.journal.journal import Journal
from feedback.journal.records import canonical
from feedback.journal.rows import CHUNK, events_of, states_of
from feedback.journal.store import take_writer_lock, writing
from feedback.states import Event, RefusedError, about_recall

# Kinds of events that an answer becomes, one to a recall among them.
ANSWERS = ("acknowledge", "noted", "stop", "stand")


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


def record_answers(journal: Journal, answers: Sequence[tuple[str, Event]], dated: bool = True) -> list[bool]:
    """Note receivers' answers, each under the key of its message, all or none; False for what was noted before.

    An answer that carries no instant of its own (`dated` false) is the same if the last one said what it says.

    Raises
    ------
    RefusedError
        If no such message was sent, it belongs to another suggestion, or an answer does not fit.
    """
    answers = [(key, checked(answer)) for key, answer in answers]
    with writing(journal.store).begin() as connection:
        take_writer_lock(connection)
        sent, told = _messages(connection, answers), _told(connection, answers)
        new, keys = [], []
        for key, answer in answers:
            message = sent.get(key)
            if message is None or message.suggestion_id != answer.suggestion_id or message.attempts == 0:
                raise RefusedError(f"{answer.suggestion_id}: nothing was sent under key {key}")
            answer = about_recall(answer) if message.decision == "recall" else answer
            before = told[answer.suggestion_id, answer.kind]
            said = canonical(answer.payload), answer.at.isoformat()
            is_known = said in before if dated else before[-1:] and before[-1][0] == said[0]
            new.append(None if is_known else answer)
            if not is_known:
                before.append(said)
                keys.append(key)
        append(connection, [answer for answer in new if answer is not None])
        # Whoever answers has it: it need not go again.
        table = schema.message.c
        for start in range(0, len(keys), CHUNK):
            unsent = table.idempotency_key.in_(keys[start : start + CHUNK]) & (table.status != "sent")
            connection.execute(update(schema.message).where(unsent).values(status="sent"))
    return [answer is not None for answer in new]


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


def outbound(journal: Journal) -> list[dict[str, object]]:
    """Messages by receiver, decision and where they stand.

    Returns
    -------
    list of dict
        ``receiver``, ``decision``, ``message_status``; ``messages``; of these ``taken`` (the receiver acknowledged,
        or an export shows it) and ``refused``; most ``attempts`` of one; the earliest ``due_at`` (of waiting ones);
        an ``error`` of one.
    """
    table, of = schema.message.c, schema.suggestion.c
    taken = of.status.in_(("acknowledged", "seen", "received", "scored"))
    by = (table.receiver, table.decision, table.status)
    wanted = select(
        table.receiver, table.decision, table.status.label("message_status"), func.count().label("messages"),
        func.sum(case((taken, 1), else_=0)).label("taken"),
        func.sum(case((of.status == "refused", 1), else_=0)).label("refused"),
        func.max(table.attempts).label("attempts"),
        func.min(case((table.status == "waiting", table.due_at))).label("due_at"),
        func.max(table.error).label("error"),
    )  # fmt: skip
    joined = schema.message.outerjoin(schema.suggestion, of.suggestion_id == table.suggestion_id)
    grouped = wanted.select_from(joined).group_by(*by).order_by(*by)
    with journal.store.connect() as connection:
        return [dict(row) for row in connection.execute(grouped).mappings()]


def waiting_messages(journal: Journal) -> list[Mapping[str, object]]:
    """Messages that are still to go, with their bodies, in the order they will."""
    table = schema.message
    wanted = select(table).where(table.c.status.in_(["waiting", "sending"]))
    with journal.store.connect() as connection:
        rows = connection.execute(wanted.order_by(table.c.status, table.c.due_at, table.c.idempotency_key))
        return [dict(row) for row in rows.mappings()]


def _messages(connection: Connection, answers: Sequence[tuple[str, Event]]) -> dict[str, Row]:
    table, keys, found = schema.message, sorted({key for key, _ in answers}), {}
    for start in range(0, len(keys), CHUNK):
        wanted = select(table).where(table.c.idempotency_key.in_(keys[start : start + CHUNK]))
        found |= {row.idempotency_key: row for row in connection.execute(wanted)}
    return found


def _told(connection: Connection, answers: Sequence[tuple[str, Event]]) -> dict[tuple[str, str], list[tuple[str, str]]]:
    """What was noted of the suggestions of `answers`, oldest first: payload and instant by suggestion and kind."""
    told = defaultdict(list)
    for row in events_of(connection, {answer.suggestion_id for _, answer in answers}, ANSWERS):
        told[row["subject"], row["kind"]].append((row["payload"], row["at"]))
    return told


def _that_fit(connection: Connection, events: Sequence[Event]) -> list[Event]:
    """`events` without the note of sending, where an answer or a sighting overtook it."""
    states = states_of(connection, {event.suggestion_id for event in events})
    return [event for event in events if event.kind != "export" or states[event.suggestion_id].status == "approved"]
