"""What a fit leaves behind."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from forecasting.boosted import BoostedModel
from forecasting.launch import Young
from forecasting.params import Params


@dataclass(frozen=True)
class Model:
    """A fitted forecast.

    Parameters
    ----------
    series
        One row per series, sorted: ``unique_id`` (str), ``ds`` (date, its last period; the history's for one still
        to come), ``periods`` (int,
        observed), ``demand_class`` (str), ``pool`` (str), ``level`` (float, demand per period), ``sigma``
        (float, one-step error).
    probabilities
        Shape (grid,), rising, in (0, 1).
    errors
        Pool to an array of shape (len(params.sum_periods), grid): quantiles of the error of demand summed
        over that many periods, in units of ``sigma`` × √periods.
    whole_units
        Whether every demand seen was a whole number; quantiles then are whole numbers too.
    boosted
        Trees for all series that reach the last period of the history; None where there was too little to
        learn from.
    young
        What is expected of series younger than four periods and of those still to come; None where there are none, or
        too little to learn from.
    params
        The settings it was fitted with.
    """

    series: pl.DataFrame
    probabilities: np.ndarray
    errors: dict[str, np.ndarray]
    whole_units: bool
    boosted: BoostedModel | None
    young: Young | None
    params: Params
