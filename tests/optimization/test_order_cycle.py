"""Goods that are ordered together for one cost are ordered together for as long as is cheapest."""

from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from planners_example import line, problem, terms

from optimization.replenishment import solve
from optimization.replenishment.order_cycle import saved_by_stock

UNITS, MONEY = st.floats(0.1, 50), st.floats(0.001, 1)


def goods(*rows: tuple[float, float], review: float = 1.0) -> pl.DataFrame:
    """Goods of one order: units a day, money a unit and day that lies."""
    return pl.DataFrame(
        [("S1", daily, 10.0, lying, review) for daily, lying in rows],
        schema=["order_of", "daily", "unit_cost", "excess_cost", "review_days"],
        orient="row",
    )


def of_order(cost: float, minimum: float = 0.0) -> pl.DataFrame:
    return pl.DataFrame({"order_of": ["S1"], "order_cost": [cost], "minimum_value": [minimum]})


@given(st.lists(st.tuples(UNITS, MONEY), min_size=1, max_size=5), st.floats(5, 500))
def test_an_order_of_the_economic_quantity_pays_for_itself_and_any_other_loses(rows, cost):
    together = goods(*rows, review=0.0)
    saved = saved_by_stock(together, of_order(cost), longest_days=1e9)
    lying = (together["daily"] * together["excess_cost"]).sum()
    best = (2 * cost / lying) ** 0.5  # days, Harris's formula for goods that are ordered together
    for days in (0.5 * best, best, 2 * best):
        units = together["daily"] * days
        earned = (saved * units).sum() - (together["excess_cost"] * units * days / 2).sum() - cost
        assert earned == pytest.approx(-cost * (1 - days / best) ** 2, abs=1e-6 * cost)


def test_what_an_order_costs_and_what_its_least_size_brings_are_saved_as_far_as_they_go():
    assert saved_by_stock(goods((2.0, 0.1)), of_order(0.0), 180).to_list() == [0.0]
    # 20 of money sell in a day, so 2,000 in 100; 50 and what lies longer than the one day of a look are shared by 200.
    for cost in (50.0, 0.01, 0.0):
        found = saved_by_stock(goods((2.0, 0.1)), of_order(cost, minimum=2000.0), 180)
        assert found.to_list() == pytest.approx([(cost + 0.1 * 2 * 100 * (100 - 1) / 2) / 200])
    [cent] = saved_by_stock(goods((2.0, 0.1), review=7.0), of_order(0.01), 180)
    assert 0 < cent < 0.001, "a cent moves nothing"
    assert saved_by_stock(goods((0.0, 0.1)), of_order(50.0), 180).to_list() == [0.0]


def test_where_orders_cost_money_they_are_larger_and_wait_no_longer():
    """An order was charged its whole cost for the days until the next, so it waited for them to lose as much."""
    for here in (30, 100, 150):
        short = {"on_hand_qty": here, "moq": 0, "pack_numerator": 1}
        free, charged = problem(short, terms=terms()), problem(short, terms=terms(order_cost=Decimal(60)))
        plan = solve(charged)
        assert line(plan, "suggested_qty") > line(solve(free), "suggested_qty") > 0
        assert plan.check(charged) == []
