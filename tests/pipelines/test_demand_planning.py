"""What the run hands to forecasting: history, promotions as they were known, attributes."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from pipelines.planning.demand import SEPARATOR, forecast

MONDAY = date(2026, 1, 5)
WEEKS, TODAY = 40, date(2026, 1, 5) + timedelta(weeks=40)
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
