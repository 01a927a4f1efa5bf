"""Carts for more orders than one search can hold: seeds with what lies in their aisles, then annealing part by part."""

from collections.abc import Callable

import numba
import numpy as np

from optimization.waves.carts.cooling import WARM, by_moves, cool
from optimization.waves.carts.floor import Floor, floor_of
from optimization.waves.carts.problem import CartProblem
from optimization.waves.carts.seen import nothing_seen
from optimization.waves.carts.solve import groups_of, solve_carts, state_of

# So few orders on such small carts are searched at once, with the best partition of all carts seen. On larger carts no
# two partitions of the search have a cart in common, and the partition takes longer than all else.
FEW, SMALL, FEW_BITS = 40, 6, 13
# How much of an order's own tour counts against what it adds to a cart's.
OWN = 0.5
CARTS_AT_ONCE = 5
TABLE_BITS = 16


def fill_carts(
    problem: CartProblem, moves_per_order: int, seed: int = 0, stop: Callable[[], bool] | None = None
) -> list[tuple[int, ...]]:
    """Orders on each cart.

    Parameters
    ----------
    problem
        Orders and what a cart holds.
    moves_per_order
        Moves of the annealing, per order.
    seed
        Of the annealing.
    stop
        Asked before each part is searched; what is not searched stays as it was begun.
    """
    slots = problem.most_orders
    if len(problem.orders) <= FEW and slots <= SMALL:
        return list(solve_carts(problem, moves_per_order * len(problem.orders), seed, table_bits=FEW_BITS).orders)
    t = floor_of(problem)
    cart = by_seeds(t, problem.capacity, slots)
    for turn in range(2):
        parts = _parts(cart, t, shift=turn * CARTS_AT_ONCE // 2)
        for number, part in enumerate(parts):
            if stop is not None and stop():
                break
            cart[part] = _searched(part, cart[part], t, problem, slots, moves_per_order // 2, seed + number)
    return groups_of(cart)


def by_seeds(t: Floor, capacity: float, slots: int) -> np.ndarray:
    """The cart of each order (orders,), begun with the order that is farthest alone."""
    place = np.concatenate([[0.0], np.cumsum(t.across)])
    return _by_seeds(t.first, t.spots, t.columns, place, float(t.lengths.sum()), t.dock, t.loads, capacity, slots)


@numba.njit(cache=True, nogil=True)
def _by_seeds(
    first: np.ndarray, spots: np.ndarray, columns: np.ndarray, place: np.ndarray, depth: float, dock: int,
    loads: np.ndarray, capacity: float, slots: int,
) -> np.ndarray:  # fmt: skip
    """Metres are taken as the aisles entered, each walked through, and the way to the farthest and back."""
    orders, nobody = len(loads), np.int64(-1)
    cart, left = np.full(orders, -1), np.arange(orders)
    alone = np.zeros(orders)
    entered = np.full(len(place), -1)
    for order in range(orders):
        alone[order] = _added(
            order, order, first, spots, columns, place, depth, entered, place[dock], place[dock], nobody
        )
    # Seen above as entered by the order itself.
    entered[:] = -1
    carts, remaining = np.int64(0), orders
    while remaining:
        low = high = place[dock]
        load, count = 0.0, 0
        while count < slots:
            best, chosen = np.inf, -1
            for i in range(remaining):
                order = left[i]
                if load + loads[order] > capacity + 1e-9:
                    continue
                worth = -alone[order]
                if count:
                    added = _added(nobody, order, first, spots, columns, place, depth, entered, low, high, carts)
                    worth = added - OWN * alone[order]
                if worth < best - 1e-9:
                    best, chosen = worth, i
            if chosen < 0:
                break
            order = left[chosen]
            remaining -= 1
            left[chosen] = left[remaining]
            cart[order] = carts
            load += loads[order]
            count += 1
            for j in range(first[order], first[order + 1]):
                column = columns[spots[j]]
                entered[column] = carts
                low, high = min(low, place[column]), max(high, place[column])
        carts += 1
    return cart


@numba.njit(cache=True, nogil=True)
def _added(mark, order, first, spots, columns, place, depth, entered, low, high, cart):
    """Metres that an order adds to a cart that reaches from `low` to `high`; `mark` ≥ 0 writes what it enters."""
    metres, least, most, last = 0.0, low, high, -1
    for j in range(first[order], first[order + 1]):
        column = columns[spots[j]]  # spots ascend by column
        if column == last:
            continue
        last = column
        if entered[column] != (cart if mark < 0 else mark):
            metres += depth
            if mark >= 0:
                entered[column] = mark
        least, most = min(least, place[column]), max(most, place[column])
    return metres + 2.0 * ((most - least) - (high - low))


def _parts(cart: np.ndarray, t: Floor, shift: int) -> list[np.ndarray]:
    """Orders of neighbouring carts, `CARTS_AT_ONCE` of them at a time."""
    reach = np.array([
        t.columns[t.spots[t.first[order] : t.first[order + 1]]].mean() for order in range(len(cart))
    ])  # fmt: skip
    _, mine = np.unique(cart, return_inverse=True)  # search may have emptied a cart
    mean = np.bincount(mine, reach) / np.bincount(mine)
    rank = np.empty(len(mean), np.int64)
    rank[np.argsort(mean, kind="stable")] = np.arange(len(mean))
    part = (rank[mine] + shift) // CARTS_AT_ONCE
    return [np.flatnonzero(part == number) for number in np.unique(part)]


def _searched(
    part: np.ndarray, cart: np.ndarray, t: Floor, problem: CartProblem, slots: int, moves_per_order: int, seed: int
) -> np.ndarray:
    """Better carts for a part of the orders; their numbers stay among those that they had."""
    numbers = np.unique(cart)
    if len(numbers) < 2:
        return cart
    size = t.first[part + 1] - t.first[part]
    spots = np.concatenate([t.spots[t.first[order] : t.first[order + 1]] for order in part])
    mine = t._replace(
        first=np.concatenate([[0], np.cumsum(size)]), spots=spots, loads=t.loads[part],
        marks=t.marks[part], low=t.low[part], high=t.high[part],
    )  # fmt: skip
    seen = nothing_seen(len(part), TABLE_BITS, np.random.default_rng(seed))
    state = state_of(groups_of(cart), slots, mine, seen, spare=0)
    if not state.lengths.sum():  # everything lies at the dock
        return cart
    steps = by_moves(moves_per_order * len(part))
    best, _ = cool(state, steps, WARM, seed, problem.capacity, slots, mine, seen)
    return numbers[best]
