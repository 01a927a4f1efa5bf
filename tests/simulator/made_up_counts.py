"""Counts of a known law, for fits to find again."""

import numpy as np


def negative_binomial(rng: np.random.Generator, means: np.ndarray, c: float, p: float) -> np.ndarray:
    """Counts with the variance ``m + c·m^p``."""
    size = means ** (2 - p) / c
    return rng.poisson(rng.gamma(size, means / size)).astype(float)
