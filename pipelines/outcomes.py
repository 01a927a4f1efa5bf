"""What came of purchases, from mart `purchase_outcome` to scores in the journal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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

COLUMNS = (
    "source_system", "po_line_id", "suggestion_id", "opening_qty", "arrival_qty", "demand_qty", "holding_rate",
    "shortage_rate",
)  # fmt: skip
QUERY = f"""
    select {", ".join(COLUMNS)}
    from purchase_outcome
    order by arrived_date, source_system, po_line_id, outcome_date
"""
# Of the warehouse, whose copy of the journal tells the lines that are ours: most are nobody's suggestion.
OURS = f"""
    with recognised as (
        select unnest(json_keys(payload, '$.lines')) as line from feedback.event where kind = 'see'
    )
    select {", ".join(COLUMNS)}
    from marts.purchase_outcome
    where
        suggestion_id in (select suggestion_id from feedback.suggestion)
        or source_system || ':' || po_line_id in (select line from recognised)
    order by arrived_date, source_system, po_line_id, outcome_date
"""
MOST_ROWS = 5_000_000


def score_published(workspace: Workspace, settings: Settings, journal: Journal, at: datetime) -> int:
    """Score what the publication knows the outcome of and nobody scored yet; how many decisions that were."""
    _, rows = run_query(workspace, settings, QUERY, MOST_ROWS)
    return score_outcomes(journal, rows, at)


def score_outcomes(journal: Journal, rows: Iterable[Sequence[object]], at: datetime) -> int:
    """Score what rows of the mart know the outcome of and nobody scored yet; how many decisions that were.

    A suggestion that became several lines is judged by the window of the first that arrived.
    """
    known, of_line = scored(journal), journal.seen_lines()
    events = {}
    days = (dict(zip(COLUMNS, row, strict=True)) for row in rows)
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
