"""The trees for all series: what must hold whatever they learn."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from forecasting import (
    Params,
    backtest,
    complete_periods,
    demand_over,
    demand_over_random,
    evaluate,
    explain,
    fit,
    predict,
    sample_paths,
)
from forecasting.boosted.panel import summed
from forecasting.boosted.predict import forecast_windows
from forecasting.explain import causes_of
from forecasting.planned import planned_drivers

MONDAY = date(2024, 1, 1)
LEVELS = [0.05, 0.5, 0.9, 0.95, 0.99]
SERIES, WEEKS, AHEAD = 60, 70, 4
# Few trees on few rows: enough to be wrong in every way that a test could find.
SMALL = Params(sum_periods=(1, 2, 4), trees=25, learned_rows=6000, least_rows=500, choice_origins=0)


def shop(seed: int = 5, series: int = SERIES, weeks: int = WEEKS + AHEAD) -> pl.DataFrame:
    """Items in three categories whose sales double while promoted, one week in eight, and are cut when sold out."""
    random = np.random.default_rng(seed)
    level = random.gamma(2.0, 5.0, size=(series, 1))
    promoted = random.random((series, weeks)) < 0.125
    season = 1 + 0.3 * np.sin(np.arange(weeks) / 52 * 2 * np.pi)
    sales = random.poisson(level * season * np.where(promoted, 3.0, 1.0))
    in_stock = random.random((series, weeks)) > 0.05
    days = [MONDAY + timedelta(weeks=week) for week in range(weeks)]
    return pl.DataFrame(
        {
            "unique_id": np.repeat([f"S{k:03d}" for k in range(series)], weeks),
            "ds": days * series,
            "y": np.where(in_stock, sales, 0).ravel().astype(float),
            "in_stock": in_stock.ravel(),
            "x_promotion": promoted.ravel().astype(float),
        }
    )


def items(series: int = SERIES) -> pl.DataFrame:
    return pl.DataFrame(
        {"unique_id": [f"S{k:03d}" for k in range(series)], "category": [f"C{k % 3}" for k in range(series)]}
    )


FRAME = shop()
CUTOFF = MONDAY + timedelta(weeks=WEEKS - 1)
PAST, FUTURE = FRAME.filter(pl.col("ds") <= CUTOFF), FRAME.filter(pl.col("ds") > CUTOFF)
PLANNED = FUTURE.select("unique_id", "ds", "x_promotion")


@pytest.fixture(scope="module")
def model():
    return fit(PAST, SMALL, items())


def everything(model, planned=PLANNED, periods=(0.4, 1.0, 2.5, 4.0, 9.0)) -> pl.DataFrame:
    """Forecast by period and over several lengths, as one frame of numbers."""
    by_period = predict(model, AHEAD, LEVELS, planned)
    lengths = pl.DataFrame({"periods": periods})
    over = demand_over(model, model.series.select("unique_id").join(lengths, how="cross"), LEVELS, planned)
    key = pl.col("ds").cast(pl.String).alias("key"), pl.col("periods").cast(pl.String).alias("key")
    parts = [by_period.with_columns(key[0]).drop("ds"), over.with_columns(key[1]).drop("periods")]
    return pl.concat(parts, how="diagonal").sort("unique_id", "key")


def numbers(frame: pl.DataFrame) -> np.ndarray:
    return frame.select("y_hat", *(f"q_{level:g}" for level in LEVELS)).to_numpy()


def test_trees_are_there_and_quantiles_are_whole_never_negative_and_never_cross(model):
    assert model.boosted is not None
    table = numbers(everything(model))
    assert np.isfinite(table).all() and (table >= 0).all()
    quantiles = table[:, 1:]
    assert (np.diff(quantiles, axis=1) >= 0).all() and (quantiles == np.floor(quantiles)).all()


def test_a_longer_interval_never_needs_less(model):
    lengths = pl.DataFrame({"periods": [1.0, 1.5, 2.0, 3.0, 4.0, 6.0]})
    over = demand_over(model, model.series.select("unique_id").join(lengths, how="cross"), LEVELS, PLANNED)
    for name in ["y_hat", *(f"q_{level:g}" for level in LEVELS)]:
        assert (np.diff(over[name].to_numpy().reshape(-1, lengths.height), axis=1) >= 0).all(), name


def test_the_sum_of_the_forecast_is_the_forecast_of_the_sum(model):
    weeks = predict(model, AHEAD, planned=PLANNED).group_by("unique_id").agg(pl.col("y_hat").sum()).sort("unique_id")
    over = demand_over(model, model.series.select("unique_id", periods=pl.lit(float(AHEAD))), [0.5], PLANNED)
    np.testing.assert_allclose(over["y_hat"].to_numpy(), weeks["y_hat"].to_numpy())


def test_paths_are_whole_and_their_sums_have_the_forecast_quantiles(model):
    paths = sample_paths(model, AHEAD, 400, PLANNED)
    assert (paths["y"] >= 0).all() and (paths["y"] == paths["y"].floor()).all()
    assert paths.equals(sample_paths(model, AHEAD, 400, PLANNED))
    for length in (1, 2, 4):
        sums = paths.filter(pl.col("step") <= length).group_by("unique_id", "path").agg(pl.col("y").sum())
        over = demand_over(model, model.series.select("unique_id", periods=pl.lit(length)), LEVELS, PLANNED)
        for level in LEVELS:
            drawn = sums.group_by("unique_id").agg(pl.col("y").quantile(level, "linear")).sort("unique_id")["y"]
            asked = over.sort("unique_id")[f"q_{level:g}"]
            assert (drawn - asked).abs().mean() <= 0.5 + 0.03 * asked.mean(), (length, level)


def test_an_uncertain_lead_time_asks_for_more_than_its_average(model):
    ids = model.series.select("unique_id")
    either = ids.join(pl.DataFrame({"periods": [1.0, 4.0]}), how="cross")
    mixed = demand_over_random(model, either, [0.5, 0.9], PLANNED)
    one, two, four = (
        demand_over(model, ids.with_columns(periods=pl.lit(n)), [0.5, 0.9], PLANNED).sort("unique_id")
        for n in (1.0, 2.5, 4.0)
    )
    assert ((mixed["q_0.9"] >= one["q_0.9"]) & (mixed["q_0.9"] <= four["q_0.9"] + 1)).all()
    assert mixed["q_0.9"].sum() > two["q_0.9"].sum()
    np.testing.assert_allclose(mixed["y_hat"].to_numpy(), ((one["y_hat"] + four["y_hat"]) / 2).to_numpy())
    alone = demand_over_random(model, ids.with_columns(periods=pl.lit(4.0)), [0.9], PLANNED)
    assert ((alone["q_0.9"] - four["q_0.9"]).abs() <= 1 + 0.05 * four["q_0.9"]).all()


def test_what_happens_after_the_origin_moves_nothing(model):
    changed = FRAME.with_columns(y=pl.when(pl.col("ds") > CUTOFF).then(pl.col("y") * 9 + 4).otherwise("y"))
    one, other = (backtest(frame, AHEAD, 1, 1, SMALL, LEVELS, items()) for frame in (FRAME, changed))
    assert one.drop("y").equals(other.drop("y")) and not one["y"].equals(other["y"])
    again = everything(fit(changed.filter(pl.col("ds") <= CUTOFF), SMALL, items()))
    assert everything(model).equals(again)


def test_a_promotion_planned_after_the_horizon_moves_nothing(model):
    later = PLANNED.with_columns(pl.col("ds") + timedelta(weeks=AHEAD), x_promotion=pl.lit(1.0))
    assert everything(model).equals(everything(model, pl.concat([PLANNED, later])))


def test_the_order_of_rows_and_the_names_of_series_change_nothing(model):
    shuffled = fit(PAST.sample(fraction=1.0, shuffle=True, seed=3), SMALL, items().reverse())
    assert everything(model).equals(everything(shuffled))

    def renamed(frame: pl.DataFrame) -> pl.DataFrame:
        return frame.with_columns(pl.col("unique_id").str.reverse())

    other = renamed(everything(fit(renamed(PAST), SMALL, renamed(items())), renamed(PLANNED)))
    np.testing.assert_allclose(numbers(everything(model)), numbers(other.sort("unique_id", "key")), rtol=1e-6)


def test_demand_in_packs_of_eight_gives_the_forecast_in_packs_of_eight(model):
    one, other = everything(model), everything(fit(PAST.with_columns(pl.col("y") * 8), SMALL, items()))
    np.testing.assert_allclose(other["y_hat"].to_numpy(), one["y_hat"].to_numpy() * 8, rtol=1e-3)
    assert np.abs(numbers(other)[:, 1:] - 8 * numbers(one)[:, 1:]).max() <= 5


def test_one_bad_series_never_breaks_the_others(model):
    weeks = [MONDAY + timedelta(weeks=week) for week in range(WEEKS)]
    nan = float("nan")
    bad = {
        "zero": [0.0] * WEEKS,
        "constant": [5.0] * WEEKS,
        "unknown": [nan] * WEEKS,
        "spike": [1.0] * (WEEKS - 1) + [1e9],
        "new": [nan] * (WEEKS - 1) + [3.0],
    }
    rows = pl.concat(
        pl.DataFrame({"unique_id": name, "ds": weeks, "y": y, "in_stock": True, "x_promotion": 0.0})
        for name, y in bad.items()
    )
    together = everything(fit(pl.concat([PAST, rows]), SMALL, items()))
    assert np.isfinite(numbers(together)).all()
    beside = together.filter(pl.col("unique_id").str.starts_with("S0"))
    alone = everything(model)["y_hat"].sum()
    assert beside["y_hat"].sum() == pytest.approx(alone, rel=0.05)
    one_week = together.filter(pl.col("key") == "1.0").rows_by_key("unique_id", named=True, unique=True)
    assert one_week["zero"]["q_0.95"] == one_week["unknown"]["q_0.95"] == 0
    assert one_week["constant"]["y_hat"] == pytest.approx(5, rel=1)


def test_a_planned_promotion_is_worth_knowing():
    def wape(frame: pl.DataFrame) -> float:
        looked_back = backtest(frame, AHEAD, 1, 1, SMALL, [0.5], items())
        promoted = FRAME.filter(pl.col("x_promotion") == 1).select("unique_id", "ds")
        return evaluate(looked_back.join(promoted, on=["unique_id", "ds"], how="semi"))["wape"].item()

    assert wape(FRAME) < 0.7 * wape(FRAME.drop("x_promotion"))


def test_a_promotion_published_later_is_unknown():
    published = FRAME.with_columns(known_x_promotion=pl.col("ds") - timedelta(days=3))
    secret = published.with_columns(
        known_x_promotion=pl.when(pl.col("ds") > CUTOFF).then(pl.col("ds") + 30 * pl.duration(days=1)).otherwise(
            "known_x_promotion"
        )
    )  # fmt: skip
    changed = secret.with_columns(
        x_promotion=pl.when(pl.col("ds") > CUTOFF).then(1 - pl.col("x_promotion")).otherwise("x_promotion")
    )
    one, other, told = (backtest(frame, AHEAD, 1, 1, SMALL, LEVELS, items()) for frame in (secret, changed, published))
    assert one.equals(other)
    # Published three days before its week: known for the first week ahead, not for those after it.
    promoted = FRAME.filter(pl.col("x_promotion") == 1).select("unique_id", "ds")
    moved = one.join(told, on=["unique_id", "ds"], suffix="_told").join(promoted, on=["unique_id", "ds"], how="semi")
    first = pl.col("ds") == CUTOFF + timedelta(weeks=1)
    assert (moved.filter(first)["y_hat_told"] > 1.3 * moved.filter(first)["y_hat"]).mean() > 0.8
    assert moved.filter(~first)["y_hat_told"].to_list() == moved.filter(~first)["y_hat"].to_list()


def test_causes_add_up_to_the_forecast_and_a_promotion_is_seen_in_its_own(model):
    ids = [f"S{k:03d}" for k in range(20)]
    causes = explain(model, ids, AHEAD, PLANNED)
    forecast = predict(model, AHEAD, planned=PLANNED).filter(pl.col("unique_id").is_in(ids))
    assert causes.select("unique_id", "ds", "y_hat").equals(forecast)
    total = causes.select(pl.sum_horizontal("baseline", "season", "promotion")).to_series()
    np.testing.assert_allclose(total.to_numpy(), causes["y_hat"].to_numpy(), rtol=1e-6)
    drivers = planned_drivers(model.boosted.panel, PLANNED, AHEAD)
    windows = [(step, step) for step in range(1, AHEAD + 1)]
    trees, _ = forecast_windows(model.boosted, windows, drivers, 1, with_quantiles=False)
    units = causes_of(model.boosted, np.arange(SERIES), AHEAD, drivers, 1).sum(axis=2)
    np.testing.assert_allclose(units, trees, rtol=1e-5, err_msg="before the total is drawn, nothing is scaled to fit")
    joined = causes.join(PLANNED, on=["unique_id", "ds"])
    uplift = dict(joined.group_by("x_promotion").agg((pl.col("promotion") / pl.col("baseline")).mean()).rows())
    assert uplift[1.0] > 0.5 and abs(uplift[0.0]) < 0.3
    with pytest.raises(ValueError, match="has not seen"):
        explain(model, ["nobody"], AHEAD, PLANNED)


def test_a_promotion_of_a_sibling_takes_from_the_others_of_its_product():
    """Two sizes of each product; who buys the cheap one does not buy the other, one week in five."""
    random = np.random.default_rng(8)
    products, weeks = 40, 64
    cheap = random.random((products, 2, weeks)) < 0.1
    level = random.gamma(4.0, 5.0, (products, 1, 1))
    sold = random.poisson(level * np.where(cheap, 3.0, np.where(cheap[:, ::-1], 0.4, 1.0)))
    names = [f"P{product:02d}-{size}" for product in range(products) for size in "LR"]
    frame = pl.DataFrame(
        {"unique_id": np.repeat(names, weeks), "ds": [MONDAY + timedelta(weeks=k) for k in range(weeks)] * len(names),
         "y": sold.ravel().astype(float), "x_promotion": cheap.ravel().astype(float)}
    )  # fmt: skip
    product = pl.DataFrame({"unique_id": names, "spu": [name[:3] for name in names]})
    fitted = fit(frame, replace(SMALL, trees=100), product)
    next_week = pl.DataFrame({"unique_id": names, "ds": MONDAY + timedelta(weeks=weeks)})
    is_right = pl.col("unique_id").str.ends_with("R")
    of_left = ~is_right & (pl.col("unique_id") < "P04")
    usual, beside = (
        predict(
            fitted, 1, planned=next_week.with_columns(x_promotion=pl.when(of_left).then(value).otherwise(0.0))
        ).filter(is_right & (pl.col("unique_id") < "P04"))["y_hat"]
        for value in (0.0, 1.0)
    )
    assert beside.sum() < 0.65 * usual.sum()


def test_a_series_that_ended_is_forecast_by_its_level(model):
    ended = PAST.filter((pl.col("unique_id") != "S000") | (pl.col("ds") < CUTOFF - timedelta(weeks=10)))
    forecast = predict(fit(ended, SMALL, items()), AHEAD, planned=PLANNED).filter(pl.col("unique_id") == "S000")
    assert forecast["y_hat"].n_unique() == 1 and forecast["ds"].min() == CUTOFF - timedelta(weeks=10)


def test_days_are_forecast_with_their_weekday():
    random = np.random.default_rng(2)
    days = [MONDAY + timedelta(days=day) for day in range(210)]
    weekend = np.array([3.0 if day.weekday() >= 5 else 1.0 for day in days])
    frame = pl.concat(
        pl.DataFrame({"unique_id": f"D{k}", "ds": days, "y": random.poisson(weekend * (4 + k)).astype(float)})
        for k in range(20)
    )
    daily = Params(
        period_days=1, sum_periods=(1, 2, 4, 7), trees=40, learned_rows=6000, least_rows=500, choice_origins=0
    )
    forecast = predict(fit(frame, daily), 7).with_columns(weekend=pl.col("ds").dt.weekday() >= 6)
    means = dict(forecast.group_by("weekend").agg(pl.col("y_hat").mean()).rows())
    assert 2.2 < means[True] / means[False] < 3.8


def test_drivers_without_a_plan_are_refused(model):
    with pytest.raises(ValueError, match=r"drivers \['x_promotion'\].*`planned`"):
        predict(model, AHEAD)
    with pytest.raises(ValueError, match="planned: column 'x_promotion' is missing"):
        predict(model, AHEAD, planned=PLANNED.drop("x_promotion"))
    with pytest.raises(ValueError, match="occurs more than once"):
        demand_over(model, model.series.select("unique_id", periods=1.0), [0.5], pl.concat([PLANNED] * 2))


def test_sums_over_groups_are_those_of_adding_one_series_after_the_other():
    random = np.random.default_rng(3)
    codes, values = random.integers(0, 5, 200), random.random((200, 3, 7)).astype(np.float32)
    expected = np.zeros((codes.max() + 1, 3, 7))
    np.add.at(expected, codes, values)
    assert (summed(codes, values) == expected).all()


def test_gaps_become_periods_that_were_not_observed():
    frame = pl.DataFrame(
        {"unique_id": ["A", "A", "B"], "ds": [MONDAY, MONDAY + timedelta(weeks=2), MONDAY], "y": [1.0, 2.0, 3.0]}
    )
    whole = complete_periods(frame, 7)
    weeks = [MONDAY + timedelta(weeks=week) for week in range(3)]
    assert whole.rows() == [(name, week, y) for name, ys in (("A", [1, None, 2]), ("B", [3, None, None]))
                            for week, y in zip(weeks, ys, strict=True)]  # fmt: skip
    assert fit(whole).series["periods"].to_list() == [2, 1]
