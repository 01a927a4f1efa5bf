"""The largest-gap tour: every aisle but the first and last is left on the side it was entered from."""

from collections.abc import Sequence
from itertools import pairwise

from optimization.waves.layout import Layout


def largest_gap(picks: Sequence[tuple[int, float]], layout: Layout) -> tuple[list[int], float]:
    """Order of picks and length of a largest-gap tour in one block.

    The first and the last aisle with a pick are walked through whole. The others are entered from the back on the way
    there and from the front on the way back, each time as far as the largest stretch without a pick, which nobody
    walks. A single aisle is entered from the front only. Hall (1993), "Distance approximations for routing manual
    pickers in a warehouse", IIE Transactions 25; de Koster, Le-Duc & Roodbergen (2007), section 5.

    Parameters
    ----------
    picks
        Aisle number and place along the aisle (in metres) of each pick.
    layout
        The warehouse.

    Returns
    -------
    (list of int, float)
        Indices into ``picks`` in walking order, and the length of the tour (in metres); no picks, no walk.
    """
    if not picks:
        return [], 0.0
    by_aisle: dict[int, list[int]] = {}
    for index in sorted(range(len(picks)), key=lambda index: (picks[index][1], index)):
        by_aisle.setdefault(picks[index][0], []).append(index)
    first, *between = sorted(by_aisle, key=lambda aisle: (layout.aisle_x_m[aisle], aisle))
    x, dock = layout.aisle_x_m, layout.dock_x_m
    length = abs(x[first] - dock) + 2 * abs(layout.front_m - layout.dock_y_m)
    if not between:
        farthest = picks[by_aisle[first][-1]][1] - layout.front_m
        return by_aisle[first], length + 2 * farthest + abs(x[first] - dock)
    last = between.pop()
    there, back = list(by_aisle[first]), []
    length += x[last] - x[first] + 2 * (layout.back_m - layout.front_m)
    nearest = x[last]
    for aisle in between:
        near, walked = _near_side([picks[index][1] for index in by_aisle[aisle]], layout)
        length += 2 * walked
        there += by_aisle[aisle][near:][::-1]
        back.append(by_aisle[aisle][:near])
        if near:
            nearest = min(nearest, x[aisle])
    order = there + by_aisle[last][::-1] + [index for near in reversed(back) for index in near]
    return order, length + (x[last] - nearest) + abs(nearest - dock)


def _near_side(places: list[float], layout: Layout) -> tuple[int, float]:
    """How many of an aisle's picks, from the front, lie before its largest gap, and the metres outside of it."""
    gaps = [far - near for near, far in pairwise([layout.front_m, *places, layout.back_m])]
    widest = max(gaps)
    return gaps.index(widest), sum(gaps) - widest
