"""The formulas are what brute force finds, and obey what theory says of them."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from optimization.replenishment import theory
from optimization.replenishment.theory.position_cost import poisson_pmf, position_cost, sum_of_periods

COSTS = st.floats(0.1, 100)


@given(COSTS, COSTS, COSTS, st.floats(0.2, 5))
def test_no_other_quantity_is_cheaper_than_the_economic_one(fixed, holding, rate, factor):
    def cost(quantity):
        return fixed * rate / quantity + holding * quantity / 2

    quantity, least = theory.economic_order(fixed, holding, rate)
    assert cost(quantity) == pytest.approx(least)
    assert cost(quantity * factor) >= least * (1 - 1e-12)


@given(COSTS, COSTS, COSTS, COSTS)
def test_letting_customers_wait_is_never_dearer_than_not(fixed, holding, shortage, rate):
    quantity, waits, cost = theory.economic_order_with_backorders(fixed, holding, shortage, rate)
    plain, dearer = theory.economic_order(fixed, holding, rate)
    assert cost <= dearer
    assert quantity >= plain
    assert waits == pytest.approx(holding / (holding + shortage))


def test_formulas_take_many_items_at_once():
    quantity, cost = theory.economic_order([8, 32], 0.225, [1300, 1300])
    assert quantity[1] == pytest.approx(2 * quantity[0])
    assert cost.shape == (2,)
    levels, _ = theory.newsvendor_normal(1, [1, 9], 100, 10, [0, 3])
    assert levels == pytest.approx([100, 400 + 20 * stats.norm.ppf(0.9)])
    assert theory.newsvendor_poisson(1, [1, 99], [4.0, 4.0])[0].tolist() == [4, 9]


def test_a_price_break_is_taken_only_where_it_pays():
    buy = theory.economic_order_with_price_breaks
    # 90 a year at 1 (or 0.9 from 100 on): without an order's cost nobody buys ahead, with one of 5 it pays.
    assert buy(0.001, 0.3, 90, [0, 100], [1.0, 0.9])[0] < 2
    assert buy(5, 0.3, 90, [0, 100], [1.0, 0.9])[0] == 100
    # The economic quantity at the low price lies beyond the break: it is taken whole.
    assert buy(50, 0.3, 90, [0, 100], [1.0, 0.9])[0] == pytest.approx(np.sqrt(2 * 50 * 90 / 0.27))


@given(COSTS, COSTS, st.lists(st.floats(0.01, 1), min_size=2, max_size=8))
def test_no_other_level_is_cheaper_than_the_newsvendors(holding, shortage, weights):
    pmf = np.array(weights) / sum(weights)
    level, cost = theory.newsvendor_discrete(holding, shortage, pmf)
    others = position_cost(np.arange(-2, len(weights) + 3), pmf, holding, shortage)
    assert cost == pytest.approx(others.min())
    units = np.arange(pmf.size)
    by_hand = pmf @ (holding * np.maximum(level - units, 0) + shortage * np.maximum(units - level, 0))
    assert cost == pytest.approx(by_hand)


def test_poisson_levels_agree_with_the_same_probabilities_given_one_by_one():
    for mean in (0.3, 4, 50):
        level, cost = theory.newsvendor_poisson(0.18, 0.7, mean)
        assert (int(level), float(cost)) == pytest.approx(theory.newsvendor_discrete(0.18, 0.7, poisson_pmf(mean)))


def lots_by_hand(fixed, holding, demand, price):
    """Cheapest of all choices of periods to order in."""
    best = np.inf
    for order in product([False, True], repeat=len(demand)):
        cost, last = 0.0, None
        for period, units in enumerate(demand):
            if order[period]:
                cost, last = cost + fixed, period
            if units and last is None:
                cost = np.inf
            elif units:
                cost += units * (price[last] + holding * (period - last))
        best = min(best, cost)
    return best


@settings(max_examples=40)
@given(
    st.floats(0, 50), st.floats(0, 3), st.lists(st.tuples(st.integers(0, 9), st.integers(0, 5)), min_size=1, max_size=6)
)
def test_no_other_lots_are_cheaper_and_every_period_is_served(fixed, holding, periods):
    demand, price = (np.array(column, dtype=float) for column in zip(*periods, strict=True))
    orders, cost = theory.wagner_whitin(fixed, holding, demand, price)
    assert float(cost) == pytest.approx(lots_by_hand(fixed, holding, demand, price))
    stock = np.cumsum(orders - demand)
    assert stock.min() >= 0
    assert stock[-1] == 0
    paid = fixed * np.sum(orders > 0) + price @ orders + holding * stock.sum()
    assert float(cost) == pytest.approx(paid)


def test_lots_of_many_items_are_those_of_each():
    demand = np.array([[90.0, 120, 80, 70], [0, 0, 5, 0]])
    together, cost = theory.wagner_whitin([500, 20], [2, 1], demand)
    for row, (fixed, holding) in enumerate([(500, 2), (20, 1)]):
        alone, alone_cost = theory.wagner_whitin(fixed, holding, demand[row])
        assert together[row].tolist() == alone.tolist()
        assert cost[row] == alone_cost


def long_run_cost(low, up_to, fixed, holding, shortage, pmf, over_lead_time):
    """Cost of an (s, S) from the stationary distribution of its positions."""
    levels = np.arange(low + 1, up_to + 1)
    step = np.zeros((levels.size, levels.size))
    ordered = np.zeros(levels.size)
    for row, level in enumerate(levels):
        for units, chance in enumerate(pmf):
            if level - units > low:
                step[row, level - units - low - 1] += chance
            else:
                step[row, -1] += chance
                ordered[row] += chance
    equations = np.vstack([step.T - np.eye(levels.size), np.ones(levels.size)])
    share = np.linalg.lstsq(equations, np.append(np.zeros(levels.size), 1), rcond=None)[0]
    return share @ (position_cost(levels, over_lead_time, holding, shortage) + fixed * ordered)


@pytest.mark.parametrize("lead_time", [0, 2])
def test_no_neighbouring_s_s_is_cheaper(lead_time):
    fixed, holding, shortage, pmf = 5.0, 1.0, 4.0, np.array([0.3, 0.1, 0.2, 0.25, 0.15])
    over = sum_of_periods(pmf, lead_time + 1)
    low, up_to, cost = theory.periodic_review(fixed, holding, shortage, pmf, lead_time)
    assert cost == pytest.approx(long_run_cost(low, up_to, fixed, holding, shortage, pmf, over))
    for other_low, other_up in product(range(low - 3, low + 4), range(up_to - 3, up_to + 4)):
        if other_low < other_up:
            assert long_run_cost(other_low, other_up, fixed, holding, shortage, pmf, over) >= cost - 1e-9


def test_no_neighbouring_order_point_is_cheaper():
    fixed, holding, shortage, rate, lead = 100.0, 20.0, 150.0, 1.5, 2.0
    point, quantity, cost = theory.order_point_poisson(fixed, holding, shortage, rate, lead)
    for other, units in product(range(point - 3, point + 4), range(1, quantity + 4)):
        levels = np.arange(other + 1, other + units + 1)
        spent = position_cost(levels, poisson_pmf(rate * lead), holding, shortage).sum()
        assert (fixed * rate + spent) / units >= cost - 1e-9


def test_items_ordered_together_cost_no_more_than_alone():
    own, holding, rates = [15, 15, 15, 15], [0.24] * 4, [86_000, 12_500, 1_400, 3_000]
    cycle = theory.joint_replenishment(40, own, holding, rates)
    alone = theory.economic_order(np.array(own) + 40, holding, rates)[1].sum()
    assert cycle.cost < alone
    assert cycle.multiples[0] == 1
    assert theory.joint_replenishment(0, own[:1], holding[:1], rates[:1]).cost == pytest.approx(
        theory.economic_order(15, 0.24, 86_000)[1]
    )


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: theory.economic_order(0, 1, 1), "fixed_cost must be above zero, found 0.0"),
        (lambda: theory.newsvendor_normal(1, 1, 1, np.nan), "demand_sd must be above zero, found nan"),
        (lambda: theory.newsvendor_discrete(1, 1, [0.5, 0.4]), "add up to 1, found a sum of 0.9"),
        (lambda: theory.periodic_review(1, 1, 1, [1.0]), "must leave a chance of demand"),
        (lambda: theory.wagner_whitin(1, 1, [1, -2]), "demand must be zero or more, found -2.0"),
        (lambda: theory.joint_replenishment(1, [1], [1, 1], [1, 1]), "differ in length"),
        (lambda: theory.economic_order_with_price_breaks(1, 1, 1, [1, 2], [2, 1]), "breaks must rise from 0"),
        (lambda: theory.economic_order_with_price_breaks(1, 1, 1, [0, 2], [1, 2]), "unit_costs must fall"),
    ],
)
def test_bad_input_is_refused_with_what_was_found(call, message):
    with pytest.raises(ValueError, match=message):
        call()
