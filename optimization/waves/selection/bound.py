"""What no wave can exceed."""

import numpy as np

from optimization.waves.selection.problem import Arrays


def most_units(a: Arrays) -> np.ndarray:
    """(aisles,) units that no wave of 1, 2, … aisles exceeds: those of the fullest, all wanted, the limit of a wave."""
    size = np.add.reduceat(np.append(a.aisles.quantity, 0), a.aisles.first[:-1]) * (np.diff(a.aisles.first) > 0)
    return np.minimum(np.cumsum(np.sort(size)[::-1]), min(a.most, int(a.units.sum())))


def upper_bound(a: Arrays) -> float:
    """Units per aisle that no wave exceeds: k aisles hold no more wanted units than the k fullest.

    Whatever number k of aisles a wave visits, its units are at most those of the k aisles that hold most of what is
    wanted, all that is wanted, and the limit of a wave; numbers of aisles that cannot reach the least size are none.
    """
    most = most_units(a)
    possible = most >= max(a.least, 1)
    return float((most / np.arange(1, len(most) + 1))[possible].max(initial=0.0))
