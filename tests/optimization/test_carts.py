"""Carts: nobody is left out, nothing overflows, no walk is longer than need be."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimization.waves.carts import CartProblem, solve_carts
from optimization.waves.carts.floor import floor_of
from optimization.waves.carts.length import tour_length
from optimization.waves.layout import Layout
from optimization.waves.routing.exact import exact_tour

PLACE = Layout({aisle: 3.0 * aisle for aisle in range(6)}, 0.0, 15.0, 0.0, 0.0)
orders_of = st.lists(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 15).map(float)), min_size=1, max_size=4),
    min_size=1,
    max_size=9,
)


def problem(orders: list[list[tuple[int, float]]], capacity: float = 8.0, slots: int = 4) -> CartProblem:
    return CartProblem(PLACE, orders, [float(len(order)) for order in orders], capacity, slots)


def partitions(orders: list[int]) -> list[list[list[int]]]:
    """Every way to split orders into carts."""
    if not orders:
        return [[]]
    first, rest = orders[0], partitions(orders[1:])
    return [[[first], *split] for split in rest] + [
        [*split[:i], [first, *split[i]], *split[i + 1 :]] for split in rest for i in range(len(split))
    ]


@settings(max_examples=25, deadline=None)
@given(orders_of)
def test_every_order_is_on_one_cart_that_holds_it_and_every_pick_is_walked_to(orders: list) -> None:
    given_problem = problem(orders)
    carts = solve_carts(given_problem, moves=500)
    assert sorted(order for cart in carts.orders for order in cart) == list(range(len(orders)))
    for cart, tour, length in zip(carts.orders, carts.tours, carts.lengths, strict=True):
        assert len(cart) <= 4
        assert sum(given_problem.loads[order] for order in cart) <= 8
        assert set(tour) == {pick for order in cart for pick in orders[order]}
        assert length == pytest.approx(exact_tour(list(tour), PLACE)[1])


@settings(max_examples=60, deadline=None)
@given(orders_of, st.sampled_from([(), (6.5,)]), st.sampled_from([-2.0, 15.0]), st.floats(-1.0, 16.0))
def test_a_cart_is_measured_as_its_shortest_tour_is_walked(
    orders: list, middle: tuple[float, ...], dock_y: float, dock_x: float
) -> None:
    layout = Layout({aisle: 3.0 * aisle for aisle in range(6)}, 0.0, 15.0, dock_x, dock_y, middle)
    floor = floor_of(CartProblem(layout, orders, [0.0] * len(orders), 1.0, len(orders)))
    walked = exact_tour(sorted({pick for order in orders for pick in order}), layout)[1]
    assert tour_length(np.arange(len(orders)), len(orders), floor) == pytest.approx(walked)


def test_where_carts_are_full_orders_change_places_two_for_one() -> None:
    orders = [[(aisle, 5.0)] for aisle in (0, 5, 0, 5, 0, 5)]
    full = CartProblem(PLACE, orders, [4.0, 4.0, 2.0, 2.0, 2.0, 2.0], 8.0, 4)
    assert sorted(solve_carts(full, moves=5_000).orders) == [(0, 2, 4), (1, 3, 5)]


def test_six_orders_are_split_as_well_as_any_split_can() -> None:
    orders = [[(0, 3.0), (3, 12.0)], [(5, 2.0)], [(0, 14.0)], [(5, 9.0), (4, 1.0)], [(3, 10.0), (1, 7.0)], [(2, 2.0)]]
    given_problem = problem(orders, capacity=4.0, slots=3)
    allowed = [
        split
        for split in partitions(list(range(6)))
        if all(len(cart) <= 3 and sum(given_problem.loads[order] for order in cart) <= 4 for cart in split)
    ]
    best = min(
        sum(exact_tour([pick for order in cart for pick in orders[order]], PLACE)[1] for cart in split)
        for split in allowed
    )
    assert solve_carts(given_problem, moves=5_000).length == pytest.approx(best)


def test_the_same_seed_gives_the_same_carts() -> None:
    orders = [[(i % 6, float(3 * i % 16)), (i * i % 6, float(5 * i % 16))] for i in range(20)]
    first, again = (solve_carts(problem(orders), moves=20_000, seed=3) for _ in range(2))
    assert first == again


def test_an_order_larger_than_a_cart_is_refused_by_number() -> None:
    with pytest.raises(ValueError, match=r"order 1 takes 9\.0 of a cart that holds 8\.0; split it first"):
        CartProblem(PLACE, [[(0, 1.0)], [(1, 1.0)]], [1.0, 9.0], 8.0, 4)


def test_fewer_carts_are_found_where_beginning_one_costs() -> None:
    orders = [[(0, 6.0)], [(1, 4.0)], [(2, 3.0)], [(0, 6.0)], [(1, 4.0)], [(2, 3.0)]]
    two = CartProblem(PLACE, orders, [0.1, 0.1, 0.1, 0.6, 0.6, 0.1], 1.0, 3, per_cart=180.0)
    assert len(solve_carts(two, moves=900).orders) == 2
