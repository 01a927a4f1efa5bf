"""Sums of forecasts: as sure as what series miss together allows, and by what was known at each origin."""

from datetime import date, timedelta
from statistics import NormalDist

import numpy as np
import polars as pl
import pytest

from forecasting import SharedError, backtest_sums, evaluate, shared_error, split_backtest, sum_quantiles

MONDAY = date(2026, 1, 5)
LEVELS = (0.1, 0.5, 0.9)
SERIES = [f"S{number:02d}" for number in range(24)]
ATTRIBUTES = pl.DataFrame({"unique_id": SERIES, "category": ["shoes", "socks"] * 11 + ["shoes", None]})


def week(number: int) -> date:
    return MONDAY + timedelta(weeks=number)


def forecasts(origins: int, seed: int = 1, whole: float = 0.0, category: float = 0.0) -> pl.DataFrame:
    """Forecasts of 100 ± 20 that are right one by one; ``whole`` and ``category`` of their variance are common."""
    random = np.random.default_rng(seed)
    codes = ATTRIBUTES["category"].fill_null("none").rank("dense").to_numpy() - 1
    parts = []
    for origin in range(origins):
        for step in (1, 2):
            score = np.sqrt(whole) * random.standard_normal() + np.sqrt(category) * random.standard_normal(3)[codes]
            score = score + np.sqrt(1 - whole - category) * random.standard_normal(len(SERIES))
            parts.append({"unique_id": SERIES, "cutoff": week(2 * origin), "ds": week(2 * origin + step), "step": step,
                          "y": 100 + 20 * score})  # fmt: skip
    told = {f"q_{level:g}": pl.lit(100 + 20 * NormalDist().inv_cdf(level)) for level in LEVELS}
    return pl.concat(pl.DataFrame(part) for part in parts).with_columns(in_stock=True, y_hat=pl.lit(100.0), **told)


def common(share: float) -> SharedError:
    return SharedError({"category": 0.0, "total": share}, {"category": 1.0, "total": 1.0})


def history(weeks: int) -> pl.DataFrame:
    return pl.DataFrame({"unique_id": SERIES}).join(
        pl.DataFrame({"ds": [week(number) for number in range(weeks)]}), how="cross"
    ).with_columns(y=100.0 + 10 * (pl.col("ds").rank("dense") % 2))  # fmt: skip


def test_what_series_miss_together_is_found_level_by_level():
    found = shared_error(forecasts(150, whole=0.2, category=0.4), forecasts(1), ATTRIBUTES)
    assert found.shares == pytest.approx({"category": 0.4, "total": 0.2}, abs=0.08)
    assert found.widths == pytest.approx({"category": 1.0, "total": 1.0}, abs=0.1)


def test_before_anything_was_seen_a_tenth_is_common_to_all():
    found = shared_error(forecasts(1).clear(), forecasts(1), ATTRIBUTES)
    assert found.shares == pytest.approx({"category": 0.0, "total": 0.1})
    assert found.widths == pytest.approx({"category": 1.0, "total": 1.0})


def test_sums_seen_wider_than_anything_common_explains_are_told_wider():
    wild = forecasts(250, whole=0.9).with_columns(y=100 + 3 * (pl.col("y") - 100))
    found = shared_error(wild, forecasts(1), ATTRIBUTES)
    assert found.widths["total"] == pytest.approx(3.0, abs=0.6) and sum(found.shares.values()) <= 0.95


def test_a_sum_is_between_its_parts_drawn_one_by_one_and_all_at_once():
    asked = forecasts(1).filter(step=1)
    alone, together = (
        sum_quantiles(asked, ATTRIBUTES, common(share), paths=2000).filter(level="total").row(0, named=True)
        for share in (0.0, 0.95)
    )
    spread, score = 20 * len(SERIES), NormalDist().inv_cdf(0.9)
    assert alone["y_hat"] == together["y_hat"] == 100 * len(SERIES)
    assert alone["q_0.9"] - alone["y_hat"] == pytest.approx(score * spread / np.sqrt(len(SERIES)), rel=0.1)
    assert together["q_0.9"] - together["y_hat"] == pytest.approx(score * spread, rel=0.1)


def test_sums_add_up_and_do_not_hang_on_the_order_of_rows():
    rows = forecasts(2, whole=0.3).with_columns(y_hat=pl.col("y") / 2)
    found = backtest_sums(rows, history(6), ATTRIBUTES, paths=50)
    assert found.equals(backtest_sums(rows.sample(fraction=1, shuffle=True, seed=3), history(6), ATTRIBUTES, paths=50))
    by_level = found.group_by("level", "cutoff", "ds").agg(pl.col("y", "y_hat").sum()).sort("cutoff", "ds")
    summed = rows.filter(pl.col("unique_id") != SERIES[-1]).group_by("cutoff", "ds").agg(pl.col("y", "y_hat").sum())
    expected = summed.sort("cutoff", "ds")["y_hat"].to_list()
    assert by_level.filter(level="category")["y_hat"].to_list() == pytest.approx(expected), "the last has no category"
    of_all = rows.group_by("cutoff", "ds").agg(pl.col("y").sum()).sort("cutoff", "ds")["y"].to_list()
    assert by_level.filter(level="total")["y"].to_list() == pytest.approx(of_all)
    quantiles = found.select(f"q_{level:g}" for level in LEVELS).to_numpy()
    assert (np.diff(quantiles, axis=1) >= 0).all() and (quantiles >= 0).all()
    assert found["scale"].drop_nulls().unique().sort().to_list() == pytest.approx(
        [(10 * members) ** 2 for members in (11, 12, 24)]
    ), "what the sum changed from week to week; nothing is known of it after one week"


def test_an_attribute_that_nobody_has_and_goods_that_nobody_buys_break_nothing():
    nameless = ATTRIBUTES.with_columns(brand=pl.lit(None, dtype=pl.String))
    known, brandless = (
        backtest_sums(forecasts(2, whole=0.3), history(6), some, paths=20) for some in (ATTRIBUTES, nameless)
    )
    assert brandless["level"].unique().sort().to_list() == ["category", "total"]
    assert brandless["y_hat"].equals(known["y_hat"])
    zeros = dict.fromkeys(["y", "y_hat", "q_0.1", "q_0.5", "q_0.9"], 0.0)
    nothing = forecasts(2).with_columns(**{name: pl.lit(value) for name, value in zeros.items()})
    found = backtest_sums(nothing, history(6).with_columns(y=pl.lit(0.0)), ATTRIBUTES, paths=20)
    assert found.select(list(zeros)).sum_horizontal().to_list() == [0.0] * found.height


def test_a_quantile_of_a_sum_holds_as_often_as_it_says_where_errors_come_together():
    found = backtest_sums(forecasts(40, seed=5, whole=0.4), history(90), ATTRIBUTES, paths=200)
    measured = evaluate(found.rename({"member": "unique_id"}).filter(level="total"))
    assert 0.8 < measured["coverage_0.9"].item() < 0.97
    alone = sum_quantiles(forecasts(1).filter(step=1), ATTRIBUTES, common(0.0)).filter(level="total")["q_0.9"].item()
    assert (found.filter(level="total")["y"] <= alone).mean() < 0.75


def test_an_origin_learns_nothing_from_weeks_that_were_not_over():
    rows = forecasts(3, whole=0.3)
    second = week(2)
    later = rows.with_columns(y=pl.when(pl.col("ds") > second).then(pl.col("y") * 7).otherwise("y"))
    before, after = (
        backtest_sums(some, history(8), ATTRIBUTES, paths=50).filter(pl.col("cutoff") <= second).drop("y")
        for some in (rows, later)
    )
    assert before.equals(after)


def test_channels_are_expected_as_they_had_bought_and_come_as_they_bought():
    rows = forecasts(1).filter(pl.col("unique_id") == "S00").with_columns(y=pl.lit(10.0))
    bought = pl.DataFrame(
        {"unique_id": ["S00"] * 4, "member": ["app", "jd", "app", "new"],
         "ds": [week(0), week(0), week(1), week(1)], "y": [3.0, 1.0, 1.0, 1.0]}
    )  # fmt: skip
    found = split_backtest(rows, bought, days=91)
    told = {row["member"]: (row["y"], row["y_hat"], row["q_0.5"]) for row in found.iter_rows(named=True)}
    assert told == {"app": (5.0, 75.0, 75.0), "jd": (0.0, 25.0, 25.0), "new": (5.0, 0.0, 0.0)}
    assert found["ds"].unique().to_list() == [week(1)], "nobody knows who bought in the other week"
