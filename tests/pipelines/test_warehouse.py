"""The lock of the warehouse."""

import subprocess
import sys
import textwrap

import pytest
from sample_workspace import make_workspace

from pipelines.warehouse import WarehouseInUseError, holder_of, is_locked, warehouse_lock
from pipelines.workspace import Workspace

HOLD = """
import sys, time
from pipelines.warehouse import warehouse_lock
from pipelines.workspace import Workspace
with warehouse_lock(Workspace.at(sys.argv[1]), "a long load"):
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def workspace(tmp_path) -> Workspace:
    return make_workspace(tmp_path / "demo", sample=False)


@pytest.fixture
def holder(workspace):
    command = [sys.executable, "-c", textwrap.dedent(HOLD), str(workspace.root)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline().strip() == "held"
    yield process
    process.kill()
    process.wait()


def test_a_workspace_in_use_is_refused_and_its_holder_named(workspace, holder):
    told = []
    with (
        pytest.raises(WarehouseInUseError, match=rf"process {holder.pid} \(a long load\)"),
        warehouse_lock(workspace, "another", wait_seconds=0.3, on_wait=told.append),
    ):
        raise AssertionError("two held one lock")
    assert told == [f"waiting for process {holder.pid} (a long load)"]
    assert is_locked(workspace)


def test_the_next_run_proceeds_when_a_holder_is_killed(workspace, holder):
    holder.kill()
    with warehouse_lock(workspace, "the next run", wait_seconds=5):
        assert "the next run" in holder_of(workspace.lock)
    assert not is_locked(workspace)
