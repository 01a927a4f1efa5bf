"""Classes of demand by intermittence and variation."""

import numpy as np

ADI_CUTOFF = 1.32
CV2_CUTOFF = 0.49

ZERO, SHORT, SMOOTH, ERRATIC, INTERMITTENT, LUMPY = (
    "zero",
    "short",
    "smooth",
    "erratic",
    "intermittent",
    "lumpy",
)

NEW = "new"  # of a series without history

ADI_POOLS = (2.0, 4.0, 8.0)


def average_interval(y: np.ndarray) -> float:
    """Average interval between sales (in periods) of an array of demand; infinite without any."""
    sales = np.count_nonzero(y)
    return y.size / sales if sales else np.inf


def squared_variation(y: np.ndarray) -> float:
    """Squared coefficient of variation of the non-zero demands; 0 with fewer than two."""
    sold = y[y > 0]
    return float(np.var(sold) / np.mean(sold) ** 2) if sold.size > 1 else 0.0


def demand_class(y: np.ndarray, short_below: int) -> tuple[str, str]:
    """Class and error pool of one series.

    The cut-offs 1.32 and 0.49 are those of Syntetos, Boylan & Croston (2005), "On the categorization of
    demand patterns", Journal of the Operational Research Society 56. The pool splits the two intermittent
    classes further by the average interval, the measure of volume that does not change with the unit.

    Parameters
    ----------
    y
        Observed demand, oldest first; shape (periods,).
    short_below
        Fewer periods than this make the class ``short``.

    Returns
    -------
    (str, str)
        The class, one of ``zero, short, smooth, erratic, intermittent, lumpy``, and the pool.
    """
    interval, variation = average_interval(y), squared_variation(y)
    if interval == np.inf:
        return ZERO, ZERO
    if y.size < short_below:
        return SHORT, SHORT
    if interval < ADI_CUTOFF:
        name = SMOOTH if variation < CV2_CUTOFF else ERRATIC
        return name, name
    name = INTERMITTENT if variation < CV2_CUTOFF else LUMPY
    return name, f"{name}_{int(np.searchsorted(ADI_POOLS, interval))}"
