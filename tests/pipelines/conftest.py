"""A small retailer's workspace, planned once per worker; tests that change it work on a copy."""

import shutil
from pathlib import Path

import pytest
from sample_workspace import make_workspace, on_a_small_scale, turn

from pipelines.settings import load_settings
from pipelines.simulation import Loop, connect_receivers
from pipelines.workspace import Workspace
from simulator.choice import choose
from simulator.policies import Platform
from simulator.world import World


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


@pytest.fixture(scope="session")
def loop(tmp_path_factory: pytest.TempPathFactory) -> Loop:
    """A tiny world after its history, a day of it under the platform, whose warehouse is kept beside, and the next.

    Its orders are a fortieth of the reference world's, so suppliers' smallest orders and what one costs are, too.
    """
    parameters = on_a_small_scale(choose("tiny", history=40))
    world = World.of(parameters)
    world.live(40)
    world.policy = Platform()
    workspace = make_workspace(tmp_path_factory.mktemp("twin") / "demo", sample=False)
    connect_receivers(workspace)
    closed = Loop(world, workspace, load_settings(workspace.settings_file), world.masters.first_day)
    closed.day()
    shutil.copyfile(workspace.warehouse, workspace.root / "day_before.duckdb")
    closed.deliver()
    closed.plan()
    return closed
