"""Days that move demand and move themselves: Lunar New Year, 618, Double 11, holidays, make-up workdays."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

CALENDARS = ("", "CN")
# Sales days that stand in no public calendar: month and day.
SALES_DAYS = {"618": (6, 18), "double_11": (11, 11)}
LUNAR_NEW_YEAR = "Chinese New Year (Spring Festival)"
# Farther than this an event is as good as absent (days).
REACH = 60
# Lunar New Year moves demand so many days before it and after it.
FESTIVAL_BEFORE, FESTIVAL_AFTER = 21, 13
# The State Council publishes a year's days off and make-up workdays late in the year before; by this day it always
# has since 2013 (the latest was 8 December 2022, for 2023).
ANNOUNCED_BY = (12, 10)


def calendar_features(calendar: str, first: date, days: int, today: date) -> dict[str, float]:
    """What the calendar says of one period, as it was known on a day.

    Parameters
    ----------
    calendar
        One of ``CALENDARS``; the empty one knows nothing.
    first, days
        First day of the period and its length.
    today
        A make-up workday or a bridging day off of a year whose arrangement had not been published by then counts as an
        ordinary day.

    Returns
    -------
    dict[str, float]
        ``event_<name>_to`` and ``event_<name>_since`` (days from the period's first day to the next event, and since
        the last one, at most ``REACH``) for Lunar New Year, 618 and Double 11, and ``event_workdays`` (workdays in
        the period).
    """
    if not calendar:
        return {}
    features = {}
    for name in ("lunar_new_year", *SALES_DAYS):
        around = [event_day(name, first.year + shift) for shift in (-1, 0, 1)]
        features[f"event_{name}_to"] = float(min(REACH, *((day - first).days for day in around if day >= first)))
        features[f"event_{name}_since"] = float(min(REACH, *((first - day).days for day in around if day <= first)))
    period = (first + timedelta(days=number) for number in range(days))
    features["event_workdays"] = float(sum(is_workday(day, today) for day in period))
    return features


def seen_festivals(calendar: str, first: date, last: date) -> int:
    """How many Lunar New Years lie in a span with the weeks around them that they move."""
    if not calendar:
        return 0
    days = (event_day("lunar_new_year", year) for year in range(first.year, last.year + 1))
    before, after = timedelta(days=FESTIVAL_BEFORE), timedelta(days=FESTIVAL_AFTER)
    return sum(first <= day - before and day + after <= last for day in days)


def event_year(calendar: str, first: date, days: int) -> int | None:
    """Periods of ``days`` from the one that lay to Lunar New Year as this one does, a year before; None far from it."""
    if not calendar:
        return None
    nearest = min(range(first.year - 1, first.year + 2), key=lambda year: abs(_to_new_year(first, year)))
    if abs(_to_new_year(first, nearest)) > REACH:
        return None
    return round((event_day("lunar_new_year", nearest) - event_day("lunar_new_year", nearest - 1)).days / days)


def _to_new_year(day: date, year: int) -> int:
    return (event_day("lunar_new_year", year) - day).days


@lru_cache(maxsize=256)
def event_day(name: str, year: int) -> date:
    """The day of an event in a year."""
    if name in SALES_DAYS:
        return date(year, *SALES_DAYS[name])
    return min(day for day, label in of_year(year)[0].items() if LUNAR_NEW_YEAR in label)


def is_workday(day: date, today: date) -> bool:
    """Whether people work on a day, by the arrangement known today, else by law alone."""
    off, made_up = of_year(day.year)
    label = off.get(day)
    if today >= date(day.year - 1, *ANNOUNCED_BY):
        return day in made_up or (label is None and day.weekday() < 5)
    return (label is None or "substituted" in label) and day.weekday() < 5


@lru_cache(maxsize=64)
def of_year(year: int) -> tuple[dict[date, str], set[date]]:
    """Days off with their names, and make-up workdays, of one year (package ``holidays``)."""
    # Half a second to import, so only where it is asked.
    from holidays.countries import China

    found = China(years=year, language="en_US")
    return dict(found.items()), {day for day in found.weekend_workdays if day.year == year}
