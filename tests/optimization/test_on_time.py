"""Chances of being on time: what is rare borrows, what is old fades, what comes later is not known."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit

from optimization.carriers.on_time import OnTimeParams, fit, predict
from optimization.carriers.on_time.levels import follow

PARAMS = OnTimeParams(kinds=(("carrier",), ("carrier", "lane")), half_life_days=200.0)


def history(rows: list[tuple[str, str, int, int, int]]) -> pl.DataFrame:
    """Rows of (carrier, lane, day, tried, hit)."""
    return pl.DataFrame(rows, schema=["carrier", "lane", "day", "tried", "hit"], orient="row")


def asked(rows: list[tuple[str, str, int]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=["carrier", "lane", "day"], orient="row")


def world(seed: int, days: int = 120) -> tuple[pl.DataFrame, dict[tuple[str, str], float]]:
    """Parcels of five carriers on eight lanes, and the chance of each lane on a middling day."""
    draw = np.random.default_rng(seed)
    truth = {}
    rows = []
    level = np.zeros(days)
    for day in range(1, days):
        level[day] = 0.6 * level[day - 1] + draw.normal(0, 0.4)
    for carrier in "abcde":
        mean = draw.normal(1.0, 0.6)
        for lane in "12345678":
            logit = mean + draw.normal(0, 0.3)
            truth[carrier, lane] = float(expit(logit))
            tried = draw.poisson(4, days) + 1
            hit = draw.binomial(tried, expit(logit + level))
            rows += [(carrier, lane, day, int(tried[day]), int(hit[day])) for day in range(days)]
    return history(rows), truth


def test_chances_of_lanes_are_found_within_a_few_points() -> None:
    frame, truth = world(1)
    lanes = list(truth)
    # Far ahead nothing is known of the day's level, so the mean over it is asked for.
    found = predict(fit(frame, PARAMS), asked([(*lane, 400) for lane in lanes]))
    assert np.abs(found - np.array(list(truth.values()))).mean() < 0.04


def test_a_lane_with_one_parcel_stays_near_its_carrier() -> None:
    frame, _ = world(2)
    extended = pl.concat([frame, history([("a", "new", 100, 1, 0), ("e", "new", 100, 1, 1)])])
    model = fit(extended, PARAMS)
    for carrier in "ae":
        known = predict(model, asked([(carrier, lane, 400) for lane in "12345678"])).mean()
        new, unseen = predict(model, asked([(carrier, "new", 400), (carrier, "never", 400)]))
        assert abs(new - known) < 0.08 and abs(unseen - known) < 0.06


def test_a_bad_day_casts_its_shadow_on_the_next_and_none_on_the_next_month() -> None:
    frame, _ = world(3)
    last = frame["day"].max()
    bad = frame.with_columns(hit=pl.when(pl.col("day") == last).then(0).otherwise("hit"))
    usual, after = fit(frame, PARAMS), fit(bad, PARAMS)
    tomorrow, later = asked([("a", "1", last + 1)]), asked([("a", "1", last + 60)])
    assert predict(after, tomorrow)[0] < predict(usual, tomorrow)[0] - 0.03
    assert abs(predict(after, later)[0] - predict(usual, later)[0]) < 0.03


def test_the_order_of_rows_and_their_split_change_nothing() -> None:
    frame, _ = world(4, days=40)
    split = pl.concat([
        frame.with_columns(tried=pl.col("hit"), hit=pl.col("hit")).filter(pl.col("tried") > 0),
        frame.with_columns(tried=pl.col("tried") - pl.col("hit"), hit=pl.lit(0, pl.Int64)).filter(pl.col("tried") > 0),
    ]).sample(fraction=1.0, shuffle=True, seed=5)  # fmt: skip
    question = asked([("a", "1", 41), ("e", "8", 60)])
    assert predict(fit(split, PARAMS), question).tolist() == predict(fit(frame, PARAMS), question).tolist()


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("12"), st.integers(0, 9), st.booleans()), min_size=1))
def test_whatever_was_seen_a_chance_lies_strictly_between_none_and_certain(seen: list) -> None:
    frame = history([(carrier, lane, day, 1, int(hit)) for carrier, lane, day, hit in seen])
    found = predict(fit(frame, PARAMS), asked([("a", "1", 10), ("b", "2", 15), ("c", "9", 40)]))
    assert ((found > 0) & (found < 1)).all()


def test_the_memory_of_a_level_is_found() -> None:
    draw = np.random.default_rng(6)
    level = np.zeros(800)
    for day in range(1, 800):
        level[day] = 0.7 * level[day - 1] + draw.normal(0, np.sqrt(1 - 0.49))
    noise, spread = 0.2, 1.0
    variance = np.full(800, 1 / (1 / noise + 1 / spread))
    means = variance * (level + draw.normal(0, np.sqrt(noise), 800)) / noise
    found = follow(np.arange(800), means, variance, spread, 799)
    assert abs(found.memory - 0.7) <= 0.1
    assert found.ahead(np.array([0, 500]))[1] == pytest.approx([found.variance, spread])


def test_impossible_counts_and_days_already_over_are_refused() -> None:
    with pytest.raises(ValueError, match="hit must be between 0 and tried"):
        fit(history([("a", "1", 0, 1, 2)]), PARAMS)
    with pytest.raises(ValueError, match="day must be after 3"):
        predict(fit(history([("a", "1", 3, 1, 1)]), PARAMS), asked([("a", "1", 3)]))
