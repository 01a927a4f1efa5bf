"""Carts near the relaxation: all of them are found, and no partition goes below its bound."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_carts import PLACE, orders_of, partitions

from optimization.waves.carts import CartProblem, solve_carts
from optimization.waves.carts.cuts import Triple
from optimization.waves.carts.floor import floor_of
from optimization.waves.carts.length import tour_length
from optimization.waves.carts.partition import better_partition
from optimization.waves.carts.prices import Prices, room_for
from optimization.waves.carts.pricing import carts_below
from optimization.waves.carts.relaxation import Relaxation, listed

loads_of = st.lists(st.integers(1, 6).map(float), min_size=9, max_size=9)


def carts_allowed(problem: CartProblem, count: int) -> list[tuple[int, ...]]:
    return [
        cart
        for size in range(1, problem.slots + 1)
        for cart in combinations(range(count), size)
        if sum(problem.loads[order] for order in cart) <= problem.capacity
    ]


def best_of_all(problem: CartProblem) -> float:
    """Metres of the shortest partition, by trying every one."""
    count, t = len(problem.orders), floor_of(problem)
    allowed = {frozenset(cart): tour_length(np.array(cart), len(cart), t) for cart in carts_allowed(problem, count)}
    return min(
        sum(allowed[frozenset(cart)] for cart in split)
        for split in partitions(list(range(count)))
        if all(frozenset(cart) in allowed for cart in split)
    )


def prices_of(worth: np.ndarray, cuts: list[Triple], cut: list[float]) -> Prices:
    rows = np.array(cuts, dtype=np.int64).ravel()
    ranked = np.argsort(rows, kind="stable")
    first = np.searchsorted(rows[ranked], np.arange(len(worth) + 1))
    return Prices(worth, 3.0, first, ranked // 3, np.array(cut))


@settings(max_examples=40, deadline=None)
@given(orders_of, loads_of, st.integers(0, 10_000), st.floats(-5.0, 30.0))
def test_every_cart_below_a_reduced_cost_is_found_and_no_other(
    orders: list, loads: list[float], seed: int, most: float
) -> None:
    problem = CartProblem(PLACE, orders, loads[: len(orders)], 9.0, 4)
    draw, t = np.random.default_rng(seed), floor_of(problem)
    worth = draw.uniform(0.0, 30.0, len(orders))
    cuts = [(0, 1, 2)] if len(orders) > 2 else []
    p = prices_of(worth, cuts, [-4.0] * len(cuts))
    room = room_for(1_000, problem.most_orders)
    held, is_whole = carts_below(p, most, problem.capacity, t, room)
    found = {tuple(sorted(room.members[cart, : room.counts[cart]])): room.reduced[cart] for cart in range(held)}
    wanted = {}
    for cart in carts_allowed(problem, len(orders)):
        shared = 4.0 * (len(set(cart) & {0, 1, 2}) >= 2) * bool(cuts)
        cost = tour_length(np.array(cart), len(cart), t) - 3.0 - worth[list(cart)].sum() + shared
        if cost <= most:
            wanted[cart] = cost
    assert is_whole and found == pytest.approx(wanted)


def test_of_too_many_carts_the_cheaper_are_kept() -> None:
    orders = [[(aisle, 2.0 + aisle)] for aisle in range(6)]
    problem = CartProblem(PLACE, orders, [1.0] * 6, 3.0, 3)
    p, t = prices_of(np.full(6, 12.0), [], []), floor_of(problem)
    every, few = room_for(100, 3), room_for(8, 3)
    held, is_whole = carts_below(p, 1e3, 3.0, t, every)
    kept, is_still_whole = carts_below(p, 1e3, 3.0, t, few)
    assert (held, is_whole, is_still_whole) == (6 + 15 + 20, True, False)
    assert sorted(few.reduced[:kept]) == pytest.approx(sorted(every.reduced[:held])[:kept])
    assert carts_below(p, 1e3, 3.0, t, every, tours=10) == (10, False)


@settings(max_examples=20, deadline=None)
@given(orders_of.filter(lambda orders: len(orders) <= 6), loads_of)
def test_no_partition_is_shorter_than_the_bound_and_the_search_ends_at_the_best(
    orders: list, loads: list[float]
) -> None:
    problem = CartProblem(PLACE, orders, loads[: len(orders)], 8.0, 3)
    t, best = floor_of(problem), best_of_all(problem)
    alone = listed([(order,) for order in range(len(orders))], problem.most_orders, t)
    relaxed = Relaxation(t, problem.capacity, problem.fewest_carts, alone)
    relaxed.converge()
    assert relaxed.is_proven and relaxed.bound <= best + 1e-6
    assert sorted(order for cart in relaxed.dive() for order in cart) == list(range(len(orders)))
    groups = [(order,) for order in range(len(orders))]
    length = float(alone.lengths.sum())
    found, is_proven = better_partition(relaxed, groups, length, 0, seconds=10.0, nodes=10_000)
    chosen = length if found is None else float(listed(found, problem.most_orders, t).lengths.sum())
    assert is_proven and chosen == pytest.approx(best)
    assert solve_carts(problem, moves=3_000).length == pytest.approx(best)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 8).map(float), min_size=1, max_size=7))
def test_no_packing_has_fewer_carts_than_the_least(loads: list[float]) -> None:
    problem = CartProblem(PLACE, [[(0, 1.0)]] * len(loads), loads, 8.0, 5)
    fewest = min(
        len(split)
        for split in partitions(list(range(len(loads))))
        if all(len(cart) <= 5 and sum(loads[order] for order in cart) <= 8 for cart in split)
    )
    assert problem.fewest_carts <= fewest


def test_orders_above_half_a_cart_are_counted_whole() -> None:
    loads = [20.0, 20.0, 20.0, 10.0, 10.0]
    assert CartProblem(PLACE, [[(0, 1.0)]] * 5, loads, 30.0, 5).fewest_carts == 3
    assert CartProblem(PLACE, [[(0, 1.0)]] * 3, [16.0] * 3, 30.0, 5).fewest_carts == 3


def test_where_the_clock_tells_when_to_end_a_floor_of_forty_orders_is_proven_or_time_is_up() -> None:
    draw = np.random.default_rng(7)
    orders = [
        [
            (int(aisle), float(place))
            for aisle, place in zip(draw.integers(0, 6, 5), draw.integers(0, 15, 5), strict=True)
        ]
        for _ in range(24)
    ]
    problem = CartProblem(PLACE, orders, [5.0] * 24, 15.0, 24)
    left = iter(np.linspace(2.0, 0.0, 300))
    carts = solve_carts(problem, 0, dives=None, left=lambda: next(left, 0.0))
    assert sorted(order for cart in carts.orders for order in cart) == list(range(24))
    assert carts.length <= solve_carts(problem, moves=20_000).length + 1e-6
