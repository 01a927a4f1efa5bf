"""Carts of one instance: ``python -m benchmarks.order_batching INSTANCE SOLUTION.json --seconds S``."""

import argparse
import json
import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from benchmarks.rectangular_warehouse import Floor, read_floor
from optimization.waves.carts import CartProblem, Carts, solve_carts

# Python's start before the clock runs, and walking the tours after it ends.
AROUND = 1.5
# Shares of the time for a choice among carts of all orders: where that is too hard, the other process searches.
CHOICES = (0.5, 0.0)


def problem_of(floor: Floor) -> CartProblem:
    """The orders of a floor; only the load bounds a cart."""
    orders = [[(aisle, floor.metres[cell]) for aisle, cell in order] for order in floor.orders]
    return CartProblem(floor.layout, orders, floor.loads, floor.capacity, slots=len(orders))


def solved(problem: CartProblem, seed: int, seconds: float, is_cpu: bool, choice: float) -> Carts:
    """The solver's carts after so many seconds."""
    clock = time.process_time if is_cpu else time.perf_counter
    begun = clock()
    return solve_carts(problem, 0, seed, dives=None, left=lambda: seconds - (clock() - begun), choice=choice)


def main() -> None:
    """Write the carts of the instance with the cells of their tours in walking order."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("instance", type=Path)
    parser.add_argument("solution", type=Path)
    parser.add_argument("--seconds", type=float, default=10.0, help="of the clock, from start to end (default 10)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=2, help="each with a seed of its own; the best counts")
    parser.add_argument("--cpu", action="store_true", help="seconds of each process, on a machine with other work")
    arguments = parser.parse_args()
    begun = time.perf_counter()
    floor = read_floor(arguments.instance)
    problem, seconds = problem_of(floor), max(arguments.seconds - AROUND, 0.1)
    with ProcessPoolExecutor(arguments.processes, multiprocessing.get_context("forkserver")) as pool:
        tasks = [
            pool.submit(
                solved,
                problem,
                arguments.seed * arguments.processes + number,
                seconds,
                arguments.cpu,
                CHOICES[number % len(CHOICES)],
            )
            for number in range(arguments.processes)
        ]
        carts = min((task.result() for task in tasks), key=lambda found: found.length)
    cell = {metres: index for index, metres in enumerate(floor.metres)}
    batches = [
        {"orders": members, "sequence": [(aisle, cell[metres]) for aisle, metres in tour]}
        for members, tour in zip(carts.orders, carts.tours, strict=True)
    ]
    arguments.solution.write_text(json.dumps({"batches": batches}), encoding="utf-8")
    print(f"length={carts.length:.3f} carts={len(batches)} seconds={time.perf_counter() - begun:.2f}")


if __name__ == "__main__":
    main()
