"""The backtest: every origin knows what was known then, and what it found is a page that can be read."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from pipelines.planning.backtest import STEPS, look_back
from pipelines.planning.backtest_page import page
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
        "items": pl.DataFrame({"sku_id": SKUS, "spu_id": SKUS, "category": ["C", None] * 10, "brand": "B<script>"}),
    }


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
    assert demand.pop("category") == pytest.approx(found.forecasts.filter(category="C")["y"].sum())
    assert set(demand) == {"series", "sku", "spu", "brand", "warehouse", "total"}
    assert list(demand.values()) == pytest.approx([found.forecasts["y"].sum()] * 6)
    by_class = found.accuracy.filter(pl.col("weeks_ahead").is_null(), segment="category")
    assert by_class["periods"].sum() == found.forecasts.height and "unknown" in by_class["member"].to_list()


def test_the_page_stands_alone_in_both_languages_and_runs_nothing_of_the_data(found):
    html = page(found, TODAY, "demo")
    for heading in (
        "What every step adds 预测增值",
        "Calibration and reach 校准",
        "why 分类选型与原因",
        "Planners 计划员",
    ):
        assert heading in html
    assert "http" not in html.replace("http-equiv", "") and "<script" not in html and "li &lt;b&gt;" in html
    assert html.count("<svg") == 2 + 12


def test_a_history_too_short_says_so(frames):
    short = frames | {"history": frames["history"].filter(pl.col("ds") < MONDAY + timedelta(weeks=4))}
    nothing = look_back(short, MONDAY + timedelta(weeks=4), SETTINGS, lambda day: NONE)
    assert nothing.reason == "4 complete weeks of history, 5 needed" and nothing.accuracy.is_empty()
    assert "4 complete weeks" in page(nothing, TODAY, "demo")
