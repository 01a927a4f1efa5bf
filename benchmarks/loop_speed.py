"""What a day of the closed loop costs in one warm process: ``python -m benchmarks.loop_speed``.

The first days are dearer: the history is loaded, and dbt builds each pass until the process knows it by heart. Once a
week the forecast learns its trees.
"""

from __future__ import annotations

import argparse
import os
import resource
import tempfile
import time
from pathlib import Path

from pipelines.initialise import initialise
from pipelines.settings import load_settings
from pipelines.simulation import Loop, begin, connect_receivers, fresh_workspace
from pipelines.workspace import Workspace
from simulator.choice import choose
from simulator.policies import Platform


def main() -> None:
    """Print wall and CPU seconds of each day, and what the days took in the middle."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--world", default="reference")
    parser.add_argument("--history", type=int, default=180)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--days", type=int, default=9)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        loop = _loop(Path(folder), asked.world, asked.seed, asked.history)
        with loop.staying_open():
            days = [_day(loop, number + 1) for number in range(asked.days)]
    for learned in (False, True):
        warm = sorted(cpu for cpu, has_learned in days[4:] if has_learned == learned)
        if warm:
            title = "days that learn" if learned else "other days"
            print(f"{title} from the fifth on: {len(warm)}, CPU seconds in the middle {warm[len(warm) // 2]:.1f}")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2:.2f} GB")


def _loop(folder: Path, world_name: str, seed: int | None, history: int) -> Loop:
    """A world after its history, whose systems are connected to an empty workspace that was delivered all of it."""
    parameters = choose(world_name, seed, history)
    world = begin(parameters, history)
    world.policy = Platform()
    list(initialise(folder, world_name, "Asia/Shanghai", (), None, None))
    workspace = Workspace.at(folder)
    fresh_workspace(workspace, world)
    connect_receivers(workspace)
    loop = Loop(world, workspace, load_settings(workspace.settings_file), world.masters.first_day)
    loop.deliver()
    return loop


def _day(loop: Loop, number: int) -> tuple[float, bool]:
    """Live one day; its CPU seconds, and whether the forecast learned in it."""
    wall, cpu, before = time.monotonic(), _cpu(), _trees(loop)
    loop.day()
    spent, learned = _cpu() - cpu, _trees(loop) != before
    print(
        f"day {number:>3} {time.monotonic() - wall:6.1f} s wall {spent:6.1f} s CPU{', learned' if learned else ''}",
        flush=True,
    )
    return spent, learned


def _trees(loop: Loop) -> set[str]:
    return {path.name for path in loop.workspace.models.glob("forecast-*")}


def _cpu() -> float:
    """CPU seconds of this process and of those that it started and that have ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


if __name__ == "__main__":
    main()
