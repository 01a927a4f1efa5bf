"""The lengths that matter to a series of weeks, and to one of days."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Seasons:
    """Lengths in periods.

    Parameters
    ----------
    averages
        Trailing averages that become features.
    short, long
        The recent past and the longer one it is compared with; their averages make a series' level.
    lags
        Single values behind the origin that become features.
    smoothing
        Weights of the newest value in exponential averages.
    year
        A year, in whole weeks.
    around
        Periods on both sides of the day a year ago that make last year's window.
    near
        Periods on both sides that speak for a season too: an event may cross a week's end; of days, a week in all.
    week
        Periods of a week where it has more than one; else None.
    stride
        Periods between two origins that a model learns from.
    """

    averages: tuple[int, ...]
    short: int
    long: int
    lags: int
    smoothing: tuple[float, ...]
    year: int
    around: int
    near: int
    week: int | None
    stride: int


WEEKLY = Seasons((4, 8, 13, 26, 52), 8, 26, 8, (0.1, 0.3), year=52, around=2, near=1, week=None, stride=1)
DAILY = Seasons((7, 14, 28, 56, 182, 364), 28, 91, 14, (0.03, 0.1), year=364, around=3, near=3, week=7, stride=5)
SEASONS = {7: WEEKLY, 1: DAILY}
