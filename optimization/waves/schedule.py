"""When each cart is picked and packed: carts in turn to the first free picker, then through sorting to packing."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from optimization.waves.carting import Load
from optimization.waves.served import MULTI_SKU
from optimization.waves.staff import Shift, Staff
from optimization.waves.standards import STAGES, Rate


@dataclass(frozen=True)
class Timed:
    """Minutes from the plan's instant; None where nobody has time for it."""

    starts: float | None
    picked: float | None
    ready: float | None
    # Where each stage with stations works on it.
    stations: tuple[tuple[str, str], ...] = ()


def pick_minutes(load: Load, metres: float, picks: int, rate: Mapping[str, Rate]) -> float:
    """Minutes of work to pick a cart."""
    units = sum(order.units for order in load.orders)
    return rate.get("pick", Rate()).minutes(tours=1, metres=metres, picks=picks, units=units, orders=len(load.orders))


def stage_minutes(load: Load, stage: str, rate: Mapping[str, Rate]) -> float:
    """Minutes of work of a later stage; single SKUs need no sorting."""
    orders = [order for order in load.orders if stage != "sort" or order.kind == MULTI_SKU]
    return rate.get(stage, Rate()).minutes(
        picks=sum(order.skus for order in orders),
        units=sum(order.units for order in orders),
        orders=sum(order.is_counted for order in orders),
    )


def timed(loads: Sequence[Load], minutes: Sequence[float], rate: Mapping[str, Rate], staff: Staff) -> list[Timed]:
    """Carts in the given order to pickers, each as early as any picker can begin and end it within a shift.

    Later stages work off carts as they come, everybody of the stage or of its station on the same cart.
    """
    pickers = {key: _Pickers(shifts, staff.owed("pick")) for key, shifts in staff.shifts.items() if key[0] == "pick"}
    starts: list[float | None] = []
    ends: list[float | None] = []
    for load, work in zip(loads, minutes, strict=True):
        key = staff.pickers(load.zone)
        begin, end = (0.0, work) if key is None else pickers[key].take(work)
        starts.append(begin)
        ends.append(end)
    ready = list(ends)
    went: list[tuple[tuple[str, str], ...]] = [()] * len(loads)
    for stage in STAGES[1:]:
        places = Places(stage, staff)
        queue = sorted((at, place) for place, at in enumerate(ready) if at is not None)
        for at, place in queue:
            work = stage_minutes(loads[place], stage, rate)
            ready[place], station = places.through(at, work, loads[place])
            if station is not None:
                went[place] += ((stage, station),)
    return _together(loads, [Timed(*times) for times in zip(starts, ends, ready, went, strict=True)])


class Places:
    """Where the work of one stage is done: its stations, each with an even part of the people, else one place."""

    def __init__(self, stage: str, staff: Staff) -> None:
        self.names: Sequence[str | None] = staff.stations.get(stage) or (None,)
        parts = len(self.names)
        shifts = [replace(shift, workers=shift.workers / parts) for shift in staff.of_stage(stage)]
        known = staff.is_known(stage)
        self.flows = [_Flow(shifts, staff.owed(stage) / parts) if known else None for _ in self.names]
        self.load = [0.0] * parts
        self.of_order: dict[str, int] = {}

    def through(self, at: float, work: float, load: Load) -> tuple[float | None, str | None]:
        """When a cart that comes then is done, and at which station.

        It goes to the station that has had least work; the parts of an order go to the same.
        """
        first = load.orders[0]
        if work <= 0 and first.whole is None:
            return at, None
        least = min(range(len(self.names)), key=lambda number: (self.load[number], number))
        number = self.of_order.setdefault(first.outbound_id, least) if first.whole is not None else least
        self.load[number] += work
        flow = self.flows[number]
        # With enough people every order has its own.
        done = at + work / len(load.orders) if flow is None else flow.through(at, work)
        return done, self.names[number]


def _together(loads: Sequence[Load], times: list[Timed]) -> list[Timed]:
    """An order on several carts is ready when the last of them is, and nobody has time for it if not for all."""
    carts: dict[str, list[int]] = {}
    for place, load in enumerate(loads):
        if load.orders[0].whole is not None:
            carts.setdefault(load.orders[0].outbound_id, []).append(place)
    for places in carts.values():
        if any(times[place].starts is None for place in places):
            told = {"starts": None, "picked": None, "ready": None}
        else:
            ready = [times[place].ready for place in places]
            told = {"ready": None if None in ready else max(ready)}
        for place in places:
            times[place] = replace(times[place], **told)
    return times


class _Pickers:
    """Pickers of one zone: for each worker of each shift when he is free."""

    def __init__(self, shifts: Sequence[Shift], begun: float) -> None:
        # All of them together finish what was begun; where their time is too short for it, none is ever free.
        since = _Flow(shifts, 0.0).through(0.0, begun)
        self.free = [
            [shift.ends if since is None else max(shift.starts, since), shift]
            for shift in sorted(shifts, key=lambda s: s.starts) for _ in range(shift.workers)
        ]  # fmt: skip

    def take(self, work: float) -> tuple[float | None, float | None]:
        """Begin and end of so many minutes of work; None where no shift has room."""
        best = None
        for place in self.free:
            begin, shift = place
            if begin + work * shift.pace <= shift.ends + 1e-9 and (best is None or begin < best[0]):
                best = place
        if best is None:
            return None, None
        begin = best[0]
        best[0] = begin + work * best[1].pace
        return begin, best[0]


class _Flow:
    """A stage as one pipe: minutes of work that could be done by each instant, the first of them what was begun."""

    def __init__(self, shifts: Sequence[Shift], begun: float) -> None:
        self.at = sorted({0.0} | {edge for shift in shifts for edge in (shift.starts, shift.ends)})
        self.done = [sum(shift.minutes(0.0, at) for shift in shifts) for at in self.at]
        self.used = begun

    def through(self, arrival: float, work: float) -> float | None:
        """When work that arrives then is done; None where the last shift ends before."""
        if work <= 0:
            return arrival
        self.used = max(self.used, self._done_by(arrival)) + work
        if self.used > self.done[-1] + 1e-9:
            return None
        place = max(bisect_left(self.done, self.used - 1e-9), 1)
        low, high = self.done[place - 1], self.done[place]
        share = (min(self.used, high) - low) / (high - low)
        return max(self.at[place - 1] + share * (self.at[place] - self.at[place - 1]), arrival)

    def _done_by(self, at: float) -> float:
        place = bisect_left(self.at, at)
        if place == 0:
            return self.done[0]
        if place == len(self.at):
            return self.done[-1]
        share = (at - self.at[place - 1]) / (self.at[place] - self.at[place - 1])
        return self.done[place - 1] + share * (self.done[place] - self.done[place - 1])
