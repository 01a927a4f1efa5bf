"""Local time to instant as plain arithmetic: the engine's own zone conversion costs 1 µs a value.

A zone's offset changes at a few known instants; a balanced CASE over them takes seven comparisons
where ICU takes a call.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

FIRST_YEAR, LAST_YEAR = 2000, 2037  # outside, which few rows are, the engine decides


def instant(local: str, zone: str) -> str:
    """SQL for the TIMESTAMPTZ at which a wall clock in `zone` shows the TIMESTAMP `local`.

    An hour that the clock shows twice is read as its first; one that it skips as if it had not.
    """
    first, last = f"timestamp '{FIRST_YEAR}-01-02'", f"timestamp '{LAST_YEAR}-12-30'"
    offset = _balanced(local, _offsets(zone))
    return (
        f"case when {local} between {first} and {last} then make_timestamptz(epoch_us({local}) - {offset}) "
        f"else {local} at time zone '{zone}' end"
    )


def _balanced(local: str, pieces: tuple[tuple[datetime, int], ...]) -> str:
    """Nested CASE: the offset in microseconds of the last piece that begins at or before `local`."""
    if len(pieces) == 1:
        return str(pieces[0][1] * 1_000_000)
    middle = len(pieces) // 2
    begins = pieces[middle][0].strftime("%Y-%m-%d %H:%M:%S")
    low, high = _balanced(local, pieces[:middle]), _balanced(local, pieces[middle:])
    return f"case when {local} < timestamp '{begins}' then {low} else {high} end"


@lru_cache(maxsize=32)
def _offsets(zone: str) -> tuple[tuple[datetime, int], ...]:
    """From which local time on which offset in seconds holds, by bisection of days that change."""
    info = ZoneInfo(zone)
    day = datetime(FIRST_YEAR, 1, 1)
    pieces = [(day, _offset(info, day))]
    while day.year <= LAST_YEAR:
        following = day + timedelta(days=1)
        if _offset(info, following) != pieces[-1][1]:
            pieces.append((_change(info, day, following), _offset(info, following)))
        day = following
    return tuple(pieces)


def _offset(info: ZoneInfo, local: datetime) -> int:
    return int(local.replace(tzinfo=info).utcoffset().total_seconds())


def _change(info: ZoneInfo, low: datetime, high: datetime) -> datetime:
    """The first second of local time, after `low`, whose offset is that of `high`."""
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=int((high - low).total_seconds()) // 2)
        if _offset(info, middle) == _offset(info, high):
            high = middle
        else:
            low = middle
    return high
