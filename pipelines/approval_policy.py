"""Who may approve how much, as policy says it: mart `approval_limit`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from feedback.approval import Limits
from pipelines.query import run_query
from pipelines.settings import Settings
from pipelines.workspace import Workspace

COLUMNS = ("role", "action", "currency", "max_amount", "valid_from", "valid_to")
QUERY = f"select {', '.join(COLUMNS)} from approval_limit order by all"
MOST_ROWS = 100_000


def published_limits(workspace: Workspace, settings: Settings, at: datetime) -> Limits:
    """The limits of the current publication that hold on the business day of an instant.

    Raises
    ------
    PublicationError
        If nothing is published: nobody can tell then who may approve.
    """
    _, rows = run_query(workspace, settings, QUERY, MOST_ROWS)
    return limits_of(rows, at.astimezone(settings.zone).date())


def limits_of(rows: Iterable[Sequence[object]], today: date) -> Limits:
    """The limits that hold today, of rows of the mart."""
    return Limits.of_policy((dict(zip(COLUMNS, row, strict=True)) for row in rows), today)
