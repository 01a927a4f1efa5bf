"""The reorder point's z in a world of the twin: profit by z over seeds that no report uses.

python -m benchmarks twin_reorder_point [--world reference] [--seeds 101 102] [--history 200] [--days 120]
"""

from __future__ import annotations

import argparse
import copy

from simulator.choice import choose
from simulator.policies import ReorderPoint
from simulator.scoring import Scorer
from simulator.world import World

CANDIDATES = (1.0, 1.64, 2.5, 3.5)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--world", default="reference")
    parser.add_argument("--seeds", type=int, nargs="+", default=[101, 102])
    parser.add_argument("--history", type=int, default=200)
    parser.add_argument("--days", type=int, default=120)
    asked = parser.parse_args()
    total = dict.fromkeys(CANDIDATES, 0.0)
    for seed in asked.seeds:
        world = World.of(choose(asked.world, seed, asked.history))
        world.live(asked.history)
        for z in CANDIDATES:
            score = _lived(world, z, asked.days)
            total[z] += score.profit
            print(
                f"seed {seed} z {z:4.2f} profit {score.profit:12,.0f} fill {score.fill_rate:.3f} {score.stock:12,.0f}"
            )
    best = max(total, key=total.get)
    print(f"best z {best} of {CANDIDATES}, over {len(asked.seeds)} seeds")


def _lived(world: World, z: float, days: int):
    """The score of `days` days from here under the reorder point with `z`; what it has seen of demand is kept."""
    fork = copy.deepcopy(world)
    if isinstance(fork.policy, ReorderPoint):
        fork.policy.z = z
    scorer = Scorer(fork, fork.parameters.policy.capital_rate)
    for _ in range(days):
        fork.live()
        scorer.day(fork)
    return scorer.score(fork)


if __name__ == "__main__":
    main()
