"""Carts of one instance: ``python -m benchmarks.order_batching INSTANCE SOLUTION.json --seconds S``."""

import argparse
import json
import time
from pathlib import Path

from benchmarks.rectangular_warehouse import read_floor
from optimization.waves.carts import CartProblem, solve_carts


def main() -> None:
    """Write the carts of the instance with the cells of their tours in walking order."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("instance", type=Path)
    parser.add_argument("solution", type=Path)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--moves", type=int, default=2_000_000)
    arguments = parser.parse_args()
    begun = time.perf_counter()
    floor = read_floor(arguments.instance)
    orders = [[(aisle, floor.metres[cell]) for aisle, cell in order] for order in floor.orders]
    problem = CartProblem(floor.layout, orders, floor.loads, floor.capacity, slots=len(orders))
    carts = solve_carts(problem, arguments.moves, arguments.seed)
    cell = {metres: index for index, metres in enumerate(floor.metres)}
    batches = [
        {"orders": members, "sequence": [(aisle, cell[metres]) for aisle, metres in tour]}
        for members, tour in zip(carts.orders, carts.tours, strict=True)
    ]
    arguments.solution.write_text(json.dumps({"batches": batches}), encoding="utf-8")
    print(f"length={carts.length:.3f} carts={len(batches)} seconds={time.perf_counter() - begun:.2f}")


if __name__ == "__main__":
    main()
