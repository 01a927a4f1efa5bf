"""What was put off until something happens."""

from __future__ import annotations

from datetime import datetime

from feedback.journal import Journal
from feedback.states import Event


def wake_for(journal: Journal, happened: str, actor: str, at: datetime) -> list[str]:
    """Reopen what was snoozed until this event, such as ``price list of S1``; returns the ids."""
    waiting = [state for state in journal.states({"snoozed"}) if state.until == happened]
    why = {"why": f"{happened} happened"}
    if waiting:
        journal.record([Event("reopen", state.suggestion_id, actor, at, why, state.version) for state in waiting])
    return [state.suggestion_id for state in waiting]
