"""A method of statsforecast asked for one series."""

from __future__ import annotations

import numpy as np

# What the library says of a series that it cannot fit: too short, or no model of the family has a likelihood. It has no
# kind of error of its own for the second, so the words tell it from a fault, which is raised.
NO_FIT = ("tiny datasets", "no model able to be fitted")
# Fewer periods than this say nothing of a level and its noise.
LEAST = 4
# A forecast beyond this multiple of the largest period seen is a runaway trend.
RUNAWAY = 10.0


def fitted_ahead(method, y: np.ndarray, horizon: int) -> np.ndarray | None:
    """Forecast of a series by a method.

    Parameters
    ----------
    method
        A model of ``statsforecast.models``.
    y
        Demand, finite, zero or more; shape (periods,).
    horizon
        Periods ahead, at least 1.

    Returns
    -------
    np.ndarray or None
        Zero or more, shape (horizon,); None where the series is too short, the method cannot fit it, or its trend runs
        away.
    """
    if y.size < LEAST:
        return None
    try:
        # A series barely long enough has no variance left to estimate, which nobody reads here.
        with np.errstate(divide="ignore", invalid="ignore"):
            ahead = np.asarray(method.forecast(y, h=horizon)["mean"], dtype=float)
    except Exception as error:
        if str(error) not in NO_FIT:
            raise
        return None
    runs_away = not np.isfinite(ahead).all() or np.abs(ahead).max() > RUNAWAY * y.max()
    return None if runs_away else np.maximum(ahead, 0)
