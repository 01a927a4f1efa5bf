"""Workspaces on the sample export, and one turn of the loop in them."""

from datetime import UTC, datetime
from pathlib import Path

from pipelines.cycle import Cycle
from pipelines.initialise import initialise
from pipelines.runner import Run, run_job
from pipelines.settings import load_settings
from pipelines.workspace import Workspace

LOADED_AT = datetime(2026, 11, 1, 7, 0, tzinfo=UTC)


def make_workspace(folder: Path, sample: bool = True) -> Workspace:
    """A workspace in `folder`, with the sample export in its inbox unless told otherwise."""
    list(initialise(folder, "demo", "Asia/Shanghai", (), sample, None))
    workspace = Workspace.at(folder)
    text = workspace.settings_file.read_text(encoding="utf-8")
    # Tests write their files whole, a moment before the run.
    workspace.settings_file.write_text(text.replace("quiet_seconds = 10", "quiet_seconds = 0"), encoding="utf-8")
    return workspace


def turn(workspace: Workspace, job: str = "daily_plan", **options: object) -> Run:
    """One turn of the loop in this process."""
    cycle = Cycle(workspace, load_settings(workspace.settings_file), LOADED_AT, **options)
    return run_job(cycle, job)
