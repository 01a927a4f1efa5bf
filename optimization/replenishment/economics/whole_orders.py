"""Whole steps that meet a supplier's minimum, or use its capacity, at the least loss.

Divisible steps down to the rate ρ at which the limit is just met are a bound. A whole order falls short of it by what
each item's candidate is worth less than the item's best at ρ, and by |λ − ρ| for every unit of money beyond the limit
(λ the price of money). Only candidates that lose less than the best whole order known can be in a better one; they are
few, and combined item by item, as sums of money and loss of which none is beaten in both (a core of the multiple-choice
knapsack: Pisinger 1995, European Journal of Operational Research 83).
"""

from concurrent.futures import ThreadPoolExecutor

import numba
import numpy as np

THREADS = 2  # loops hold no lock; each supplier is computed by one thread, so the result is the same
STATES = 80_000  # combinations kept at a time, of all suppliers together …
FEWEST, MOST = 256, 4_000  # … and of each; those that are left out are the farthest from the bound
ENOUGH = 1e-6  # share of what an order is worth by which it may fall short
TOLERANCE = 1e-9


def whole_orders(
    candidate: np.ndarray,
    value: np.ndarray,
    spend: np.ndarray,
    members: tuple[np.ndarray, np.ndarray],
    limits: tuple[np.ndarray, np.ndarray],
    rate: np.ndarray,
    price: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Candidates that keep to suppliers' limits and earn most at the price of money.

    Parameters
    ----------
    candidate
        Shape (items,): whole steps in the order of value per spend; not changed.
    value, spend
        Shape (items, candidates).
    members
        Rows of items sorted by supplier, and the first place of each supplier.
    limits
        Shape (suppliers,) each: spend that an order is held to, and 1 where it is the least, −1 where it is the most, 0
        where there is nothing to do.
    rate
        Shape (suppliers,): what the last money earns where divisible steps just keep to the limit.
    price
        Price of money.

    Returns
    -------
    tuple of np.ndarray
        Shape (items,): candidates, as given where nothing better was found. Shape (suppliers,), money: the least by
        which every whole order falls short of the divisible one.
    """
    found, lost = candidate.copy(), np.zeros(rate.size)
    rows, first = members
    limit, side = limits
    asked = np.flatnonzero((side != 0) & (first[1:] > first[:-1]))
    most = int(np.clip(STATES // max(asked.size, 1), FEWEST, MOST))
    with ThreadPoolExecutor(THREADS) as threads:
        started = [
            threads.submit(
                _order_all, asked[part::THREADS], found, lost, value, spend, rows, first, limit, side, rate, price, most
            )
            for part in range(THREADS)
        ]
        for one in started:
            one.result()
    return found, lost


@numba.njit(cache=True, nogil=True)
def _order_all(asked, candidate, lost, value, spend, rows, first, limit, side, rate, price, most):
    for supplier in asked:
        own = rows[first[supplier] : first[supplier + 1]]
        lost[supplier] = _order(
            candidate, value, spend, own, limit[supplier], side[supplier], rate[supplier], price, most
        )


@numba.njit(cache=True, nogil=True)
def _order(candidate, value, spend, own, limit, side, rate, price, most):
    """Candidates of one supplier's items; the least that any whole order loses."""
    base, loss = _best_at(rate, value, spend, own)
    beyond = abs(price - rate)
    paid, now, worth, known = 0.0, 0.0, 0.0, 0.0
    for place in range(own.size):
        row = own[place]
        paid += spend[row, base[place]]
        now += spend[row, candidate[row]]
        worth += abs(value[row, base[place]])
        known += loss[place, candidate[row]]
    over = side * (now - limit)
    best = known + beyond * max(over, 0.0) if over >= -TOLERANCE * limit else np.inf
    item, first, move, more, regret = _deviations(spend, own, base, loss, side, best)
    need = side * (limit - paid)
    # Layer, state before it and move by which the best order was reached; layer −1: all items at their base.
    reached = (-2, 0, 0)
    if need <= 0 and -need * beyond < best:
        best, reached = -need * beyond, (-1, 0, 0)
    up, down = _rates_of_rest(first, more, regret)
    parents, moves = np.empty((item.size, most), np.int32), np.empty((item.size, most), np.int32)
    money, lost, dropped = np.zeros(1), np.zeros(1), np.inf
    for layer in range(item.size):
        if best <= ENOUGH * worth or not money.size:
            break
        span = (first[layer], first[layer + 1])
        rest = (up[layer + 1], down[layer + 1])
        money, lost, parent, taken, best, reached, left_out = _extended(
            money, lost, more, regret, span, rest, need, beyond, best, reached, layer, most
        )
        dropped = min(dropped, left_out)
        parents[layer, : money.size], moves[layer, : money.size] = parent, taken
    if reached[0] >= -1:
        for place in range(own.size):
            candidate[own[place]] = base[place]
        _trace(candidate, own, item, move, parents, moves, reached)
    # At the price of money itself what is lost has no share of it to carry to another price.
    return 0.0 if best <= ENOUGH * worth or beyond == 0.0 else min(best, dropped)


@numba.njit(cache=True, nogil=True)
def _best_at(rate, value, spend, own):
    """Each item's best candidate at a rate, and what every candidate is worth less; shape (items, candidates)."""
    base, loss = np.zeros(own.size, dtype=np.int64), np.empty((own.size, value.shape[1]))
    for place in range(own.size):
        row = own[place]
        for step in range(value.shape[1]):
            loss[place, step] = value[row, step] - rate * spend[row, step]
            if loss[place, step] > loss[place, base[place]]:
                base[place] = step
        loss[place] = loss[place, base[place]] - loss[place]
    return base, loss


@numba.njit(cache=True, nogil=True)
def _deviations(spend, own, base, loss, side, most):
    """Changes that lose less than ``most``, by item: those first that lose least for the money they move.

    Returns items (places in ``own``), the first change of each, candidate, money towards the limit, and loss.
    """
    ease, size = np.full(own.size, np.inf), 0
    for place in range(own.size):
        for step in range(loss.shape[1]):
            moved = abs(spend[own[place], step] - spend[own[place], base[place]])
            if loss[place, step] < most and moved > 0:
                size += 1
                ease[place] = min(ease[place], loss[place, step] / moved)
    item = np.argsort(ease)
    item = item[: np.sum(np.isfinite(ease))]
    first, move = np.zeros(item.size + 1, dtype=np.int64), np.empty(size, dtype=np.int64)
    more, regret, size = np.empty(size), np.empty(size), 0
    for layer in range(item.size):
        place = item[layer]
        for step in range(loss.shape[1]):
            moved = side * (spend[own[place], step] - spend[own[place], base[place]])
            if loss[place, step] < most and moved != 0:
                move[size], more[size], regret[size] = step, moved, loss[place, step]
                size += 1
        first[layer + 1] = size
    return item, first, move, more, regret


@numba.njit(cache=True, nogil=True)
def _rates_of_rest(first, more, regret):
    """The least that the items from a layer on lose for a unit of money more, and for one less."""
    up, down = np.full(first.size, np.inf), np.full(first.size, np.inf)
    for layer in range(first.size - 2, -1, -1):
        up[layer], down[layer] = up[layer + 1], down[layer + 1]
        for change in range(first[layer], first[layer + 1]):
            if more[change] > 0:
                up[layer] = min(up[layer], regret[change] / more[change])
            else:
                down[layer] = min(down[layer], -regret[change] / more[change])
    return up, down


@numba.njit(cache=True, nogil=True)
def _least_loss(lost, missing, beyond, rest):
    """What an order loses at least once the rest is decided; ``missing`` below zero: it is beyond the limit."""
    if missing > 0:
        return lost + missing * rest[0] if rest[0] < np.inf else np.inf
    return lost - missing * min(beyond, rest[1])


@numba.njit(cache=True, nogil=True)
def _extended(money, lost, more, regret, span, rest, need, beyond, best, reached, layer, most):
    """All combinations with one more item; money falls from one to the next, and no other is better in both.

    Returns money and loss of those kept, which they come from and by which change (−1: none), the best whole order and
    how it is reached, and the least loss of those that were too many.
    """
    size = money.size * (1 + span[1] - span[0])
    sums, losses, bounds = np.empty(size), np.empty(size), np.empty(size)
    parent, taken, size = np.empty(size, dtype=np.int32), np.empty(size, dtype=np.int32), 0
    for change in range(span[0] - 1, span[1]):
        stays = change < span[0]
        for state in range(money.size):
            paid = money[state] + (0.0 if stays else more[change])
            loss = lost[state] + (0.0 if stays else regret[change])
            missing = need - paid
            if missing <= 0 and loss - missing * beyond < best:
                best, reached = loss - missing * beyond, (layer, state, -1 if stays else change)
            bound = _least_loss(loss, missing, beyond, rest)
            if bound < best:
                sums[size], losses[size], bounds[size] = paid, loss, bound
                parent[size], taken[size] = state, -1 if stays else change
                size += 1
    kept, count, least = np.empty(size, dtype=np.int64), 0, np.inf
    for place in np.argsort(-sums[:size]):
        whole = losses[place] + beyond * sums[place]
        if whole < least:
            least = whole
            if bounds[place] < best:
                kept[count], count = place, count + 1
    kept, left_out = kept[:count], np.inf
    if count > most:
        nearest = np.argsort(bounds[kept])
        left_out = bounds[kept[nearest[most]]]
        kept = kept[np.sort(nearest[:most])]
    return sums[kept], losses[kept], parent[kept], taken[kept], best, reached, left_out


@numba.njit(cache=True, nogil=True)
def _trace(candidate, own, item, move, parents, moves, reached):
    """Take the changes by which the best order was reached."""
    layer, state, change = reached
    while layer >= 0:
        if change >= 0:
            candidate[own[item[layer]]] = move[change]
        layer -= 1
        if layer >= 0:
            change, state = moves[layer, state], parents[layer, state]
