"""The replay of the past sees what was over by then, and nothing of what came after."""

from datetime import date, timedelta

import numpy as np
import polars as pl

from optimization.replenishment import Params
from pipelines.planning.calibration import calibrated
from pipelines.planning.levels import SEPARATOR
from pipelines.planning.purchase_problem import with_weights

TODAY = date(2026, 11, 2)
ITEMS, DAYS = 12, 7 * 26


def frames(later: float = 0.0) -> dict[str, pl.DataFrame]:
    """Half a year of steady sales that now and then are three times as large; ``later`` came after today."""
    random = np.random.default_rng(2)
    days = [TODAY + timedelta(days=day) for day in range(-DAYS, 14)]
    rows = [
        (f"s{item}{SEPARATOR}w", day, later if day >= TODAY else float(random.poisson(2)), True)
        for item in range(ITEMS)
        for day in days
    ]
    known = pl.DataFrame(rows, schema=["unique_id", "ds", "y", "in_stock"], orient="row")
    names = pl.DataFrame({"sku_id": [f"s{item}" for item in range(ITEMS)]})
    nothing = {"unique_id": pl.String, "ds": pl.Date, "y": pl.Float64}
    return {
        "history": known,
        "contracted": pl.DataFrame(schema=nothing | {"contracted": pl.Float64}),
        "promotions": pl.DataFrame(schema={"sku_id": pl.String, "ds": pl.Date, "announced_on": pl.Date}),
        "items": names.with_columns(spu_id="sku_id", category=pl.lit("c"), brand=pl.lit("b")),
        "intervals": names.with_columns(location_id=pl.lit("w"), lead_time_days=7.0, review_days=7.0),
        "costs": names.with_columns(
            location_id=pl.lit("w"), segment=pl.lit("A"), short_cost=pl.lit(9.0), over_cost=pl.lit(1.0)
        ),
    }


def test_what_came_after_the_day_moves_no_weight():
    seen, unseen = (calibrated(frames(later), TODAY, {}) for later in (0.0, 500.0))
    assert seen.equals(unseen)
    [row] = seen.iter_rows(named=True)
    assert (row["segment"], row["items"], row["origins"]) == ("A", ITEMS, 7)


def test_a_few_weeks_of_history_calibrate_nothing():
    known = frames()
    short = known | {"history": known["history"].filter(pl.col("ds") >= TODAY - timedelta(weeks=6))}
    assert calibrated(short, TODAY, {}).is_empty()


def test_weights_of_the_replay_count_where_they_are_asked_for_and_those_set_by_hand_stand_above_them():
    found = pl.DataFrame({"segment": ["A", "C"], "weight": [1.3, 0.4]})

    def weights(settings: dict) -> dict:
        return dict(Params.from_mapping(with_weights(settings, found)).weight_of)

    assert weights({}) == {}
    assert weights({"weight_of": {"C": 0.9}}) == {"C": 0.9}
    assert weights({"calibrated": True, "weight_of": {"C": 0.9}}) == {"A": 1.3, "C": 0.9}
