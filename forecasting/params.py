"""Settings of the forecast."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from forecasting.calendar_events import CALENDARS
from forecasting.door import params_from_mapping


@dataclass(frozen=True)
class Params:
    """How histories are read and forecast.

    Parameters
    ----------
    period_days
        Length of a period (in days). Default 7: weeks.
    window
        Periods in the moving average, and in the in-stock mean that stands in for a stocked-out period.
        Default 13.
    short_below
        A series with fewer observed periods than this is forecast by its mean. Default 8.
    history_periods
        Periods of history that are read, counted from each series' end. Default 156.
    error_origins
        Past origins per series whose errors make the quantiles. Default 26.
    sum_periods
        Lengths (in periods) for which errors of summed demand are measured; others are interpolated.
    prior_errors
        Weight of the normal distribution against the measured errors of a pool, as a number of independent
        errors. Default 100: a catalogue of twenty items leans on it, one of a thousand does not.
    learned_origins
        Past origins that the trees learn from, at most (weeks; of days every fifth). Default 104: two years, or
        they never see a season, and a little.
    learned_rows
        Rows that the trees learn from, at most. Default 80,000: more cost time and gained nothing.
    least_rows
        With fewer rows to learn from there are no trees, and the level stands alone. Default 2,000.
    trees
        Trees of each ensemble. Default 100.
    choice_origins
        Past origins at which blends are compared; none is as good as too few. Default 4.
    calendar
        ``CN``: trees know the days to and from Lunar New Year, 618 and Double 11, and the workdays of a period, once
        the history has seen Lunar New Year twice. Default none.
    threads
        Threads of a fit and of a forecast, whose result does not depend on them. Default 2.

    Raises
    ------
    ValueError
        When a setting is not positive, or ``sum_periods`` does not rise from 1.
    """

    period_days: int = 7
    window: int = 13
    short_below: int = 8
    history_periods: int = 156
    error_origins: int = 26
    sum_periods: tuple[int, ...] = (1, 2, 3, 4, 6, 8, 13)
    prior_errors: float = 100.0
    learned_origins: int = 104
    learned_rows: int = 80_000
    least_rows: int = 2_000
    trees: int = 100
    choice_origins: int = 4
    calendar: str = CALENDARS[0]
    threads: int = 2

    def __post_init__(self) -> None:
        for name in (
            "period_days",
            "window",
            "short_below",
            "history_periods",
            "error_origins",
            "prior_errors",
            "learned_origins",
            "learned_rows",
            "least_rows",
            "trees",
            "threads",
        ):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be positive, found {getattr(self, name)!r}")
        if self.choice_origins < 0:
            raise ValueError(f"choice_origins must be zero or more, found {self.choice_origins!r}")
        if self.calendar not in CALENDARS:
            raise ValueError(f"calendar must be one of {list(CALENDARS)}, found {self.calendar!r}")
        periods = list(self.sum_periods)
        if not periods or periods[0] != 1 or periods != sorted(set(periods)):
            raise ValueError(f"sum_periods must rise and begin with 1, found {self.sum_periods!r}")

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> Self:
        """Build from a TOML table; a key that is not a parameter raises ``ValueError``."""
        return params_from_mapping(cls, mapping)
