"""What the journal said at an instant of the past."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime

from feedback.journal.append import NOTES, SETTINGS
from feedback.journal.journal import Journal
from feedback.states import Event, State, apply


def events_before(journal: Journal, instant: datetime) -> Iterator[Mapping[str, object]]:
    """Rows of the trail up to the first event that is later than `instant`.

    Plans carry the instant they are of, people that of the clock; so the trail is cut and not sifted, since an event
    may stand on any that was written before it.
    """
    for row in journal.events():
        if datetime.fromisoformat(str(row["at"])) > instant:
            return
        yield row


def states_before(journal: Journal, instant: datetime) -> dict[str, State]:
    """The states of all suggestions as `events_before` leaves them, by id."""
    states: dict[str, State] = {}
    for row in events_before(journal, instant):
        if row["kind"] in SETTINGS or row["kind"] in NOTES:
            continue
        at = datetime.fromisoformat(str(row["at"]))
        payload = json.loads(str(row["payload"]))
        event = Event(row["kind"], row["subject"], row["actor"], at, payload, row["version"])
        states[event.suggestion_id] = apply(states.get(event.suggestion_id), event)
    return states
