"""Approval without a person, as far as the settings go."""

from __future__ import annotations

from datetime import datetime

from feedback.approval import Brakes, Limits
from feedback.journal import Journal
from feedback.trust import Earning, approve_by_trust
from feedback.usual import usual_money
from pipelines.settings import AutoApproval, Settings


def earning_of(section: AutoApproval) -> Earning:
    """What earns a class its freedom, by the settings."""
    return Earning(section.scored, section.recent, section.edits)


def approve_what_is_trusted(
    journal: Journal, settings: Settings, limits: Limits, at: datetime
) -> tuple[list[str], list[str]]:
    """Approve what granted classes propose; the ids, and why others were not. Nothing without `[auto_approval]`."""
    section = settings.auto_approval
    if section is None:
        return [], []
    brakes = Brakes(section.value, section.lines, section.supplier_change)
    return approve_by_trust(journal, brakes, usual_money(journal, settings.zone), at, earning_of(section), limits)
