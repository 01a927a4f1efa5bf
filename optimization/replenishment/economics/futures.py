"""What every candidate quantity earns, on every path of demand and lead time.

An order placed now arrives at the start of period L, the next one can be placed R periods later and arrives R
periods later. So an order is judged by what it alone can do, which is also its value against waiting:

- before L nothing it could change happens: stock is projected path by path, sales cut off at what is there;
- from L to L + R it is the last that could help: its sales earn the price, what is short costs, what is left
  over is held;
- from L + R on, what is left takes the place of units that a later order would have brought. It earns what
  those would cost, and costs only beyond what a later order would fill up to (the level, and the smallest order on top
  where that is more than the level), for a unit below that would lie there anyway (the myopic policy is optimal while
  levels do not fall: Veinott 1965, Management Science 12). If there is no later order (a last buy), it earns the price
  as before;
- what is still there at the horizon has its terminal value, less what it costs until it sells: unit n beyond the
  level waits n / rate periods, and is worth its salvage if it waits too long. So the last unit bought for a better
  price is worth least, as it should be.

Goods that expire are followed batch by batch (``expiry``): sold first expired first, written off when they may no
longer be sold, after the horizon as well.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numba
import numpy as np

from optimization.replenishment.economics.arrays import Arrays
from optimization.replenishment.economics.expiry import most_that_sells, on_shelf, without_order
from optimization.replenishment.economics.later_worth import later_worth

NO_LIMIT = 2**52  # units; floats count up to here
THREADS = 2  # compiled loops hold no lock; each option is computed by one thread, so the result is the same


@dataclass(frozen=True)
class Outcomes:
    """Means over the paths, per option and candidate; shape (options, candidates) each.

    Parameters
    ----------
    earned
        Money earned and saved, the purchase aside.
    short
        Units short from the order's arrival to the next order's.
    left
        Units on hand at the end of that interval.
    expired
        Units written off, whichever batch they came from; beyond the horizon as far as goods still sell there.
    """

    earned: np.ndarray
    short: np.ndarray
    left: np.ndarray
    expired: np.ndarray


def outcomes(arrays: Arrays, quantity: np.ndarray, level: np.ndarray) -> Outcomes:
    """Project every candidate on every path.

    Parameters
    ----------
    arrays
        The problem as arrays.
    quantity
        Shape (options, candidates): units that arrive.
    level
        Shape (items, periods): what a later order would fill up to at the start of a period.

    Returns
    -------
    Outcomes
    """
    found = np.zeros((4, *quantity.shape))
    _in_parts(_outcomes, len(quantity), found, *arrays.stock(), *arrays.money(), quantity, level)
    return Outcomes(*found)


def _in_parts(loop: Callable[..., None], options: int, *rest: object) -> None:
    """Run a compiled loop over parts of the options side by side."""
    share = max(-(-options // THREADS), 1)
    with ThreadPoolExecutor(THREADS) as threads:
        for done in [threads.submit(loop, part, part + share, *rest) for part in range(0, options, share)]:
            done.result()


def path_needs(arrays: Arrays) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Units that would be short or over, were nothing ordered.

    Returns
    -------
    tuple of np.ndarray
        Shape (options, paths), sorted along the paths: demand from arrival to the next order's arrival less
        what is there for it and does not expire before it sells; below zero where that is more than enough. Shape
        (options,), mean over the paths: the same to the horizon; units that expire until the next order's arrival.
    """
    needs, reach, expiring = np.empty(arrays.lead.shape), np.zeros(len(arrays.lead)), np.zeros(len(arrays.lead))
    _needs(needs, reach, expiring, *arrays.stock())
    return np.sort(needs, axis=1), reach, expiring


def most_fresh(arrays: Arrays, most_share: float, step: np.ndarray, yields: np.ndarray) -> np.ndarray:
    """Largest order of which no more than a share expires before it sells, what it pushes aside included.

    Parameters
    ----------
    arrays
        The problem as arrays.
    most_share
        Largest share, mean over the paths.
    step, yields
        Shape (options,): step of quantities, and share of what is ordered that can be sold.

    Returns
    -------
    np.ndarray
        int64, shape (options,): whole steps; ``NO_LIMIT`` for goods that keep.
    """
    fresh = np.full(len(arrays.lead), NO_LIMIT)
    _in_parts(most_that_sells, len(fresh), fresh, most_share, step, yields, arrays.rate, *arrays.stock())
    return fresh


def later_levels(demand: np.ndarray, review: np.ndarray, ratio: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Level that an order arriving at each period would fill up to: a quantile of demand until the next one.

    Parameters
    ----------
    demand
        Shape (items, paths, periods).
    review
        Shape (items,): periods between orders.
    ratio
        Shape (items,), in (0, 1]: the quantile.
    first
        Shape (items,): first period that is asked for; earlier ones are infinite.

    Returns
    -------
    np.ndarray
        Shape (items, periods).
    """
    items, paths, periods = demand.shape
    level = np.full((items, periods), np.inf)
    place = (np.ceil(ratio * paths - 1e-9).astype(np.int64) - 1).clip(0, paths - 1)
    for length in np.unique(review):
        for period in range(periods):
            # An interval cut off by the horizon is stood for by the last whole one.
            begin = max(min(period, periods - int(length)), 0)
            rows = np.flatnonzero((review == length) & (first <= period))
            sums = np.sort(demand[rows, :, begin : begin + int(length)].sum(axis=2), axis=1)
            level[rows, period] = sums[np.arange(rows.size), place[rows]]
    return level


def lost_before(arrays: Arrays, options: np.ndarray) -> np.ndarray:
    """Units of demand that go unserved before each option's order could arrive, mean over the paths.

    Where demand waits, each counts once for every period that it has waited by then, as it is charged.

    Parameters
    ----------
    arrays
        The problem as arrays.
    options
        Rows of the options asked for.

    Returns
    -------
    np.ndarray
        In the order of ``options``.
    """
    found = np.zeros(options.size)
    _lost_before(found, options, *arrays.stock())
    return found


@numba.njit(cache=True, nogil=True)
def _lost_before(
    found, options, item, lead, shelf, demand, until, backorder, perishable, start, units, when, expiry, owed
):
    periods = demand.shape[2]
    for row in range(options.size):
        option = options[row]
        of = item[option]
        arriving = np.empty(periods)
        for path in range(lead.shape[1]):
            begin = min(lead[option, path], periods)
            if perishable[of]:
                lost = without_order(
                    demand[of, path], (start[of], start[of + 1]), units, when[:, path], expiry, begin, begin,
                    backorder[of], owed[of],
                )[4]  # fmt: skip
            else:
                _arriving(arriving, start[of], start[of + 1], units, when, path)
                lost = _lost_in_bulk(demand[of, path], arriving, begin, backorder[of], owed[of])
            found[row] += lost / lead.shape[1]


@numba.njit(cache=True, nogil=True)
def _lost_in_bulk(demand, arriving, begin, backorder, owed):
    stock, waiting, lost = 0.0, owed, 0.0
    for period in range(begin):
        stock += arriving[period]
        first = min(stock, waiting)
        waiting -= first
        served = min(stock - first, demand[period])
        stock -= first + served
        unmet = demand[period] - served
        if backorder:
            waiting += unmet
        lost += waiting if backorder else unmet
    return lost


@numba.njit(cache=True, nogil=True)
def _arriving(arriving: np.ndarray, first: int, last: int, units: np.ndarray, when: np.ndarray, path: int) -> None:
    """Units that arrive in each period on a path; what is on hand arrives in period 0."""
    for period in range(arriving.size):
        arriving[period] = 0.0
    for batch in range(first, last):
        if when[batch, path] < arriving.size:
            arriving[when[batch, path]] += units[batch]


@numba.njit(cache=True, nogil=True)
def _stock_at(demand: np.ndarray, arriving: np.ndarray, period: int, backorder: bool, owed: float) -> float:
    """Stock at the start of a period, before what arrives in it; below zero where demand waits."""
    stock, waiting = 0.0, owed
    for now in range(period):
        stock += arriving[now]
        served = min(stock, waiting + demand[now])
        stock -= served
        # Orders already taken wait in any case and are served first.
        waiting = waiting + demand[now] - served if backorder else max(waiting - served, 0.0)
    return stock - waiting


@numba.njit(cache=True, nogil=True)
def _needs(
    needs, reach, expiring, item, lead, shelf, demand, until, backorder, perishable, start, units, when, expiry, owed
):
    options, paths = lead.shape
    periods = demand.shape[2]
    for option in range(options):
        of = item[option]
        arriving = np.empty(periods)
        for path in range(paths):
            _arriving(arriving, start[of], start[of + 1], units, when, path)
            begin = min(lead[option, path], periods)
            end = max(min(until[option, path], periods), begin)
            if perishable[of]:
                stock, before, inside, after, _ = without_order(
                    demand[of, path], (start[of], start[of + 1]), units, when[:, path], expiry, begin, end,
                    backorder[of], owed[of],
                )  # fmt: skip
                expiring[option] += (before + inside) / paths
                reach[option] += (inside + after) / paths
            else:
                stock, inside = _stock_at(demand[of, path], arriving, begin, backorder[of], owed[of]), 0.0
            reach[option] -= stock / paths
            stock -= inside
            for period in range(begin, periods):
                short = demand[of, path, period] - arriving[period]
                reach[option] += short / paths
                if period < end:
                    stock -= short
            needs[option, path] = -stock


@numba.njit(cache=True, nogil=True)
def _outcomes(
    from_option,
    to_option,
    found,
    item,
    lead,
    shelf,
    demand,
    until,
    backorder,
    perishable,
    start,
    units,
    when,
    expiry,
    owed,
    price,
    short_cost,
    hold,
    excess,
    later,
    terminal,
    salvage,
    slope,
    lasting,
    rate,
    quantity,
    level,
):
    options, paths = lead.shape
    periods, candidates = demand.shape[2], quantity.shape[1]
    for option in range(from_option, min(to_option, options)):
        of = item[option]
        arriving = np.empty(periods)
        sums = np.zeros((4, candidates))
        shelf_left, waits = np.empty(candidates), np.empty(candidates)
        money = (price[option], short_cost[of], hold[of], excess[of], later[option], salvage[of])
        worth = (terminal[of], salvage[of], slope[of], lasting[of])
        for path in range(paths):
            begin = min(lead[option, path], periods)
            end = max(min(until[option, path], periods), begin)
            if perishable[of]:
                batches = (start[of], start[of + 1])
                on_shelf(
                    sums,
                    demand[of, path],
                    batches,
                    units,
                    when[:, path],
                    expiry,
                    begin,
                    end,
                    shelf[option],
                    quantity[option],
                    backorder[of],
                    owed[of],
                    money,
                    worth,
                    level[of],
                    rate[of],
                )
            else:
                _arriving(arriving, start[of], start[of + 1], units, when, path)
                stock = _stock_at(demand[of, path], arriving, begin, backorder[of], owed[of])
                _in_bulk(
                    sums,
                    demand[of, path],
                    arriving,
                    begin,
                    end,
                    stock,
                    quantity[option],
                    shelf_left,
                    waits,
                    backorder[of],
                    money,
                    worth,
                    level[of],
                )
        for kind in range(4):
            for choice in range(candidates):
                found[kind, option, choice] = sums[kind, choice] / paths


@numba.njit(cache=True, nogil=True)
def _in_bulk(sums, demand, arriving, begin, end, stock, quantity, shelf, waits, backorder, money, worth, level):
    """Add one path of goods that do not expire; ``stock`` is that before the order, below zero if demand waits.

    All candidates are moved on together, period by period, without branches: compilers then use wide registers.
    """
    price, short_cost, hold, excess, later, _ = money
    for choice in range(quantity.size):
        shelf[choice] = max(stock, 0.0) + quantity[choice]
        waits[choice] = max(-stock, 0.0)
    for period in range(begin, end):
        come, asked = arriving[period], demand[period]
        stays = 1.0 if backorder and period < end - 1 else 0.0
        for choice in range(quantity.size):
            before = shelf[choice] + come
            wanted = asked + waits[choice]
            served = min(before, wanted)
            unmet = wanted - served
            shelf[choice] = before - served
            waits[choice] = unmet * stays
            sums[0, choice] += price * served - short_cost * unmet - hold * (before - served)
            sums[1, choice] += unmet
    for choice in range(quantity.size):
        sums[2, choice] += shelf[choice]
    for period in range(end, demand.size):
        come, asked, enough = arriving[period], demand[period], level[period]
        for choice in range(quantity.size):
            before = shelf[choice] + come
            served = min(before, asked)
            left = before - served
            shelf[choice] = left
            sums[0, choice] += later * served - excess * min(max(before - enough, 0.0), left)
    for choice in range(quantity.size):
        sums[0, choice] += later_worth(shelf[choice], level[demand.size - 1], worth)
