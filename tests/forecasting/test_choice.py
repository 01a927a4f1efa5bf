"""What is forecast by which blend, and when the total is corrected."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from forecasting import Params, Trees, fit, predict
from forecasting.boosted.choice import SEGMENTS, Choice, choice_origins, winner
from forecasting.boosted.seasons import DAILY, WEEKLY
from forecasting.boosted.segments import segments
from forecasting.boosted.totals import plain_totals, total_factors

MONDAY = date(2024, 1, 1)
SMALL = Params(sum_periods=(1, 2), trees=10, learned_rows=2000, least_rows=300, learned_origins=10, choice_origins=3)


def history(weeks: int) -> pl.DataFrame:
    """Forty items, half of them rarely sold."""
    random = np.random.default_rng(4)
    level = np.where(np.arange(40) % 2 == 0, 0.3, 8.0)[:, None] * random.gamma(2, 0.5, (40, 1))
    return pl.DataFrame(
        {
            "unique_id": np.repeat([f"S{k:02d}" for k in range(40)], weeks),
            "ds": [MONDAY + timedelta(weeks=week) for week in range(weeks)] * 40,
            "y": random.poisson(level, (40, weeks)).ravel().astype(float),
        }
    )


@pytest.fixture(scope="module")
def model():
    return fit(history(60), SMALL)


def test_what_lost_once_is_not_chosen_however_good_its_mean():
    scores = {"usual": [0.5, 0.5, 0.5], "wild": [0.1, 0.1, 0.51], "steady": [0.49, 0.48, 0.49]}
    assert winner(scores, "usual") == "steady"
    assert winner({"usual": [0.5, 0.5], "equal": [0.5, 0.4]}, "usual") == "usual"


def test_everything_compared_is_told_and_one_of_each_kind_chosen(model):
    tried = model.boosted.trees.choice.tried
    assert {row["segment"] for row in tried} == {*SEGMENTS, "all"}
    assert all(len(row["scores"]) == SMALL.choice_origins for row in tried)
    for segment in (*SEGMENTS, "all"):
        assert sum(row["chosen"] for row in tried if row["segment"] == segment) == 1


def test_a_choice_is_kept_with_its_trees(model):
    kept = Trees.from_text(model.boosted.trees.to_text())
    assert kept.choice == model.boosted.trees.choice
    again = fit(history(60), SMALL, learned=kept)
    assert predict(again, 2).equals(predict(model, 2))


def test_a_short_history_keeps_the_usual():
    choice = fit(history(20), SMALL).boosted.trees.choice
    assert choice == Choice()


def test_origins_lie_a_season_apart_and_have_seen_as_many_years_as_today(model):
    long = replace(model.boosted.panel, sales=np.zeros((1, 156)))
    assert choice_origins(long, Params(learned_origins=52)) == [147, 134, 121, 108]
    assert choice_origins(long, Params()) == []
    assert choice_origins(replace(long, sales=np.zeros((1, 40))), Params(sum_periods=(1, 4))) == [35, 29, 23, 17]


def test_series_are_told_apart_by_how_often_and_how_much_they_sell(model):
    panel = model.boosted.panel
    found = segments(panel)
    rare = np.array([int(name[1:]) % 2 == 0 for name in panel.ids])
    assert (found[~rare & (panel.demand.mean(1) > 6)] == 0).all()
    assert (found[rare] >= 2).all()


def test_a_plain_total_rises_into_the_season_as_it_did_a_year_ago():
    weeks = np.arange(130)
    season = 1 + 0.5 * np.sin(2 * np.pi * weeks / 52)
    plain = plain_totals(1000 * season[:104], WEEKLY, 8)
    np.testing.assert_allclose(plain, 1000 * season[104:112], rtol=0.03)
    assert plain_totals(np.full(30, 7.0), WEEKLY, 60) == pytest.approx([7.0] * 60)


def test_a_plain_total_of_days_has_their_weekday():
    week = np.array([1, 1, 1, 1, 2, 4, 4.0])
    np.testing.assert_allclose(plain_totals(np.tile(week, 20), DAILY, 10), np.tile(week, 2)[:10])


def test_a_total_is_drawn_halfway_and_never_far():
    history, point = np.full(30, 100.0), np.array([[25.0, 1.0, 0.0]])
    np.testing.assert_allclose(total_factors(history, WEEKLY, point), [2.0, 2.0, 1.0])
    np.testing.assert_allclose(total_factors(history, WEEKLY, np.array([[64.0]])), [1.25])
    np.testing.assert_allclose(total_factors(np.zeros(30), WEEKLY, point), [1.0, 1.0, 1.0])


def test_a_corrected_total_moves_all_series_alike(model):
    trees = model.boosted.trees
    usual = replace(model.boosted, trees=replace(trees, choice=replace(trees.choice, corrected=False)))
    moved = replace(model.boosted, trees=replace(trees, choice=replace(trees.choice, corrected=True)))
    before, after = (predict(replace(model, boosted=boosted), 2) for boosted in (usual, moved))
    factor = (after["y_hat"] / before["y_hat"]).to_numpy().reshape(-1, 2)
    np.testing.assert_allclose(factor, np.broadcast_to(factor[0], factor.shape))
    total = before.group_by("ds").agg(pl.col("y_hat").sum()).sort("ds")["y_hat"].to_numpy()
    plain = plain_totals(model.boosted.panel.demand.sum(0, dtype=float), WEEKLY, 2)
    np.testing.assert_allclose(factor[0], np.sqrt(plain / total))
