"""One generalised assignment instance: ``python -m benchmarks.gap INSTANCE SOLUTION --seconds S``."""

import argparse
from pathlib import Path

import numpy as np

from optimization.carriers.assignment import Assignment, solve


def read_instance(path: Path) -> Assignment:
    """The instance in the form of the OR-Library: m n, costs by agent, weights by agent, capacities."""
    numbers = np.array(path.read_text(encoding="ascii").split(), dtype=np.int64)
    m, n = numbers[:2]
    expected = 2 + 2 * m * n + m
    if len(numbers) < expected:
        raise ValueError(f"{path}: {len(numbers)} numbers, expected {expected} for {m} agents and {n} items")
    cost, weight = numbers[2 : 2 + 2 * m * n].reshape(2, m, n)
    return Assignment(cost, weight, numbers[2 + 2 * m * n : expected])


def main() -> None:
    """Write the agent of each item, from 0; print cost and bound."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("instance", type=Path)
    parser.add_argument("solution", type=Path)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    found = solve(read_instance(arguments.instance), arguments.seconds, arguments.seed)
    arguments.solution.write_text("\n".join(map(str, found.agent.tolist())) + "\n", encoding="ascii")
    print(f"cost={found.objective} bound={found.bound}")


if __name__ == "__main__":
    main()
