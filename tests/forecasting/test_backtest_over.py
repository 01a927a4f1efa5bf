"""Past intervals are forecast from what was known then, and compared with all that came in them."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from forecasting import backtest_over

MONDAY = date(2026, 1, 5)


def history(weeks: int, **series: list[float]) -> pl.DataFrame:
    rows = [(name, MONDAY + timedelta(weeks=week), float(ys[week]), True) for name, ys in series.items()
            for week in range(weeks)]  # fmt: skip
    return pl.DataFrame(rows, schema=["unique_id", "ds", "y", "in_stock"], orient="row")


def asked(**periods: float) -> pl.DataFrame:
    return pl.DataFrame({"unique_id": list(periods), "periods": list(periods.values())})


def test_an_interval_holds_its_periods_and_a_part_of_the_last():
    found = backtest_over(history(10, a=list(range(10))), asked(a=2.5), origins=3, step=2)
    # Behind week 4 come 5, 6 and half of 7; behind week 6 come 7, 8 and half of 9; that behind week 8 is not over.
    week = [(cutoff - MONDAY).days // 7 for cutoff in found["cutoff"]]
    assert list(zip(week, found["y"], strict=True)) == [(4, 5 + 6 + 3.5), (6, 7 + 8 + 4.5)]
    assert found["in_stock"].all() and (found["q_0.5"] <= found["q_0.95"]).all()


def test_an_interval_with_an_empty_shelf_says_so():
    frame = history(10, a=[5.0] * 10).with_columns(in_stock=pl.col("ds") != MONDAY + timedelta(weeks=6))
    found = backtest_over(frame, asked(a=1.0), origins=4, step=1)
    seen = dict(zip([(cutoff - MONDAY).days // 7 for cutoff in found["cutoff"]], found["in_stock"], strict=True))
    assert seen == {5: False, 6: True, 7: True, 8: True}


def test_what_came_behind_an_origin_moves_no_forecast_of_it():
    random = np.random.default_rng(3)
    one = random.poisson(6, 20).astype(float)
    other = np.concatenate([one[:16], one[16:] * 9 + 50])
    told = [
        backtest_over(history(20, a=list(ys), b=list(one)), asked(a=2.0, b=3.0), origins=2, step=3)
        for ys in (one, other)
    ]
    forecasts = [found.filter(pl.col("cutoff") <= MONDAY + timedelta(weeks=15)).drop("y") for found in told]
    assert forecasts[0].height and forecasts[0].equals(forecasts[1])


def test_what_cannot_be_asked_is_refused():
    with pytest.raises(ValueError, match="origins must be at least 1"):
        backtest_over(history(9, a=[1.0] * 9), asked(a=1.0), origins=0, step=1)
    with pytest.raises(ValueError, match="periods must be above zero"):
        backtest_over(history(9, a=[1.0] * 9), asked(a=0.0), origins=1, step=1)
