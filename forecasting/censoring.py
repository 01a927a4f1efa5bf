"""What stands in for a stocked-out period while a model is fitted."""

import numpy as np


def fill_censored(y: np.ndarray, observed: np.ndarray, window: int) -> np.ndarray:
    """Replace unobserved periods by the in-stock mean of the trailing window.

    Sales in a stocked-out period are a floor of its demand, so the larger of the two stays. Before the
    first observed period the mean of the whole observed history stands in. A series never observed is
    returned with its sales.

    Parameters
    ----------
    y
        Sales, oldest first; shape (periods,); NaN means not observed.
    observed
        True where the period was in stock and its value is known; shape (periods,).
    window
        Observed periods in the trailing mean.

    Returns
    -------
    np.ndarray
        Shape (periods,), without NaN.
    """
    sales = np.nan_to_num(y, nan=0.0)
    if observed.all() or not observed.any():
        return sales
    seen = sales[observed]
    sums = np.concatenate([[0.0], np.cumsum(seen)])
    before = np.cumsum(observed)[~observed]
    start = np.maximum(before - window, 0)
    mean = np.where(before > 0, (sums[before] - sums[start]) / np.maximum(before - start, 1), seen.mean())
    filled = sales.copy()
    filled[~observed] = np.maximum(sales[~observed], mean)
    return filled
