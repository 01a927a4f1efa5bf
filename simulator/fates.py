"""More draws out of one: a share that was drawn with an order gives as many independent shares as its life needs."""

from __future__ import annotations

import numpy as np

__all__ = ["again"]

_STEP, _ONE, _TWO = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


def again(share: np.ndarray, use: np.ndarray | int) -> np.ndarray:
    """Another share of 0 … 1, the same for the same share and use and as good as independent of it.

    So nothing is drawn when something happens, and what a policy decides shifts nobody's fate. The mix is that of
    SplitMix64 (Steele, Lea & Flood, 2014, "Fast splittable pseudorandom number generators").
    """
    mixed = np.asarray(share, np.float64).view(np.uint64) + np.asarray(use).astype(np.uint64) * _STEP
    mixed = (mixed ^ (mixed >> np.uint64(30))) * _ONE
    mixed = (mixed ^ (mixed >> np.uint64(27))) * _TWO
    return ((mixed ^ (mixed >> np.uint64(31))) >> np.uint64(11)) / 2.0**53
