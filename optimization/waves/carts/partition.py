"""The best way to cover orders with carts near the relaxation."""

from __future__ import annotations

import numpy as np

from optimization.waves.carts.prices import LEAST, Near, room_for
from optimization.waves.carts.pricing import carts_below
from optimization.waves.carts.relaxation import Relaxation, cover_of, shared_by

# Carts near the relaxation that are looked at, and of how many whole ones are chosen, one size after the other.
MOST_NEAR, TOURS = 20_000, 3_000_000
SIZES = (800, 2_000, 5_000)

Groups = list[tuple[int, ...]]


def better_partition(
    relaxed: Relaxation, groups: Groups, length: float, others: int, seconds: float, nodes: int
) -> tuple[Groups | None, bool]:
    """Other carts for the orders of some, with less walking, if found; and whether there can be none better.

    The reduced costs of a partition's carts add up to at most its distance from the bound, so that only carts
    below the gap can be in a better one; HiGHS chooses among the nearest of them.

    Parameters
    ----------
    relaxed
        Solved, for all orders.
    groups, length
        Orders on each cart, and the metres of their tours.
    others
        Carts that stay as they are.
    seconds, nodes
        Limits of all choices of whole carts, and of each.
    """
    import time

    orders = np.array(sorted(order for cart in groups for order in cart))
    least_carts = max(relaxed.least_carts - others, 0)
    gap = length - _worth(relaxed, orders, least_carts)
    if gap <= LEAST:
        return None, relaxed.is_proven
    room = room_for(MOST_NEAR, relaxed.near.members.shape[1])
    held, is_whole = carts_below(relaxed.prices, gap, relaxed.capacity, relaxed.t, room, orders, TOURS)
    near = Near(*(column[:held] for column in room))
    ranked = np.argsort(near.reduced, kind="stable")
    best, until = None, time.perf_counter() + seconds
    for size in SIZES:
        rows = ranked[:size]
        rows = rows[near.reduced[rows] <= gap + LEAST]
        left = until - time.perf_counter()
        if left <= 0:
            return best, False
        chosen, is_proven = _choose(
            Near(*(column[rows] for column in near)), orders, relaxed, least_carts, length, left, nodes
        )
        if chosen is not None:
            carts = rows[chosen]
            best = [tuple(near.members[cart, : near.counts[cart]].tolist()) for cart in carts]
            shorter = float(near.lengths[carts].sum())
            gap, length = gap + shorter - length, shorter
        if not is_proven or len(rows) < size:
            break
    return best, is_proven and len(rows) == held and is_whole and relaxed.is_proven


def _worth(relaxed: Relaxation, orders: np.ndarray, least_carts: int) -> float:
    """What any carts for the orders cost at least, by the prices of the relaxation."""
    prices = relaxed.prices
    both = np.zeros(len(prices.cut), np.int64)
    for order in orders:
        both[prices.cuts[prices.cut_first[order] : prices.cut_first[order + 1]]] += 1
    return float(prices.order[orders].sum() + prices.cart * least_carts + prices.cut[both > 1].sum())


def _choose(
    near: Near, orders: np.ndarray, relaxed: Relaxation, least_carts: int, length: float, seconds: float, nodes: int
) -> tuple[np.ndarray | None, bool]:
    """Rows of a partition shorter than `length`, if there is one, and whether it is proven the best among them."""
    from scipy.optimize import LinearConstraint, milp

    count = len(near.counts)
    if not count:
        return None, True
    cover = cover_of(near, len(relaxed.t.loads))
    rows = [
        LinearConstraint(cover[orders], 1, 1),
        LinearConstraint(np.ones((1, count)), least_carts, np.inf),
        LinearConstraint(near.lengths[None, :], -np.inf, length - LEAST),
    ]
    if relaxed.cuts:
        rows.append(LinearConstraint(shared_by(relaxed.cuts, cover), -np.inf, 1))
    found = milp(
        near.lengths, constraints=rows, integrality=np.ones(count), bounds=(0, 1),
        options={"time_limit": seconds, "node_limit": nodes, "mip_rel_gap": 0.0},
    )  # fmt: skip
    is_proven = found.status in (0, 2)
    if found.x is None or found.fun >= length - 1e-7:
        return None, is_proven
    return np.flatnonzero(found.x > 0.5), is_proven
