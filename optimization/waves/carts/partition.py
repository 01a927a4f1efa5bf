"""The best way to cover all orders with carts near the relaxation."""

from __future__ import annotations

import numpy as np

from optimization.waves.carts.prices import Near, explore
from optimization.waves.carts.relaxation import Relaxation, cover_of, distinct

# Carts near the relaxation that are looked at, and of how many whole ones are chosen, one size after the other.
MOST_NEAR, PER_ORDER = 60_000, 500
SIZES = (500, 1_500, 4_000, 10_000)
# Their reduced costs are at most the gap, or so much of it, as long as there are fewer than of the third size.
SHARES = (0.1, 0.2, 0.4, 0.7, 1.0)
NODES = 2_000


def better_partition(
    relaxed: Relaxation, also: Near, names: np.ndarray, length: float, seconds: float
) -> list[tuple[int, ...]] | None:
    """Orders on each cart of a partition shorter than `length`; None where none is found.

    The reduced costs of a partition's carts add up to at most its distance from the bound, so that only carts
    below the gap can be in a better one; HiGHS chooses among the nearest of them.

    Parameters
    ----------
    relaxed
        Solved.
    also
        Other carts that may be in it.
    names
        (orders,) random numbers.
    length
        Metres of the best partition known.
    seconds
        For each choice of whole carts.
    """
    import time

    gap = length - relaxed.bound
    if gap <= 1e-7:
        return None
    near = _carts_near(relaxed, also, names, gap)
    ranked = np.argsort(near.reduced, kind="stable")
    best, until = None, time.perf_counter() + seconds
    for size in SIZES:
        rows = ranked[:size]
        rows = rows[near.reduced[rows] <= length - relaxed.bound + 1e-7]
        left = until - time.perf_counter()
        if left <= 0:
            return best
        chosen, is_proven = _choose(near, rows, relaxed, length, left)
        if chosen is not None:
            best = [tuple(near.members[cart, : near.counts[cart]].tolist()) for cart in chosen]
            length = float(near.lengths[chosen].sum())
        if not is_proven or len(rows) < size:
            return best
    return best


def _carts_near(relaxed: Relaxation, also: Near, names: np.ndarray, gap: float) -> Near:
    """Carts whose reduced cost is below the gap, or a share of it that leaves enough of them."""
    most = min(MOST_NEAR, PER_ORDER * len(names))
    bits = int(2 * most).bit_length()
    found = None
    for share in SHARES:
        begin = [Near(*(column[part.reduced <= share * gap] for column in part)) for part in (relaxed.near, also)]
        both = distinct(Near(*(np.concatenate(pair) for pair in zip(*begin, strict=True))))
        held = min(len(both.counts), most)
        near = Near(*(np.concatenate([c[:held], np.zeros((most - held, *c.shape[1:]), c.dtype)]) for c in both))
        table = np.zeros(1 << bits, np.int64)
        held = explore(near, held, names, table, share * gap, relaxed.capacity, relaxed.prices, relaxed.t)
        if found is None or held < most:
            found = Near(*(column[:held] for column in near))
        if held >= SIZES[2]:
            break
    return found


def _choose(
    near: Near, rows: np.ndarray, relaxed: Relaxation, length: float, seconds: float
) -> tuple[np.ndarray | None, bool]:
    """Rows of a partition shorter than `length`, if there is one, and whether it is proven the best among them."""
    from scipy.optimize import LinearConstraint, milp

    some = Near(*(column[rows] for column in near))
    count = len(rows)
    if not count:
        return None, True
    found = milp(
        some.lengths,
        constraints=[
            LinearConstraint(cover_of(some, len(relaxed.t.loads)), 1, 1),
            LinearConstraint(np.ones((1, count)), relaxed.least_carts, np.inf),
            LinearConstraint(some.lengths[None, :], -np.inf, length - 1e-6),
        ],
        integrality=np.ones(count),
        bounds=(0, 1),
        options={"time_limit": seconds, "node_limit": NODES, "mip_rel_gap": 0.0},
    )
    is_proven = found.status in (0, 2)
    if found.x is None or found.fun >= length - 1e-7:
        return None, is_proven
    return rows[found.x > 0.5], is_proven
