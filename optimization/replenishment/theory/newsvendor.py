"""How much to have when leftovers and shortages both cost."""

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from optimization.replenishment.theory.arguments import not_negative, positive, probabilities
from optimization.replenishment.theory.position_cost import position_cost


def newsvendor_normal(
    holding_cost: ArrayLike,
    shortage_cost: ArrayLike,
    demand_mean: ArrayLike,
    demand_sd: ArrayLike,
    lead_time: ArrayLike = 0,
) -> tuple[np.ndarray, np.ndarray]:
    """Base-stock level for normal demand, reviewed every period.

    With a lead time the level must last through lead time plus the period of review (Snyder and Shen 2019,
    sections 4.3.2 and 4.3.4).

    Parameters
    ----------
    holding_cost, shortage_cost
        Money per unit left over, and per unit short, at the end of a period; above zero.
    demand_mean, demand_sd
        Of one period (units), above zero.
    lead_time
        Periods from order to arrival, zero or more. All five broadcast against each other.

    Returns
    -------
    (ndarray of float, ndarray of float)
        Base-stock level (units) and expected cost (money per period).

    Raises
    ------
    ValueError
        When a cost, mean or deviation is not above zero or a lead time is below zero.
    """
    holding, shortage = positive("holding_cost", holding_cost), positive("shortage_cost", shortage_cost)
    mean, sd = positive("demand_mean", demand_mean), positive("demand_sd", demand_sd)
    periods = not_negative("lead_time", lead_time) + 1
    z = stats.norm.ppf(shortage / (holding + shortage))
    spread = sd * np.sqrt(periods)
    return mean * periods + z * spread, (holding + shortage) * stats.norm.pdf(z) * spread


def newsvendor_poisson(
    holding_cost: ArrayLike, shortage_cost: ArrayLike, demand_mean: ArrayLike
) -> tuple[np.ndarray, np.ndarray]:
    """Base-stock level for Poisson demand.

    Snyder and Shen (2019), section 4.3.3. The cost uses ``E[(S − D)⁺] = (S − m) F(S) + m f(S)``.

    Parameters
    ----------
    holding_cost, shortage_cost
        As for ``newsvendor_normal``.
    demand_mean
        Of the time that the level must last (units), above zero.

    Returns
    -------
    (ndarray of int, ndarray of float)
        Base-stock level (units) and expected cost (money per period).

    Raises
    ------
    ValueError
        When an argument is not above zero.
    """
    holding, shortage = positive("holding_cost", holding_cost), positive("shortage_cost", shortage_cost)
    mean = positive("demand_mean", demand_mean)
    level = stats.poisson.ppf(shortage / (holding + shortage), mean)
    left = (level - mean) * stats.poisson.cdf(level, mean) + mean * stats.poisson.pmf(level, mean)
    return level.astype(np.int64), holding * left + shortage * (left - level + mean)


def newsvendor_discrete(holding_cost: float, shortage_cost: float, pmf: ArrayLike) -> tuple[int, float]:
    """Base-stock level for demand whose probabilities are given.

    Parameters
    ----------
    holding_cost, shortage_cost
        As for ``newsvendor_normal``.
    pmf
        Probabilities of 0, 1, 2, … units, one row.

    Returns
    -------
    (int, float)
        The smallest level that is best (units), and its expected cost (money per period).

    Raises
    ------
    ValueError
        When a cost is not above zero or the probabilities do not add up to 1.
    """
    holding, shortage = float(positive("holding_cost", holding_cost)), float(positive("shortage_cost", shortage_cost))
    chances = probabilities("pmf", pmf)
    # A sum of probabilities may miss the ratio that it equals by its last digit.
    level = int(np.argmax(np.cumsum(chances) >= shortage / (holding + shortage) - 1e-12))
    return level, float(position_cost(np.array(level), chances, holding, shortage))
