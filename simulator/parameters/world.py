"""Which world it is, and its days."""

from dataclasses import dataclass
from datetime import date

from simulator.toml_sections import within

__all__ = ["World"]

EARLIEST, LATEST = date(2023, 1, 1), date(2028, 12, 31)  # Spring Festivals are known for these years


@dataclass(frozen=True, kw_only=True)
class World:
    """Name, seed and span of days."""

    name: str
    seed: int = within(0)
    first_day: date = within(EARLIEST, LATEST)  # noqa: RUF009 (a field, not a default)
    history_days: int = within(1, 1500, 730)
    """Days before the closed loop, run by the built-in policy."""
    loop_days: int = within(0, 800, 366)
    """Most days of the closed loop; masters and campaigns are made for all days at once."""
