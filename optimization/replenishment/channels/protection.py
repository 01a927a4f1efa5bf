"""How many units are worth keeping from poorer shops for better ones."""

import numpy as np


def protection_levels(mean: np.ndarray, deviation: np.ndarray, margin: np.ndarray, real: np.ndarray) -> np.ndarray:
    """Units to keep for the first j shops together, for each j: Belobaba's EMSR-b with normal demand.

    "Application of a probabilistic decision model to airline seat inventory control", Operations Research 37 (1989).
    A unit is kept for the better shops while the chance that they want it, times what they earn on it, exceeds what
    the next poorer shop earns. Nothing is kept from the poorest.

    Parameters
    ----------
    mean, deviation, margin
        float, shape (places, shops): demand of each shop and money a unit earns there, the best shop first.
    real
        bool, shape (places, shops): the others stand behind a place's last shop to make the rows equally long.

    Returns
    -------
    np.ndarray
        float, shape (places, shops), never falling along a row; the last column repeats the one before.
    """
    from scipy.special import ndtri

    together = np.cumsum(mean, axis=1)
    spread = np.sqrt(np.cumsum(deviation**2, axis=1))
    earned = np.cumsum(margin * mean, axis=1) / np.where(together > 0, together, 1)
    levels = np.zeros_like(mean)
    poorer = np.maximum(margin[:, 1:], 0)
    # A shop that loses money on a unit should not sell it while others may.
    chance = np.where(earned[:, :-1] > 0, poorer / np.where(earned[:, :-1] > 0, earned[:, :-1], 1), 1.0)
    wanted = together[:, :-1] - ndtri(np.clip(chance, 1e-6, 1 - 1e-12)) * spread[:, :-1]
    levels[:, :-1] = np.where((chance < 1) & real[:, 1:], np.maximum(wanted, 0), 0)
    return np.maximum.accumulate(levels, axis=1)
