"""Stock ahead of one SKU in one place, day by day, with and without the order that is proposed; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import sqrt
from statistics import NormalDist

# A fan runs from the 10th to the 90th percentile.
FAN = NormalDist().inv_cdf(0.9)


@dataclass(frozen=True)
class Week:
    """Demand of seven days from `start` (base units): mean, 10th and 90th percentile."""

    start: date
    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Arrival:
    """What is on its way: base units and the day they are expected."""

    day: date
    quantity: float


@dataclass(frozen=True)
class Path:
    """Stock at the end of each day (base units): the mean, and between which two it lies four times of five."""

    mean: list[float]
    low: list[float]
    high: list[float]


def project(
    today: date, stock: float, weeks: Sequence[Week], arrivals: Sequence[Arrival], spread_scale: float = 1.0
) -> tuple[list[date], Path]:
    """Days from today to the last week's end, and the stock on them.

    Demand is spread evenly over the days of its week, and what is wanted and not there is lost. Weeks vary
    independently of each other; `spread_scale` corrects for how much they do not, so that the fan is as wide as the
    plan's own uncertainty over the protection interval (see `spread_scale_of`).

    Parameters
    ----------
    stock
        Base units that can be sold now.
    arrivals
        What comes; what was due before today comes today, as the plan counts it.
    """
    end = max((week.start + timedelta(days=7) for week in weeks), default=today)
    days = [today + timedelta(days=n) for n in range((end - today).days)]
    by_day = {week.start + timedelta(days=n): week for week in weeks for n in range(7)}
    mean, low, high = [], [], []
    level, come, wanted, variance = stock, 0.0, 0.0, 0.0
    for day in days:
        due = sum(each.quantity for each in arrivals if max(each.day, today) == day)
        week = by_day.get(day)
        daily = week.mean / 7 if week else 0.0
        level = max(0.0, level + due - daily)
        come, wanted = come + due, wanted + daily
        variance += _variance(week) / 7 if week else 0.0
        reach = FAN * spread_scale * sqrt(variance)
        mean.append(level)
        low.append(max(0.0, min(level, stock + come - wanted - reach)))
        high.append(max(level, stock + come - wanted + reach))
    return days, Path(mean, low, high)


def spread_scale_of(weeks: Sequence[Week], days: float, deviation: float) -> float:
    """By how much to widen weekly spreads so that `days` days together deviate by `deviation` base units."""
    sum_of = sum(_variance(week) for week in weeks)
    if not weeks or sum_of <= 0 or days <= 0 or deviation <= 0:
        return 1.0
    return deviation / sqrt(sum_of / len(weeks) * days / 7)


def _variance(week: Week) -> float:
    return ((week.high - week.low) / (2 * FAN)) ** 2
