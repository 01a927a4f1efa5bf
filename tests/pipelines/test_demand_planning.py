"""What the run hands to forecasting: history, promotions as they were known, attributes."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from forecasting import Params
from pipelines.planning.demand import SEPARATOR, forecast
from pipelines.planning.kept_trees import KeptTrees

MONDAY = date(2026, 1, 5)
WEEKS, TODAY = 40, date(2026, 1, 5) + timedelta(weeks=40)
NOW = datetime(2026, 10, 14, tzinfo=UTC)
SKUS = [f"S{k:02d}" for k in range(40)]
SETTINGS = {"trees": 40, "learned_rows": 10000, "least_rows": 500, "sum_periods": [1, 2, 4, 8]}


@pytest.fixture(scope="module")
def frames() -> dict[str, pl.DataFrame]:
    """Forty SKUs in one warehouse whose sales triple in weeks with a campaign, one week in six."""
    random = np.random.default_rng(1)
    campaign = random.random((len(SKUS), WEEKS + 8)) < 1 / 6
    campaign[:, WEEKS:] = False
    campaign[:20, WEEKS] = True  # half of them next week
    history = [
        (
            f"{sku}{SEPARATOR}W",
            MONDAY + timedelta(days=7 * week + day),
            float(random.poisson(2 + 4 * campaign[k, week])),
        )
        for k, sku in enumerate(SKUS)
        for week in range(WEEKS)
        for day in range(7)
    ]
    promotions = [
        (sku, MONDAY + timedelta(weeks=week), MONDAY + timedelta(weeks=week, days=-10), 7.0, 0.2, 0.0)
        for k, sku in enumerate(SKUS)
        for week in np.nonzero(campaign[k])[0].tolist()
    ]
    names = ["sku_id", "ds", "announced_on", "x_campaign_days", "x_discount", "x_exposures"]
    return {
        "history": pl.DataFrame(history, schema=["unique_id", "ds", "y"], orient="row").with_columns(in_stock=True),
        "promotions": pl.DataFrame(promotions, schema=names, orient="row"),
        "items": pl.DataFrame({"sku_id": SKUS, "spu_id": SKUS, "category": "C", "brand": "B"}),
        "intervals": pl.DataFrame(
            {"sku_id": SKUS, "location_id": "W", "lead_time_days": 7.0, "review_days": 7.0, "service_target": 0.95}
        ),
    }


def test_a_campaign_of_next_week_raises_that_week_and_what_must_be_ordered_for_it(frames):
    tables = forecast(frames, TODAY, SETTINGS)
    weeks = tables["demand_forecast"].filter(pl.col("week_start") == TODAY)
    cover = tables["interval_demand"].filter(interval="protection", level=0.95)
    promoted = pl.col("sku_id") < "S20"
    assert weeks.filter(promoted)["y_hat"].sum() > 1.8 * weeks.filter(~promoted)["y_hat"].sum()
    assert cover.filter(promoted)["quantity"].sum() > 1.3 * cover.filter(~promoted)["quantity"].sum()
    of_one = tables["demand_forecast"].filter(sku_id="S00")["week_start"].to_list()
    assert of_one == [TODAY + timedelta(weeks=week) for week in range(8)]


def test_goods_without_promotions_or_master_data_are_forecast_all_the_same(frames):
    nothing = frames | {name: frames[name].clear() for name in ("promotions", "items")}
    tables = forecast(nothing, TODAY, SETTINGS)
    assert tables["demand_forecast"]["sku_id"].n_unique() == len(SKUS)
    assert (tables["demand_forecast"]["y_hat"] > 0).all() and tables["interval_demand"]["quantity"].null_count() == 0


def test_trees_are_learned_once_a_week_and_forecast_what_they_would_have(frames, tmp_path):
    few = SETTINGS | {"trees": 4, "learned_rows": 3000}
    kept = KeptTrees(tmp_path / "models", "code", NOW, anew=False)
    learned = forecast(frames, TODAY, few, kept)
    [file] = (tmp_path / "models").iterdir()
    written = file.stat().st_mtime_ns
    again = forecast(frames, TODAY, few, kept)
    for name, table in forecast(frames, TODAY, few).items():
        assert again[name].equals(learned[name]) and table.equals(learned[name])
    newcomer = frames["history"].filter(unique_id=f"S00{SEPARATOR}W").tail(60)
    joined = pl.concat([frames["history"], newcomer.with_columns(unique_id=pl.lit(f"NEW{SEPARATOR}W"))])
    items = pl.concat([frames["items"], frames["items"].head(1).with_columns(sku_id=pl.lit("NEW"))])
    came = frames | {"history": joined, "items": items}
    with_newcomer = forecast(came, TODAY, few, kept)["demand_forecast"]
    assert (with_newcomer.filter(sku_id="NEW")["y_hat"] > 0).all(), "goods that came since are forecast too"
    assert file.stat().st_mtime_ns == written
    forecast(frames, TODAY, few, KeptTrees(tmp_path / "models", "code", NOW, anew=True))
    assert file.stat().st_mtime_ns > written, "a forced run learns anew"
    before = KeptTrees(tmp_path / "models", "code", NOW - timedelta(hours=1), anew=False)
    params = Params.from_mapping(few)
    week = TODAY - timedelta(weeks=1)
    assert before.of_week(week, params) is None, "what was learned later is not known yet"
    assert kept.of_week(week, params) is not None
    earlier = frames | {"history": frames["history"].filter(pl.col("ds") < TODAY - timedelta(weeks=1))}
    forecast(earlier, TODAY - timedelta(weeks=1), few, kept)
    assert [path.name for path in (tmp_path / "models").iterdir()] != [file.name], "another week learns anew"
