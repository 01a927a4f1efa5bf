"""Who is there when: shifts of a warehouse by stage and zone, in minutes from the plan's instant."""

from dataclasses import dataclass, field

import numpy as np

from optimization.waves.params import Params
from optimization.waves.problem import Problem
from optimization.waves.served import ACROSS

# Shifts that begin later than this after the last cut-off are of another plan.
BEYOND = 24 * 60.0


@dataclass(frozen=True)
class Shift:
    """Workers between two minutes, or their part at a station; a minute of work takes ``pace`` minutes on the clock."""

    starts: float
    ends: float
    workers: float
    pace: float

    def minutes(self, since: float, until: float) -> float:
        """Minutes of work between two minutes of the clock."""
        return max(min(self.ends, until) - max(self.starts, since), 0.0) * self.workers / self.pace


@dataclass(frozen=True)
class Staff:
    """Shifts by stage and zone; work begun earlier and stations by stage. A stage without shifts has enough people."""

    shifts: dict[tuple[str, str], tuple[Shift, ...]]
    begun: dict[str, float]
    stations: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def is_known(self, stage: str) -> bool:
        """Whether anything is known of who works there."""
        return any(name == stage for name, _ in self.shifts)

    def pickers(self, zone: str) -> tuple[str, str] | None:
        """Who picks a cart of a zone: its own people, else those of all zones, else the first; None: enough."""
        for name in (zone, ACROSS):
            if ("pick", name) in self.shifts:
                return "pick", name
        return min((key for key in self.shifts if key[0] == "pick"), default=None)

    def of_stage(self, stage: str) -> list[Shift]:
        """Everybody of a stage, whatever the zone."""
        return [shift for (name, _), shifts in self.shifts.items() if name == stage for shift in shifts]

    def owed(self, stage: str) -> float:
        """Minutes begun earlier that come first: of other stages for everybody, of picking for each zone's pickers."""
        groups = sum(name == stage for name, _ in self.shifts) if stage == "pick" else 1
        return self.begun.get(stage, 0.0) / max(groups, 1)

    def edges(self) -> set[float]:
        """When shifts end (minutes)."""
        return {shift.ends for shifts in self.shifts.values() for shift in shifts}


def staff_of(problem: Problem, warehouse: str, last_cutoff: float, params: Params) -> Staff:
    """The shifts that are not over at the plan's instant and begin at most a day after the last cut-off."""
    begun, stations = {}, {}
    if problem.stations is not None:
        rows = problem.stations.filter(warehouse_id=warehouse).sort("stage", "station_id")
        for stage, station in rows.select("stage", "station_id").rows():
            stations[stage] = (*stations.get(stage, ()), station)
    if problem.begun is not None:
        for stage, minutes in problem.begun.filter(warehouse_id=warehouse).select("stage", "minutes").rows():
            begun[stage] = begun.get(stage, 0.0) + float(minutes)
    found: dict[tuple[str, str], list[Shift]] = {}
    if problem.labour is None:
        return Staff({}, begun, stations)
    now = problem.instant
    rows = problem.labour.filter(warehouse_id=warehouse).sort("stage", "zone_id", "starts_at", "ends_at", "workers")
    for row in rows.iter_rows(named=True):
        starts, ends = ((row[name] - now).total_seconds() / 60 for name in ("starts_at", "ends_at"))
        workers = int(np.floor(row["workers"] * params.staff + 0.5))
        minutes = ends - starts if row["minutes"] is None else row["minutes"]
        key = (row["stage"], row["zone_id"])
        found.setdefault(key, [])
        if ends > 0 and starts <= max(last_cutoff, 0.0) + BEYOND and minutes > 0 and workers:
            found[key].append(Shift(max(starts, 0.0), ends, workers, max((ends - starts) / minutes, 1.0)))
    return Staff({key: tuple(shifts) for key, shifts in found.items()}, begun, stations)
