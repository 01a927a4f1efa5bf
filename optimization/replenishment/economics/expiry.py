"""Goods that expire, batch by batch along a path: sold first expired first, written off when their last day is over.

A path's batches lie in slots by their last day. After the horizon what is left sells at its mean rate, first expired
first; what its last day overtakes there is written off as well.
"""

import numba
import numpy as np

from optimization.replenishment.economics.later_worth import later_worth

FOREVER = 10**9  # no batch expires as late as this


@numba.njit(cache=True, nogil=True)
def _slots(batches: tuple, expiry: np.ndarray, own: int) -> tuple[np.ndarray, int]:
    """Last period of every slot, rising, and the slot of the order, whose own last period is ``own``."""
    first, after = batches
    place = 0
    while place < after - first and expiry[first + place] <= own:
        place += 1
    last = np.empty(after - first + 1, dtype=np.int64)
    for slot in range(last.size):
        last[slot] = own if slot == place else expiry[first + slot - (slot > place)]
    return last, place


@numba.njit(cache=True, nogil=True)
def _received(held, last, place, batches, units, when, period):
    """Put what arrives in a period into its slots; units that come when their last day is over."""
    spoilt = 0.0
    for slot in range(held.size):
        if slot == place:
            continue
        batch = batches[0] + slot - (slot > place)
        if when[batch] == period:
            if last[slot] >= period:
                held[slot] += units[batch]
            else:
                spoilt += units[batch]
    return spoilt


@numba.njit(cache=True, nogil=True)
def _unmet(held: np.ndarray, wanted: float) -> float:
    """Serve what is wanted, first expired first; units that are not there."""
    for slot in range(held.size):
        taken = min(held[slot], wanted)
        held[slot] -= taken
        wanted -= taken
        if wanted <= 0.0:
            break
    return wanted


@numba.njit(cache=True, nogil=True)
def _written_off(held: np.ndarray, last: np.ndarray, period: int) -> float:
    """Take away what could be sold in this period for the last time."""
    spoilt = 0.0
    for slot in range(held.size):
        if last[slot] > period:
            break
        spoilt += held[slot]
        held[slot] = 0.0
    return spoilt


@numba.njit(cache=True, nogil=True)
def _written_off_later(held: np.ndarray, last: np.ndarray, periods: int, rate: float) -> float:
    """Units left at the horizon that their last day overtakes while ``rate`` a period are sold.

    Where nothing sells any more what is left is worth its salvage, whether it expires or not.
    """
    sold = spoilt = 0.0
    if rate <= 0.0:
        return 0.0
    for slot in range(held.size):
        if last[slot] >= FOREVER:
            break
        if held[slot] > 0.0:
            sells = max(min(held[slot], rate * (last[slot] - periods + 1) - sold), 0.0)
            sold += sells
            spoilt += held[slot] - sells
    return spoilt


@numba.njit(cache=True, nogil=True)
def _total(held: np.ndarray) -> float:
    """Sum of a short array; compiled far faster than the array's own."""
    result = 0.0
    for units in held:
        result += units
    return result


@numba.njit(cache=True, nogil=True)
def on_shelf(
    sums, demand, batches, units, when, expiry, begin, end, shelf_life, quantity, backorder, owed, money, worth, level,
    rate,
):  # fmt: skip
    """Add one path of goods that expire to the sums of every candidate: money, short, left, written off."""
    price, short_cost, hold, excess, later, salvage = money
    periods = demand.size
    last, place = _slots(batches, expiry, begin + shelf_life - 1)
    held = np.empty(last.size)
    for choice in range(quantity.size):
        held[:] = 0.0
        waiting, earned, firm, spoilt = owed, 0.0, owed, 0.0
        for period in range(periods):
            spoilt += _received(held, last, place, batches, units, when, period)
            if period == begin:
                if shelf_life > 0:
                    held[place] += quantity[choice]
                else:
                    spoilt += quantity[choice]
            before = _total(held)
            asked = demand[period] + waiting
            unmet = _unmet(held, asked)
            firm = max(firm - (asked - unmet), 0.0)
            waiting = (unmet if backorder else (firm if period < begin else 0.0)) if period < end - 1 else 0.0
            left = _total(held)
            if begin <= period < end:
                earned += price * (asked - unmet) - short_cost * unmet - hold * left
                sums[1, choice] += unmet
                if period == end - 1:
                    sums[2, choice] += left
            elif period >= end:
                earned += later * (asked - unmet) - excess * min(max(before - level[period], 0.0), left)
            spoilt += _written_off(held, last, period)
        beyond = _written_off_later(held, last, periods, rate)
        spoilt += beyond
        sums[3, choice] += spoilt
        sums[0, choice] += earned + salvage * spoilt
        sums[0, choice] += later_worth(_total(held) - beyond, level[periods - 1], worth)


@numba.njit(cache=True, nogil=True)
def without_order(demand, batches, units, when, expiry, begin, end, backorder, owed):
    """One path on which nothing is ordered.

    Returns
    -------
    tuple of float
        Stock when the order would arrive (below zero where demand waits), units written off before, from then to the
        next order's arrival, and from there to the horizon; units of demand that went unserved before, where they wait
        once for every period.
    """
    last, place = _slots(batches, expiry, 2 * FOREVER)
    held = np.zeros(last.size)
    waiting, lost, stock = owed, 0.0, 0.0
    spoilt = np.zeros(3)
    for period in range(demand.size):
        if period == begin:
            stock = _total(held) - waiting
        part = 0 if period < begin else (1 if period < end else 2)
        spoilt[part] += _received(held, last, place, batches, units, when, period)
        waiting = _unmet(held, waiting)
        unmet = _unmet(held, demand[period])
        if backorder:
            waiting += unmet
        elif period >= begin:
            waiting = 0.0
        if period < begin:
            lost += waiting if backorder else unmet
        spoilt[part] += _written_off(held, last, period)
    if begin >= demand.size:
        stock = _total(held) - waiting
    return stock, spoilt[0], spoilt[1], spoilt[2], lost


@numba.njit(cache=True, nogil=True)
def most_that_sells(
    from_option, to_option, fresh, most_share, step, yields, rate, item, lead, shelf, demand, until, backorder,
    perishable, start, units, when, expiry, owed,
):  # fmt: skip
    """Write the largest order of some options of which no more than a share would be written off, in whole steps.

    What an order pushes aside counts as well. Options that keep, and those without a limit, keep what ``fresh`` says.
    """
    periods = demand.shape[2]
    nothing = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    no_level, no_worth = np.zeros(periods), (0.0, 0.0, 0.0, 0.0)
    for option in range(from_option, min(to_option, item.size)):
        if shelf[option] >= FOREVER or most_share >= 1.0:
            continue
        of = item[option]
        batches = (start[of], start[of + 1])
        sums, quantity = np.zeros((4, 2)), np.zeros(2)
        sellable = _sellable(demand[of], lead[option], shelf[option], rate[of])
        low, high = 0, int(sellable / (1 - most_share) / yields[option]) // step[option] + 1
        while low < high:
            middle = (low + high + 1) // 2
            sums[:] = 0.0
            quantity[1] = middle * step[option] * yields[option]
            for path in range(lead.shape[1]):
                begin = min(lead[option, path], periods)
                on_shelf(
                    sums, demand[of, path], batches, units, when[:, path], expiry, begin,
                    max(min(until[option, path], periods), begin), shelf[option], quantity, backorder[of], owed[of],
                    nothing, no_worth, no_level, rate[of],
                )  # fmt: skip
            spoilt = (sums[3, 1] - sums[3, 0]) / lead.shape[1]
            if spoilt <= most_share * quantity[1] + 1e-9:
                low = middle
            else:
                high = middle - 1
        fresh[option] = low * step[option]


@numba.njit(cache=True, nogil=True)
def _sellable(demand: np.ndarray, lead: np.ndarray, shelf_life: int, rate: float) -> float:
    """More units than can be sold, mean over the paths, before what comes expires."""
    sold = 0.0
    for path in range(demand.shape[0]):
        for period in range(min(lead[path], demand.shape[1]), demand.shape[1]):
            sold += demand[path, period]
    sold /= demand.shape[0]
    after = lead.max() + shelf_life - demand.shape[1]
    if after > 0:
        if rate <= 0.0:
            return 2.0**40
        sold += rate * after
    return min(sold, 2.0**40)
