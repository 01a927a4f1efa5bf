"""What no wave can exceed."""

import numpy as np

from optimization.waves.selection.problem import Arrays


def most_units(a: Arrays) -> np.ndarray:
    """(aisles,) units that no wave of 1, 2, … aisles exceeds: those of the fullest, all wanted, the limit of a wave."""
    size = np.add.reduceat(np.append(a.aisles.quantity, 0), a.aisles.first[:-1]) * (np.diff(a.aisles.first) > 0)
    return np.minimum(np.cumsum(np.sort(size)[::-1]), min(a.most, int(a.units.sum())))
