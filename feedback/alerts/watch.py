"""When an alert begins, is told again and ends, by one reading after the other; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

BEGUN, AGAIN, ENDED = "begun", "again", "ended"


@dataclass(frozen=True)
class Rule:
    """What somebody wants to be told.

    Parameters
    ----------
    name
        Of the rule, in its file.
    owner
        Who acts on it: an account of the desk, or an address of mail.
    metric
        Of the metric dictionary; its unit is that of `limit` and `clear`.
    limit, is_upper
        The alert begins above `limit` (below it, if not `is_upper`).
    clear
        It ends at `clear` or on its good side. Between the two nothing changes (hysteresis), so a value that swings
        about the limit is one alert.
    runs
        Readings in a row beyond the limit before it begins (dampener). Default 1.
    remind_days
        Days after which it is told again while it stands and nobody took it on. Default 7.
    least_money
        Money at stake below which it does not begin. Default 0.
    channels
        Ways besides the desk by which it is told: ``mail``, ``webhook``.
    """

    name: str
    owner: str
    metric: str
    limit: float
    is_upper: bool
    clear: float
    runs: int = 1
    remind_days: int = 7
    least_money: Decimal = Decimal(0)
    channels: Sequence[str] = ()

    def is_beyond(self, value: float) -> bool:
        """Whether a value is on the bad side of the limit."""
        return value > self.limit if self.is_upper else value < self.limit

    def is_clear(self, value: float) -> bool:
        """Whether a value is far enough on the good side."""
        return value <= self.clear if self.is_upper else value >= self.clear


@dataclass(frozen=True)
class Reading:
    """A metric at one instant; `value` is None where nothing was measured, `money` where nobody knows the stake."""

    value: float | None
    money: Decimal | None = None


@dataclass(frozen=True)
class Watched:
    """Where a rule stands for one member: readings beyond the limit in a row, and since when it is an alert."""

    streak: int = 0
    since: datetime | None = None
    told_at: datetime | None = None
    taken_by: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether it is an alert."""
        return self.since is not None


def watch(rule: Rule, before: Watched, reading: Reading, at: datetime) -> tuple[Watched, str | None]:
    """Where the rule stands after a reading, and what is to be told: begun, again, ended or nothing.

    What was not measured changes nothing.
    """
    if reading.value is None:
        return before, None
    if before.is_open:
        return _still(rule, before, reading.value, at)
    little = reading.money is not None and reading.money < rule.least_money
    if not rule.is_beyond(reading.value) or little:
        return Watched(), None
    streak = before.streak + 1
    if streak < rule.runs:
        return Watched(streak), None
    return Watched(streak, since=at, told_at=at), BEGUN


def _still(rule: Rule, before: Watched, value: float, at: datetime) -> tuple[Watched, str | None]:
    if rule.is_clear(value):
        return Watched(), ENDED
    due = before.told_at is not None and at - before.told_at >= timedelta(days=rule.remind_days)
    if due and before.taken_by is None:
        return replace(before, told_at=at), AGAIN
    return before, None
