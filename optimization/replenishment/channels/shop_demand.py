"""Demand of a warehouse as the demand of the shops that sell from it."""

import numpy as np


def split_demand(demand: np.ndarray, share: np.ndarray, seed: int) -> np.ndarray:
    """Whole units that each shop's customers want on every path.

    Every unit is some shop's with the chance of its share, so few units come from few shops (a multinomial split). A
    fraction of a unit is a unit with that chance.

    Parameters
    ----------
    demand
        float, shape (places, paths), ≥ 0.
    share
        float, shape (places, shops); rows sum to 1.
    seed
        Same seed, same split.

    Returns
    -------
    np.ndarray
        int64, shape (places, paths, shops).
    """
    draws = np.random.default_rng(seed)
    units = np.floor(demand + draws.random(demand.shape)).astype(np.int64)
    return draws.multinomial(units, (share / share.sum(axis=1, keepdims=True))[:, None, :])
