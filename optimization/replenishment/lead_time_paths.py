"""Lead times and arrivals on the paths of demand."""

from statistics import NormalDist

import numpy as np

from optimization.replenishment.demand_paths import ranks

GOLDEN = 0.6180339887498949
# Deviations beyond its mean that an order may take before what is due then was meant for later.
IN_TURN = 2.0


def lead_time_paths(mean: np.ndarray, deviation: np.ndarray, paths: int) -> np.ndarray:
    """Days from order to receipt: evenly spaced quantiles of a gamma distribution, in an order of their own.

    Lead times are skewed and never below zero, which a gamma distribution with the measured mean and deviation
    is too (Wilson and Hilferty's cube root gives its quantiles, Proceedings of the National Academy of Sciences
    1931). Demand and lead time are taken to be independent: the golden ratio scatters the one over the other.

    Parameters
    ----------
    mean, deviation
        Shape (options,), days, zero or more.
    paths
        Number of paths.

    Returns
    -------
    np.ndarray
        int64, shape (options, paths).
    """
    normal = NormalDist()
    z = np.array([normal.inv_cdf(level) for level in ranks(paths)])[scattered(paths)]
    mean, deviation = mean[:, None], deviation[:, None]
    ninth = np.divide(deviation, mean, out=np.zeros_like(mean), where=mean > 0) ** 2 / 9
    days = mean * (1 - ninth + z * np.sqrt(ninth)).clip(0) ** 3
    return np.floor(days + 0.5).astype(np.int64)


def arrival_paths(due_in: np.ndarray, lead: np.ndarray, lead_mean: np.ndarray) -> np.ndarray:
    """Day on which what is under way arrives.

    It departs from its date as its lead time departs from the mean, by the share of it that is still to come. What
    is late is still supply: it comes any day now.

    Parameters
    ----------
    due_in
        Shape (batches,): days until it is expected, below zero where it is late.
    lead
        Shape (batches, paths): lead time of its supplier on the paths.
    lead_mean
        Shape (batches,): its mean.

    Returns
    -------
    np.ndarray
        int64, shape (batches, paths), zero or more.
    """
    ahead = np.maximum(due_in, 1).astype(np.float64)
    share = np.minimum(ahead / np.maximum(lead_mean, 1.0), 1.0)
    days = ahead[:, None] + (lead - lead_mean[:, None]) * share[:, None]
    return np.floor(days.clip(0) + 0.5).astype(np.int64)


def behind_what_is_under_way(
    lead: np.ndarray,
    furthest: np.ndarray,
    due: np.ndarray,
    arrivals: np.ndarray,
    of: np.ndarray,
) -> np.ndarray:
    """Lead times of new orders, which do not overtake what the supplier is expected to deliver first.

    Orders are served in turn (Zipkin 1986, *Management Science* 32, 763–774: sequential lead times). If the next order
    could come before the last one on some paths, part of it would seem worth placing again day after day. What was
    asked for a later day than a new order may well take, two deviations beyond its mean, is overtaken.

    Parameters
    ----------
    lead
        Shape (options, paths), days.
    furthest
        Shape (options,), days: what is due by then is delivered first (``in_turn``).
    due, arrivals, of
        Of what is under way: days until it is expected, shape (batches,); day of arrival on the paths, shape (batches,
        paths); its option, shape (batches,).

    Returns
    -------
    np.ndarray
        int64, shape (options, paths), nowhere below ``lead``.
    """
    first = due <= furthest[of]
    later = lead.copy()
    np.maximum.at(later, of[first], arrivals[first])
    return later


def in_turn(mean: np.ndarray, deviation: np.ndarray) -> np.ndarray:
    """Days within which what is due comes before a new order of this lead time; shape (options,)."""
    return np.ceil(mean + IN_TURN * deviation)


def scattered(paths: int) -> np.ndarray:
    """A fixed order of the paths that has nothing to do with their ranks."""
    return np.argsort(np.argsort(np.arange(1, paths + 1) * GOLDEN % 1.0))
