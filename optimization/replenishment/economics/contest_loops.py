"""Compiled loops of ``contest``: offers as envelopes, suppliers as ranked steps, items as auctions."""

import numba
import numpy as np

NO_MONEY = 1e-12  # what costs less is free, and its value per money merely very large
HALVINGS = 50


@numba.njit(cache=True, nogil=True)
def order_envelopes(value, spend):
    """Concave envelopes of the candidates that order something, one per option.

    Returns spend and value of the candidates kept, shape (options, candidates − 1), and how many; those of a row rise
    in spend, and what each adds per money falls.
    """
    options, candidates = value.shape
    paid, worth = np.zeros((options, candidates - 1)), np.zeros((options, candidates - 1))
    count = np.zeros(options, dtype=np.int64)
    for option in range(options):
        size = 0
        for place in np.argsort(spend[option, 1:]):
            now, cost = value[option, place + 1], spend[option, place + 1]
            if now == -np.inf:
                continue
            if size and cost <= paid[option, size - 1] + NO_MONEY:
                if now <= worth[option, size - 1]:
                    continue
                size -= 1
            while size >= 2:
                before = worth[option, size - 1] - worth[option, size - 2]
                if before * (cost - paid[option, size - 1]) > (now - worth[option, size - 1]) * (
                    paid[option, size - 1] - paid[option, size - 2]
                ):
                    break
                size -= 1
            paid[option, size], worth[option, size] = cost, now
            size += 1
        count[option] = size
    return paid, worth, count


@numba.njit(cache=True, nogil=True)
def rank_steps(members, first, paid, worth, count, price, item, slot, rate, spend, value, size):
    """Steps of every supplier in falling value per spend, each option charged its item's price; sums from the first.

    An option's first step leads from nothing to the candidate that is best per money once the price is paid.
    """
    for supplier in range(first.size - 1):
        most = slot[supplier + 1] - slot[supplier]
        each, more, gain = np.empty(most), np.empty(most), np.empty(most)
        steps = 0
        for place in range(first[supplier], first[supplier + 1]):
            option = members[place]
            asked, best, start = price[item[option]], -np.inf, -1
            for step in range(count[option]):
                found = (worth[option, step] - asked) / max(paid[option, step], NO_MONEY)
                if found > best:
                    best, start = found, step
            if start < 0:
                continue
            each[steps], more[steps], gain[steps] = best, paid[option, start], worth[option, start] - asked
            steps += 1
            for step in range(start + 1, count[option]):
                more[steps] = paid[option, step] - paid[option, step - 1]
                gain[steps] = worth[option, step] - worth[option, step - 1]
                each[steps] = gain[steps] / max(more[steps], NO_MONEY)
                steps += 1
        order = np.argsort(-each[:steps])
        base, paid_so_far, worth_so_far = slot[supplier], 0.0, 0.0
        for place in range(steps):
            paid_so_far += more[order[place]]
            worth_so_far += gain[order[place]]
            rate[base + place] = each[order[place]]
            spend[base + place], value[base + place] = paid_so_far, worth_so_far
        size[supplier] = steps


@numba.njit(cache=True, nogil=True)
def _valued_at(target, base, size, rate, spend, value):
    """Largest value at a spend of exactly ``target``, steps divisible, and what the last money earns there."""
    if target <= 0.0:
        return 0.0, rate[base] if size else 0.0
    low, high = 0, size
    while low < high:
        middle = (low + high) // 2
        if spend[base + middle] >= target * (1 - NO_MONEY):
            high = middle
        else:
            low = middle + 1
    if low == size:
        return -np.inf, 0.0
    return value[base + low] - (spend[base + low] - target) * rate[base + low], rate[base + low]


@numba.njit(cache=True, nogil=True)
def settle(price, slot, size, rate, spend, value, minimum, fixed, capacity, worth, spent, last):
    """Best order of every supplier at a price of money: its worth, its spend, and what its last money must earn."""
    for supplier in range(minimum.size):
        base, low, high = slot[supplier], 0, size[supplier]
        while low < high:
            middle = (low + high) // 2
            if rate[base + middle] > price:
                low = middle + 1
            else:
                high = middle
        paid = spend[base + low - 1] if low else 0.0
        earned = value[base + low - 1] if low else 0.0
        last[supplier] = price
        if paid < minimum[supplier]:
            paid = minimum[supplier]
            earned, last[supplier] = _valued_at(paid, base, size[supplier], rate, spend, value)
        elif paid > capacity[supplier]:
            paid = capacity[supplier]
            earned, last[supplier] = _valued_at(paid, base, size[supplier], rate, spend, value)
        if minimum[supplier] > capacity[supplier]:
            earned = -np.inf
        worth[supplier], spent[supplier] = earned - price * paid - fixed[supplier], paid


@numba.njit(cache=True, nogil=True)
def settle_within(budget, highest, slot, size, rate, spend, value, minimum, fixed, capacity, worth, spent, last):
    """The smallest price of money at which the orders worth placing keep to the budget; ``settle`` at it."""
    low, high = 0.0, highest
    settle(0.0, slot, size, rate, spend, value, minimum, fixed, capacity, worth, spent, last)
    if _paid(worth, spent) <= budget:
        return 0.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        settle(middle, slot, size, rate, spend, value, minimum, fixed, capacity, worth, spent, last)
        if _paid(worth, spent) > budget:
            low = middle
        else:
            high = middle
    settle(high, slot, size, rate, spend, value, minimum, fixed, capacity, worth, spent, last)
    return high


@numba.njit(cache=True, nogil=True)
def _paid(worth, spent):
    total = 0.0
    for supplier in range(worth.size):
        if worth[supplier] > 0:
            total += spent[supplier]
    return total


@numba.njit(cache=True, nogil=True)
def net_of_options(paid, worth, count, supplier, last, net):
    """What each option is worth at its supplier's price of money: its best candidate that orders something."""
    for option in range(net.size):
        best = -np.inf
        for step in range(count[option]):
            best = max(best, worth[option, step] - last[supplier[option]] * paid[option, step])
        net[option] = best


@numba.njit(cache=True, nogil=True)
def auction(price, net, surplus, offers, first, supplier, lean):
    """Set the price of every item with several options to one that its best bidders would pay, item after item.

    A supplier bids what an option is worth to it, less what its order is still short of being worth placing. Any price
    from the second to the highest bid gives the same bound; ``lean`` (0 to 1) says which.
    """
    for item in range(price.size):
        if first[item + 1] - first[item] < 2:
            continue
        highest, second = 0.0, 0.0
        for place in range(first[item], first[item + 1]):
            option = offers[place]
            owner = supplier[option]
            surplus[owner] -= max(net[option] - price[item], 0.0)
            bid = net[option] + min(surplus[owner], 0.0)
            if bid > highest:
                highest, second = bid, highest
            elif bid > second:
                second = bid
        price[item] = second + lean * (highest - second)
        for place in range(first[item], first[item + 1]):
            option = offers[place]
            surplus[supplier[option]] += max(net[option] - price[item], 0.0)


@numba.njit(cache=True, nogil=True)
def award(net, offers, first, supplier, is_open, chosen):
    """Give every item to the open supplier to whom it is worth most; −1 where it is worth nothing to any."""
    for item in range(chosen.size):
        best = 0.0
        chosen[item] = -1
        for place in range(first[item], first[item + 1]):
            option = offers[place]
            if is_open[supplier[option]] and net[option] > best:
                best, chosen[item] = net[option], option


@numba.njit(cache=True, nogil=True)
def close_losing(order, worth, net, members, member_first, offers, first, item, supplier, is_open, chosen):
    """Close suppliers, in the order given, whose order is worth less than what its items are worth to the others.

    Their items go to the next best, whose orders are then worth so much more.
    """
    closed = 0
    for supplier_row in order:
        if not is_open[supplier_row]:
            continue
        elsewhere = 0.0
        for place in range(member_first[supplier_row], member_first[supplier_row + 1]):
            option = members[place]
            if chosen[item[option]] == option:
                elsewhere += _next_best(item[option], supplier_row, net, offers, first, supplier, is_open)[0]
        if worth[supplier_row] >= elsewhere:
            continue
        is_open[supplier_row] = False
        closed += 1
        for place in range(member_first[supplier_row], member_first[supplier_row + 1]):
            option = members[place]
            if chosen[item[option]] == option:
                gain, other = _next_best(item[option], supplier_row, net, offers, first, supplier, is_open)
                chosen[item[option]] = other
                if other >= 0:
                    worth[supplier[other]] += gain
    return closed


@numba.njit(cache=True, nogil=True)
def _next_best(item, but, net, offers, first, supplier, is_open):
    """What an item is worth to the best open supplier but one, and his option; −1 if to none."""
    best, found = 0.0, -1
    for place in range(first[item], first[item + 1]):
        option = offers[place]
        owner = supplier[option]
        if owner != but and is_open[owner] and net[option] > best:
            best, found = net[option], option
    return best, found
