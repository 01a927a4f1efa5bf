"""Generalised assignment: answers against counting every way, bounds that hold, errors that say why."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.gap import read_instance
from optimization.carriers.assignment import Assignment, solve
from optimization.carriers.assignment.bound import first_prices, prove


def drawn(m: int, n: int, seed: int) -> Assignment:
    """An instance whose capacities leave a fifth of room."""
    rng = np.random.default_rng(seed)
    weight = rng.integers(5, 26, (m, n))
    return Assignment(rng.integers(10, 51, (m, n)), weight, (weight.sum(axis=1) * 1.2 / m).astype(np.int64) + 20)


def cheapest(problem: Assignment) -> int:
    """The least cost of all ways."""
    ways = (np.array(way) for way in product(range(problem.agents), repeat=problem.items))
    return min(problem.total(way) for way in ways if not problem.check(way))


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 1000))
def test_small_ones_are_solved_to_the_end_and_proven(seed):
    problem = drawn(3, 6, seed)
    found = solve(problem, seconds=5.0)
    assert problem.check(found.agent) == []
    assert found.objective == found.bound == problem.total(found.agent) == cheapest(problem)


def test_no_assignment_with_a_pair_costs_less_than_its_regret_says():
    problem = drawn(3, 6, 7)
    value, price = first_prices(problem)
    regret = prove(problem, price, value * 1.05, 1.0)
    assert value - 1e-6 <= regret.bound <= cheapest(problem)
    for way in map(np.array, product(range(3), repeat=6)):
        if not problem.check(way):
            assert (problem.total(way) >= regret.bound + regret.loss[way, np.arange(6)] - 1e-6).all()


def test_a_larger_one_keeps_capacities_and_comes_near_its_bound():
    problem = drawn(5, 60, 1)
    found = solve(problem, seconds=1.5)
    assert problem.check(found.agent) == []
    assert found.bound <= found.objective <= 1.01 * found.bound


def test_capacities_that_cannot_hold_the_items_are_refused():
    problem = Assignment(np.ones((2, 3), np.int64), np.full((2, 3), 4), np.array([4, 4]))
    with pytest.raises(ValueError, match="no assignment keeps the capacities"):
        solve(problem, seconds=1.0)


def test_an_overfull_agent_and_shapes_that_do_not_fit_are_named():
    problem = Assignment(np.ones((2, 2), np.int64), np.full((2, 2), 3), np.array([3, 6]))
    assert problem.check(np.array([0, 0])) == ["agent 0 carries 6 of 3"]
    with pytest.raises(ValueError, match="capacities"):
        Assignment(np.ones((2, 2)), np.ones((2, 3)), np.ones(2))


def test_an_instance_that_ends_too_early_is_named(tmp_path):
    path = tmp_path / "short"
    path.write_text("2 3 1 2 3", encoding="ascii")
    with pytest.raises(ValueError, match="expected 16 for 2 agents and 3 items"):
        read_instance(path)
