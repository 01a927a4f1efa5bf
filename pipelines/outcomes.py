"""What came of purchases, from mart `purchase_outcome` to scores in the journal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from typing import Any

from feedback.journal import Journal
from feedback.scoring import Outcome, score_event
from feedback.trust import scored
from pipelines.query import run_query
from pipelines.settings import Settings
from pipelines.workspace import Workspace

QUERY = """
    select
        source_system, po_line_id, suggestion_id, opening_qty, arrival_qty, demand_qty, holding_rate, shortage_rate
    from purchase_outcome
    order by arrived_date, source_system, po_line_id, outcome_date
"""
MOST_ROWS = 5_000_000


def score_published(workspace: Workspace, settings: Settings, journal: Journal, at: datetime) -> int:
    """Score what the publication knows the outcome of and nobody scored yet; how many decisions that were.

    A suggestion that became several lines is judged by the window of the first that arrived.
    """
    names, rows = run_query(workspace, settings, QUERY, MOST_ROWS)
    known, of_line = scored(journal), journal.seen_lines()
    events = {}
    days = (dict(zip(names, row, strict=True)) for row in rows)
    for (system, line), of_it in groupby(days, key=lambda day: (day["source_system"], day["po_line_id"])):
        window = list(of_it)
        name = window[0]["suggestion_id"] or of_line.get(f"{system}:{line}")
        if name is None or name in known or name in events:
            continue
        state = journal.state(name)
        if state is not None and state.approvers:
            events[name] = score_event(state, outcome(window), at)
    if events:
        journal.record(list(events.values()))
    return len(events)


def outcome(days: Iterable[Mapping[str, Any]]) -> Outcome:
    """One purchase line's rows of the mart, in the order of their days."""
    rows = list(days)
    return Outcome(
        opening=Decimal(rows[0]["opening_qty"]),
        arrivals=[Decimal(row["arrival_qty"]) for row in rows],
        demand=[Decimal(row["demand_qty"]) for row in rows],
        holding=Decimal(rows[0]["holding_rate"]),
        shortage=Decimal(rows[0]["shortage_rate"]),
    )
