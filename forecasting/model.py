"""What a fit leaves behind."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from forecasting.params import Params


@dataclass(frozen=True)
class Model:
    """A fitted forecast.

    Parameters
    ----------
    series
        One row per series, sorted: ``unique_id`` (str), ``ds`` (date, its last period), ``periods`` (int,
        observed), ``demand_class`` (str), ``pool`` (str), ``level`` (float, demand per period), ``sigma``
        (float, one-step error).
    probabilities
        Shape (grid,), rising, in (0, 1).
    errors
        Pool to an array of shape (len(params.sum_periods), grid): quantiles of the error of demand summed
        over that many periods, in units of ``sigma`` × √periods.
    params
        The settings it was fitted with.
    """

    series: pl.DataFrame
    probabilities: np.ndarray
    errors: dict[str, np.ndarray]
    params: Params
