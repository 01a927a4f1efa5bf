"""Who may approve how much, as policy says it: mart `approval_limit`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from feedback.approval import Limits
from pipelines.query import run_query
from pipelines.settings import Settings
from pipelines.workspace import Workspace

# All of its columns: a publication of an older version has fewer.
QUERY = "select * from approval_limit"
MOST_ROWS = 100_000


def published_limits(workspace: Workspace, settings: Settings, at: datetime) -> Limits:
    """The limits of the current publication that hold on the business day of an instant.

    Raises
    ------
    PublicationError
        If nothing is published: nobody can tell then who may approve.
    """
    columns, rows = run_query(workspace, settings, QUERY, MOST_ROWS)
    return limits_of(columns, rows, at.astimezone(settings.zone).date())


def limits_of(columns: Sequence[str], rows: Iterable[Sequence[object]], today: date) -> Limits:
    """The limits that hold today, of rows of the mart."""
    return Limits.of_policy((dict(zip(columns, row, strict=True)) for row in rows), today)
