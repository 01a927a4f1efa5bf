"""The season that demand is measured against."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from forecasting.boosted.panel import Panel, read_panel
from forecasting.boosted.season_factors import MOST, season_factors
from forecasting.boosted.seasons import WEEKLY

MONDAY = date(2023, 1, 2)
DECEMBER = 100  # first of four weeks that sell three times as much, as they did 52 weeks before


def panel(sales: np.ndarray) -> Panel:
    """Series from their first sale on."""
    rows = [
        (f"S{k}", MONDAY + timedelta(weeks=week), float(value))
        for k, values in enumerate(sales)
        for week, value in enumerate(values)
        if np.isfinite(value)
    ]
    history = pl.DataFrame(rows, schema=["unique_id", "ds", "y"], orient="row")
    return read_panel(history.with_columns(in_stock=True), None, WEEKLY, 7)


def seasonal(weeks: int = DECEMBER) -> np.ndarray:
    sales = np.full((4, weeks), 10.0)
    sales[:, DECEMBER - 52 : DECEMBER - 48] = 30.0
    return sales


def test_a_level_rises_halfway_to_what_it_did_a_year_ago():
    factors = season_factors(panel(seasonal()), DECEMBER - 1, 12)
    assert factors[:4].min() > 1.9**0.5 and factors.max() <= 3.0**0.5
    assert factors[6:] == pytest.approx(np.ones(6))


def test_goods_that_came_since_are_no_season():
    sales = np.concatenate([seasonal(), np.full((4, DECEMBER), np.nan)])
    sales[4:, 60:] = 1000.0
    assert season_factors(panel(sales), DECEMBER - 1, 12).tolist() == pytest.approx(
        season_factors(panel(seasonal()), DECEMBER - 1, 12).tolist()
    )


def test_without_a_year_to_look_back_on_there_is_no_season():
    assert season_factors(panel(seasonal(64)), 63, 8).tolist() == [1.0] * 8


def test_a_gap_is_no_season_and_beyond_a_year_it_comes_again():
    sales = seasonal()
    sales[:, 30:48] = 0.0
    assert season_factors(panel(sales), DECEMBER - 1, 8).max() == MOST
    again = season_factors(panel(seasonal()), DECEMBER - 1, 60)
    assert again[52:].tolist() == pytest.approx(again[:8].tolist())
