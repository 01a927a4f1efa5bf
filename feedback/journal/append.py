"""Events tried in memory, then written behind the head of the chain with the states they make."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Connection

from feedback.blast_radius import BlastRadius
from feedback.forecast_override import ForecastOverride
from feedback.freezing import plain
from feedback.journal import schema
from feedback.journal.records import as_row, canonical, chained
from feedback.journal.rows import Head, insert_rows, last_event, replace_rows, settings_of, states_of
from feedback.states import Event, RefusedError, apply

# Decisions that are not about a suggestion, and what each must say.
SETTINGS = {
    "forecast_override": ("quantity", "reason"),
    "policy_change": ("value", "reason"),
    "stop_sending": ("value", "reason"),
    "plan_taken": ("value",),
}
# Events that are kept and change no state.
NOTES = frozenset({"refused", "revived", "undo_asked"})


def append(connection: Connection, events: Iterable[Event]) -> Head:
    """Try every event, then write all of them or none, in a transaction that holds the writer's lock.

    Raises
    ------
    StaleError
        If somebody decided meanwhile.
    RefusedError
        If an event does not fit, names nobody or no zone, or its payload holds what JSON would lose.
    """
    return chain(connection, [checked(event) for event in events])


def chain(connection: Connection, events: Sequence[Event]) -> Head:
    """As `append`, of events whose payloads are as a replay reads them."""
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


def checked(event: Event) -> Event:
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
