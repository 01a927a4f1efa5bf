"""A small retailer's workspace, planned once per worker; tests that change it work on a copy."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipelines.cycle import Cycle
from pipelines.initialise import initialise
from pipelines.runner import Run, run_job
from pipelines.settings import load_settings
from pipelines.workspace import Workspace

LOADED_AT = datetime(2026, 11, 1, 7, 0, tzinfo=UTC)


def make_workspace(folder: Path, sample: bool = True) -> Workspace:
    """A workspace in `folder`, with the sample export in its inbox unless told otherwise."""
    list(initialise(folder, "demo", "Asia/Shanghai", (), sample, None))
    return Workspace.at(folder)


def turn(workspace: Workspace, job: str = "daily_plan", **options: object) -> Run:
    """One turn of the loop in this process."""
    cycle = Cycle(workspace, load_settings(workspace.settings_file), LOADED_AT, **options)
    return run_job(cycle, job)


@pytest.fixture(scope="session")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The sample, planned; nobody changes this one."""
    workspace = make_workspace(tmp_path_factory.mktemp("planned") / "demo")
    turn(workspace)
    return workspace


@pytest.fixture
def copied(planned: Workspace, tmp_path: Path) -> Workspace:
    """A copy of the planned sample to work on."""
    shutil.copytree(planned.root, tmp_path / "demo", ignore=shutil.ignore_patterns("leases"))
    return Workspace.at(tmp_path / "demo")
