"""Carts of the least walking."""

from dataclasses import dataclass

import numpy as np

from optimization.waves.carts.anneal import Carts as State
from optimization.waves.carts.anneal import anneal, length_of, merge_by_savings, place_alone
from optimization.waves.carts.floor import Floor, floor_of
from optimization.waves.carts.partition import best_partition
from optimization.waves.carts.problem import CartProblem
from optimization.waves.carts.seen import Seen, nothing_seen
from optimization.waves.routing.exact import exact_tour

# Shares of the metres of an average cart, at which annealing begins and ends.
HOT, COLD = 0.03, 0.001
TABLE_BITS = 20


@dataclass(frozen=True)
class Carts:
    """Which orders share a cart, and how it is walked.

    Parameters
    ----------
    orders
        For each cart its orders, ascending.
    tours
        For each cart its distinct picks (aisle, metres along it) in walking order.
    lengths
        Metres of the tours.
    """

    orders: tuple[tuple[int, ...], ...]
    tours: tuple[tuple[tuple[int, float], ...], ...]
    lengths: tuple[float, ...]

    @property
    def length(self) -> float:
        """Metres of all tours."""
        return sum(self.lengths)


def solve_carts(
    problem: CartProblem, moves: int, seed: int = 0, rounds: int = 2, seconds: float = 5.0, table_bits: int = TABLE_BITS
) -> Carts:
    """Savings, then `rounds` of annealing and of the best partition of every cart seen so far.

    Parameters
    ----------
    problem
        Orders and what a cart holds.
    moves
        Moves tried in all rounds together.
    seed
        Of the annealing.
    rounds
        How often the search begins again from the best partition; the temperature halves each time.
    seconds
        Limit of each choice among the carts seen.
    table_bits
        Of the table of carts seen, which holds three quarters of two to that power.
    """
    if not problem.orders:
        return Carts((), (), ())
    t = floor_of(problem)
    slots = problem.most_orders
    seen = nothing_seen(len(problem.orders), slots, table_bits, np.random.default_rng(seed))
    marked = np.zeros(len(t.metres), np.bool_)
    state = place_alone(len(problem.orders), slots, t, seen, marked)
    merge_by_savings(state, problem.capacity, slots, t, seen, marked)
    best = groups_of(state.cart)
    for number in range(rounds):
        state = state_of(best, slots, t, seen, marked)
        mean = state.lengths.sum() / len(best)
        if not mean:  # everything lies at the dock
            break
        best_cart, length = state.cart.copy(), float(state.lengths.sum())
        hot = HOT * mean / 2**number
        length = anneal(
            state, best_cart, length, moves // rounds, hot, COLD * mean, seed + number, problem.capacity, slots,
            t, seen, marked,
        )  # fmt: skip
        best = best_partition(seen, groups_of(best_cart), length, seconds)
    return _walked(problem, best)


def groups_of(cart: np.ndarray) -> list[tuple[int, ...]]:
    """Orders on each cart, from the cart of each order (orders,)."""
    return [tuple(np.flatnonzero(cart == number).tolist()) for number in np.unique(cart)]


def state_of(
    groups: list[tuple[int, ...]], slots: int, t: Floor, seen: Seen, marked: np.ndarray, spare: int = 1
) -> State:
    """The arrays of a partition, with `spare` empty carts beside the full ones."""
    orders = len(t.loads)
    carts = min(len(groups) + spare, orders)
    state = State(
        np.zeros((carts, slots), np.int64), np.zeros(carts, np.int64), np.zeros(carts), np.zeros(carts),
        np.zeros(carts, np.int64), np.zeros(orders, np.int64),
    )  # fmt: skip
    for cart, group in enumerate(groups):
        state.members[cart, : len(group)], state.counts[cart] = group, len(group)
        state.load[cart] = t.loads[list(group)].sum()
        state.keys[cart] = np.bitwise_xor.reduce(seen.names[list(group)])
        state.cart[list(group)] = cart
        state.lengths[cart] = length_of(state.keys[cart], state.members[cart], len(group), t, seen, marked)
    return state


def _walked(problem: CartProblem, groups: list[tuple[int, ...]]) -> Carts:
    tours, lengths = [], []
    for group in groups:
        picks = sorted({pick for order in group for pick in problem.orders[order]})
        order, length = exact_tour(picks, problem.layout)
        tours.append(tuple(picks[index] for index in order))
        lengths.append(length)
    return Carts(tuple(tuple(sorted(group)) for group in groups), tuple(tours), tuple(lengths))
