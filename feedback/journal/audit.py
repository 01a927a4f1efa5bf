"""Proves that the journal is what was written: the chain, the anchors, and the states that its events make."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from feedback.journal import schema
from feedback.journal.append import NOTES, SETTINGS
from feedback.journal.journal import Journal
from feedback.journal.records import NO_HASH, as_row, canonical, chained
from feedback.journal.rows import Head
from feedback.states import Event, RefusedError, State, apply


@dataclass(frozen=True)
class Broken:
    """One thing that is not as it was written: where, and what is wrong."""

    place: str
    what: str


def verify(journal: Journal, anchors: Mapping[int, str] | None = None) -> list[Broken]:
    """Everything that is wrong, nothing for a whole journal.

    Parameters
    ----------
    journal
        The journal to read, from its first event.
    anchors
        Hashes by sequence that were noted elsewhere, as publications do: they show a journal that was cut off
        or written anew as a whole, which its own chain cannot.
    """
    anchors = dict(anchors or {})
    found: list[Broken] = []
    states: dict[str, tuple[State, int]] = {}
    settings: dict[str, tuple[str, int, int]] = {}
    last = Head(0, NO_HASH)
    for row in journal.events():
        event = Event(
            row["kind"], row["subject"], row["actor"], datetime.fromisoformat(row["at"]),
            json.loads(row["payload"]), row["version"],
        )  # fmt: skip
        place, sequence = f"event {row['sequence']}", row["sequence"]
        if sequence != last.sequence + 1:
            found.append(Broken(place, f"events {last.sequence + 1} to {sequence - 1} are missing"))
        if row["hash"] != chained(last.hash, sequence, event, row["payload"]):
            found.append(Broken(place, f"{event.kind} of {event.suggestion_id} does not fit its hash: it was changed"))
        if anchors.pop(sequence, row["hash"]) != row["hash"]:
            found.append(Broken(place, "another hash was anchored in a publication: the journal was written anew"))
        last = Head(sequence, row["hash"])
        _fold(event, sequence, states, settings, found)
    found += [
        Broken(f"event {gone}", "was anchored in a publication and is missing: cut off") for gone in sorted(anchors)
    ]
    return found + _projection(journal, states, settings)


def _fold(event: Event, sequence: int, states: dict, settings: dict, found: list[Broken]) -> None:
    subject = event.suggestion_id
    if event.kind in SETTINGS:
        version = settings[subject][1] + 1 if subject in settings else 1
        settings[subject] = (canonical(event.payload), version, sequence)
    elif event.kind not in NOTES:
        before = states.get(subject, (None, 0))[0]
        try:
            states[subject] = (apply(before, event), sequence)
        except RefusedError as reason:
            found.append(Broken(f"event {sequence}", f"cannot have happened: {reason}"))


def _projection(journal: Journal, states: dict, settings: dict) -> list[Broken]:
    """What the tables of states say against what the events make."""
    expected = {name: as_row(state, sequence) for name, (state, sequence) in states.items()}
    found = []
    with journal.store.connect() as connection:
        for row in connection.execute(select(schema.suggestion)).mappings():
            made = expected.pop(row["suggestion_id"], None)
            wrong = [name for name in row if made is None or made[name] != row[name]]
            if wrong:
                found.append(Broken(f"suggestion {row['suggestion_id']}", f"'{wrong[0]}' is not what its events make"))
        for row in connection.execute(select(schema.setting)).mappings():
            if settings.pop(row["subject"], None) != (row["value"], row["version"], row["sequence"]):
                found.append(Broken(f"setting {row['subject']}", "is not what its events make"))
    found += [Broken(f"suggestion {name}", "has events and no state") for name in sorted(expected)]
    return found + [Broken(f"setting {name}", "has events and no value") for name in sorted(settings)]
