"""Cuts of the relaxation: of any three orders only one cart can have two.

Jepsen, Petersen, Spoorendonk & Pisinger (2008), "Subset-row inequalities", Operations Research 56.
"""

from itertools import combinations

import numpy as np

MOST_AT_ONCE = 40
MOST_PER_ORDER = 5
LEAST = 0.05

Triple = tuple[int, int, int]


def broken(carts: list[tuple[int, ...]], shares: np.ndarray, orders: int) -> list[Triple]:
    """Triples of orders that a relaxed partition breaks, the worst first, no order in too many of them.

    Parameters
    ----------
    carts, shares
        Carts that the relaxation uses, and how much of each.
    orders
        How many.
    """
    pair: dict[tuple[int, int], float] = {}
    triple: dict[Triple, float] = {}
    beside: dict[int, set[int]] = {}
    for cart, share in zip(carts, shares.tolist(), strict=True):
        members = sorted(cart)
        for two in combinations(members, 2):
            pair[two] = pair.get(two, 0.0) + share
            beside.setdefault(two[0], set()).add(two[1])
            beside.setdefault(two[1], set()).add(two[0])
        for three in combinations(members, 3):
            triple[three] = triple.get(three, 0.0) + share
    found: dict[Triple, float] = {}
    for (one, two), share in pair.items():
        for third in beside[one] | beside[two]:
            if third in (one, two):
                continue
            three = tuple(sorted((one, two, third)))
            if three in found:
                continue
            used = share - 2 * triple.get(three, 0.0)
            used += pair.get((min(one, third), max(one, third)), 0.0)
            used += pair.get((min(two, third), max(two, third)), 0.0)
            found[three] = used - 1
    counts = np.zeros(orders, np.int64)
    taken: list[Triple] = []
    for three in sorted((three for three in found if found[three] > LEAST), key=lambda three: (-found[three], three)):
        if len(taken) < MOST_AT_ONCE and counts[list(three)].max() < MOST_PER_ORDER:
            counts[list(three)] += 1
            taken.append(three)
    return taken
