from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forecasting import Params, backtest, demand_over, fit, predict, unpivot_quantiles
from forecasting.fit import fit_kept

MONDAY = date(2024, 1, 1)
LEVELS = [0.1, 0.5, 0.9, 0.95]


def history(series: dict[str, list[float]], in_stock: dict[str, list[bool]] | None = None) -> pl.DataFrame:
    rows = [
        (
            name,
            MONDAY + timedelta(weeks=week),
            float(y),
            in_stock is None or in_stock.get(name, [True] * len(ys))[week],
        )
        for name, ys in series.items()
        for week, y in enumerate(ys)
    ]
    schema = {"unique_id": pl.String, "ds": pl.Date, "y": pl.Float64, "in_stock": pl.Boolean}
    return pl.DataFrame(rows, schema=schema, orient="row")


def catalogue(count: int, weeks: int, seed: int = 1) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    level = rng.gamma(0.7, 6.0, size=(count, 1))
    return history({f"S{k:04d}": list(ys) for k, ys in enumerate(rng.poisson(level, size=(count, weeks)))})


def sums(model, periods=3.0):
    return demand_over(model, model.series.select("unique_id", periods=pl.lit(periods)), LEVELS)


SERIES = st.lists(st.lists(st.integers(0, 50).map(float), min_size=1, max_size=40), min_size=1, max_size=5).map(
    lambda lists: history({f"S{k}": ys for k, ys in enumerate(lists)})
)

SOME = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@SOME
@given(SERIES, st.floats(0, 40))
def test_quantiles_are_never_negative_and_never_cross(frame, periods):
    table = sums(fit(frame), periods).select(f"q_{level:g}" for level in LEVELS).to_numpy()
    assert np.isfinite(table).all() and (table >= 0).all() and (np.diff(table, axis=1) >= -1e-9).all()


@SOME
@given(SERIES, st.randoms())
def test_the_order_of_rows_changes_nothing(frame, random):
    order = list(range(frame.height))
    random.shuffle(order)
    assert sums(fit(frame)).equals(sums(fit(frame[order])))


@SOME
@given(SERIES, st.sampled_from([0.125, 4.0, 1024.0]))
def test_demand_in_another_unit_gives_the_forecast_in_that_unit(frame, factor):
    one, other = sums(fit(frame)), sums(fit(frame.with_columns(pl.col("y") * factor)))
    np.testing.assert_allclose(other["y_hat"].to_numpy(), one["y_hat"].to_numpy() * factor, rtol=1e-9)
    quantiles = [f"q_{level:g}" for level in LEVELS]
    rounding = (1 + factor) / 2 + 1e-6
    off = other.select(quantiles).to_numpy() - one.select(quantiles).to_numpy() * factor
    assert np.abs(off).max(initial=0) <= rounding


def test_renaming_the_series_renames_the_forecast():
    frame = catalogue(20, 40)
    renamed = frame.with_columns(pl.col("unique_id").str.reverse())
    back = sums(fit(renamed)).with_columns(pl.col("unique_id").str.reverse()).sort("unique_id")
    assert sums(fit(frame)).drop("unique_id").equals(back.drop("unique_id"))


def test_the_future_of_a_cutoff_moves_nothing():
    frame = catalogue(10, 40)
    cutoff = MONDAY + timedelta(weeks=31)
    changed = frame.with_columns(y=pl.when(pl.col("ds") > cutoff).then(pl.col("y") * 7 + 3).otherwise("y"))
    one, other = (backtest(f, horizon=8, origins=1, step=1) for f in (frame, changed))
    assert one["cutoff"].unique().to_list() == [cutoff]
    assert one.drop("y").equals(other.drop("y")) and not one["y"].equals(other["y"])


def test_levels_kept_from_an_earlier_fit_are_those_of_a_first_one():
    before = catalogue(6, 30)
    now = before.with_columns(y=pl.when(unique_id="S0003").then(pl.col("y") + 1).otherwise("y"))
    fit(before)
    fit(now, Params(window=4))
    warm = fit(now)
    fit_kept.cache_clear()
    cold = fit(now)
    assert warm.series.equals(cold.series) and not warm.series.equals(fit(before).series)
    assert all((warm.errors[pool] == errors).all() for pool, errors in cold.errors.items())


def test_one_bad_series_never_breaks_the_others():
    good = catalogue(30, 40)
    nan = float("nan")
    bad = history(
        {
            "all_zero": [0] * 40,
            "one_point": [3],
            "one_zero": [0],
            "constant": [5] * 40,
            "all_nan": [nan] * 40,
            "some_nan": [1, nan, 2] * 10,
            "spike": [1] * 39 + [1e9],
            "old_spike": [1e9] + [1] * 39,
        }
    )
    alone, together = sums(fit(good)), sums(fit(pl.concat([good, bad])))
    assert np.isfinite(together.select(pl.exclude("unique_id")).to_numpy()).all()
    beside = together.filter(pl.col("unique_id").str.starts_with("S"))
    np.testing.assert_allclose(alone["y_hat"].to_numpy(), beside["y_hat"].to_numpy())
    np.testing.assert_allclose(alone["q_0.95"].to_numpy(), beside["q_0.95"].to_numpy(), rtol=0.05, atol=1)
    by_id = {row["unique_id"]: row for row in together.iter_rows(named=True)}
    assert by_id["all_zero"]["q_0.95"] == by_id["all_nan"]["y_hat"] == 0
    assert by_id["one_point"]["y_hat"] == 9 and by_id["constant"]["y_hat"] == pytest.approx(15)


def test_stocked_out_weeks_do_not_pull_the_forecast_down():
    steady = [10.0] * 30
    emptied = [10.0] * 20 + [0.0] * 10
    out = [True] * 20 + [False] * 10
    model = fit(history({"steady": steady, "emptied": emptied, "slack": emptied}, {"emptied": out}))
    level = dict(model.series.select("unique_id", "level").rows())
    assert level["emptied"] == pytest.approx(level["steady"]) and level["slack"] < 5


def test_quantiles_of_a_known_distribution_cover_what_they_promise():
    weeks, horizon = 60, 3
    frame = catalogue(1500, weeks + horizon, seed=3)
    cutoff = MONDAY + timedelta(weeks=weeks - 1)
    small = Params(trees=60, learned_rows=20_000, sum_periods=(1, 2, 3), choice_origins=0)
    model = fit(frame.filter(pl.col("ds") <= cutoff), small)
    truth = frame.filter(pl.col("ds") > cutoff).group_by("unique_id").agg(total=pl.col("y").sum())
    joined = sums(model, float(horizon)).join(truth, on="unique_id")
    for level, slack in ((0.5, 0.06), (0.9, 0.03), (0.95, 0.02)):
        below = (joined["total"] < joined[f"q_{level}"]).mean()
        covered = (joined["total"] <= joined[f"q_{level}"]).mean()
        assert below - slack < level < covered + slack, (level, below, covered)


def test_predict_returns_every_period_after_the_last():
    model = fit(history({"A": [4.0] * 12, "B": [4.0] * 12}))
    table = predict(model, 2, [0.5, 0.9])
    assert table.columns == ["unique_id", "ds", "y_hat", "q_0.5", "q_0.9"]
    weeks = [MONDAY + timedelta(weeks=12), MONDAY + timedelta(weeks=13)]
    assert table.select("unique_id", "ds").rows() == [(name, week) for name in "AB" for week in weeks]
    assert table["y_hat"].to_list() == pytest.approx([4.0] * 4)
    assert predict(model, 1).columns == ["unique_id", "ds", "y_hat"]


def test_demand_over_keeps_rows_and_leaves_unknown_series_null():
    model = fit(history({"A": [4.0] * 12}))
    asked = pl.DataFrame({"unique_id": ["B", "A", "A"], "periods": [1.0, 2.5, 0.0], "note": ["x", "y", "z"]})
    table = demand_over(model, asked, [0.9])
    assert table.select("unique_id", "periods", "note").equals(asked.select("unique_id", "periods", "note"))
    assert table["y_hat"].to_list() == [None, pytest.approx(10.0), 0.0]
    assert table["q_0.9"][0] is None and table["q_0.9"][1] >= 10 and table["q_0.9"][2] == 0
    long = unpivot_quantiles(demand_over(model, asked[1:2], [0.5, 0.9]))
    assert long.columns == ["unique_id", "periods", "note", "y_hat", "level", "quantity"]
    assert long["level"].to_list() == [0.5, 0.9]


def test_an_empty_history_fits_to_an_empty_model():
    model = fit(history({}))
    assert model.series.height == 0 and predict(model, 3, [0.5]).height == 0


def test_settings_come_from_a_table_and_unknown_ones_are_refused():
    assert Params.from_mapping({"window": 8, "sum_periods": [1, 2]}) == Params(window=8, sum_periods=(1, 2))
    with pytest.raises(ValueError, match=r"unknown setting.*'windoww'"):
        Params.from_mapping({"windoww": 8})
    with pytest.raises(ValueError, match="window must be positive, found 0"):
        Params(window=0)


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (history({"A": [1, -2]}), "found -2.0"),
        (history({"A": [1, 2, 3]}).filter(pl.col("y") != 2), "must follow the period before by 7 days"),
        (pl.concat([history({"A": [1]})] * 2), "occurs more than once"),
    ],
)
def test_a_history_that_cannot_be_read_is_refused(frame, message):
    with pytest.raises(ValueError, match=message):
        fit(frame)


def test_levels_and_lengths_outside_their_range_are_refused():
    model = fit(history({"A": [1.0] * 10}))
    with pytest.raises(ValueError, match="strictly between 0 and 1"):
        predict(model, 1, [1.0])
    with pytest.raises(ValueError, match="horizon must be at least 1"):
        predict(model, 0)
    with pytest.raises(ValueError, match="periods must be zero or more, found -1"):
        demand_over(model, pl.DataFrame({"unique_id": ["A"], "periods": [-1.0]}), [0.5])
    with pytest.raises(ValueError, match="fewer origins"):
        backtest(history({"A": [1.0] * 10}), horizon=4, origins=5, step=4)
