"""How pickers walk: S-shape tours through parallel aisles, in one block between two cross aisles."""

from __future__ import annotations

import numpy as np

__all__ = ["s_shape"]


def s_shape(
    wave: np.ndarray, x_m: np.ndarray, y_m: np.ndarray, front_m: np.ndarray, back_m: np.ndarray, dock_x_m: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Walking order of picks and the metres walked to each of them.

    A tour starts at the dock in the front cross aisle; every aisle with a pick is walked through, up and down in
    turn, except perhaps the last (de Koster, Le-Duc & Roodbergen, 2007, section 5). The way back to the dock is
    added to the last pick of the tour.

    Parameters
    ----------
    wave
        int64 [n], one tour each.
    x_m, y_m
        Place of each pick across and along the aisles.
    front_m, back_m, dock_x_m
        Of the pick's warehouse: where the cross aisles run and where tours begin.

    Returns
    -------
    (ndarray, ndarray)
        The picks in walking order, tour by tour in the order of `wave`; and for each the metres from the place
        before it.
    """
    if not len(wave):
        return np.zeros(0, np.int64), np.zeros(0)
    by_aisle = np.lexsort((x_m, wave))
    tour, aisle = wave[by_aisle], x_m[by_aisle]
    first = np.r_[True, tour[1:] != tour[:-1]]
    enters = first | np.r_[True, aisle[1:] != aisle[:-1]]
    entered = np.cumsum(enters)
    number = np.empty(len(wave), np.int64)  # of the aisle within its tour, from 0
    number[by_aisle] = entered - entered[np.flatnonzero(first)][np.cumsum(first) - 1]
    downward = number % 2 == 1
    order = np.lexsort((np.where(downward, -y_m, y_m), number, wave))
    return order, _legs(*(v[order] for v in (wave, number, x_m, y_m, front_m, back_m, dock_x_m)))


def _legs(tour, number, x, y, front, back, dock) -> np.ndarray:
    """Metres to each pick from the one before, all in walking order."""
    first = np.r_[True, tour[1:] != tour[:-1]]
    last = np.r_[first[1:], True]
    before_x, before_y = np.r_[x[0], x[:-1]], np.r_[y[0], y[:-1]]
    same_aisle = np.abs(y - before_y)
    # An odd aisle is entered from the back, an even one from the front; what lies before it was left there too.
    crossing = np.where(number % 2 == 1, (back - before_y) + (back - y), (before_y - front) + (y - front))
    moved = np.r_[True, number[1:] != number[:-1]]
    metres = np.where(moved, np.abs(x - before_x) + crossing, same_aisle)
    metres = np.where(first, np.abs(x - dock) + (y - front), metres)
    return metres + np.where(last, (y - front) + np.abs(x - dock), 0.0)
