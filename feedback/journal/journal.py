"""The journal: decisions are checked and tried in memory, then written whole, then answered."""

from __future__ import annotations

import json
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import Engine, case, func, select

from feedback.at_once import AT_ONCE, DAY_AT_ONCE
from feedback.confirmed import ANSWERED, KINDS, ConfirmedLine, confirmed_lines
from feedback.identity import Key, Matching, Need, match
from feedback.journal import schema
from feedback.journal.append import append, chain
from feedback.journal.frozen import Freeze, Message, freeze_approved
from feedback.journal.of_plan import matched, plan_of, taken
from feedback.journal.rows import (
    CHUNK,
    Head,
    all_states,
    approved_on,
    events_of,
    last_event,
    seen_lines,
    states_of,
    without_collector,
)
from feedback.journal.store import take_writer_lock, writing
from feedback.recognition import OrderLine, Recognition, overdue, recognise, sightings
from feedback.states import EDITABLE, IN_FLIGHT, OPEN, SETTLED, Event, RefusedError, State


class Standing(NamedTuple):
    """What a reader of many needs of each: where a suggestion stands."""

    suggestion_id: str
    status: str
    version: int
    quantity: str
    sequence: int


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

    def __init__(self, store: Engine, freeze: Freeze | None = None, shadow: bool = False) -> None:
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
                head = append(connection, events)
                freeze_approved(connection, events, head, messages, self.freeze)
                return head
        except RefusedError as refusal:
            self._record_refusal(events, refusal)
            raise

    def decide(self, kind: str, subject: str, value: Mapping[str, object], actor: str, at: datetime) -> int:
        """Decide a setting for whoever was shown no version of it, over the one that stands; returns the new version.

        Raises
        ------
        RefusedError
            If the value lacks what its kind needs, or somebody decides it at the same moment.
        """
        found = self.setting(subject)
        version = 0 if found is None else found[0]
        self.record([Event(kind, subject, actor, at, value, version)])
        return version + 1

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
            events = [*taken(connection, actions, actor, at), *matched(matching, actor, at)]
            append(connection, events)
        return matching

    def taken(self, action: str) -> datetime | None:
        """The instant of the last plan that was taken for this action; None before the first."""
        found = self.setting(plan_of([action]))
        return None if found is None else datetime.fromisoformat(str(found[1]["value"]))

    def recognise(
        self, lines: Iterable[OrderLine], zone: tzinfo, actor: str, at: datetime, window: timedelta = timedelta(days=14)
    ) -> Recognition:
        """Find what was sent in the order lines of the exports; write what was newly seen, and newly received."""
        lines = list(lines)
        with writing(self.store).begin() as connection:
            take_writer_lock(connection)
            flying = {state.suggestion_id: state for state in all_states(connection, IN_FLIGHT)}
            known = seen_lines(connection)
            named = {name for line in lines if (name := line.suggestion_id or known.get(line.line_id))}
            settled = {name: state for name, state in states_of(connection, named).items() if state.status in SETTLED}
            frozen = settled | flying
            days = approved_on(connection, flying, zone)
            found = recognise(frozen.values(), lines, days, known, window)
            by_id = {line.line_id: line for line in lines}
            events = []
            for name, of_it in found.lines.items():
                events += sightings(frozen[name], [by_id[line_id] for line_id in of_it], actor, at)
            append(connection, events)
        return found

    def in_flight(self, zone: tzinfo) -> list[tuple[State, date]]:
        """What was approved and no export has shown yet, with the business day of its approval."""
        with self.store.connect() as connection:
            flying = [state for state in all_states(connection, IN_FLIGHT) if state.in_flight > 0]
            days = approved_on(connection, (state.suggestion_id for state in flying), zone)
        return [(state, days[state.suggestion_id]) for state in flying]

    def confirmed(self) -> list[ConfirmedLine]:
        """What suppliers said of the order lines of what they have not delivered."""
        with self.store.connect() as connection:
            states = {state.suggestion_id: state for state in all_states(connection, ANSWERED)}
            return confirmed_lines(states.values(), events_of(connection, states, KINDS))

    def wake(self, today: date, actor: str, at: datetime) -> list[str]:
        """Reopen what was snoozed until `today` or before, and let edits lapse whose day came; returns the ids.

        What is snoozed until an event stays.
        """
        with writing(self.store).begin() as connection:
            take_writer_lock(connection)
            states = all_states(connection, EDITABLE)
            lapsed = [s for s in states if s.edited_until is not None and _day(s.edited_until, today) <= today]
            due = [s for s in states if s.status == "snoozed" and _day(s.until, today) <= today]
            why = {"why": "its day came"}
            events = [Event("lapse", state.suggestion_id, actor, at, why) for state in lapsed]
            events += [Event("reopen", state.suggestion_id, actor, at, why) for state in due]
            append(connection, events)
        return sorted({event.suggestion_id for event in events})

    def expire(self, zone: tzinfo, days: int, actor: str, at: datetime) -> list[State]:
        """Give up what was sent more than `days` days ago and is still in flight; returns it as it was.

        Of what is picked and shipped, which is over in a day, what was sent more than a day ago.
        """
        with writing(self.store).begin() as connection:
            take_writer_lock(connection)
            flying = all_states(connection, IN_FLIGHT - {"approved"})
            approved = approved_on(connection, (state.suggestion_id for state in flying), zone)
            allowed = {state.suggestion_id: DAY_AT_ONCE if state.action in AT_ONCE else days for state in flying}
            late = overdue(flying, approved, at.astimezone(zone).date(), allowed)
            told = {name: {"why": f"not seen in any export after {allowed[name]} days"} for name in allowed}
            events = [Event("expire", s.suggestion_id, actor, at, told[s.suggestion_id]) for s in late]
            append(connection, events)
        return late

    def _record_refusal(self, events: Sequence[Event], refusal: RefusedError) -> None:
        first = events[0]
        payload = {"kinds": sorted({event.kind for event in events}), "events": len(events), "why": str(refusal)}
        with writing(self.store).begin() as connection:
            take_writer_lock(connection)
            chain(connection, [Event("refused", first.suggestion_id, first.actor, first.at, payload)])

    # ---------- reading
    def state(self, suggestion_id: str) -> State | None:
        """The state of one suggestion; None if the journal does not know it."""
        with self.store.connect() as connection:
            return states_of(connection, [suggestion_id]).get(suggestion_id)

    def known(self, suggestion_ids: Iterable[str]) -> dict[str, State]:
        """The states of these suggestions by id, of those that the journal knows."""
        with self.store.connect() as connection:
            return states_of(connection, suggestion_ids)

    def states(self, statuses: Iterable[str] = ()) -> list[State]:
        """States in the order of their ids, of all or those of `statuses`; facts of open ones and those in flight."""
        with self.store.connect() as connection:
            return all_states(connection, statuses)

    def standings(self, known: dict[str, Standing] | None = None) -> dict[str, Standing]:
        """Where every suggestion stands, by id; `known`, from an earlier call, is brought up to date in place."""
        known = {} if known is None else known
        last = max((standing.sequence for standing in known.values()), default=0)
        with without_collector():
            for rows in self.standing_rows(last):
                known.update(zip((row[0] for row in rows), map(Standing._make, rows), strict=True))
        return known

    def standing_rows(self, after: int = 0) -> Iterator[Sequence[tuple]]:
        """The same as plain rows in the order of `Standing`, some at a time, of what changed after an event."""
        table = schema.suggestion.c
        open_quantity = func.coalesce(table.edited, table.planned)
        quantity = case((table.status.in_(sorted(OPEN)), open_quantity), else_=table.approved)
        wanted = select(table.suggestion_id, table.status, table.version, quantity, table.sequence)
        with self.store.connect() as connection:
            # The driver's own rows: half a million of them pass in a second.
            cursor = connection.execute(wanted.where(table.sequence > after)).cursor
            while rows := cursor.fetchmany(CHUNK):
                yield rows

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


def _in_shadow(event: Event) -> Event:
    return replace(event, payload={**event.payload, "shadow": True}) if event.kind == "approve" else event


def _day(until: str | None, today: date) -> date:
    """The day that a snooze names; the day after `today` if it names an event."""
    try:
        return date.fromisoformat(str(until))
    except ValueError:
        return today + timedelta(days=1)
