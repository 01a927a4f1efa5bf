"""What is forecast by which blend, and when the total is corrected."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from forecasting import Params, Trees, chosen, fit, predict
from forecasting.boosted import Panel, forecast_sums, read_panel
from forecasting.boosted.choice import SEGMENTS, Choice, choice_origins, winner
from forecasting.boosted.panel import with_planned
from forecasting.boosted.seasons import SEASONS
from forecasting.boosted.segments import segments
from forecasting.boosted.totals import plain_totals, total_factors, year_back
from forecasting.fit import checked_history

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


def test_what_was_chosen_is_told_with_the_figures_that_decided_it(model):
    table, choice = chosen(model), model.boosted.trees.choice
    of_all = table.filter(segment="all")
    assert of_all["origin"].unique().sort().to_list() == sorted(date.fromisoformat(day) for day in choice.origins)
    assert of_all.height == 8 * SMALL.choice_origins and of_all["series"].unique().to_list() == [40]
    for segment in (*SEGMENTS, "all"):
        part = table.filter(segment=segment)
        used, rival = (part.filter(which)["candidate"].unique().to_list() for which in ("is_chosen", "is_usual"))
        assert len(used) == len(rival) == 1
        others = part.filter(~pl.col("is_usual")).sort("origin").group_by("candidate").agg("score")
        beaten = part.filter("is_usual").sort("origin")["score"].to_list()
        never_lost = [
            name for name, scores in others.iter_rows() if all(a < b for a, b in zip(scores, beaten, strict=True))
        ]
        assert used[0] in (never_lost or rival)
    shares = table.unique("segment").filter(pl.col("segment") != "all")
    assert shares["demand_share"].sum() == pytest.approx(1) and shares["series"].sum() == 40
    short = chosen(fit(history(20), SMALL))
    assert short["segment"].to_list() == ["all", *SEGMENTS] and short["score"].null_count() == 5


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


def panel_of(sales: np.ndarray, days: int = 7, calendar: str = "", **others: np.ndarray) -> Panel:
    """A panel of some series (a row each); ``others`` are drivers or ``in_stock``."""
    series, periods = sales.shape
    long = {name: np.asarray(values).ravel() for name, values in ({"y": sales} | others).items()}
    ds = [MONDAY + timedelta(days=number * days) for number in range(periods)] * series
    frame = pl.DataFrame({"unique_id": np.repeat([f"S{k}" for k in range(series)], periods), "ds": ds} | long)
    params = Params(period_days=days)
    return read_panel(checked_history(frame, params), None, SEASONS[days], days, calendar)


def plain(sales: np.ndarray, periods: int, days: int = 7, **others: np.ndarray) -> np.ndarray:
    return plain_totals(panel_of(sales, days, **others), np.arange(len(sales)), periods)


def test_a_plain_total_rises_into_the_season_as_it_did_a_year_ago():
    season = 1 + 0.5 * np.sin(2 * np.pi * np.arange(112) / 52)
    shops = np.outer([300.0, 700.0], season)
    np.testing.assert_allclose(plain(shops[:, :104], 8), shops[:, 104:].sum(0), rtol=0.03)
    assert plain(np.full((1, 30), 7.0), 60) == pytest.approx([7.0] * 60)


def test_a_season_is_not_what_was_launched_since_nor_what_was_out_of_stock():
    weeks = np.arange(96)
    season, empty = np.where(weeks % 52 >= 44, 3.0, 1.0), weeks == 47
    old, launched = 100 * season, np.where(weeks < 70, np.nan, 50.0)
    sold = np.stack([old, np.where(empty, 0, old), launched])
    in_stock = np.stack([~np.isnan(old), ~empty, ~np.isnan(launched)])
    found = plain(sold, 4, in_stock=in_stock)
    np.testing.assert_allclose(found, 2.5 * plain(old[None], 4), rtol=0.02)
    assert found[-1] == pytest.approx(750, rel=0.05)


def test_a_plain_total_knows_the_plan():
    promoted = np.tile(np.arange(64) % 5 == 4, (6, 1))
    sold = np.where(promoted, 40.0, 10.0)
    panel = panel_of(sold[:, :60], x_promotion=promoted[:, :60].astype(float))
    panel = with_planned(panel, promoted[:, None, 60:].astype(float))
    found = plain_totals(panel, np.arange(6), 4)
    np.testing.assert_allclose(found, sold[:, 60:].sum(0), rtol=0.15)


def test_a_season_lies_where_lunar_new_year_does():
    # It was on 10 February 2024, 29 January 2025 and 17 February 2026; history ends in January 2026.
    panel = replace(panel_of(np.ones((1, 106))), calendar="CN")
    assert year_back(panel, 6).tolist() == [55] * 6
    assert year_back(replace(panel, calendar=""), 2).tolist() == [52, 52]
    assert year_back(replace(panel, sales=panel.sales[:, :62], calendar=""), 1).tolist() == [52]
    assert year_back(replace(panel, sales=panel.sales[:, :60], calendar=""), 1).tolist() == [0]


def test_a_plain_total_of_days_has_their_weekday():
    week = np.array([1, 1, 1, 1, 2, 4, 4.0])
    np.testing.assert_allclose(plain(np.tile(week, 20)[None], 10, days=1), np.tile(week, 2)[:10], rtol=1e-6)


def test_a_total_is_drawn_halfway_and_never_far():
    usual, point = np.full(3, 100.0), np.array([[25.0, 1.0, 0.0]])
    np.testing.assert_allclose(total_factors(usual, point), [2.0, 2.0, 1.0])
    np.testing.assert_allclose(total_factors(usual[:1], np.array([[64.0]])), [1.25])
    np.testing.assert_allclose(total_factors(np.zeros(3), point), [1.0, 1.0, 1.0])


def test_a_total_drawn_to_a_plain_one_moves_all_series_alike(model):
    trees = model.boosted.trees
    as_it_is = replace(model.boosted, trees=replace(trees, choice=replace(trees.choice, corrected=False)))
    drawn = replace(model.boosted, trees=replace(trees, choice=replace(trees.choice, corrected=True)))
    before, after = (predict(replace(model, boosted=boosted), 2) for boosted in (as_it_is, drawn))
    factor = (after["y_hat"] / before["y_hat"]).to_numpy().reshape(-1, 2)
    np.testing.assert_allclose(factor, np.broadcast_to(factor[0], factor.shape))
    total = before.group_by("ds").agg(pl.col("y_hat").sum()).sort("ds")["y_hat"].to_numpy()
    panel = model.boosted.panel
    np.testing.assert_allclose(factor[0], np.sqrt(plain_totals(panel, np.arange(panel.ids.size), 2) / total))


def test_quantiles_move_with_the_total_of_single_periods_and_of_sums(model):
    boosted, half = model.boosted, [0.5, 0.9]
    usual, up = (replace(boosted, trees=replace(boosted.trees, choice=replace(boosted.trees.choice, corrected=one)))
                 for one in (False, True))  # fmt: skip
    drivers = np.zeros((boosted.panel.ids.size, 0, 2))
    (point, before), (drawn, after) = (forecast_sums(one, (1, 2), drivers, 1) for one in (usual, up))
    factor = drawn.sum(0) / point.sum(0)
    np.testing.assert_allclose(after, before * factor[:, None])
    assert (factor != 1).all()
    weeks = [predict(replace(model, boosted=one), 1, half) for one in (usual, up)]
    moved = weeks[0].filter(pl.col("q_0.9") > 0)["unique_id"].to_list()
    bands = [week.filter(pl.col("unique_id").is_in(moved))["q_0.9"].to_numpy() for week in weeks]
    assert np.sign(np.mean(bands[1] - bands[0])) == np.sign(factor[0] - 1), "the band goes where the line goes"
