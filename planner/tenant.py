"""What the desk is given of a workspace by whoever starts it: its publications, its journal."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from feedback.journal import Journal


@dataclass(frozen=True)
class Published:
    """One publication: its instant, the Parquet file and columns of every mart, and where its list may be kept."""

    publication_id: str
    as_of: datetime
    published_at: datetime
    marts: Mapping[str, Path]
    columns: Mapping[str, Sequence[str]]
    kept_list: Path


@dataclass(frozen=True)
class Tenant:
    """One workspace on the desk.

    Parameters
    ----------
    tenant_id
        Stands in addresses of pages and in accounts.
    zone
        In which business days are told.
    current
        Id of the publication that readers open now, cheaply; None before the first.
    lease
        Opens that publication and keeps its files until the block ends.
    journal
        Decisions; freezes what is approved.
    ask_command
        Starts a process that answers one question of the SQL page, given on its input.
    scenario_command
        Starts a process that solves the scenarios that wait.
    try_command
        Starts a process that tries other rules of waves, given on its input.
    hidden
        Groups of columns (`planner.access.hiding.GROUPS`) that a role may not see, by role.
    places
        Places whose rows a role sees, by role; a role that is not there sees all.
    runs
        The last runs that made publications, the latest first, as rows to show.
    """

    tenant_id: str
    zone: ZoneInfo
    current: Callable[[], str | None]
    lease: Callable[[], AbstractContextManager[Published]]
    journal: Journal
    ask_command: Sequence[str]
    scenario_command: Sequence[str]
    try_command: Sequence[str]
    hidden: Mapping[str, Sequence[str]]
    places: Mapping[str, Sequence[str]]
    runs: Callable[[], list[dict[str, object]]]
