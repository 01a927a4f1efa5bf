"""A workspace: one folder, one tenant, one warehouse, one Dagster instance."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

SETTINGS_FILE = "supplyloop.toml"


class WorkspaceError(Exception):
    """The workspace cannot be used as it is; the message says what to do."""


@dataclass(frozen=True)
class Workspace:
    """The paths inside a workspace folder (`root` is absolute)."""

    root: Path

    @classmethod
    def at(cls, folder: Path | str) -> Workspace:
        """Open an existing workspace.

        Raises
        ------
        WorkspaceError
            If `folder` holds no `supplyloop.toml`.
        """
        root = Path(folder).expanduser().resolve()
        if not (root / SETTINGS_FILE).is_file():
            raise WorkspaceError(
                f"{root} is not a workspace: it has no {SETTINGS_FILE}. "
                f"Make one with `supplyloop init {folder}`, or name another with --workspace."
            )
        return cls(root)

    @property
    def settings_file(self) -> Path:
        return self.root / SETTINGS_FILE

    @property
    def inbox(self) -> Path:
        return self.root / "inbox"

    @property
    def mappings(self) -> Path:
        return self.root / "mappings"

    @property
    def policy(self) -> Path:
        return self.root / "policy"

    @property
    def warehouse(self) -> Path:
        return self.root / "warehouse.duckdb"

    @property
    def lock(self) -> Path:
        return self.root / "warehouse.lock"

    @property
    def published(self) -> Path:
        return self.root / "published"

    @property
    def backtest_page(self) -> Path:
        return self.published / "forecast_backtest.html"

    @property
    def outbox(self) -> Path:
        return self.root / "outbox"

    @property
    def decisions(self) -> Path:
        return self.root / "decisions.db"

    @property
    def dagster_home(self) -> Path:
        return self.root / ".dagster"

    @property
    def dbt_target(self) -> Path:
        return self.root / ".dbt"

    @property
    def models(self) -> Path:
        return self.root / ".models"

    @property
    def last_run(self) -> Path:
        return self.root / "last_run.json"

    def create_folders(self) -> None:
        """Make the folders a run writes to; existing ones are left alone."""
        for folder in (
            self.inbox,
            self.policy,
            self.mappings,
            self.published,
            self.outbox,
            self.dagster_home,
            self.dbt_target,
        ):
            folder.mkdir(parents=True, exist_ok=True)
