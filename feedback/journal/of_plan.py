"""What the journal writes of a plan: of which instant it is, and what became of each suggestion."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime

from sqlalchemy import Connection

from feedback.identity import Change, Matching
from feedback.journal.rows import settings_of
from feedback.states import Event, RefusedError


def plan_of(actions: Iterable[str]) -> str:
    """The setting that holds the instant of the last plan for these actions."""
    return f"plan of {', '.join(sorted(actions))}"


def taken(connection: Connection, actions: Iterable[str], actor: str, at: datetime) -> list[Event]:
    """Note of which instant the plan is, unless that is known.

    Raises
    ------
    RefusedError
        If one of a later instant was taken.
    """
    if not actions:
        return []
    subject = plan_of(actions)
    before = settings_of(connection, [subject]).get(subject)
    last = None if before is None else datetime.fromisoformat(json.loads(before["value"])["value"])
    if last == at:
        return []
    if last is not None and at < last:
        raise RefusedError(f"{subject}: one of {last} was taken, so one of {at} is a look back and changes nothing")
    version = 0 if before is None else before["version"]
    return [Event("plan_taken", subject, actor, at, {"value": at.isoformat()}, version)]


def matched(matching: Matching, actor: str, at: datetime) -> Iterator[Event]:
    """One event for every suggestion that the plan changed."""
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
