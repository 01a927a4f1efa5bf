"""The backtest: every origin knows what was known then, and what it found is a page that can be read."""

import re
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from forecasting.chosen import SCHEMA as SCHEMA_OF_CHOICE
from pipelines.planning.backtest import STEPS, look_back
from pipelines.planning.backtest_page import page
from pipelines.planning.choice_section import choice_section
from pipelines.planning.levels import SEPARATOR
from pipelines.planning.overrides import SCHEMA

MONDAY, WEEKS = date(2026, 1, 5), 26
TODAY = MONDAY + timedelta(weeks=WEEKS)
SKUS = [f"S{k:02d}" for k in range(20)]
SETTINGS = {"trees": 4, "learned_rows": 2000, "least_rows": 200, "sum_periods": [1, 2, 4, 8], "choice_origins": 0}
NONE = pl.DataFrame(schema=SCHEMA)
LAST_ORIGIN = TODAY - timedelta(weeks=9)


@pytest.fixture(scope="module")
def frames() -> dict[str, pl.DataFrame]:
    random = np.random.default_rng(2)
    history = [
        (f"{sku}{SEPARATOR}W", MONDAY + timedelta(days=day), float(random.poisson(1 + k % 3)))
        for k, sku in enumerate(SKUS)
        for day in range(7 * WEEKS)
    ]
    promotion = {"sku_id": pl.String, "ds": pl.Date, "announced_on": pl.Date}
    drivers = dict.fromkeys(["x_campaign_days", "x_discount", "x_exposures"], pl.Float64)
    contracted = {"unique_id": pl.String, "ds": pl.Date, "contracted": pl.Float64}
    return {
        "history": pl.DataFrame(history, schema=["unique_id", "ds", "y"], orient="row").with_columns(in_stock=True),
        "promotions": pl.DataFrame(schema=promotion | drivers),
        "contracted": pl.DataFrame(schema=contracted),
        "channel_weeks": pl.DataFrame(
            [
                (f"{sku}{SEPARATOR}W", ("app", "jd")[k % 2], MONDAY + timedelta(weeks=week), 1.0 + week % 3)
                for k, sku in enumerate(SKUS)
                for week in range(WEEKS)
            ],
            schema=["unique_id", "member", "ds", "y"],
            orient="row",
        ),
        "items": pl.DataFrame({"sku_id": SKUS, "spu_id": SKUS, "category": ["C", None] * 10, "brand": "B<script>"}),
    }


def compared(segment: str, candidate: str, drawn: bool, scores: list[float], usual: bool, used: bool, series: int):
    head = (segment, candidate, 0.5, drawn)
    days = (date(2025, 3, 31), date(2025, 6, 30))
    return [(*head, day, score, usual, used, series, series / 20) for day, score in zip(days, scores, strict=True)]


# Equal parts with the total as it is won for all series; nothing else won for those that sell often.
CHOICE = pl.DataFrame(
    compared("all", "two thirds mean", True, [0.52, 0.48], True, False, 20)
    + compared("all", "equal", True, [0.5, 0.46], False, False, 20)
    + compared("all", "equal, total as it is", False, [0.48, 0.42], False, True, 20)
    + compared("regular, much sold", "equal", False, [0.48, 0.42], True, True, 16)
    + compared("regular, much sold", "mean alone", False, [0.5, 0.4], False, False, 16),
    schema=SCHEMA_OF_CHOICE,
    orient="row",
)


def doubled_from(day: date) -> pl.DataFrame:
    row = {
        "override_id": "show",
        "author": "li <b>",
        "reason": "show",
        "made_on": day,
        "expires_on": None,
        "level": "total",
        "member": "total",
        "first_ds": MONDAY,
        "last_ds": TODAY,
        "kind": "factor",
        "value": 2.0,
    }
    return pl.DataFrame([row], schema=SCHEMA)


@pytest.fixture(scope="module")
def found(frames):
    """A planner doubles everything, decided in the week of the last origin."""
    decided = LAST_ORIGIN + timedelta(days=7)
    return look_back(frames, TODAY, SETTINGS, lambda day: doubled_from(decided) if decided <= day else NONE)


def test_an_origin_knows_only_the_overrides_that_had_been_decided(found):
    factor = found.forecasts.group_by("cutoff").agg(
        factor=pl.col("overridden").sum() / pl.col("model").sum(), weeks=pl.col("step").max()
    )
    expected = {LAST_ORIGIN - timedelta(weeks=4 * back): 1.0 + (back == 0) for back in range(4)}
    assert dict(factor.select("cutoff", "factor").iter_rows()) == pytest.approx(expected)
    assert factor["weeks"].to_list() == [8] * 4


def test_an_origin_knows_no_campaign_that_was_announced_later(frames):
    """A campaign of the last weeks is announced after the last origin: what it would have sold moves no forecast."""
    weeks = [LAST_ORIGIN + timedelta(weeks=number) for number in range(1, 9)]
    campaign = [(sku, day, LAST_ORIGIN + timedelta(days=7), 7.0, 0.3, 1.0) for sku in SKUS for day in weeks]
    promotions = pl.DataFrame(campaign, schema=frames["promotions"].schema, orient="row")
    one_origin = SETTINGS | {"trees": 2}
    cheap, dear = (
        look_back(frames | {"promotions": changed}, TODAY, one_origin, lambda day: NONE).forecasts["model"]
        for changed in (promotions, promotions.with_columns(x_discount=pl.lit(0.9)))
    )
    assert cheap.equals(dear)


def test_quantiles_move_with_what_a_planner_decided(found):
    width = found.forecasts.group_by("cutoff").agg(width=pl.col("q_0.9").sum() / pl.col("model").sum())
    usual = width.filter(pl.col("cutoff") < LAST_ORIGIN)["width"].mean()
    assert width.filter(cutoff=LAST_ORIGIN)["width"].item() == pytest.approx(2 * usual, rel=0.15)


def test_what_steps_and_planners_add_sums_up(found):
    for (segment, _), rows in found.value_added.group_by("segment", "member"):
        assert rows["step"].to_list() == [*STEPS[:-1], "reconciled" if segment == "reconciled" else STEPS[-1]]
        assert rows["value_added"].sum() == pytest.approx(rows["score"][0] - rows["score"][-1])
    reconciled = found.forecasts.group_by("cutoff", "ds").agg(pl.col("reconciled", "model").sum())
    assert (reconciled["reconciled"] - reconciled["model"]).abs().max() > 0.01, "drawn to what all together sell"
    [of_planner] = found.value_added.filter(segment="planner", step="overridden").iter_rows(named=True)
    assert of_planner["member"] == "li <b>" and of_planner["periods"] == 20 * 8
    assert of_planner["value_added"] < -0.5, "twice as much as the model said was wrong"


def test_every_level_has_seen_the_same_demand(found):
    whole = found.accuracy.filter(pl.col("weeks_ahead").is_null(), segment="all")
    demand = dict(whole.select("level", "demand").iter_rows())
    sums = whole.filter(pl.col("level") != "series")
    assert sums.select("pinball", "rmsse", "coverage_0_5", "coverage_0_95").null_count().sum_horizontal().item() == 0
    assert (sums["coverage_0_95"] >= sums["coverage_0_5"]).all()
    assert demand.pop("category") == pytest.approx(found.forecasts.filter(category="C")["y"].sum())
    assert set(demand) == {"series", "sku", "spu", "brand", "warehouse", "channel", "total"}
    assert list(demand.values()) == pytest.approx([found.forecasts["y"].sum()] * 7)
    by_class = found.accuracy.filter(pl.col("weeks_ahead").is_null(), segment="category")
    assert by_class["periods"].sum() == found.forecasts.height and "unknown" in by_class["member"].to_list()


def test_the_page_stands_alone_in_both_languages_and_runs_nothing_of_the_data(found):
    html = page(found, CHOICE, TODAY, "demo")
    for heading in (
        "What every step adds 预测增值",
        "Calibration and reach 校准",
        "and why 当前预测的组合与原因",
        "Planners 计划员",
    ):
        assert heading in html
    assert "http" not in html.replace("http-equiv", "") and "<script" not in html and "li &lt;b&gt;" in html
    assert html.count("<svg") == 2 + 12


def test_the_page_says_what_was_chosen_and_by_which_figures():
    html = choice_section(CHOICE)
    assert "Total as it is" in html and "score 48.0% drawn, 45.0% as it is" in html
    of_all, regular = (re.sub("<[^>]+>", " ", row) for row in re.findall(r"<tr>(.*?)</tr>", html)[1:3])
    assert "equal parts 各半, total as it is" in of_all and "45.0% 50.0%" in " ".join(of_all.split())
    assert "beat the usual blend at each of 2 past origins" in of_all
    assert "80.0%" in regular and "no other beat it" in regular and "nearest: mean alone" in regular
    assert html.count("2025-03-31") == 1 and "42.0%" in html.partition("<details>")[2], "what decided it, by origin"
    nothing = CHOICE.filter("is_chosen").unique("segment").with_columns(origin=None, score=None, is_usual=True)
    assert "history is too short to compare" in choice_section(nothing) and "<details>" not in choice_section(nothing)
    assert "No trees yet" in choice_section(CHOICE.clear())


def test_a_history_too_short_says_so(frames):
    short = frames | {"history": frames["history"].filter(pl.col("ds") < MONDAY + timedelta(weeks=4))}
    nothing = look_back(short, MONDAY + timedelta(weeks=4), SETTINGS, lambda day: NONE)
    assert nothing.reason == "4 complete weeks of history, 5 needed" and nothing.accuracy.is_empty()
    assert "4 complete weeks" in page(nothing, CHOICE.clear(), TODAY, "demo")
