"""What the platform earns beside simple policies and foresight in several worlds: ``python -m benchmarks.policy_race``.

Each seed is a world of its own, in which all policies meet the same demand (`supplyloop simulate` races one world).
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from pipelines.simulate_command import simulate
from pipelines.simulation import POLICIES
from simulator.comparison import lead
from simulator.policies import PLATFORM
from simulator.scoring import Score


def main() -> None:
    """Print what each policy earned by seed, and by how much the platform leads the others in all of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--world", default="reference")
    parser.add_argument("--seeds", type=int, nargs="+", default=[201, 202, 203])
    parser.add_argument("--history", type=int, default=180)
    parser.add_argument("--days", type=int, default=90)
    asked = parser.parse_args()
    worlds: list[dict[str, Score]] = []
    for seed in asked.seeds:
        began = time.process_time()
        with tempfile.TemporaryDirectory() as folder:
            scores = simulate(Path(folder), asked.world, asked.days, POLICIES, seed, asked.history)
        worlds.append(scores)
        print(f"seed {seed}: {time.process_time() - began:.0f} CPU-s; {_leads([scores])}", flush=True)
    print(f"{len(worlds)} seeds: {_leads(worlds)}")


def _leads(worlds: list[dict[str, Score]]) -> str:
    others = [name for name in POLICIES if name != PLATFORM]
    told = {other: lead([(scores[PLATFORM], scores[other]) for scores in worlds]) for other in others}
    return ", ".join(f"{found or 'no share'} of {other}" for other, found in told.items())


if __name__ == "__main__":
    main()
