"""Cold start: series younger than four weeks, and those that are still to come."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from forecasting import Params, demand_over, explain, fit, predict, sample_paths

MONDAY = date(2024, 1, 1)
WEEKS, AHEAD, SPUS, SIZES = 60, 4, 48, 5
SIZE_CURVE = np.array([0.3, 1.0, 1.8, 1.2, 0.7])
LEVELS = [0.1, 0.5, 0.95]
SMALL = Params(
    sum_periods=(1, 2, 4),
    trees=8,
    learned_rows=2000,
    least_rows=500,
    error_origins=4,
    learned_origins=8,
    choice_origins=0,
)


def launches(scale: float = 1.0) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Models in two categories, each of five sizes; two of three are launched in the course, over six weeks' ramp."""
    random = np.random.default_rng(8)
    began = np.where(np.arange(SPUS) % 3 == 0, -100, random.integers(5, WEEKS + 3, SPUS))
    began[-9:] = [WEEKS - 3, WEEKS - 2, WEEKS - 1] * 2 + [WEEKS, WEEKS + 1, WEEKS + 2]
    level = random.lognormal(1.5, 0.9, SPUS) * np.where(np.arange(SPUS) % 2 == 0, 1.0, 4.0)
    rows = []
    for spu in range(SPUS):
        for size in range(SIZES):
            weeks = np.arange(max(began[spu], 0), WEEKS + AHEAD)
            life = np.clip(0.2 + 0.8 * (weeks - began[spu] + 0.5) / 6, 0, 1)
            sales = random.poisson(level[spu] * SIZE_CURVE[size] * life) * scale
            rows += [
                (f"{spu:02d}-{size}", MONDAY + timedelta(weeks=int(w)), float(y))
                for w, y in zip(weeks, sales, strict=True)
            ]
    frame = pl.DataFrame(rows, schema=["unique_id", "ds", "y"], orient="row")
    spu = pl.col("unique_id").str.slice(0, 2)
    category = pl.when(spu.cast(pl.Int64) % 2 == 0).then(pl.lit("shoe")).otherwise(pl.lit("sock"))
    items = frame.select("unique_id").unique(maintain_order=True).with_columns(
        spu=spu, category=category, size=pl.concat_str(category, pl.col("unique_id").str.slice(3))
    )  # fmt: skip
    starts = pl.DataFrame({"began": began}).with_columns(spu=pl.int_range(pl.len()).cast(pl.String).str.zfill(2))
    launched = pl.lit(MONDAY) + pl.duration(weeks="began")
    return frame, items.join(starts, on="spu").with_columns(launches_on=launched).drop("began")


FRAME, ITEMS = launches()
CUTOFF = MONDAY + timedelta(weeks=WEEKS - 1)
PAST, FUTURE = FRAME.filter(pl.col("ds") <= CUTOFF), FRAME.filter(pl.col("ds") > CUTOFF)


@pytest.fixture(scope="module")
def model():
    return fit(PAST, SMALL, ITEMS)


def average_launch(young: pl.DataFrame) -> pl.DataFrame:
    """What past launches of the category sold on average at each age."""
    aged = PAST.join(ITEMS, on="unique_id").filter(pl.col("launches_on") >= MONDAY + timedelta(weeks=4))
    age = (pl.col("ds") - pl.col("launches_on")).dt.total_days() // 7
    usual = aged.with_columns(age=age).group_by("category", "age").agg(usual=pl.col("y").mean())
    asked = young.join(ITEMS, on="unique_id").with_columns(age=age)
    return asked.join(usual, on=["category", "age"], how="left")


def test_items_younger_than_four_weeks_beat_their_categorys_average_launch_by_a_fifth(model):
    sold = PAST["unique_id"].unique().to_list()
    forecast = predict(model, AHEAD).filter(
        pl.col("unique_id").is_in(model.young.ids) & pl.col("unique_id").is_in(sold)
    )
    seen = average_launch(FUTURE.join(forecast, on=["unique_id", "ds"]))
    assert seen["unique_id"].n_unique() >= 30 and seen["usual"].null_count() == 0
    own, usual = ((pl.col(name) - pl.col("y")).abs().sum() for name in ("y_hat", "usual"))
    assert seen.select(own / usual).item() < 0.8


def test_an_item_still_to_come_sells_nothing_before_its_launch(model):
    coming = ITEMS.filter(pl.col("launches_on") > CUTOFF + timedelta(weeks=1))
    assert coming.height >= SIZES
    forecast = predict(model, AHEAD, LEVELS).join(coming, on="unique_id")
    before = pl.col("ds") < pl.col("launches_on")
    assert forecast.filter(before)["q_0.95"].max() == 0
    assert forecast.filter(~before)["y_hat"].min() > 0


def test_a_size_curve_is_that_of_the_category(model):
    newest = ITEMS.filter(pl.col("launches_on") > CUTOFF)["unique_id"].to_list()
    means = (
        predict(model, AHEAD).filter(pl.col("unique_id").is_in(newest)).group_by("unique_id").agg(pl.col("y_hat").sum())
    )
    by_size = means.group_by(pl.col("unique_id").str.slice(3)).agg(pl.col("y_hat").sum()).sort("unique_id")["y_hat"]
    assert by_size.to_numpy() / by_size.sum() == pytest.approx(SIZE_CURVE / SIZE_CURVE.sum(), abs=0.06)


def test_young_quantiles_rise_with_level_and_length_and_sums_agree_with_periods_and_paths(model):
    young = pl.DataFrame({"unique_id": model.young.ids})
    lengths = pl.DataFrame({"periods": [0.5, 1.0, 2.5, 4.0, 9.0]})
    over = demand_over(model, young.join(lengths, how="cross"), LEVELS).sort("unique_id", "periods")
    table = over.select(f"q_{level:g}" for level in LEVELS).to_numpy().reshape(young.height, -1, len(LEVELS))
    assert (np.diff(table, axis=2) >= 0).all() and (np.diff(table, axis=1) >= 0).all()
    total = predict(model, AHEAD).group_by("unique_id").agg(total=pl.col("y_hat").sum())
    four = over.filter(periods=4.0).join(total, on="unique_id")
    np.testing.assert_allclose(four["y_hat"].to_numpy(), four["total"].to_numpy())
    paths = sample_paths(model, AHEAD, 40).filter(pl.col("unique_id").is_in(model.young.ids))
    assert paths["y"].min() >= 0 and paths.height == young.height * AHEAD * 40


def test_young_forecasts_scale_with_the_unit_and_do_not_depend_on_the_order_of_rows(model):
    young = predict(model, AHEAD).filter(pl.col("unique_id").is_in(model.young.ids))
    other = predict(fit(launches(8.0)[0].filter(pl.col("ds") <= CUTOFF), SMALL, ITEMS), AHEAD)
    other = other.filter(pl.col("unique_id").is_in(model.young.ids))
    np.testing.assert_allclose(other["y_hat"].to_numpy(), 8 * young["y_hat"].to_numpy(), rtol=1e-6)
    shuffled = predict(fit(PAST.sample(fraction=1, shuffle=True, seed=1), SMALL, ITEMS.reverse()), AHEAD)
    assert shuffled.filter(pl.col("unique_id").is_in(model.young.ids)).equals(young)


def test_one_bad_series_never_moves_the_young(model):
    weeks = pl.select(ds=pl.date_range(MONDAY, CUTOFF, interval="1w")).to_series()
    bad = pl.DataFrame({"unique_id": "bad", "ds": weeks, "y": 1e9})
    together = predict(fit(pl.concat([PAST, bad]), SMALL, ITEMS), AHEAD)
    young = pl.col("unique_id").is_in(model.young.ids)
    alone = predict(model, AHEAD).filter(young)["y_hat"].sum()
    assert together.filter(young)["y_hat"].sum() == pytest.approx(alone, rel=0.25)


def test_a_young_series_is_explained_as_baseline(model):
    causes = explain(model, [str(model.young.ids[0]), "00-0"], AHEAD)
    young = causes.filter(pl.col("unique_id") == model.young.ids[0])
    assert young["baseline"].equals(young["y_hat"].rename("baseline"))
    total = causes.select(pl.sum_horizontal("baseline", "season", "promotion")).to_series()
    np.testing.assert_allclose(total.to_numpy(), causes["y_hat"].to_numpy(), rtol=1e-6)


def test_a_launch_that_is_no_date_is_refused():
    with pytest.raises(ValueError, match="launches_on"):
        fit(PAST, SMALL, ITEMS.with_columns(launches_on=pl.lit("soon")))
