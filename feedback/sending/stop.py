"""The switch that keeps every message in; whoever turns it says why, and the journal keeps that."""

from __future__ import annotations

from datetime import datetime

from feedback.journal import Journal

SWITCH = "sending"


def stopped(journal: Journal) -> str | None:
    """Why nothing may leave; None if it may."""
    found = journal.setting(SWITCH)
    return str(found[1]["reason"]) if found is not None and found[1]["value"] == "yes" else None


def stop(journal: Journal, actor: str, at: datetime, reason: str) -> None:
    """Keep every message in until `go`."""
    journal.decide("stop_sending", SWITCH, {"value": "yes", "reason": reason}, actor, at)


def go(journal: Journal, actor: str, at: datetime, reason: str) -> None:
    """Let messages go again."""
    journal.decide("stop_sending", SWITCH, {"value": "no", "reason": reason}, actor, at)
