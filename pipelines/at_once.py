"""Rows of the plan whose suggestions are made when somebody approves them: waves, carrier choices, what we tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from feedback.at_once_rows import ROWS, needs_of
from feedback.identity import Need
from pipelines.query import open_publication
from pipelines.settings import Settings
from pipelines.workspace import Workspace

if TYPE_CHECKING:
    import duckdb

MOST_ROWS = 1_000_000


def planned_at_once(workspace: Workspace, settings: Settings, action: str) -> list[Need]:
    """What the current publication's plan would pick, ship or tell suppliers, as needs.

    Raises
    ------
    PublicationError
        If nothing is published.
    """
    with open_publication(workspace, settings) as reader:
        names, rows = reader.rows(ROWS[action].format(schema=""), MOST_ROWS)
        return needs_of(action, names, rows)


def built_at_once(connection: duckdb.DuckDBPyConnection, action: str) -> list[Need]:
    """The same of the marts as they stand in the warehouse, published or not."""
    found = connection.execute(ROWS[action].format(schema="marts."))
    return needs_of(action, [name for name, *_ in found.description], found.fetchall())
