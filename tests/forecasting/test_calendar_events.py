"""Days that move demand: where they lie, when they were known, and what knowing them is worth."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from forecasting import Params, explain, fit, predict
from forecasting.boosted import read_panel
from forecasting.boosted.seasons import WEEKLY
from forecasting.calendar_events import calendar_features, event_day, event_year, seen_festivals
from forecasting.fit import checked_history

LATER = date(2030, 1, 1)


def week(first: date, today: date = LATER) -> dict[str, float]:
    return calendar_features("CN", first, 7, today)


def test_lunar_new_year_moves_and_sales_days_do_not():
    assert [event_day("lunar_new_year", year) for year in (2024, 2025, 2026)] == [
        date(2024, 2, 10),
        date(2025, 1, 29),
        date(2026, 2, 17),
    ]
    found = week(date(2025, 11, 10))
    assert (found["event_double_11_to"], found["event_double_11_since"]) == (1, 60)
    assert (
        week(date(2026, 2, 17))["event_lunar_new_year_to"] == week(date(2026, 2, 17))["event_lunar_new_year_since"] == 0
    )
    assert week(date(2025, 6, 30))["event_618_since"] == 12


def test_make_up_workdays_are_known_once_the_arrangement_is_published():
    # Sunday 26 January 2025 was worked for a day off in the festival; the week has five workdays by law and by it.
    around = date(2025, 1, 20)
    assert week(around)["event_workdays"] == 6
    assert week(around, date(2024, 12, 9))["event_workdays"] == 5
    assert week(around, date(2024, 12, 10))["event_workdays"] == 6
    bridging = date(2025, 2, 3)  # Monday and Tuesday off, Saturday the 8th worked
    assert week(bridging)["event_workdays"] == 4 and week(bridging, date(2024, 12, 9))["event_workdays"] == 5


def test_near_lunar_new_year_last_year_is_as_long_ago_as_its_own():
    assert event_year("CN", date(2026, 2, 9), 7) == 55 and event_year("CN", date(2025, 2, 3), 7) == 51
    assert event_year("CN", date(2026, 7, 6), 7) is None and event_year("", date(2026, 2, 9), 7) is None


def test_without_a_calendar_nothing_is_known():
    assert calendar_features("", date(2025, 1, 27), 7, LATER) == {}
    with pytest.raises(ValueError, match="calendar must be one of"):
        Params(calendar="Mars")


# To January 2026: Lunar New Year was on 22 January 2023, 10 February 2024, 29 January 2025 and 17 February 2026.
MONDAY, WEEKS, AHEAD = date(2023, 1, 2), 160, 4
SMALL = Params(sum_periods=(1, 2, 4), trees=25, learned_rows=3000, least_rows=500, choice_origins=0, calendar="CN")


def gifts(series: int = 10) -> pl.DataFrame:
    """Items that sell four times as much in the three weeks before Lunar New Year."""
    random = np.random.default_rng(6)
    days = [MONDAY + timedelta(weeks=number) for number in range(WEEKS + AHEAD)]
    rising = [1 + 3 * (0 < week(day)["event_lunar_new_year_to"] <= 21) for day in days]
    return pl.concat(
        pl.DataFrame({"unique_id": f"G{k:02d}", "ds": days, "y": random.poisson((10 + k) * np.array(rising)) * 1.0})
        for k in range(series)
    )


def test_an_event_that_moved_is_forecast_where_it_lies_and_said_to_be_the_cause():
    frame, cutoff = gifts(), MONDAY + timedelta(weeks=WEEKS - 1)
    past, truth = frame.filter(pl.col("ds") <= cutoff), frame.filter(pl.col("ds") > cutoff)
    models = [fit(past, params) for params in (SMALL, replace(SMALL, calendar=""))]
    ahead = [predict(model, AHEAD).join(truth, on=["unique_id", "ds"]) for model in models]
    knowing, clueless = ((found["y_hat"] - found["y"]).abs().sum() / found["y"].sum() for found in ahead)
    assert knowing < 0.6 * clueless
    causes = explain(models[0], ["G09"], AHEAD)
    assert causes["events"].sum() > 0.25 * causes["y_hat"].sum()


def test_a_history_of_one_year_takes_no_event_for_a_clock():
    whole = checked_history(gifts(2), SMALL)
    short = whole.filter(pl.col("ds") > MONDAY + timedelta(weeks=WEEKS - 60))
    assert [read_panel(frame, None, WEEKLY, 7, "CN").calendar for frame in (whole, short)] == ["CN", ""]


def test_events_are_learned_once_two_lunar_new_years_have_been_seen():
    """After 22 January 2023, on 10 February 2024 and 29 January 2025: it takes until two weeks after the second."""
    whole = checked_history(gifts(2), SMALL).filter(pl.col("ds") >= date(2023, 3, 6))
    panels = [
        read_panel(whole.filter(pl.col("ds") <= last), None, WEEKLY, 7, "CN").calendar
        for last in (date(2025, 1, 27), date(2025, 2, 3), date(2025, 2, 10))
    ]
    assert panels == ["", "", "CN"]
    spans = [(date(2024, 1, 20), date(2025, 2, 11)), (date(2024, 1, 20), date(2025, 2, 10))]
    assert [seen_festivals("CN", *span) for span in spans] == [2, 1]
