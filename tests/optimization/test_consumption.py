"""Orders take from the forecast that foresaw them, returns come in whole units."""

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimization.replenishment.orders import consume_forecast, returns_as_supply

TODAY = date(2025, 1, 1)


def day(number):
    return TODAY + timedelta(days=number)


def forecast(*rows):
    """Rows of (first day, day after the last, units) of one series."""
    return pl.DataFrame(
        [("s", day(first), day(last), float(units)) for first, last, units in rows],
        schema={"series_id": pl.String, "starts": pl.Date, "ends": pl.Date, "quantity": pl.Float64},
        orient="row",
    )


def orders(*rows):
    return pl.DataFrame(
        [("s", day(due), float(units)) for due, units in rows],
        schema={"series_id": pl.String, "due_date": pl.Date, "quantity": pl.Float64},
        orient="row",
    )


DAILY = forecast(*[(number, number + 1, 20) for number in range(6)])


def test_an_order_takes_its_own_day_then_earlier_ones_then_later_ones():
    net, left = consume_forecast(DAILY, orders((2, 90)), days_back=2, days_ahead=4)
    assert net["net_qty"].to_list() == [0, 0, 0, 0, 10, 20]
    assert left["beyond_forecast_qty"].to_list() == [0]


def test_what_was_not_foreseen_comes_on_top():
    net, left = consume_forecast(DAILY, orders((2, 90)), days_back=0, days_ahead=1)
    assert net["consumed_qty"].to_list() == [0, 0, 20, 20, 0, 0]
    assert left["beyond_forecast_qty"].to_list() == [50]


def test_a_week_is_reached_from_any_day_of_it():
    weeks = forecast((0, 7, 100), (7, 14, 100))
    assert consume_forecast(weeks, orders((13, 30)), 0, 0)[0]["net_qty"].to_list() == [100, 70]


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.integers(0, 40), min_size=1, max_size=8),
    st.lists(st.tuples(st.integers(-3, 12), st.integers(0, 60)), max_size=6),
    st.integers(0, 5),
    st.integers(0, 5),
)
def test_every_order_is_either_foreseen_or_beyond_and_no_forecast_falls_below_zero(units, asked, back, ahead):
    given_forecast = forecast(*[(number, number + 1, one) for number, one in enumerate(units)])
    net, left = consume_forecast(given_forecast, orders(*asked), back, ahead)
    assert net["net_qty"].min() >= 0
    assert net["consumed_qty"].sum() + left["beyond_forecast_qty"].sum() == sum(one for _, one in asked)


def test_buckets_that_overlap_are_refused():
    with pytest.raises(ValueError, match="ends must come after the start and before the next"):
        consume_forecast(forecast((0, 7, 1), (6, 9, 1)), orders(), 0, 0)


def returns(*rows):
    return pl.DataFrame(
        [("a", "w", day(number), share) for number, share in rows],
        schema={"sku_id": pl.String, "location_id": pl.String, "expected_date": pl.Date, "resellable_qty": pl.Float64},
        orient="row",
    )


def test_shares_of_a_return_become_units_when_they_add_up_to_one():
    found = returns_as_supply(returns((1, 0.6), (2, 0.6), (3, 1.7), (4, 0.05)), days_to_shelf=2)
    assert found.rows() == [("a", "w", day(4), 1), ("a", "w", day(5), 1)]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(0, 5), max_size=20))
def test_a_plan_never_counts_on_more_returns_than_are_expected_and_loses_less_than_one(shares):
    units = returns_as_supply(returns(*enumerate(shares)), 0)["quantity"].sum()
    assert units <= sum(shares) + 1e-6
    assert sum(shares) - units < 1 + 1e-6


def test_negative_returns_are_refused():
    with pytest.raises(ValueError, match="resellable_qty must be zero or more"):
        returns_as_supply(returns((1, -0.5)), 0)
