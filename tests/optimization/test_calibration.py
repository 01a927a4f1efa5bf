"""Shortage weighs what one's own past says, and no more than it is sure of."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from optimization.replenishment.calibration import calibrate, replayed_costs

LEVELS = np.array([0.05, 0.25, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99])
FIRST = date(2026, 1, 4)


def replayed(true_spread: float, told_spread: float, items: int = 60, origins: int = 12, seed: int = 1):
    """Demand 100 ± ``true_spread``, forecast as 100 ± ``told_spread``; a unit short costs 9, one left 1."""
    from scipy import stats

    drawn = np.random.default_rng(seed).normal(100, true_spread, (origins, items)).clip(0)
    rows = [(f"s{item}", "w", FIRST + timedelta(weeks=week), "A", float(drawn[week, item]), True, 9.0, 1.0)
            for week in range(origins) for item in range(items)]  # fmt: skip
    names = ["sku_id", "location_id", "cutoff", "segment", "demand", "in_stock", "short_cost", "over_cost"]
    frame = pl.DataFrame(rows, schema=names, orient="row")
    return frame, np.tile(stats.norm.ppf(LEVELS, 100, told_spread).clip(0), (frame.height, 1))


def weight(*args, **more) -> dict:
    [row] = calibrate(*replayed(*args, **more), LEVELS).iter_rows(named=True)
    return row


def test_forecasts_that_are_right_need_no_correction():
    assert weight(20.0, 20.0)["weight"] == pytest.approx(1.0, abs=0.15)


def test_where_forecasts_are_too_wide_shortage_weighs_less_and_where_they_are_too_narrow_more():
    wide, narrow = weight(10.0, 30.0), weight(30.0, 10.0)
    assert wide["weight"] < 0.6 and wide["saved_cost"] > 2 * wide["saved_error"]
    assert narrow["weight"] > 1.8 and narrow["saved_cost"] > 2 * narrow["saved_error"]


def test_short_history_is_drawn_to_no_correction_and_one_origin_changes_nothing():
    much, little = weight(10.0, 30.0, origins=12), weight(10.0, 30.0, origins=2)
    assert little["best_weight"] <= 0.5 and much["weight"] < little["weight"] < 1
    one = weight(10.0, 30.0, origins=1)
    assert (one["weight"], one["trust"], one["saved_error"]) == (1.0, 0.0, None)


def test_costs_are_those_of_the_newsvendor():
    quantiles = np.array([[0.0, 10.0]])
    found = replayed_costs(quantiles, [0.25, 0.75], np.array([8.0]), np.array([True]), np.array([1.0]), np.array([1.0]),
                           [1.0, 3.0])  # fmt: skip
    # At one half the position is 5, and 3 are short; weighed by three it is 10, and 2 are left.
    assert found[0].tolist() == [3.0, 2.0]


def test_demand_cut_off_by_empty_shelves_is_taken_as_the_forecast_has_it_beyond():
    def cost(in_stock, demand):
        return replayed_costs(np.array([[0.0, 50.0, 100.0]]), [0.1, 0.5, 0.9], np.array([demand]),
                              np.array([in_stock]), np.array([9.0]), np.array([1.0]), [1.0])[0, 0]  # fmt: skip

    assert cost(True, 20.0) == 80.0 and cost(False, 20.0) < 50.0
    assert cost(False, 100.0) == cost(True, 100.0) == 0.0


def test_what_does_not_fit_is_refused():
    frame, quantiles = replayed(1.0, 1.0, items=1, origins=1)
    with pytest.raises(ValueError, match="over_cost must be above zero, found 0"):
        calibrate(frame.with_columns(over_cost=0.0), quantiles, LEVELS)
    with pytest.raises(ValueError, match="they do not fit"):
        calibrate(frame, quantiles[:, :3], LEVELS)
    with pytest.raises(ValueError, match="levels must rise"):
        calibrate(frame, quantiles, LEVELS[::-1])


@settings(max_examples=20, deadline=None)
@given(st.floats(1, 40), st.floats(1, 40), st.integers(1, 6), st.integers(0, 99))
@example(27.0, 29.0, 2, 61)  # two weights cost the same but for rounding
def test_a_weight_lies_between_none_and_the_best(true_spread, told_spread, origins, seed):
    row = weight(true_spread, told_spread, items=5, origins=origins, seed=seed)
    low, high = sorted([1.0, row["best_weight"]])
    assert low - 1e-9 <= row["weight"] <= high + 1e-9 and 0 <= row["trust"] < 1 and row["saved_cost"] >= 0
