"""On which days a supplier takes orders."""

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimization.replenishment.order_days import order_days

MONDAY = date(2025, 1, 6)
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
