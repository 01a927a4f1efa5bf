"""What every formula checks at its door."""

import numpy as np
from numpy.typing import ArrayLike


def positive(name: str, value: ArrayLike) -> np.ndarray:
    """`value` as floats.

    Raises
    ------
    ValueError
        Naming the argument and the first value that is not finite and above zero.
    """
    array = np.asarray(value, dtype=float)
    wrong = array[~(np.isfinite(array) & (array > 0))]
    if wrong.size:
        raise ValueError(f"{name} must be above zero, found {wrong.flat[0]}")
    return array


def not_negative(name: str, value: ArrayLike) -> np.ndarray:
    """`value` as floats.

    Raises
    ------
    ValueError
        Naming the argument and the first value that is not finite or is below zero.
    """
    array = np.asarray(value, dtype=float)
    wrong = array[~(np.isfinite(array) & (array >= 0))]
    if wrong.size:
        raise ValueError(f"{name} must be zero or more, found {wrong.flat[0]}")
    return array


def probabilities(name: str, pmf: ArrayLike) -> np.ndarray:
    """Probabilities of 0, 1, 2, … units, scaled to add up to 1 exactly.

    Raises
    ------
    ValueError
        When they are not one row of numbers from 0 that add up to 1 within 1e-6.
    """
    array = not_negative(name, pmf)
    if array.ndim != 1 or abs(array.sum() - 1) > 1e-6:
        raise ValueError(f"{name} must be one row of probabilities that add up to 1, found a sum of {array.sum()}")
    return array / array.sum()
