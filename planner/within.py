"""What tells of all places, cut down to the rows of some: alerts, the trail, what a scenario moves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from feedback.journal import Journal
from planner.access.places import EVERYWHERE

Rows = Sequence[Mapping[str, object]]
# How the members of an alert's cut stand in its name.
BETWEEN = " · "


def alerts_within(rows: Rows, places: frozenset[str]) -> list[Mapping[str, object]]:
    """Alerts, or what was told of them, that are cut by place and of one of these; a sum over all is of none."""
    return [row for row in rows if places & set(str(row["member"]).split(BETWEEN))]


def events_within(events: Rows, journal: Journal, places: frozenset[str]) -> list[Mapping[str, object]]:
    """Events about suggestions of these places."""
    known = journal.known({str(event["subject"]) for event in events})
    seen = {name for name, state in known.items() if state.destination_id in places | {EVERYWHERE}}
    return [event for event in events if event["subject"] in seen]


def scenario_within(scenario: Mapping[str, object], places: frozenset[str]) -> dict[str, object]:
    """A scenario without its totals, which are over all places, and with the lines of these alone."""
    moved = [row for row in scenario["moved"] or [] if row["location_id"] in places]
    return {**scenario, "totals": None, "moved": moved if scenario["moved"] is not None else None}
