"""The journal: decisions are checked and tried in memory, then written whole, then answered."""

from __future__ import annotations

import json
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import Connection, Engine, case, func, select, update

from feedback.blast_radius import BlastRadius
from feedback.forecast_override import ForecastOverride
from feedback.freezing import plain
from feedback.identity import Change, Key, Matching, Need, match
from feedback.journal import schema
from feedback.journal.records import as_row, canonical, chained
from feedback.journal.rows import (
    CHUNK,
    Head,
    all_states,
    approved_on,
    insert_rows,
    last_event,
    replace_rows,
    seen_lines,
    settings_of,
    states_of,
    without_collector,
)
from feedback.journal.store import take_writer_lock, writing
from feedback.recognition import OrderLine, Recognition, overdue, recognise
from feedback.states import FROZEN, IN_FLIGHT, OPEN, ZERO, Event, RefusedError, StaleError, State, about_recall, apply

# Decisions that are not about a suggestion, and what each must say.
SETTINGS = {
    "forecast_override": ("quantity", "reason"),
    "policy_change": ("value", "reason"),
    "stop_sending": ("value", "reason"),
    "plan_taken": ("value",),
}
# Events that are kept and change no state.
NOTES = frozenset({"refused", "revived", "undo_asked"})


class Standing(NamedTuple):
    """What a reader of many needs of each: where a suggestion stands."""

    suggestion_id: str
    status: str
    version: int
    quantity: str
    sequence: int


@dataclass(frozen=True)
class Message:
    """What one receiver gets of one approved suggestion: `body` never changes, `idempotency_key` names it."""

    idempotency_key: str
    suggestion_id: str
    receiver: str
    decision: str
    body: bytes


class Journal:
    """Decisions of one workspace. Safe to use from several processes: writers take turns.

    Parameters
    ----------
    store
        The database, from `open_store`.
    freeze
        Makes the message of a suggestion at the moment it is approved; both are written or neither. None where
        nobody approves.
    shadow
        Decisions are kept and nothing is sent: what is approved stays open as ``endorsed``. Default false.
    """

    def __init__(self, store: Engine, freeze: Callable[[State], Message] | None = None, shadow: bool = False) -> None:
        self.store, self.freeze, self.shadow = store, freeze, shadow

    # ---------- writing
    def record(self, events: Sequence[Event], messages: Sequence[Message] = ()) -> Head:
        """Write all events with the messages they send, or none. On return they are on disk.

        An approval makes its message itself.

        Raises
        ------
        StaleError
            If somebody decided meanwhile; it holds both values.
        RefusedError
            If an event does not fit. Either refusal is itself an event of the journal.
        """
        if self.shadow:
            events = [_in_shadow(event) for event in events]
        try:
            with writing(self.store).begin() as connection:
                take_writer_lock(connection)
                head = _append(connection, [_checked(event) for event in events])
                self._freeze(connection, events, head, messages)
                return head
        except RefusedError as refusal:
            self._record_refusal(events, refusal)
            raise

    def take(
        self,
        plan: Iterable[Need],
        counted: Mapping[str, Decimal],
        actor: str,
        at: datetime,
        actions: Iterable[str] = (),
        undecided: Container[Key] = frozenset(),
    ) -> Matching:
        """Match a plan with what is known and write what became of each suggestion; nobody decides in between.

        `actions` are those that the plan decides on: suggestions of others stay as they are, and the plan's instant is
        noted (default all, and no note). `at` is the plan's instant in the zone of the business. The rest is as `match`
        has it.

        Raises
        ------
        RefusedError
            If a plan of a later instant was taken for these actions: a look back changes nothing.
        """
        with writing(self.store).begin() as connection:
            take_writer_lock(connection)
            matching = match(all_states(connection, actions=actions), plan, counted, undecided, at.date())
            events = [*_taken(connection, actions, actor, at), *_events(matching, actor, at)]
            _append(connection, [_checked(event) for event in events])
        return matching

    def taken(self, action: str) -> datetime | None:
        """The instant of the last plan that was taken for this action; None before the first."""
        found = self.setting(_plan_of([action]))
        return None if found is None else datetime.fromisoformat(str(found[1]["value"]))

    def recognise(
        self, lines: Iterable[OrderLine], zone: tzinfo, actor: str, at: datetime, window: timedelta = timedelta(days=14)
    ) -> Recognition:
        """Find what was sent in the order lines of the exports; write what was newly seen, and newly received."""
        lines = list(lines)
        with writing(self.store).begin() as connection:
            take_writer_lock(connection)
            frozen = all_states(connection, FROZEN)
            found = recognise(frozen, lines, approved_on(connection, zone), seen_lines(connection), window)
            by_id = {line.line_id: line for line in lines}
            events = []
            for state in frozen:
                of_it = [by_id[line_id] for line_id in found.lines.get(state.suggestion_id, ())]
                events += _sightings(state, of_it, actor, at)
            _append(connection, [_checked(event) for event in events])
        return found

    def in_flight(self, zone: tzinfo) -> list[tuple[State, date]]:
        """What was approved and no export has shown yet, with the business day of its approval."""
        with self.store.connect() as connection:
            days = approved_on(connection, zone)
            flying = all_states(connection, IN_FLIGHT)
        return [(state, days[state.suggestion_id]) for state in flying if state.in_flight > 0]

    def wake(self, today: date, actor: str, at: datetime) -> list[str]:
        """Reopen what was snoozed until `today` or before; what waits for an event stays. Returns the ids."""
        with writing(self.store).begin() as connection:
            take_writer_lock(connection)
            due = [s.suggestion_id for s in all_states(connection, {"snoozed"}) if _day(s.until, today) <= today]
            _append(connection, [_checked(Event("reopen", name, actor, at, {"why": "its day came"})) for name in due])
        return due

    def expire(self, zone: tzinfo, days: int, actor: str, at: datetime) -> list[State]:
        """Give up what was sent more than `days` days ago and is still in flight; returns it as it was."""
        with writing(self.store).begin() as connection:
            take_writer_lock(connection)
            flying = all_states(connection, IN_FLIGHT - {"approved"})
            late = overdue(flying, approved_on(connection, zone), at.astimezone(zone).date(), days)
            why = f"not seen in any export after {days} days"
            events = [Event("expire", state.suggestion_id, actor, at, {"why": why}) for state in late]
            _append(connection, [_checked(event) for event in events])
        return late

    def record_sent(self, idempotency_keys: Sequence[str], events: Sequence[Event]) -> None:
        """Note that messages arrived, with their events, but for those that somebody noted before."""
        table = schema.message
        mine = table.c.idempotency_key.in_(idempotency_keys) & (table.c.status == "sending")
        with writing(self.store).begin() as connection:
            take_writer_lock(connection)
            names = set(connection.execute(select(table.c.suggestion_id).where(mine)).scalars())
            connection.execute(update(table).where(mine).values(status="sent", error=None))
            fitting = [_checked(event) for event in events if event.suggestion_id in names]
            _append(connection, _that_fit(connection, fitting))

    def record_answer(self, idempotency_key: str, answer: Event, dated: bool = True) -> bool:
        """Note a receiver's answer to one message; False if the journal holds the same answer already.

        An answer that carries no instant of its own (`dated` false) is the same if the last one said what it says.

        Raises
        ------
        RefusedError
            If no such message was sent, it belongs to another suggestion, or the answer does not fit.
        """
        answer, table = _checked(answer), schema.message
        this = table.c.idempotency_key == idempotency_key
        with writing(self.store).begin() as connection:
            take_writer_lock(connection)
            message = connection.execute(select(table).where(this)).first()
            if message is None or message.suggestion_id != answer.suggestion_id or message.attempts == 0:
                raise RefusedError(f"{answer.suggestion_id}: nothing was sent under key {idempotency_key}")
            answer = about_recall(answer) if message.decision == "recall" else answer
            if _known(connection, answer, dated):
                return False
            _append(connection, [answer])
            # Whoever answers has it: it need not go again.
            connection.execute(update(table).where(this & (table.c.status != "sent")).values(status="sent"))
        return True

    def sent(self, suggestion_id: str) -> Message | None:
        """The message of this suggestion that may have arrived; None if none was sent."""
        table = schema.message.c
        tried = (table.suggestion_id == suggestion_id) & (table.attempts > 0) & (table.decision != "recall")
        with self.store.connect() as connection:
            row = connection.execute(select(schema.message).where(tried).order_by(table.sequence.desc())).first()
        if row is None:
            return None
        return Message(row.idempotency_key, row.suggestion_id, row.receiver, row.decision, bytes(row.body))

    def messages(self) -> dict[str, int]:
        """How many messages stand where: waiting, sending, sent, dead, withdrawn."""
        status = schema.message.c.status
        with self.store.connect() as connection:
            return dict(connection.execute(select(status, func.count()).group_by(status).order_by(status)).all())

    def waiting(self) -> list[Mapping[str, object]]:
        """Messages that are still to go, with their bodies, in the order they will."""
        table = schema.message
        wanted = select(table).where(table.c.status.in_(["waiting", "sending"]))
        with self.store.connect() as connection:
            rows = connection.execute(wanted.order_by(table.c.status, table.c.due_at, table.c.idempotency_key))
            return [dict(row) for row in rows.mappings()]

    def dead_letters(self) -> list[Mapping[str, object]]:
        """Messages that a person must look at, the oldest first, without their bodies."""
        table = schema.message
        columns = [column for column in table.c if column.name != "body"]
        wanted = select(*columns).where(table.c.status == "dead").order_by(table.c.sequence)
        with self.store.connect() as connection:
            return [dict(row) for row in connection.execute(wanted).mappings()]

    def revive(self, idempotency_key: str, actor: str, at: datetime) -> None:
        """Let a dead letter go out again, as it is, with those of its file.

        Raises
        ------
        RefusedError
            If no dead letter has that key.
        """
        again = {"status": "waiting", "due_at": at.astimezone(UTC).isoformat()}
        self._close_letter(
            idempotency_key, again, lambda name, key: Event("revived", name, actor, at, {"idempotency_key": key})
        )

    def give_up(self, idempotency_key: str, actor: str, at: datetime, reason: str) -> None:
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
        self._close_letter(
            idempotency_key,
            {"status": "given_up"},
            lambda name, key: Event("acknowledge", name, actor, at, payload | {"idempotency_key": key}),
        )

    def _close_letter(
        self, idempotency_key: str, values: Mapping[str, str], event: Callable[[str, str], Event]
    ) -> None:
        table = schema.message
        dead = (table.c.idempotency_key == idempotency_key) & (table.c.status == "dead")
        with writing(self.store).begin() as connection:
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
            _append(connection, [_checked(told) for told in events])

    def _freeze(self, connection: Connection, events: Sequence[Event], head: Head, messages: Sequence[Message]) -> None:
        """Messages of what these events approved and `messages`; those of a withdrawn approval are never sent."""
        table = schema.message
        for name in [event.suggestion_id for event in events if event.kind == "withdraw"]:
            of_it = table.c.suggestion_id == name
            tried = connection.execute(select(table.c.error).where(of_it & (table.c.attempts > 0))).first()
            if tried:
                raise RefusedError(
                    f"{name}: its message may have arrived, so it cannot be withdrawn; recall it once sent"
                )
            connection.execute(update(table).where(of_it).values(status="withdrawn"))
        frozen = [(message, events[0].at) for message in messages]
        approved = {event.suggestion_id for event in events if event.kind == "approve"}
        if self.freeze is not None and approved:
            states = states_of(connection, approved).values()
            frozen += [(self.freeze(state), state.changed_at) for state in states if state.status == "approved"]
        rows = []
        for message, at in frozen:
            due = at.astimezone(UTC).isoformat()
            waits = {"status": "waiting", "attempts": 0, "due_at": due, "error": None, "sequence": head.sequence}
            rows.append(asdict(message) | waits | {"batch": None})
        # The same decision approved anew after it was withdrawn has the same key, and waits again.
        replace_rows(connection, schema.message, rows)

    def _record_refusal(self, events: Sequence[Event], refusal: RefusedError) -> None:
        first = events[0]
        payload = {"kinds": sorted({event.kind for event in events}), "events": len(events), "why": str(refusal)}
        with writing(self.store).begin() as connection:
            take_writer_lock(connection)
            _append(connection, [Event("refused", first.suggestion_id, first.actor, first.at, payload)])

    # ---------- reading
    def state(self, suggestion_id: str) -> State | None:
        """The state of one suggestion; None if the journal does not know it."""
        with self.store.connect() as connection:
            return states_of(connection, [suggestion_id]).get(suggestion_id)

    def states(self, statuses: Iterable[str] = ()) -> list[State]:
        """States in the order of their ids, of all or those of `statuses`; facts of open ones and those in flight."""
        with self.store.connect() as connection:
            return all_states(connection, statuses)

    def standings(self, known: dict[str, Standing] | None = None) -> dict[str, Standing]:
        """Where every suggestion stands, by id; `known`, from an earlier call, is brought up to date in place."""
        known = {} if known is None else known
        last = max((standing.sequence for standing in known.values()), default=0)
        table = schema.suggestion.c
        open_quantity = func.coalesce(table.edited, table.planned)
        quantity = case((table.status.in_(sorted(OPEN)), open_quantity), else_=table.approved)
        wanted = select(table.suggestion_id, table.status, table.version, quantity, table.sequence)
        with self.store.connect() as connection, without_collector():
            # The driver's own rows: half a million of them pass in a second.
            cursor = connection.execute(wanted.where(table.sequence > last)).cursor
            while rows := cursor.fetchmany(CHUNK):
                known.update(zip((row[0] for row in rows), map(Standing._make, rows), strict=True))
        return known

    def setting(self, subject: str) -> tuple[int, Mapping[str, object]] | None:
        """Version and value of a forecast override or policy entry; None if nobody decided it."""
        with self.store.connect() as connection:
            row = (
                connection.execute(select(schema.setting).where(schema.setting.c.subject == subject)).mappings().first()
            )
        return None if row is None else (row["version"], json.loads(row["value"]))

    def head(self) -> Head:
        """The last event and its hash."""
        with self.store.connect() as connection:
            return last_event(connection)

    def seen_lines(self) -> dict[str, str]:
        """The suggestion of every order line that was recognised, by the line's id."""
        with self.store.connect() as connection:
            return seen_lines(connection)

    def settings(self, kind: str) -> dict[str, tuple[int, Mapping[str, object]]]:
        """Version and value of every setting of this kind, by subject."""
        table = schema.setting
        with self.store.connect() as connection:
            rows = connection.execute(select(table).where(table.c.kind == kind).order_by(table.c.subject)).all()
        return {row.subject: (row.version, json.loads(row.value)) for row in rows}

    def events(
        self, suggestion_id: str | None = None, after: int = 0, kind: str | None = None
    ) -> Iterator[Mapping[str, object]]:
        """Rows of the trail in their order, of one suggestion or all, of one kind or all."""
        table = schema.event
        wanted = select(table).where(table.c.sequence > after).order_by(table.c.sequence)
        if suggestion_id is not None:
            wanted = wanted.where(table.c.subject == suggestion_id)
        if kind is not None:
            wanted = wanted.where(table.c.kind == kind)
        with self.store.connect() as connection:
            yield from connection.execution_options(yield_per=CHUNK).execute(wanted).mappings()


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


def _in_shadow(event: Event) -> Event:
    return replace(event, payload={**event.payload, "shadow": True}) if event.kind == "approve" else event


def _day(until: str | None, today: date) -> date:
    """The day that a snooze names; the day after `today` if it names an event."""
    try:
        return date.fromisoformat(str(until))
    except ValueError:
        return today + timedelta(days=1)


def _plan_of(actions: Iterable[str]) -> str:
    return f"plan of {', '.join(sorted(actions))}"


def _taken(connection: Connection, actions: Iterable[str], actor: str, at: datetime) -> list[Event]:
    """Note of which instant the plan is, unless that is known."""
    if not actions:
        return []
    subject = _plan_of(actions)
    before = settings_of(connection, [subject]).get(subject)
    last = None if before is None else datetime.fromisoformat(json.loads(before["value"])["value"])
    if last == at:
        return []
    if last is not None and at < last:
        raise RefusedError(f"{subject}: one of {last} was taken, so one of {at} is a look back and changes nothing")
    version = 0 if before is None else before["version"]
    return [Event("plan_taken", subject, actor, at, {"value": at.isoformat()}, version)]


def _sightings(state: State, lines: Sequence[OrderLine], actor: str, at: datetime) -> Iterator[Event]:
    """What the order lines of a suggestion show that its state does not know."""
    ordered = sum((line.quantity for line in lines), ZERO)
    received = sum((line.received for line in lines), ZERO)
    if ordered > state.seen:
        quantities = {line.line_id: line.quantity for line in lines}
        yield Event("see", state.suggestion_id, actor, at, {"seen": ordered, "lines": quantities})
    promised = state.approved if state.accepted is None else state.accepted
    complete = bool(lines) and all(line.finished for line in lines) and max(ordered, state.seen) >= promised
    if received > state.received or (complete and state.status in IN_FLIGHT - {"recalled"}):
        yield Event("receive", state.suggestion_id, actor, at, {"received": received, "complete": complete})


def _checked(event: Event) -> Event:
    """`event` with a payload as a replay would read it.

    Raises
    ------
    RefusedError
        If the instant has no zone, nobody is named, or the payload holds what JSON would lose.
    """
    if event.at.tzinfo is None:
        raise RefusedError(f"{event.suggestion_id}: the instant {event.at} has no zone")
    if not event.actor or not event.suggestion_id:
        raise RefusedError(f"{event.kind}: an event names who decided and what about")
    try:
        return replace(event, payload=plain(event.payload, event.kind))
    except ValueError as reason:
        raise RefusedError(f"{event.suggestion_id}: {reason}") from reason


def _that_fit(connection: Connection, events: Sequence[Event]) -> list[Event]:
    """`events` without the note of sending, where an answer or a sighting overtook it."""
    states = states_of(connection, {event.suggestion_id for event in events})
    return [event for event in events if event.kind != "export" or states[event.suggestion_id].status == "approved"]


def _append(connection: Connection, events: Sequence[Event]) -> Head:
    """Try every event, then write them behind the head."""
    head = last_event(connection)
    states = states_of(connection, {event.suggestion_id for event in events if event.kind not in SETTINGS})
    settings = settings_of(connection, {event.suggestion_id for event in events if event.kind in SETTINGS})
    rows, changed = [], {}
    for event in events:
        if event.kind in SETTINGS:
            settings[event.suggestion_id] = _set(settings.get(event.suggestion_id), event, head.sequence + 1)
        elif event.kind not in NOTES:
            states[event.suggestion_id] = apply(states.get(event.suggestion_id), event)
            changed[event.suggestion_id] = head.sequence + 1
        payload = canonical(event.payload)
        head = Head(head.sequence + 1, chained(head.hash, head.sequence + 1, event, payload))
        rows.append(
            {
                "sequence": head.sequence,
                "at": event.at.isoformat(),
                "actor": event.actor,
                "kind": event.kind,
                "subject": event.suggestion_id,
                "version": event.version,
                "payload": payload,
                "hash": head.hash,
            }
        )
    insert_rows(connection, schema.event, rows)
    replace_rows(connection, schema.suggestion, [as_row(states[name], sequence) for name, sequence in changed.items()])
    touched = {event.suggestion_id for event in events if event.kind in SETTINGS}
    replace_rows(connection, schema.setting, [settings[subject] for subject in sorted(touched)])
    return head


def _set(before: Mapping[str, object] | None, event: Event, sequence: int) -> dict[str, object]:
    version = 0 if before is None else before["version"]
    missing = [name for name in SETTINGS[event.kind] if event.payload.get(name) in (None, "")]
    if missing:
        raise RefusedError(f"{event.suggestion_id}: {event.kind} needs '{missing[0]}'")
    try:
        if event.kind == "forecast_override":
            ForecastOverride.read(event.suggestion_id, event.actor, event.at, event.payload)
        if "blast_radius" in event.payload:
            BlastRadius.read(event.payload["blast_radius"])
    except ValueError as fault:
        raise RefusedError(f"{event.suggestion_id}: {fault}") from fault
    if event.version != version:
        raise RefusedError(
            f"{event.suggestion_id}: decided on version {event.version} with {canonical(event.payload)}, but version "
            f"{version} is {'nothing' if before is None else before['value']}; look again and decide anew"
        )
    return {
        "subject": event.suggestion_id, "kind": event.kind, "version": version + 1,
        "value": canonical(event.payload), "sequence": sequence,
    }  # fmt: skip


def _events(matching: Matching, actor: str, at: datetime) -> Iterator[Event]:
    for kind, changes in (
        ("supersede", matching.superseded),
        ("close", matching.closed),
        ("propose", matching.new),
        ("revise", matching.revised),
    ):
        for change in changes:
            yield Event(kind, change.suggestion_id, actor, at, _payload(change))


def _payload(change: Change) -> dict[str, object]:
    if change.need is None:
        return {"why": change.why}
    action, sku_id, destination_id, target = change.need.key
    return {
        "action": action, "sku_id": sku_id, "destination_id": destination_id, "target": target,
        "generation": change.generation, "quantity": change.quantity, "due": change.need.due,
        "facts": change.need.facts, "why": change.why,
    }  # fmt: skip


__all__ = ["Journal", "Message", "StaleError", "Standing"]
