"""Annealing from hot to cold, with overloaded carts ever dearer until there are none."""

from collections.abc import Iterable, Iterator

import numpy as np

from optimization.waves.carts.anneal import Carts, anneal
from optimization.waves.carts.floor import Floor
from optimization.waves.carts.seen import Seen

# Shares of the metres of an average cart, at which annealing begins, begins again and ends.
HOT, WARM, COLD = 0.06, 0.015, 0.002
# What an average cart's load too much weighs at first, in metres of that cart; more while carts are overloaded.
OVER, DEARER, CHEAPER = 5.0, 1.3, 0.93
STEPS = 100
LEAST_MOVES = 500


def by_moves(moves: int) -> Iterator[tuple[int, float]]:
    """Moves of each step, and the share of all that went before it."""
    step = max(moves // STEPS, LEAST_MOVES)
    for done in range(0, moves, step):
        yield min(step, moves - done), done / moves


def cool(
    c: Carts, steps: Iterable[tuple[int, float]], hot: float, seed: int, capacity: float, slots: int, t: Floor,
    seen: Seen,
) -> tuple[np.ndarray, int]:  # fmt: skip
    """The best partition met.

    Parameters
    ----------
    c
        Where the search begins; it ends somewhere else.
    steps
        Moves at one temperature, and the share of the cooling that is done.
    hot
        Where it begins, as ``HOT``.

    Returns
    -------
    ((orders,) int, int)
        The cart of each order; moves made.
    """
    best, length, moved = c.cart.copy(), float(c.lengths.sum()), 0
    mean = length / max(int((c.counts > 0).sum()), 1)
    over = OVER * mean / capacity if capacity else 0.0
    for moves, done in steps:
        heat = hot * (COLD / hot) ** done * mean
        length = anneal(c, best, length, moves, heat, seed + moved, capacity, slots, over, t, seen)
        over *= DEARER if (c.load > capacity + 1e-9).any() else CHEAPER
        moved += moves
    return best, moved
