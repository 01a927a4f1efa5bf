"""Whole parcels: a linear program over what prices leave near a tie, rounded and improved move by move."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from optimization.carriers.day.classes import Classes
    from optimization.carriers.day.volume import Box

# At least so many classes are left open, or the thirtieth part with the nearest ties; all, where they are few.
OPEN_AT_LEAST = 1000
MOVES = 5000
# With so few arcs the program is solved in whole parcels at once: rounding costs most where parcels are few.
WHOLE_ARCS, WHOLE_SECONDS = 2000, 1.0
# Rounding that misses a tier or leaves a parcel over is repeated with a margin.
TRIES = 4


@dataclass(frozen=True)
class Whole:
    """Parcels of each class on each service.

    Parameters
    ----------
    parcels
        ``int64[today, s + 1]``, classes of today; the last column is unassigned.
    later
        ``float64[c − today, s]``, parcels ahead: a forecast need not be whole.
    price
        Prices by which the linear program values services and limits.
    """

    parcels: np.ndarray
    later: np.ndarray
    price: np.ndarray


def whole_parcels(classes: Classes, box: Box, price: np.ndarray) -> Whole:
    """Choose for each class how many parcels go by each service, inside a box of volumes.

    Only services within a window of the cheapest (with prices) are looked at. The rows of the linear program give
    way at the cost of an unassigned parcel: one that needs a service outside the window is then seen, and the
    window widened where it is, instead of the box being taken for infeasible.
    """
    window = np.full(len(classes.places), first_window(classes, price))
    enough = 1e-6 * max(1.0, classes.count.sum())
    margin = Margin(np.zeros(len(classes.accounts)), np.zeros(len(classes.limits)))
    best = None
    for _ in range(TRIES):
        share, dual, given_way = solve_window(classes, box, price, window, margin)
        while given_way.sum() > enough and (narrow := (given_way > 0) & (window < np.inf)).any():
            window = np.where(narrow, np.where(window < classes.held, window * 4, np.inf), window)
            share, dual, given_way = solve_window(classes, box, price, window, margin)
        found = rounded(classes, box, share, dual, window_classes(classes, price, window))
        volume, _ = loads(classes, np.vstack([found.parcels[:, :-1], found.later]))
        missing = np.maximum(box.low - volume, 0.0)
        left_over = found.parcels[:, -1].sum()
        if best is None:
            best, fewest = found, missing.sum() + left_over
        elif missing.sum() + left_over < fewest:
            best, fewest = Whole(found.parcels, found.later, best.price), missing.sum() + left_over
        if fewest < 1e-6 or given_way.sum() > 0.5:
            break
        margin = margin.wider(classes, missing, left_over)
    return best


@dataclass(frozen=True)
class Margin:
    """What the linear program leaves free so that whole parcels fit.

    Parameters
    ----------
    low
        Parcels by which each account must pass the start of its piece.
    limits
        Parcels or kilograms of each limit left unused.
    """

    low: np.ndarray
    limits: np.ndarray

    def wider(self, classes: Classes, missing: np.ndarray, left_over: int) -> Margin:
        """A margin that rounding should not eat up again."""
        if not left_over:
            return Margin(self.low + np.where(missing > 0, np.ceil(missing) + 1, 0), self.limits)
        heavy = float(np.median(classes.kg[classes.kg > 0])) if len(classes.kg) else 1.0
        one = [heavy if limit.is_kg else 1.0 for limit in classes.limits]
        return Margin(self.low + np.ceil(missing), self.limits + one)


def with_prices(classes: Classes, price: np.ndarray) -> np.ndarray:
    """Cost of each class on each service, above the cheapest, prices paid."""
    per_parcel, per_kg = classes.spread(price)
    cost = classes.cost + per_parcel[classes.place]
    if len(classes.kg):
        cost = cost + per_kg[classes.place] * classes.kg
    least = cost.min(axis=1, keepdims=True, initial=np.inf)
    return cost - np.where(np.isfinite(least), least, 0.0)


def first_window(classes: Classes, price: np.ndarray) -> float:
    """Yuan within which services are tied, so that enough classes have a choice."""
    cost = with_prices(classes, price)
    if cost.shape[1] < 2:
        return np.inf
    runner_up = np.partition(cost, 1, axis=1)[:, 1]
    wanted = max(OPEN_AT_LEAST, len(cost) // 30)
    if wanted >= len(cost):
        return np.inf
    return float(max(np.partition(runner_up, wanted)[wanted], 0.02))


def window_classes(classes: Classes, price: np.ndarray, window: np.ndarray) -> np.ndarray:
    """Classes of today with more than one service inside the window of their place."""
    limit = np.minimum(window, classes.held)[classes.place[: classes.today]]
    inside = (with_prices(classes, price)[: classes.today] <= limit[:, None]).sum(axis=1) > 1
    return np.flatnonzero(inside)


def solve_window(
    classes: Classes, box: Box, price: np.ndarray, window: np.ndarray, margin: Margin
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Parcels (fractional) of each class on each service, the prices that prove it, how far rows gave way by place."""
    from scipy.optimize import linprog
    from scipy.sparse import csr_array

    accounts, all_limits = len(classes.accounts), len(classes.limits)
    cost = with_prices(classes, price)
    here = window[classes.place]
    inside = (cost <= here[:, None]) & np.isfinite(cost)
    share = np.zeros_like(cost)
    # At last every class of a place is open, for it may have to be left unassigned.
    least_choice = np.where(here < np.inf, 2, 0)
    fixed = np.flatnonzero(inside.sum(axis=1) < least_choice)
    share[fixed, inside[fixed].argmax(axis=1)] = classes.count[fixed]
    volume, used = loads(classes, share)
    open_classes = np.flatnonzero(inside.sum(axis=1) >= least_choice)
    which, service = np.nonzero(inside[open_classes])
    arcs = len(which)
    owner = open_classes[which]
    limits = np.array([limit.limit for limit in classes.limits]) - used
    limits = np.maximum(limits - margin.limits, np.minimum(limits, 0.0))
    low = np.minimum(box.low + margin.low, box.high)
    # Columns: arcs, missing to each minimum, unassigned of each class, and what each row gives way.
    paid, arc, amount = arc_entries(classes, owner, service)
    of_account, of_limit = paid < accounts, paid >= accounts
    account, counted, way_count = paid[of_account], arc[of_account], 3 * accounts + all_limits
    index, held = np.arange(arcs), np.arange(len(open_classes))
    way, minimum = np.arange(way_count), np.arange(accounts)
    before_way = arcs + accounts + len(held)
    # Rows: volumes from above, from below, limits, minimums.
    below_minimum = 2 * accounts + all_limits
    parts = [
        (account, counted, np.ones(len(account))),
        (account + accounts, counted, -np.ones(len(account))),
        (paid[of_limit] + accounts, arc[of_limit], amount[of_limit]),
        (account + below_minimum, counted, -np.ones(len(account))),
        (minimum + below_minimum, arcs + minimum, -np.ones(accounts)),
        (way, before_way + way, -np.ones(way_count)),
    ]
    row, column, value = (np.concatenate(each) for each in zip(*parts, strict=True))
    slope = np.bincount(counted, box.slope[account], arcs)
    cost_of_ways = np.append(np.full(len(held), classes.held), np.full(way_count, 2 * classes.held))
    cost = np.concatenate([classes.cost[owner, service] + slope, box.fee, cost_of_ways])
    below = csr_array((value, (row, column)), shape=(way_count, before_way + way_count))
    most = np.concatenate([box.high - volume, volume - low, limits, volume - box.minimum])
    each = csr_array(
        (np.ones(arcs + len(held)), (np.append(which, held), np.append(index, arcs + accounts + held))),
        shape=(len(held), before_way + way_count),
    )
    count = classes.count[open_classes]
    found = linprog(cost, A_ub=below, b_ub=most, A_eq=each, b_eq=count, bounds=(0, None), method="highs-ds")
    if found.x is None:
        raise RuntimeError(f"the day's choice has no solution though its rows give way: {found.message}")
    is_whole = np.zeros(len(cost))
    is_whole[:arcs] = owner < classes.today
    answer = whole_answer(cost, below, most, each, count, is_whole, found.x) if arcs <= WHOLE_ARCS else found.x
    share[owner, service] = answer[:arcs]
    dual = -found.ineqlin.marginals
    own = box.slope + dual[:accounts] - dual[accounts : 2 * accounts] - dual[below_minimum:]
    given_way = ways_by_place(classes, open_classes, answer[arcs + accounts :])
    return share, np.append(own, dual[2 * accounts : below_minimum]), given_way


def ways_by_place(classes: Classes, open_classes: np.ndarray, given: np.ndarray) -> np.ndarray:
    """``float64[places]``: parcels left over there, and how far the rows gave way that their parcels count in.

    `given` has the open classes' parcels first, then the rows: volumes from above, from below, limits, minimums.
    """
    accounts, held = len(classes.accounts), len(open_classes)
    found = np.bincount(classes.place[open_classes], given[:held], len(classes.places))
    above, below, limits, least = np.split(given[held:], [accounts, 2 * accounts, len(given) - held - accounts])
    for row in np.flatnonzero(rows := np.append(above + below + least, limits)):
        found[(classes.rows == row).any(axis=(1, 2))] += rows[row]
    return found


def whole_answer(
    cost: np.ndarray,
    below: csr_array,
    most: np.ndarray,
    each: csr_array,
    count: np.ndarray,
    is_whole: np.ndarray,
    fractional: np.ndarray,
) -> np.ndarray:
    """The program's answer in whole parcels, where it is found in time; else the fractional one."""
    from scipy.optimize import LinearConstraint, milp

    if np.abs(fractional - np.rint(fractional))[is_whole > 0].max(initial=0.0) < 1e-6:
        return fractional
    rows = [LinearConstraint(below, -np.inf, most), LinearConstraint(each, count, count)]
    options = {"time_limit": WHOLE_SECONDS, "mip_rel_gap": 1e-6}
    found = milp(cost, integrality=is_whole, constraints=rows, options=options)
    # Whole parcels that need rows to give way are left to rounding, which keeps every row.
    ways = most.size
    return fractional if found.x is None or found.x[-ways:].sum() > 1e-6 else found.x


def arc_entries(classes: Classes, owner: np.ndarray, service: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What arcs (class and service) count in: number of the price, number of the arc, parcels or kilograms."""
    services = len(classes.services)
    found = []
    for measure in range(2 if len(classes.kg) else 1):
        paid = classes.rows[classes.place[owner], service + measure * services]
        arc, position = np.nonzero(paid >= 0)
        amount = classes.kg[owner[arc], service[arc]] if measure else np.ones(len(arc))
        found.append((paid[arc, position], arc, amount))
    return tuple(np.concatenate(each) for each in zip(*found, strict=True))


def loads(classes: Classes, share: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Parcels of each account and use of each limit."""
    owner, service = np.nonzero(share)
    paid, arc, amount = arc_entries(classes, owner, service)
    used = np.bincount(paid, amount * share[owner[arc], service[arc]], classes.size)
    return used[: len(classes.accounts)], used[len(classes.accounts) :]


def rounded(classes: Classes, box: Box, share: np.ndarray, price: np.ndarray, scanned: np.ndarray) -> Whole:
    """Whole parcels near a fractional choice: what rounding leaves over goes where it costs least."""
    from optimization.carriers.day.descent import descend

    today = classes.today
    parcels = np.zeros((today, share.shape[1] + 1), np.int64)
    parcels[:, :-1] = np.floor(share[:today] + 1e-6)
    count = np.rint(classes.count[:today]).astype(np.int64)
    over = parcels.sum(axis=1) - count
    for c in np.flatnonzero(over > 0):
        parcels[c, parcels[c, :-1].argmax()] -= over[c]
    parcels[:, -1] = count - parcels.sum(axis=1)
    later = share[today:]
    volume, used = loads(classes, np.vstack([parcels[:, :-1], later]))
    room = np.append(np.zeros(len(volume)), [limit.limit for limit in classes.limits] - used) + 1e-9
    bounds = np.vstack([box.low, box.high, box.slope, box.fee, box.minimum])
    place = (classes.place, classes.cost, classes.kg, classes.rows, classes.kind, classes.member)
    place = (*place, room, volume, bounds, classes.held, MOVES)
    left_over = np.union1d(scanned, np.flatnonzero(parcels[:, -1]))
    descend(parcels, left_over, *place)
    descend(parcels, np.arange(today), *place)
    return Whole(parcels, later, price)
