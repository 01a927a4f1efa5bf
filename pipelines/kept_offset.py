"""Whether a time zone keeps one offset, so that days can be counted instead of looked up in its calendar."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

__all__ = ["kept_offset"]

# What lies outside is looked up in any case (`dbt_project/macros/business_date.sql`).
FIRST, LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


@lru_cache
def kept_offset(zone: str) -> int | None:
    """Seconds east of Greenwich that `zone` keeps from 2000 to 2100; None if it changes its clocks."""
    days = ((FIRST + timedelta(days)).astimezone(ZoneInfo(zone)) for days in range((LAST - FIRST).days + 1))
    offsets = {day.utcoffset() for day in days}
    return int(offsets.pop().total_seconds()) if len(offsets) == 1 else None
