"""What shops earn until more comes, with some units kept for each and the rest open to all."""

import numpy as np


def earned(demand: np.ndarray, margin: np.ndarray, kept: np.ndarray, available: np.ndarray) -> np.ndarray:
    """Money on every path.

    A shop sells what is kept for it first, then from the pool; where the pool is short of what all still want,
    customers come mixed and each shop gets the share of it that its customers are of those who wait.

    Parameters
    ----------
    demand
        int, shape (places, paths, shops).
    margin
        float, shape (places, shops).
    kept
        int, shape (places, shops).
    available
        int, shape (places,).

    Returns
    -------
    np.ndarray
        float, shape (places, paths). What nobody buys is worth the same whoever might have: it counts nothing.
    """
    own = np.minimum(demand, kept[:, None, :])
    waiting = demand - own
    asked = waiting.sum(axis=2)
    pool = (available - kept.sum(axis=1))[:, None]
    served = np.minimum(1.0, pool / np.where(asked > 0, asked, 1))
    return np.einsum("nks,ns->nk", own + waiting * served[:, :, None], margin)
