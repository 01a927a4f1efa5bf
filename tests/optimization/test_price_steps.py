"""What a later order costs: a price step counts as far as the goods it brings earn their stock."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimization.replenishment.offered import later_cost

COSTS, DAYS = st.floats(50, 100), st.floats(1, 60)


def later(steps: dict[int, float], cycle: float, lying: float, daily: float = 10.0, moq: int = 1) -> float:
    """A unit costs 100, or what a step of so many units says."""
    key = {"sku_id": ["A"], "location_id": ["W1"], "supplier_id": ["S1"]}
    offered = pl.DataFrame(
        key | {"item": [0], "daily": [daily], "moq": [moq], "unit_cost": [100.0], "later_unit_cost": [None],
               "unit_extra": [0.0], "is_open": [True], "planned": [True]},
        schema_overrides={"later_unit_cost": pl.Float64},
    )  # fmt: skip
    breaks = pl.DataFrame(
        {"from_quantity": list(steps), "unit_cost": list(steps.values())},
        schema={"from_quantity": pl.Int64, "unit_cost": pl.Float64},
    ).with_columns(pl.lit("all_unit").alias("kind"), **{name: pl.lit(value[0]) for name, value in key.items()})
    [found] = later_cost(offered, breaks, pl.Series([cycle]), pl.Series([lying]), 180)
    return found


def test_a_step_costs_what_its_goods_cost_until_they_sell_beyond_the_order_s_cycle():
    # 400 units last 40 days, 30 more than an order: on average a unit lies 15 of them.
    assert later({400: 97.0}, cycle=10, lying=0.08) == pytest.approx(97 + 15 * 0.08)
    assert later({400: 97.0}, cycle=10, lying=0.3) == 100, "it is not worth its stock, so nobody takes it"
    assert later({400: 97.0, 1200: 95.0}, cycle=10, lying=0.01) == pytest.approx(95 + 55 * 0.01)


def test_a_step_that_orders_reach_anyway_is_their_price_and_one_that_lasts_too_long_is_nobody_s():
    assert later({80: 97.0}, cycle=10, lying=0.3) == 97
    assert later({400: 97.0}, cycle=10, lying=0.3, moq=400) == 97, "the least order is that large"
    assert later({1810: 50.0}, cycle=10, lying=0.0) == 100
    assert later({400: 97.0}, cycle=10, lying=0.0, daily=0.0) == 100


@given(st.dictionaries(st.integers(2, 2000), COSTS, max_size=3), DAYS, st.floats(0, 1), st.floats(0, 1))
def test_it_is_between_the_best_step_and_the_list_and_dearer_stock_makes_no_later_order_cheaper(
    steps, cycle, lying, more
):
    found, dearer = later(steps, cycle, lying), later(steps, cycle, lying + more)
    assert min([100.0, *steps.values()]) <= found <= dearer <= 100
