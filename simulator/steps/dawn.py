"""Before the first order of a day: what the master systems publish on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.times import DAY

if TYPE_CHECKING:
    from simulator.world import World

__all__ = ["publish"]


def publish(world: World, day: int) -> None:
    """Hand out the master rows whose version is of this day; on the first day all that are older, too."""
    end = _last_second(day)
    for qualified, rows in world.master_rows.items():
        if qualified.startswith("policy."):
            continue  # planners keep their policy themselves
        known = 0
        while known < len(rows) and _known_at(rows[known]) <= end:
            known += 1
        if known:
            world.rows.setdefault(qualified, []).extend(rows[:known])
            del rows[:known]


def _known_at(row: dict) -> float:
    return row["updated_at"].timestamp()


def _last_second(day: int) -> int:
    return (day + 1) * DAY - 8 * 3600 - 1
