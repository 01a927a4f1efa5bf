"""A small retailer's workspace, planned once per worker; tests that change it work on a copy."""

import shutil
from pathlib import Path

import pytest
from sample_workspace import make_workspace, turn

from pipelines.workspace import Workspace


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
