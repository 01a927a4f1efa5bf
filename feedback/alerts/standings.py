"""Keeps where every alert stands, and takes readings: the same instant read twice is one reading."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy import Connection, Engine, and_, delete, insert, select, update

from feedback.alerts.watch import Reading, Rule, Watched, watch
from feedback.journal import schema
from feedback.journal.store import take_writer_lock, writing

# Not measured any more, while it was an alert.
GONE = Reading(None)


@dataclass(frozen=True)
class Measured:
    """A rule with the readings of its members at one instant, and how its metric is called."""

    rule: Rule
    title: str
    title_zh: str
    unit: str
    readings: Mapping[str, Reading]


def take_readings(store: Engine, measured: Sequence[Measured], as_of: datetime) -> list[str]:
    """Bring every alert to `as_of` and write down what is to be told; returns ids of new notices.

    Rules that are not in `measured` any more are forgotten. Readings older than what an alert has seen change nothing.
    """
    table = schema.alert
    kept = [each.rule.name for each in measured]
    with writing(store).begin() as connection:
        take_writer_lock(connection)
        connection.execute(delete(table).where(table.c.rule.not_in(kept)))
        rows = {(row["rule"], row["member"]): row for row in connection.execute(select(table)).mappings()}
        made = []
        for each in measured:
            members = {*each.readings, *(member for rule, member in rows if rule == each.rule.name)}
            for member in sorted(members):
                reading = each.readings.get(member, GONE)
                made += _take(connection, each, member, reading, rows.get((each.rule.name, member)), as_of)
    return made


def alerts(store: Engine) -> list[dict[str, object]]:
    """Every alert that stands, the most money first, then the oldest."""
    table = schema.alert
    columns = [column for column in table.c if column.name not in ("before", "streak")]
    with store.connect() as connection:
        found = connection.execute(select(*columns).where(table.c.since.is_not(None))).mappings()
        rows = [dict(row) | {"money": row["money"] and Decimal(row["money"])} for row in found]
    return sorted(rows, key=lambda row: (-(row["money"] or Decimal(0)), row["since"], row["rule"], row["member"]))


def watched_rules(store: Engine) -> list[dict[str, object]]:
    """Every rule with how many members it watches and how many of them are alerts."""
    table = schema.alert
    wanted = select(table).order_by(table.c.rule, table.c.member)
    told: dict[str, dict[str, object]] = {}
    with store.connect() as connection:
        for row in connection.execute(wanted).mappings():
            same = ("rule", "owner", "title", "title_zh", "unit", "threshold", "is_upper", "as_of")
            entry = told.setdefault(row["rule"], {name: row[name] for name in same} | {"watched": 0, "open": 0})
            entry["watched"] += 1
            entry["open"] += row["since"] is not None
    return list(told.values())


def take_on(store: Engine, rule: str, member: str, actor: str) -> None:
    """Somebody looks after an alert: it stays until it ends, and is not told again.

    Raises
    ------
    ValueError
        If it is no alert (any more).
    """
    table = schema.alert
    this = and_(table.c.rule == rule, table.c.member == member, table.c.since.is_not(None))
    with writing(store).begin() as connection:
        take_writer_lock(connection)
        if connection.execute(update(table).where(this).values(taken_by=actor)).rowcount == 0:
            raise ValueError(f"{rule} {member}: there is no such alert; it may have ended, look again")


def _take(
    connection: Connection,
    measured: Measured,
    member: str,
    reading: Reading,
    row: Mapping[str, object] | None,
    as_of: datetime,
) -> list[str]:
    instant = as_of.astimezone(UTC).isoformat()
    if row is not None and datetime.fromisoformat(str(row["as_of"])) > as_of:
        return []
    before = Watched()
    if row is not None:
        again = datetime.fromisoformat(str(row["as_of"])) == as_of
        before = _read(json.loads(str(row["before"])) if again else row)
    rule = measured.rule
    table = schema.alert
    this = and_(table.c.rule == rule.name, table.c.member == member)
    if reading is GONE and row is not None and not before.is_open:
        connection.execute(delete(table).where(this))
        return []
    # Where nothing is left to measure, nothing is left to look after.
    after, kind = watch(rule, before, _of_nothing(rule) if reading is GONE else reading, as_of)
    if row is not None and row["taken_by"] and after.is_open:
        after = replace(after, taken_by=str(row["taken_by"]))
    values = {
        "owner": rule.owner, "metric": rule.metric, "title": measured.title, "title_zh": measured.title_zh,
        "unit": measured.unit, "threshold": rule.limit, "is_upper": rule.is_upper, "as_of": instant,
        "value": reading.value, "money": None if reading.money is None else f"{reading.money:f}",
        "before": json.dumps(_written(before)),
    } | _written(after)  # fmt: skip
    if row is None:
        connection.execute(insert(table), [{"rule": rule.name, "member": member} | values])
    else:
        connection.execute(update(table).where(this).values(values))
    return _tell(connection, measured, member, reading, after.since or before.since, kind, instant)


def _tell(
    connection: Connection,
    measured: Measured,
    member: str,
    reading: Reading,
    since: datetime | None,
    kind: str | None,
    instant: str,
) -> list[str]:
    """Write down what is to be told by every way of the rule; what an earlier look at this instant had is replaced."""
    rule, table = measured.rule, schema.notice
    of_it = and_(table.c.rule == rule.name, table.c.member == member, table.c.as_of == instant)
    connection.execute(delete(table).where(of_it & (table.c.status == "due") & (table.c.attempts == 0)))
    if kind is None:
        return []
    body = {
        "rule": rule.name, "member": member, "kind": kind, "owner": rule.owner, "metric": rule.metric,
        "title": measured.title, "title_zh": measured.title_zh, "unit": measured.unit, "value": reading.value,
        "limit": rule.limit, "is_upper": rule.is_upper, "as_of": instant, "since": since and since.isoformat(),
        "money_at_stake": None if reading.money is None else f"{reading.money:f}",
    }  # fmt: skip
    written = []
    for channel in ("desk", *rule.channels):
        notice_id = _id(rule.name, member, kind, channel, instant)
        if connection.execute(select(table.c.notice_id).where(table.c.notice_id == notice_id)).first():
            continue
        # On the desk it is seen where it stands: nothing is sent.
        status = "told" if channel == "desk" else "due"
        row = {
            "notice_id": notice_id, "rule": rule.name, "member": member, "kind": kind, "channel": channel,
            "owner": rule.owner, "as_of": instant, "body": json.dumps(body, ensure_ascii=False), "status": status,
            "attempts": 0, "due_at": instant,
        }  # fmt: skip
        connection.execute(insert(table), [row])
        written.append(notice_id)
    return written


def _of_nothing(rule: Rule) -> Reading:
    return Reading(rule.clear)


def _id(*told: str) -> str:
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def _written(watched: Watched) -> dict[str, object]:
    return {
        "streak": watched.streak, "since": watched.since and watched.since.isoformat(),
        "told_at": watched.told_at and watched.told_at.isoformat(), "taken_by": watched.taken_by,
    }  # fmt: skip


def _read(row: Mapping[str, object]) -> Watched:
    since, told = (row[name] and datetime.fromisoformat(str(row[name])) for name in ("since", "told_at"))
    return Watched(int(row["streak"]), since, told, row["taken_by"])
