"""The plan of one warehouse: orders served, spread over periods, put on carts, walked and timed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from optimization.waves.bound import distances, least_minutes
from optimization.waves.carting import Search, Wave, waveless, waves_of
from optimization.waves.layout import Layout
from optimization.waves.limits import Limit, limits
from optimization.waves.next_wave import next_wave
from optimization.waves.params import Params
from optimization.waves.periods import Release, release
from optimization.waves.problem import Problem
from optimization.waves.schedule import Timed, pick_minutes, stage_minutes, timed
from optimization.waves.served import ACROSS, LeftOut, Served, counted, serve
from optimization.waves.staff import Staff, staff_of
from optimization.waves.standards import STAGES, Rate, rates
from optimization.waves.walk import Walk, walk

UNKNOWN_METRES = 10.0  # what an order is thought to add to a tour before any tour is known
# Shares of the people's time that the periods are filled to, until no cut-off is missed that need not be: what is
# picked last before a cut-off must still be packed.
FILLS = (1.0, 0.85, 0.7, 0.55)


@dataclass(frozen=True)
class House:
    """What a plan of one warehouse starts from."""

    warehouse: str
    orders: list[Served]
    left_out: list[LeftOut]
    layout: Layout | None
    limit: Mapping[str, Limit]
    rate: Mapping[str, Rate]
    staff: Staff
    away: Mapping[tuple, float]
    params: Params

    def search(self, seed: int, stop: Callable[[], bool] | None) -> Search:
        """How its carts are searched for."""
        pick, params = self.rate.get("pick", Rate()), self.params
        tour_metres = pick.tour / pick.metre if pick.metre else pick.tour
        staffed = any(stage == "pick" and zone != ACROSS for stage, zone in self.staff.shifts)
        return Search(
            params.zones_apart, staffed, params.identical_orders, params.moves_per_order, seed, tour_metres, stop
        )


@dataclass(frozen=True)
class Draft:
    """Waves in the order of release, with the walk and the times of each cart; orders nobody has time for.

    ``names`` and ``slots`` are of waves and orders kept from the plan before; others are named anew.
    """

    waves: list[Wave]
    walks: list[list[Walk]]
    times: list[list[Timed]]
    no_time: list[Served]
    misses_bound: float
    minutes_bound: float
    misses: int
    minutes: float
    names: dict[int, str]
    slots: dict[str, int]

    def beats(self, other: Draft, min_gain: float) -> bool:
        """Whether it misses less, or misses as much and saves that share of the labour."""
        if self.misses != other.misses:
            return self.misses < other.misses
        return self.minutes < other.minutes * (1 - min_gain)


def house_of(
    problem: Problem, warehouse: str, layout: Layout | None, wanted: Mapping, line_counts: Mapping, params: Params,
    seed: int = 0,
) -> House:  # fmt: skip
    """Orders served, and what holds in the warehouse."""
    orders, left_out = serve(problem, warehouse, wanted, line_counts, params)
    now = next_wave(orders, problem, warehouse, wanted, params, seed)
    if now is not None:
        orders, left_out = serve(problem, warehouse, wanted, line_counts, params, now)
    cutoffs = [order.cutoff for order in orders if order.cutoff < float("inf")]
    return House(
        warehouse, orders, left_out, layout, limits(problem, warehouse, params), rates(problem, warehouse),
        staff_of(problem, warehouse, max(cutoffs, default=0.0), params), distances(problem, warehouse, layout), params,
    )  # fmt: skip


def draft(house: House, seed: int, stop: Callable[[], bool] | None = None) -> Draft:
    """A plan from nothing.

    Where carts made in one pass miss cut-offs that the periods promised, the periods are filled less, and with
    the metres that were walked; the search for carts follows for the release that missed least.
    """
    if house.params.release == "waveless":
        window = house.params.lookahead_orders
        waves = waveless(house.orders, house.limit, house.layout, window, house.search(seed, stop))
        return completed(house, waves, [], 0.0)
    metres = [UNKNOWN_METRES] * len(house.orders)
    quick = replace(house.search(seed, stop), moves_per_order=0)
    best: tuple[Draft, Release] | None = None
    for fill in FILLS:
        chosen = release(house.orders, house.staff, house.rate, house.limit, metres, fill)
        tried = _released(house, chosen, quick)
        if best is None or tried.beats(best[0], 0.0):
            best = tried, chosen
        if not house.staff.shifts or tried.misses <= chosen.misses_bound + 0.5:
            break
        metres = _metres(house.orders, tried)
    return _released(house, best[1], replace(quick, moves_per_order=house.params.moves_per_order))


def _metres(orders: list[Served], walked: Draft) -> list[float]:
    """What each order added to the tours of a draft, carts shared evenly."""
    found: dict[str, float] = {}
    for wave, walks in zip(walked.waves, walked.walks, strict=True):
        for load, one in zip(wave, walks, strict=True):
            for order in load.orders:
                found[order.outbound_id] = found.get(order.outbound_id, 0.0) + one.metres / len(load.orders)
    return [found.get(order.outbound_id, UNKNOWN_METRES) for order in orders]


def _released(house: House, chosen: Release, search: Search) -> Draft:
    by_period: dict[int | None, list[Served]] = {}
    for order, period in zip(house.orders, chosen.period, strict=True):
        by_period.setdefault(period, []).append(order)
    no_time = by_period.pop(None, [])
    waves = [
        wave for period in sorted(by_period)
        for wave in waves_of(by_period[period], house.limit, house.layout, search)
    ]  # fmt: skip
    return completed(house, waves, no_time, chosen.misses_bound)


def completed(
    house: House, waves: list[Wave], no_time: list[Served], misses_bound: float,
    names: dict[int, str] | None = None, slots: dict[str, int] | None = None, walks: list[list[Walk]] | None = None,
) -> Draft:  # fmt: skip
    """Walk and time the waves; carts that fit in no shift leave the plan, and waves that lose all of them."""
    walks = walks or [[walk(load, house.layout) for load in wave] for wave in waves]
    loads = [load for wave in waves for load in wave]
    flat = [walked for row in walks for walked in row]
    work = [
        pick_minutes(load, walked.metres, walked.stops, house.rate) for load, walked in zip(loads, flat, strict=True)
    ]
    times = timed(loads, work, house.rate, house.staff)
    missed = sum(order.weight for order in no_time)
    minutes = 0.0
    for load, one, at in zip(loads, work, times, strict=True):
        missed += sum(order.weight for order in counted(load.orders) if is_late(order, at))
        minutes += one + sum(stage_minutes(load, stage, house.rate) for stage in STAGES[1:])
    kept_waves, kept_walks, kept_times, kept_names = [], [], [], {}
    taken = iter(zip(loads, flat, times, work, strict=True))
    no_time = list(no_time)
    for number, wave in enumerate(waves):
        rows = [next(taken) for _ in wave]
        for load, _, at, one in rows:
            if at.starts is None:
                no_time += counted(load.orders)
                minutes -= one + sum(stage_minutes(load, stage, house.rate) for stage in STAGES[1:])
        rows = [row for row in rows if row[2].starts is not None]
        if rows:
            if names and number in names:
                kept_names[len(kept_waves)] = names[number]
            kept_waves.append(tuple(row[0] for row in rows))
            kept_walks.append([row[1] for row in rows])
            kept_times.append([row[2] for row in rows])
    planned = counted(order for wave in kept_waves for load in wave for order in load.orders)
    bound = least_minutes(planned, house.rate, house.limit, house.away)
    return Draft(
        kept_waves, kept_walks, kept_times, no_time, misses_bound, min(bound, minutes), missed, minutes, kept_names,
        slots or {},
    )  # fmt: skip


def is_late(order: Served, at: Timed) -> bool:
    """Whether an order is ready after its cut-off, or nobody knows when."""
    return order.cutoff < float("inf") and (at.ready is None or at.ready > order.cutoff + 1e-6)
