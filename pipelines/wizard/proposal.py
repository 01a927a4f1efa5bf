"""What the wizard proposes, and what it must ask before it can."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from contracts.model import Table
from pipelines.wizard.observe import File


@dataclass(frozen=True)
class Placement:
    """A source column as a column of a contract table."""

    source: str
    table: str
    column: str
    confidence: float
    certain: bool
    why: str
    formats: tuple[str, ...] = ()
    either: tuple[str, ...] = ()
    enum_map: Mapping[str, str] | None = None
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True)
class Made:
    """A contract column that no source column holds: SQL or a constant, and why."""

    sql: str
    why: str
    is_constant: bool = False
    formats: tuple[str, ...] = ()


@dataclass(frozen=True)
class Draft:
    """One target: placements, what is made, the key that its rows are combined by, rows that are totals."""

    table: Table
    placements: tuple[Placement, ...]
    made: Mapping[str, Made]
    group_by: str | None = None
    totals_in: str | None = None


@dataclass(frozen=True)
class Question:
    """What a person must say; `suggested` is what speaks for itself, and empty where nothing does."""

    key: str
    text: str
    suggested: str = ""


@dataclass(frozen=True)
class Proposal:
    """Everything a mapping of the file needs, and the questions that stand in its way."""

    file: File
    drafts: tuple[Draft, ...]
    unread: Mapping[str, str]
    kept: tuple[str, ...]
    fill_down: tuple[str, tuple[str, ...]] | None
    from_name: str | None
    questions: tuple[Question, ...]
    others: tuple[str, ...]  # tables that came next

    @property
    def placements(self) -> tuple[Placement, ...]:
        return tuple(placement for draft in self.drafts for placement in draft.placements)
