"""Instants and days of the simulated business: plain integers, in one zone without summer time.

An instant is whole seconds since 1970-01-01 00:00 UTC, a day is whole days since 1970-01-01 in China. Both are
zero where there is none.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone

import numpy as np

__all__ = [
    "CHINA", "DAY", "HOUR", "MINUTE",
    "as_date", "as_datetime", "clock_time", "day_number", "day_of", "moment", "month_of",
]  # fmt: skip

MINUTE, HOUR, DAY = 60, 3600, 86400
CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")
EPOCH = date(1970, 1, 1)
_OFFSET = 8 * HOUR


def moment(day: int | np.ndarray, hour: float = 0, minute: float = 0) -> int | np.ndarray:
    """The instant of a time of day in China."""
    return day * DAY - _OFFSET + int(hour * HOUR + minute * MINUTE)


def day_of(instant: np.ndarray) -> np.ndarray:
    """The day in China of each instant."""
    return (instant + _OFFSET) // DAY


def day_number(value: date) -> int:
    return (value - EPOCH).days


def as_date(day: int) -> date:
    return EPOCH + timedelta(days=int(day))


def as_datetime(instant: int) -> datetime:
    return datetime.fromtimestamp(int(instant), CHINA)


def clock_time(day: int, hour: int = 0, minute: int = 0, second: int = 0) -> datetime:
    """A time of day in China, with its zone; `moment` is the same as a number."""
    return datetime.combine(as_date(day), time(hour, minute, second), CHINA)


def month_of(day: int) -> str:
    """The accounting period of a day, e.g. 202611."""
    return f"{as_date(day):%Y%m}"
