"""Ten times the rows under the same memory limit: the run ends, in proportion (fault D12)."""

import os
from pathlib import Path

import pytest

TENFOLD = os.environ.get("SUPPLYLOOP_TENFOLD")


@pytest.mark.real
@pytest.mark.skipif(not TENFOLD, reason="takes half an hour: SUPPLYLOOP_TENFOLD names a folder for both workspaces")
def test_ten_times_the_sample_ends_in_proportion_of_time_and_memory() -> None:
    from benchmarks.tenfold import DECLARED_MB, WORLDS, run_world

    once, tenfold = (run_world(world, Path(TENFOLD) / world) for world in WORLDS)
    assert tenfold.rows > 8 * once.rows
    assert tenfold.seconds < 15 * once.seconds
    assert tenfold.memory_mb < 1.5 * once.memory_mb + DECLARED_MB
    assert tenfold.publication_id
