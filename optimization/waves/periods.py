"""Which orders are picked before which cut-off: a small program over groups of orders and periods, in three steps."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from optimization.waves.limits import Limit
from optimization.waves.served import IDENTICAL, MULTI_SKU, Served
from optimization.waves.staff import Staff
from optimization.waves.standards import STAGES, Rate

# An order that nobody has time for weighs more than one that is late.
UNSERVED = 2.0
NODES = 200
# Cut-offs beyond so many share the last period but one.
MOST_EDGES = 24
SLACK = 1e-6


@dataclass(frozen=True)
class Release:
    """The period of each order (None: nobody has time for it), and what no release can do better.

    Parameters
    ----------
    period
        By place of the order in the list.
    misses_bound
        Least weight of cut-offs missed, by any plan of the same people.
    """

    period: list[int | None]
    misses_bound: float


@dataclass(frozen=True)
class _Groups:
    """Orders alike in kind, zone, cut-off and weight: their places, and minutes of one of them by resource."""

    members: list[list[int]]
    cutoff: np.ndarray
    weight: np.ndarray
    per_cart: np.ndarray
    minutes: np.ndarray


def release(
    orders: list[Served], staff: Staff, rate: Mapping[str, Rate], limit: Mapping[str, Limit], metres: list[float],
    fill: float = 1.0,
) -> Release:  # fmt: skip
    """Spread a warehouse's orders over the periods between cut-offs and ends of shifts.

    First the weight of missed cut-offs is least, then the minutes of tours, then the fullest share of anybody's time
    (each step keeps what the one before it reached; Fourer's preemptive goals by HiGHS). Where nobody's
    time is known, each cut-off is a period of its own.

    Parameters
    ----------
    orders
        In the order in which they may be served.
    staff, rate, limit
        Of the warehouse.
    metres
        What each order is thought to add to the tours (metres).
    fill
        Share of the people's time to plan with.
    """
    if not orders:
        return Release([], 0.0)
    if not staff.shifts:
        cutoffs = sorted({order.cutoff for order in orders})
        late = sum(order.weight for order in orders if order.cutoff < 0)
        return Release([cutoffs.index(order.cutoff) for order in orders], float(late))
    edges = _edges(orders, staff)
    resources = _resources(staff)
    room = _room(resources, staff, edges)
    groups = _grouped(orders, staff, rate, limit, metres, resources)
    tour = np.array([rate.get("pick", Rate()).tour / 60 if stage == "pick" else 0.0 for stage, _ in resources])
    shares = _three_steps(groups, edges, fill * room, tour)
    picking = np.array([stage == "pick" for stage, _ in resources])
    least = _least_misses(groups, orders, edges, room, tour, picking, rate, limit)
    return Release(_dealt(groups, shares, len(orders)), least)


def _edges(orders: list[Served], staff: Staff) -> np.ndarray:
    """Ends of the periods (minutes); after the last shift nothing is done."""
    cutoffs = sorted({order.cutoff for order in orders if 0 < order.cutoff < math.inf})
    last = max(staff.edges(), default=0.0)
    if len(cutoffs) > MOST_EDGES:
        cutoffs = [cutoffs[round(place)] for place in np.linspace(0, len(cutoffs) - 1, MOST_EDGES)]
    return np.array([*sorted({cutoff for cutoff in cutoffs if cutoff < last}), last])


def _resources(staff: Staff) -> list[tuple[str, str]]:
    """Pickers by zone, the people of other stages together."""
    others = sorted({stage for stage, _ in staff.shifts if stage != "pick" and stage in STAGES})
    return sorted(key for key in staff.shifts if key[0] == "pick") + [(stage, "") for stage in others]


def _room(resources: list[tuple[str, str]], staff: Staff, edges: np.ndarray) -> np.ndarray:
    """(resources, periods) minutes of work, less what was begun before."""
    starts = np.concatenate([[0.0], edges[:-1]])
    room = np.zeros((len(resources), len(edges)))
    for row, (stage, zone) in enumerate(resources):
        shifts = staff.shifts[stage, zone] if stage == "pick" else staff.of_stage(stage)
        room[row] = [sum(shift.minutes(*span) for shift in shifts) for span in zip(starts, edges, strict=True)]
        owed = staff.owed(stage)
        for period in range(len(edges)):
            paid = min(owed, room[row, period])
            room[row, period] -= paid
            owed -= paid
    return room


def _grouped(orders, staff, rate, limit, metres, resources) -> _Groups:
    held: dict[tuple, list[int]] = {}
    for place, order in enumerate(orders):
        held.setdefault((order.kind, order.zone, order.cutoff, order.weight), []).append(place)
    minutes = np.zeros((len(held), len(resources)))
    pick = rate.get("pick", Rate())
    for row, ((kind, zone, _, _), members) in enumerate(held.items()):
        group = [orders[place] for place in members]
        units, skus = (sum(getattr(order, name) for order in group) for name in ("units", "skus"))
        walked = sum(metres[place] for place in members)
        picks = 0 if kind == IDENTICAL else skus
        for column, (stage, where) in enumerate(resources):
            if stage == "pick":
                if (stage, where) == staff.pickers(zone):
                    minutes[row, column] = pick.minutes(
                        metres=walked, picks=picks, units=units, orders=len(group)
                    ) / len(group)
            elif stage != "sort" or kind == MULTI_SKU:
                one = rate.get(stage, Rate())
                minutes[row, column] = one.minutes(picks=skus, units=units, orders=len(group)) / len(group)
    keys = list(held)
    return _Groups(
        list(held.values()),
        np.array([key[2] for key in keys]),
        np.array([key[3] for key in keys], dtype=float),
        np.array([_per_cart(limit[key[0]], [orders[place] for place in held[key]]) for key in keys]),
        minutes,
    )


def _per_cart(most: Limit, group: list[Served]) -> float:
    """Orders of a group that fill a cart."""
    load = sum(map(most.load, group)) / len(group)
    return min(most.cart_orders, 1 / load if load else math.inf)


def _three_steps(groups: _Groups, edges: np.ndarray, room: np.ndarray, tour: np.ndarray) -> np.ndarray:
    """(groups, periods + 1) orders of each group in each period, and in none."""
    model = _Model(groups, edges, room, tour)
    misses = model.cost_of_misses()
    first = model.solved(misses, whole=False)
    model.keep(misses, float(misses @ first))
    tours = model.cost_of_tours()
    second = model.solved(tours, whole=True)
    if second is None:  # whole tours do not fit beside the misses: parts of tours did
        return model.shares(first)
    model.keep(tours, float(tours @ second))
    third = model.solved(model.cost_of_fullness(), whole=True)
    return model.shares(second if third is None else third)


def _least_misses(groups, orders, edges, room, tour, picking, rate, limit) -> float:
    """Weight of misses where nobody walks, tours may be divided, pickers help each other, and stages wait for none."""
    pick = rate.get("pick", Rate())
    first = np.flatnonzero(picking)[:1]
    minutes = groups.minutes.copy()
    minutes[:, picking] = 0.0
    for row, members in enumerate(groups.members):
        group = [orders[place] for place in members]
        skus = 0 if group[0].kind == IDENTICAL else sum(order.skus for order in group)
        work = pick.minutes(picks=skus, units=sum(order.units for order in group), orders=len(group))
        minutes[row, first] = work / len(group)
    pooled = room.copy()
    pooled[first] = room[picking].sum(axis=0) if len(first) else 0.0
    kept = ~picking
    kept[first] = True
    per_cart = np.array([limit[orders[members[0]].kind].cart_orders for members in groups.members], dtype=float)
    relaxed = replace(groups, minutes=minutes[:, kept], per_cart=per_cart)
    model = _Model(relaxed, edges, pooled[kept], np.where(kept, tour, 0.0)[kept])
    misses = np.zeros(model.count)
    begins = np.concatenate([[0.0], edges[:-1]])
    misses[model.place] = (begins[None, :] >= groups.cutoff[:, None]) * groups.weight[:, None]
    misses[model.none] = groups.weight
    return max(float(misses @ model.solved(misses, whole=False)) - SLACK, 0.0)


class _Model:
    """Variables: orders of group g in period t; in none; tours in period t; the fullest share in period t."""

    def __init__(self, groups: _Groups, edges: np.ndarray, room: np.ndarray, tour: np.ndarray) -> None:
        from scipy.sparse import coo_array

        self.groups, self.edges = groups, edges
        many, periods, resources = len(groups.members), len(edges), len(room)
        self.size = np.array([len(members) for members in groups.members], dtype=float)
        self.count = many * (periods + 1) + 2 * periods
        self.place = np.arange(many * periods).reshape(many, periods)
        self.none = many * periods + np.arange(many)
        self.tours = self.none[-1] + 1 + np.arange(periods)
        self.full = self.tours[-1] + 1 + np.arange(periods)
        rows: list[tuple[np.ndarray, np.ndarray, float, float]] = []
        for group in range(many):
            rows.append((np.append(self.place[group], self.none[group]), np.ones(periods + 1), 1.0, 1.0))
            rows[-1] = (*rows[-1][:2], self.size[group], self.size[group])
        pickers = sum(tour > 0) or 1
        for period in range(periods):
            mine = self.place[:, period]
            rows.append((np.append(mine, self.tours[period]), np.append(1 / groups.per_cart, -1.0), -np.inf, 0.0))
            for resource in range(resources):
                held = np.append(mine, self.tours[period])
                work = np.append(groups.minutes[:, resource], tour[resource] / pickers)
                rows.append((held, work, -np.inf, room[resource, period]))
                if room[resource, period] > 0:
                    share = np.append(work / room[resource, period], -1.0)
                    rows.append((np.append(held, self.full[period]), share, -np.inf, 0.0))
        self.low = np.array([row[2] for row in rows])
        self.high = np.array([row[3] for row in rows])
        where = np.repeat(np.arange(len(rows)), [len(row[0]) for row in rows])
        columns, values = np.concatenate([row[0] for row in rows]), np.concatenate([row[1] for row in rows])
        self.matrix = coo_array((values, (where, columns)), shape=(len(rows), self.count)).tocsr()

    def cost_of_misses(self) -> np.ndarray:
        """Weight of orders whose period ends after their cut-off."""
        cost = np.zeros(self.count)
        late = self.edges[None, :] > self.groups.cutoff[:, None]
        cost[self.place] = late * self.groups.weight[:, None]
        cost[self.none] = UNSERVED * self.groups.weight
        return cost

    def cost_of_tours(self) -> np.ndarray:
        """Tours, the earlier ones a trifle dearer so that they are not put off without need."""
        cost = np.zeros(self.count)
        cost[self.tours] = 1.0
        cost[self.place] = 1e-6 * np.arange(len(self.edges))[None, :]
        return cost

    def cost_of_fullness(self) -> np.ndarray:
        """The fullest share of anybody's time, period by period."""
        cost = np.zeros(self.count)
        cost[self.full] = 1.0
        return cost

    def keep(self, cost: np.ndarray, value: float) -> None:
        """From now on no solution may cost more."""
        from scipy.sparse import csr_array, vstack

        self.matrix = vstack([self.matrix, csr_array(cost[None, :])]).tocsr()
        self.low = np.append(self.low, -np.inf)
        self.high = np.append(self.high, value + SLACK * max(1.0, abs(value)))

    def solved(self, cost: np.ndarray, whole: bool) -> np.ndarray | None:
        """The cheapest values, with whole tours if asked; None where there are none."""
        from scipy.optimize import LinearConstraint, milp

        # With presolve HiGHS 1.x writes a line of its own to the output at every other whole program.
        integrality = np.zeros(self.count)
        integrality[self.tours] = whole
        found = milp(
            cost, constraints=LinearConstraint(self.matrix, self.low, self.high), integrality=integrality,
            bounds=(0, np.inf), options={"node_limit": NODES, "mip_rel_gap": 1e-4, "presolve": False},
        )  # fmt: skip
        return found.x

    def shares(self, values: np.ndarray) -> np.ndarray:
        """(groups, periods + 1)"""
        return np.column_stack([values[self.place], values[self.none]])


def _dealt(groups: _Groups, shares: np.ndarray, orders: int) -> list[int | None]:
    """Whole orders: the shares rounded down, the rest by the largest remainders; first come, first in time."""
    period: list[int | None] = [None] * orders
    for members, share in zip(groups.members, shares, strict=True):
        counts = np.floor(share + SLACK).astype(int)
        rest = np.argsort(-(share - counts), kind="stable")[: len(members) - counts.sum()]
        counts[rest] += 1
        places = np.repeat(np.arange(len(share)), counts)
        for place, number in zip(members, places.tolist(), strict=True):
            period[place] = number if number < len(share) - 1 else None
    return period
