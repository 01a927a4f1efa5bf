"""On which days a supplier takes orders."""

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planners_example import AS_OF, line, problem

from optimization.replenishment import Params, solve
from optimization.replenishment.economic_problem import economic_problem
from optimization.replenishment.economics.arrays import Arrays
from optimization.replenishment.economics.offers import filled_up_to, first_later
from optimization.replenishment.order_days import order_days

MONDAY = date(2025, 1, 6)
ON_HIS_DAY = Params(next_plan_days=1)
NEVER = pl.DataFrame(schema={"supplier_id": pl.String, "first_date": pl.Date, "last_date": pl.Date})


def suppliers(ends: date | None = None) -> pl.DataFrame:
    """One supplier."""
    schema = {"supplier_id": pl.String, "contract_ends": pl.Date}
    return pl.DataFrame([("A", ends)], schema=schema, orient="row")


def shut(first: date, last: date) -> pl.DataFrame:
    """One shutdown."""
    return pl.DataFrame([("A", first, last)], schema=NEVER.schema, orient="row")


def test_a_supplier_without_conditions_is_open() -> None:
    assert order_days(suppliers(), NEVER, {}, MONDAY).row(0) == ("A", None, MONDAY)


def test_a_shutdown_closes_both_its_ends() -> None:
    found = order_days(suppliers(), shut(MONDAY, date(2025, 1, 10)), {}, date(2025, 1, 10)).row(0)
    assert found == ("A", "shut down from 2025-01-06 to 2025-01-10", date(2025, 1, 11))


def test_nothing_is_ordered_that_may_arrive_after_the_contract() -> None:
    found = order_days(suppliers(ends=date(2025, 1, 20)), NEVER, {"A": 15}, MONDAY)
    assert found["next_order_date"].to_list() == [None]
    assert "before an order of 2025-01-06 is sure to arrive" in found["closed_reason"][0]
    assert order_days(suppliers(ends=date(2025, 1, 20)), NEVER, {"A": 14}, MONDAY)["closed_reason"].to_list() == [None]


@given(st.integers(0, 20), st.integers(0, 20))
@settings(max_examples=25, deadline=None)
def test_the_next_order_day_is_open_and_all_before_are_not(start: int, length: int) -> None:
    first = MONDAY + timedelta(days=start)
    asked = suppliers(), shut(first, first + timedelta(days=length)), {}
    day = order_days(*asked, MONDAY)["next_order_date"][0]
    assert order_days(*asked, day)["closed_reason"].to_list() == [None]
    before = (MONDAY + timedelta(days=shift) for shift in range((day - MONDAY).days))
    assert all(order_days(*asked, one)["closed_reason"][0] is not None for one in before)


def test_a_shutdown_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ValueError, match="must not be before first_date"):
        order_days(suppliers(), shut(MONDAY, date(2025, 1, 5)), {}, MONDAY)


def taken_in(days: int, supplier_id: str = "S1") -> pl.DataFrame:
    """A supplier who takes the order of today only after so many days."""
    ahead = list(range(1, days + 1))
    return pl.DataFrame(
        {"supplier_id": [supplier_id] * days, "day": ahead}, schema={"supplier_id": pl.String, "day": pl.Int64}
    )


def test_what_its_supplier_takes_later_is_left_to_the_plan_of_then():
    """On Friday, Sunday and Tuesday 24 shoes each were ordered of one who takes orders on Tuesdays and Fridays."""
    assert line(solve(problem(waits=taken_in(0))), "status") == "order"
    waiting = problem(waits=taken_in(2))
    plan = solve(waiting, ON_HIS_DAY)
    assert (line(plan, "status"), line(plan, "suggested_qty")) == ("waits", 0) and plan.check(waiting) == []
    day = AS_OF + timedelta(days=2)
    assert f"its supplier takes orders again on {day}, and a later plan orders in time for it" in line(plan, "reason")
    assert f"供应商 {day} 才再接单，届时的计划来得及下单" in line(plan, "reason_zh")


def test_who_decides_later_orders_ahead():
    for next_plan_days, status in ((0, "order"), (1, "waits"), (2, "waits"), (3, "order")):
        plan = solve(problem(waits=taken_in(2)), Params(next_plan_days=next_plan_days))
        assert line(plan, "status") == status
    with pytest.raises(ValueError, match="next_plan_days must be zero or more, found -1"):
        Params(next_plan_days=-1)


def test_nobody_dearer_takes_his_place_for_a_day():
    other = problem().items.select(
        "sku_id", "location_id", "lead_time_days", "lead_time_std_days", "moq", "order_multiple", "pack_numerator",
        "pack_denominator", "unit_cost", "later_unit_cost", "unit_extra", "yield_share", "capacity_qty", "currency",
        supplier_id=pl.lit("S2"),
    ).with_columns(unit_cost=pl.col("unit_cost") + 1)  # fmt: skip
    plan = solve(problem(waits=taken_in(1), others=other), ON_HIS_DAY)
    assert line(plan, "status") == "waits" and line(plan, "supplier_id") == "S1"


def test_what_later_orders_fill_up_to_is_the_same_on_every_day():
    """Else open orders would be put off or cancelled on days on which nobody takes one."""

    def levels(waits: pl.DataFrame, settings: Params) -> list[float]:
        priced = economic_problem(problem({"on_hand_qty": 900, "moq": 400}, waits=waits), settings)
        arrays = Arrays.of(priced)
        return filled_up_to(priced, arrays, first_later(arrays))[:, -1].tolist()

    assert levels(taken_in(2), ON_HIS_DAY) == levels(taken_in(2), Params())
