"""The quantity a supplier accepts."""

from typing import TypeVar

import numpy as np

Quantity = TypeVar("Quantity", int, np.ndarray)


def order_step(multiple: np.ndarray, pack_numerator: np.ndarray, pack_denominator: np.ndarray) -> np.ndarray:
    """Smallest order (base units) that is a multiple of the supplier's multiple and a whole number of packs.

    A pack of n/d base units (in lowest terms) gives whole base units only in multiples of n.

    Parameters
    ----------
    multiple, pack_numerator, pack_denominator
        Positive integers; shape (items,).

    Returns
    -------
    np.ndarray
        int64, shape (items,).
    """
    pack = pack_numerator // np.gcd(pack_numerator, pack_denominator)
    return np.lcm(pack, multiple)


def round_up(quantity: Quantity, step: Quantity) -> Quantity:
    """Smallest multiple of ``step`` that is at least ``quantity``; whole numbers, or arrays of them of one shape."""
    return -(-quantity // step) * step
