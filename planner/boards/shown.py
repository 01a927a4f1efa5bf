"""The boards, and the rows of one."""

from __future__ import annotations

from collections.abc import Callable

import duckdb

from feedback.journal import Journal
from feedback.journal.dead_letters import dead_letters
from feedback.journal.on_the_way import outbound
from feedback.sending.stop import stopped
from planner.boards.carriers import CARRIERS
from planner.boards.feeds import FEEDS, sentence
from planner.boards.forecast import FORECAST
from planner.boards.health import HEALTH
from planner.boards.section import Section
from planner.snapshot import Snapshot

BOARDS: dict[str, tuple[Section, ...]] = {
    "health": HEALTH, "forecast": FORECAST, "carriers": CARRIERS, "feeds": FEEDS,
}  # fmt: skip

# Codes of what went out.
NAMED = {"message_status": "message", "decision": "decision", "run_status": "run"}


def board(
    name: str, snapshot: Snapshot, journal: Journal, runs: Callable[[], list[dict[str, object]]]
) -> dict[str, object]:
    """Every section of a board with its rows; of the feeds, what went out, the runs and the sentence on top too."""
    sections = [
        {"name": section.name, "bar": section.bar, "coded": dict(section.coded), "named": dict(section.named)}
        | _asked(section, snapshot)
        for section in BOARDS[name]
    ]  # fmt: skip
    told: dict[str, object] = {
        "as_of": snapshot.published.as_of,
        "currency": snapshot.home_currency,
        "sections": sections,
    }
    if name == "feeds":
        told["sentence"] = sentence(snapshot)
        told["sending_stopped"] = stopped(journal)
        sections.append(_plain("outbound", outbound(journal)))
        sections.append(_plain("dead_letters", _dead(journal)))
        sections.append(_plain("runs", runs()) | {"bar": "run_seconds"})
    return told


def _asked(section: Section, snapshot: Snapshot) -> dict[str, object]:
    """The rows of a section; `not_made` where no run has made what it asks for, or only a version before this one."""
    try:
        return {"rows": snapshot.rows(section.sql)}
    except (duckdb.CatalogException, duckdb.BinderException):
        return {"rows": [], "not_made": True}


def _plain(name: str, rows: list[dict[str, object]]) -> dict[str, object]:
    return {"name": name, "bar": "", "coded": {}, "named": NAMED, "rows": rows}


def _dead(journal: Journal) -> list[dict[str, object]]:
    kept = ("suggestion_id", "receiver", "decision", "attempts", "error")
    return [{name: letter[name] for name in kept} for letter in dead_letters(journal)]
