"""From whom each item could be bought, and what orders are held to."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Options:
    """Suppliers' offers of items, one row each.

    Parameters
    ----------
    value, spend
        Shape (options, candidates), money, as for ``selection.select``.
    item, supplier
        Shape (options,): rows of item and supplier.
    terms
        Shape (suppliers,) each: minimum, fixed cost and capacity of orders.
    budget
        Largest spend in all.
    """

    value: np.ndarray
    spend: np.ndarray
    item: np.ndarray
    supplier: np.ndarray
    terms: tuple[np.ndarray, np.ndarray, np.ndarray]
    budget: float
