"""Sends what is to be told, each notice once by each way; what did not arrive is tried again, eight times in all."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, and_, select, update

from feedback.journal import Message, schema
from feedback.journal.store import take_writer_lock, writing
from feedback.sending.destination import RefusedByReceiverError, UnreachableError
from feedback.sending.webhook import Webhook

MOST_ATTEMPTS = 8
PAUSE = timedelta(minutes=5)
# A process that died while it sent is not waited for longer.
FORGOTTEN = timedelta(minutes=10)
LAST = 100

Deliver = Callable[[str, Mapping[str, object]], None]


def by_webhook(webhook: Webhook) -> Deliver:
    """Posts a notice as JSON, signed by the Standard Webhooks specification."""

    def deliver(notice_id: str, notice: Mapping[str, object]) -> None:
        body = json.dumps({"type": "alert"} | dict(notice), ensure_ascii=False).encode()
        webhook.deliver(Message(notice_id, str(notice["rule"]), "alerts", "alert", body))

    return deliver


def send_notices(store: Engine, ways: Mapping[str, Deliver], now: Callable[[], datetime]) -> dict[str, int]:
    """Send every notice that is due by the ways there are; counts of sent, failed and refused."""
    told = {"sent": 0, "failed": 0, "refused": 0}
    for notice_id, channel, body, before in _due(store, set(ways), now()):
        if not _claimed(store, notice_id, now()):
            continue
        try:
            ways[channel](notice_id, json.loads(body))
            _note(store, notice_id, {"status": "sent", "error": None})
            told["sent"] += 1
        except UnreachableError as error:
            later = now() + max(PAUSE, timedelta(seconds=error.wait))
            status = "due" if before + 1 < MOST_ATTEMPTS else "given_up"
            _note(store, notice_id, {"status": status, "error": str(error)[:500], "due_at": _instant(later)})
            told["failed"] += 1
        except RefusedByReceiverError as error:
            _note(store, notice_id, {"status": "refused", "error": str(error)[:500]})
            told["refused"] += 1
    return told


def last_notices(store: Engine) -> list[dict[str, object]]:
    """What was told last, with how it went."""
    table = schema.notice
    columns = [column for column in table.c if column.name not in ("body", "notice_id")]
    wanted = select(*columns).order_by(table.c.as_of.desc(), table.c.rule, table.c.member, table.c.channel).limit(LAST)
    with store.connect() as connection:
        return [dict(row) for row in connection.execute(wanted).mappings()]


def _due(store: Engine, channels: set[str], at: datetime) -> list[tuple[str, str, str, int]]:
    """Id, way, body and earlier attempts of what waits."""
    table = schema.notice
    # "sending" past its time: the process that sent it died.
    wanted = select(table.c.notice_id, table.c.channel, table.c.body, table.c.attempts).where(
        table.c.channel.in_(channels), table.c.status.in_(("due", "sending")), table.c.due_at <= _instant(at)
    )
    with store.connect() as connection:
        return [tuple(row) for row in connection.execute(wanted.order_by(table.c.as_of, table.c.notice_id))]


def _claimed(store: Engine, notice_id: str, at: datetime) -> bool:
    """Take a notice for this process; false if another one did."""
    table = schema.notice
    free = and_(table.c.notice_id == notice_id, table.c.status.in_(("due", "sending")), table.c.due_at <= _instant(at))
    taken = {"status": "sending", "attempts": table.c.attempts + 1, "due_at": _instant(at + FORGOTTEN)}
    with writing(store).begin() as connection:
        take_writer_lock(connection)
        return connection.execute(update(table).where(free).values(taken)).rowcount == 1


def _note(store: Engine, notice_id: str, values: Mapping[str, object]) -> None:
    table = schema.notice
    with writing(store).begin() as connection:
        take_writer_lock(connection)
        connection.execute(update(table).where(table.c.notice_id == notice_id).values(values))


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()
