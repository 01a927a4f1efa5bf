"""The whole loop on the sample and on ten times its rows, under one memory limit: ``python -m benchmarks.tenfold``.

Each world is made and run in a process of its own. Prints rows, processor time and the most memory of each run; what
must hold is in `tests/pipelines/test_ten_times_the_rows.py`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from pipelines.initialise import initialise

WORLDS = ("sample", "tenfold")
# What a run may take beyond half as much again as a tenth of its rows takes: frames of what is planned are in memory,
# and DuckDB fills its limit before it spills.
DECLARED_MB = 2_500


@dataclass(frozen=True)
class Run:
    """What one run took: source rows, seconds of processor time, megabytes at most; and what it published."""

    rows: int
    seconds: float
    memory_mb: float
    publication_id: str


def main() -> None:
    """Print both runs and how they compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, help="where the workspaces are kept; a temporary folder by default")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        once, tenfold = (run_world(world, (asked.folder or Path(folder)) / world) for world in WORLDS)
    for world, run in zip(WORLDS, (once, tenfold), strict=True):
        print(f"{world:<8} {run.rows:>12,} rows {run.seconds:8.1f} CPU-s {run.memory_mb:7.0f} MB at most")
    print(
        f"rows x {tenfold.rows / once.rows:.1f}, time x {tenfold.seconds / once.seconds:.1f}, "
        f"memory x {tenfold.memory_mb / once.memory_mb:.2f}"
    )


def run_world(world: str, folder: Path) -> Run:
    """Make a world's workspace in `folder` and run the loop once in it, in a process of its own.

    Raises
    ------
    RuntimeError
        If the run fails.
    """
    for said in initialise(folder, world, "Asia/Shanghai", (), world, None):
        print(said, flush=True)
    command = [sys.executable, "-m", "pipelines.cli", "--workspace", str(folder), "run"]
    with (folder / "run.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"the run on {world} failed:\n{(folder / 'run.log').read_text(errors='replace')[-2000:]}")
    told = json.loads((folder / "last_run.json").read_text(encoding="utf-8"))
    return Run(
        told["rows"]["source"], used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, str(told["publication_id"])
    )


if __name__ == "__main__":
    main()
