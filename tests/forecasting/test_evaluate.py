from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting import Params, evaluate, usual_forecasts, value_added

MONDAY = date(2026, 11, 2)


def frame(**columns) -> pl.DataFrame:
    return pl.DataFrame({"cutoff": [MONDAY] * len(columns["y"])} | columns)


def test_measures_are_those_of_the_textbooks():
    found = evaluate(
        frame(
            unique_id=["A", "A", "B", "B"],
            y=[2.0, 4.0, 4.0, 100.0],
            y_hat=[3.0, 4.0, 1.0, 0.0],
            in_stock=[True, True, True, False],
            scale=[0.5, 0.5, 9.0, 9.0],
            **{"q_0.5": [2.0, 3.0, 5.0, 0.0]},
        )
    ).row(0, named=True)
    assert found["periods"] == 3 and found["demand"] == 10.0, "a week out of stock does not count"
    assert (found["wape"], found["bias"], found["score"]) == pytest.approx((0.4, -0.2, 0.6))
    assert found["rmsse"] == pytest.approx((1.0 + 1.0) / 2), "√(½/½) of A and √(9/9) of B"
    assert found["pinball"] == pytest.approx((0.0 + 0.5 + 0.5) / 10) and found["coverage_0.5"] == pytest.approx(2 / 3)


def test_cuts_are_measured_apart_and_nothing_sold_has_no_share():
    found = evaluate(frame(unique_id=["A", "B"], y=[2.0, 0.0], y_hat=[1.0, 1.0], member=["x", None]), ["member"])
    by_member = {row["member"]: row for row in found.iter_rows(named=True)}
    assert by_member["x"]["wape"] == 0.5 and by_member[None]["wape"] is None and by_member[None]["periods"] == 1


ERRORS = st.lists(st.tuples(*(st.floats(0, 50) for _ in range(4))), min_size=1, max_size=20)


@settings(max_examples=40, deadline=None)
@given(ERRORS)
def test_what_steps_add_sums_up_to_what_the_last_gains_on_the_first(rows):
    table = pl.DataFrame(rows, schema=["y", "naive", "model", "planned"], orient="row").with_columns(
        unique_id=pl.lit("A"), ds=pl.lit(MONDAY), y=pl.col("y") + 1
    )
    added = value_added(table, against=["naive"])
    gained = added["score"][0] - added["score"][-1]
    assert added["value_added"].sum() == pytest.approx(gained) == pytest.approx(added["against_naive"][-1])
    assert added["against_naive"][0] == 0


def history(**series: list[float]) -> pl.DataFrame:
    rows = [(name, MONDAY + timedelta(weeks=week), y) for name, ys in series.items() for week, y in enumerate(ys)]
    return pl.DataFrame(rows, schema=["unique_id", "ds", "y"], orient="row")


def test_usual_forecasts_are_what_their_names_say():
    year = [float(week % 52) for week in range(60)]
    found = usual_forecasts(history(LONG=year, NEW=[4.0, 8.0]), 2, Params(window=4))
    of_long, of_new = (found.filter(unique_id=name) for name in ("LONG", "NEW"))
    assert of_long["moving_average"].to_list() == [5.5, 5.5] and of_long["seasonal_naive"].to_list() == [8.0, 9.0]
    assert of_new["seasonal_naive"].to_list() == [8.0, 8.0] and of_new["auto_ets"].to_list() == [6.0, 6.0]
    assert of_long["ds"].to_list() == [MONDAY + timedelta(weeks=week) for week in (60, 61)]


def test_a_bad_series_breaks_no_usual_forecast():
    spike = [1.0] * 20 + [1e9] + [1.0] * 5
    bad = {"ZERO": [0.0] * 30, "ONE": [3.0], "SAME": [2.0] * 30, "SPIKE": spike, "RISE": [1.0, 2.0, 4.0, 8.0, 16.0]}
    values = usual_forecasts(history(**bad), 8, Params()).drop("unique_id", "ds").to_numpy()
    assert np.isfinite(values).all() and (values >= 0).all()
