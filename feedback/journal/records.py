"""A state as a row of table `suggestion`, and back; an event as the bytes that its hash covers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from feedback.freezing import canonical
from feedback.states import Event, State

# Before the first event.
NO_HASH = "0" * 64
FIELDS = tuple(State.__dataclass_fields__)
QUANTITIES = ("planned", "edited", "approved", "accepted", "seen", "received")


def as_row(state: State, sequence: int) -> dict[str, object]:
    """`state` as table `suggestion` keeps it; `sequence` is its last event."""
    row: dict[str, object] = {name: getattr(state, name) for name in State.__dataclass_fields__}
    for name in QUANTITIES:
        row[name] = None if row[name] is None else f"{row[name].normalize() + 0:f}"
    return row | {
        "due": None if state.due is None else state.due.isoformat(),
        "facts": canonical(state.facts),
        "approvers": canonical(list(state.approvers)),
        "changed_at": "" if state.changed_at is None else state.changed_at.isoformat(),
        "sequence": sequence,
    }


def as_state(row: Mapping[str, object]) -> State:
    """The state that `as_row` made `row` of."""
    values = {name: row[name] for name in FIELDS}
    for name in QUANTITIES:
        values[name] = None if values[name] is None else Decimal(values[name])
    facts, approvers = row["facts"], row["approvers"]
    values["due"] = None if row["due"] is None else date.fromisoformat(row["due"])
    # Most rows tell none: thousands are read a day.
    values["facts"] = {} if facts == "{}" else json.loads(facts)
    values["approvers"] = () if approvers == "[]" else tuple(json.loads(approvers))
    values["disputed"] = bool(row["disputed"])
    values["changed_at"] = datetime.fromisoformat(row["changed_at"]) if row["changed_at"] else None
    return State(**values)


def chained(before: str, sequence: int, event: Event, payload: str) -> str:
    """SHA-256 over the hash before and everything the event row holds."""
    row = [before, sequence, event.at.isoformat(), event.actor, event.kind, event.suggestion_id, event.version, payload]
    return hashlib.sha256(canonical(row).encode()).hexdigest()
