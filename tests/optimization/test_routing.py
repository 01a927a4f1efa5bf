"""Tours: exact ones are as short as brute force finds, in one block and in two."""

from itertools import pairwise, permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimization.waves.layout import Layout
from optimization.waves.routing.corners import corners
from optimization.waves.routing.exact import exact_tour
from optimization.waves.routing.largest_gap import largest_gap
from optimization.waves.routing.s_shape import s_shape

AISLES = {1: 0.0, 2: 3.0, 3: 6.5, 4: 9.0}


def layout(middle: tuple[float, ...], dock_x: float, dock_y: float) -> Layout:
    return Layout(AISLES, 0.0, 20.0, dock_x, dock_y, middle)


def walk(place: Layout, one: tuple[float, float], other: tuple[float, float]) -> float:
    """Shortest walk between two points that lie in an aisle or on a cross aisle."""
    if one[0] == other[0]:
        return abs(one[1] - other[1])
    return abs(one[0] - other[0]) + min(abs(one[1] - y) + abs(other[1] - y) for y in place.cross_m)


def walked(place: Layout, picks: list[tuple[int, float]], order: tuple[int, ...] | list[int]) -> float:
    """Length of a tour from pick to pick, from the dock and back to it."""
    gate = (place.dock_x_m, place.cross_m[place.dock_corner])
    points = [gate, *[(place.aisle_x_m[picks[i][0]], picks[i][1]) for i in order], gate]
    return sum(walk(place, *pair) for pair in pairwise(points)) + 2 * abs(gate[1] - place.dock_y_m)


layouts = st.builds(
    layout,
    st.sampled_from([(), (8.0,), (5.0, 12.0)]),
    st.sampled_from([-2.0, 0.0, 4.0, 9.0, 11.0]),
    st.sampled_from([-1.0, 0.0, 20.0]),
)
picks_of = st.lists(st.tuples(st.sampled_from(list(AISLES)), st.integers(0, 20).map(float)), max_size=6)


@settings(max_examples=60, deadline=None)
@given(layouts, picks_of)
def test_an_exact_tour_is_as_short_as_the_best_of_all_sequences(place: Layout, picks: list[tuple[int, float]]) -> None:
    order, length = exact_tour(picks, place)
    assert sorted(order) == list(range(len(picks)))
    if picks:
        assert length == pytest.approx(min(walked(place, picks, other) for other in permutations(range(len(picks)))))
        assert walked(place, picks, order) == pytest.approx(length)


@settings(max_examples=40, deadline=None)
@given(picks_of, st.sampled_from([0.0, 4.0]))
def test_no_exact_tour_is_longer_than_an_s_shape_or_a_largest_gap(
    picks: list[tuple[int, float]], dock_x: float
) -> None:
    place = layout((), dock_x, 0.0)
    exact = exact_tour(picks, place)[1]
    assert exact <= s_shape(picks, place)[1] + 1e-9 and exact <= largest_gap(picks, place)[1] + 1e-9


@settings(max_examples=100, deadline=None)
@given(picks_of, st.sampled_from([-2.0, 0.0, 4.0, 11.0]))
def test_a_largest_gap_visits_every_pick_and_is_no_shorter_than_its_walk(
    picks: list[tuple[int, float]], dock_x: float
) -> None:
    place = layout((), dock_x, 0.0)
    order, length = largest_gap(picks, place)
    assert sorted(order) == list(range(len(picks)))
    assert not picks or walked(place, picks, order) <= length + 1e-9


def test_a_largest_gap_of_four_aisles_is_the_one_drawn_by_hand() -> None:
    # Through the first, 6 in and out of the second from the back, 4 and 6 of the third, through the last.
    place = Layout({aisle: 3.0 * aisle for aisle in range(4)}, 0.0, 20.0, 0.0, 0.0)
    picks = [(0, 5.0), (1, 14.0), (2, 4.0), (2, 14.0), (3, 10.0)]
    assert largest_gap(picks, place) == ([0, 1, 3, 4, 2], 20 + 9 + 2 * 6 + 2 * 6 + 20 + 2 * 4 + 9)


def test_a_tour_of_many_picks_in_two_blocks_can_be_walked_as_it_says() -> None:
    place = Layout({aisle: 3.0 * aisle for aisle in range(12)}, 0.0, 40.0, 7.0, -2.0, (18.0,))
    picks = [(aisle, (7.0 * aisle + 11.0 * step) % 40) for aisle in range(12) for step in range(5)]
    order, length = exact_tour(picks, place)
    assert sorted(order) == list(range(60))
    assert walked(place, picks, order) == pytest.approx(length)


def test_the_states_of_a_partial_tour_are_those_of_the_literature() -> None:
    # Ratliff & Rosenthal list 7 for one block, Roodbergen & de Koster 25 for two, both with that of a finished tour.
    assert (len(corners(2).is_tour), len(corners(3).is_tour)) == (7 - 1, 25 - 1)
