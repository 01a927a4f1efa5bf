"""One wave: what is chosen can be picked, is of the allowed size, and is as good as any on small floors."""

from collections import Counter
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimization.waves.selection import Selected, WaveSelection, select_wave, select_wave_by_moves


def rows(lines: int) -> st.SearchStrategy:
    return st.dictionaries(st.integers(0, 4), st.integers(1, 4), min_size=1, max_size=lines)


def floors(lines: int) -> st.SearchStrategy:
    """Orders of so many lines at most, and aisles."""
    return st.tuples(st.lists(rows(lines), min_size=1, max_size=6), st.lists(rows(3), min_size=1, max_size=4))


def subsets(count: int) -> list[tuple[int, ...]]:
    return [chosen for size in range(1, count + 1) for chosen in combinations(range(count), size)]


def can_be_picked(problem: WaveSelection, orders: tuple[int, ...], aisles: tuple[int, ...]) -> bool:
    wanted, held = Counter(), Counter()
    for order in orders:
        wanted.update(problem.orders[order])
    for aisle in aisles:
        held.update(problem.aisles[aisle])
    return wanted <= held and problem.least <= wanted.total() <= problem.most


def best_of_all(problem: WaveSelection) -> float:
    """Units per aisle of the best wave, by trying every one; 0 where there is none."""
    return max(
        (
            sum(sum(problem.orders[order].values()) for order in orders) / len(aisles)
            for orders in subsets(len(problem.orders))
            for aisles in subsets(len(problem.aisles))
            if can_be_picked(problem, orders, aisles)
        ),
        default=0.0,
    )


@settings(max_examples=40, deadline=None)
@given(st.one_of(floors(1), floors(3)), st.integers(1, 4), st.integers(4, 12))
def test_a_wave_can_be_picked_and_is_proven_the_best_of_all(floor: tuple, least: int, most: int) -> None:
    problem = WaveSelection(*floor, least, most)
    wave, best = select_wave(problem, seconds=600.0), best_of_all(problem)
    assert (wave.value if wave else 0.0) == pytest.approx(best)
    if wave:
        assert can_be_picked(problem, wave.orders, wave.aisles)
        assert wave.bound == wave.value


def test_on_a_small_floor_the_best_wave_is_found() -> None:
    orders = [{0: 3}, {0: 1, 1: 2}, {2: 4}, {3: 1}, {1: 2, 2: 1}, {4: 5}, {0: 2, 4: 1}]
    aisles = [{0: 4, 1: 1}, {1: 3, 2: 5}, {3: 2, 4: 2}, {0: 2, 4: 6}, {2: 1, 3: 1}]
    problem = WaveSelection(orders, aisles, 5, 14)
    found = select_wave(problem, seconds=600.0)
    assert isinstance(found, Selected) and found.value == pytest.approx(best_of_all(problem))


def test_the_limit_of_a_wave_may_cut_between_orders_of_one_line() -> None:
    # All six units can be picked, but no orders have four together; three do, and two of another item.
    problem = WaveSelection([{0: 3}, {0: 3}, {1: 2}], [{0: 6}, {1: 2}], 1, 4)
    found = select_wave(problem, seconds=600.0)
    assert found == Selected((0,), (0,), 3, 3.0) or found == Selected((1,), (0,), 3, 3.0)
    assert select_wave(WaveSelection(problem.orders, problem.aisles, 4, 4), seconds=600.0) is None


def test_limits_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(ValueError, match="a wave of 5 to 4 units is none"):
        WaveSelection([{0: 1}], [{0: 1}], 5, 4)
    with pytest.raises(ValueError, match="aisle 0: item 0 has quantity 0"):
        WaveSelection([{0: 1}], [{0: 0}], 0, 4)


def test_so_many_moves_find_the_same_wave_every_time_and_on_a_small_floor_the_best() -> None:
    orders = [{0: 3}, {0: 1, 1: 2}, {2: 4}, {3: 1}, {1: 2, 2: 1}, {4: 5}, {0: 2, 4: 1}]
    aisles = [{0: 5, 1: 1}, {1: 3, 2: 5}, {3: 2, 4: 4}, {4: 3, 0: 2}]
    problem = WaveSelection(orders, aisles, 3, 9)
    wave, again = (select_wave_by_moves(problem, moves=20_000, seed=2) for _ in range(2))
    assert wave == again and wave is not None
    assert wave.value == pytest.approx(best_of_all(problem)) and wave.bound >= wave.value
