"""What suppliers said of order lines that we see: on which day they come, and what of them does not; pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from feedback.states import IN_FLIGHT, ZERO, State

# Of these an answer may say something that their order lines do not; `refused` as well, if they were seen before.
ANSWERED = IN_FLIGHT | {"refused"}
KINDS = ("acknowledge", "see")


@dataclass(frozen=True, slots=True)
class ConfirmedLine:
    """One recognised order line (`system:id`) of a suggestion that its supplier answered.

    Parameters
    ----------
    day, said_at
        The day on which he said it comes, and when he said so; None if he named none.
    refused
        Base units of the line that he said will not come.
    """

    line_id: str
    suggestion_id: str
    day: date | None
    said_at: datetime | None
    refused: Decimal


def confirmed_lines(states: Iterable[State], events: Iterable[Mapping[str, Any]]) -> list[ConfirmedLine]:
    """What is known of the lines of these suggestions, in the order of their ids.

    `events` are the rows of the trail that tell answers and sightings (`KINDS`), in their order. Of a suggestion that
    became several lines, what does not come is missing from the last ones.
    """
    days: dict[str, tuple[date, datetime]] = {}
    lines: dict[str, Mapping[str, str]] = {}
    for event in events:
        payload = json.loads(str(event["payload"]))
        if event["kind"] == "acknowledge" and payload.get("confirmed_date"):
            said_at = datetime.fromisoformat(str(event["at"]))
            days[str(event["subject"])] = date.fromisoformat(payload["confirmed_date"]), said_at
        elif event["kind"] == "see":
            lines[str(event["subject"])] = payload.get("lines", {})
    found = []
    for state in sorted(states, key=lambda state: state.suggestion_id):
        day, said_at = days.get(state.suggestion_id, (None, None))
        left = state.accepted
        for line_id, quantity in sorted(lines.get(state.suggestion_id, {}).items()):
            comes = Decimal(quantity) if left is None else min(Decimal(quantity), left)
            refused = Decimal(quantity) - comes
            left = None if left is None else left - comes
            if day is not None or refused > ZERO:
                found.append(ConfirmedLine(line_id, state.suggestion_id, day, said_at, refused))
    return found
