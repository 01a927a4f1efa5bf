"""How much of what forecasts miss do series have in common: sums of many are as sure as that allows."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import polars as pl

from forecasting.reconcile import TOTAL

# Before errors have been seen a tenth of their variance counts as common to all, as if two origins had shown it: of
# no prior, a twentieth, a tenth and .15, weighing one, two or four origins, it lost nowhere (docs/benchmarks.md).
PRIOR_SHARE, PRIOR_ORIGINS = 0.1, 2
# What is left is each series' own.
MOST_SHARED = 0.95
SPREAD_SCORES = np.array([NormalDist().inv_cdf((k + 0.5) / 99) for k in range(99)])


@dataclass(frozen=True)
class SharedError:
    """What series miss together.

    Parameters
    ----------
    shares
        By level (an attribute, or ``total``): share of a series' error variance that all of one member have in common.
        They add up to less than 1; the rest is each series' own.
    widths
        By level: factor on the spread of sums that was seen wider than shares account for; 1 or more.
    """

    shares: dict[str, float]
    widths: dict[str, float]


def shared_error(known: pl.DataFrame, ahead: pl.DataFrame, attributes: pl.DataFrame) -> SharedError:
    """Learn from the errors of earlier forecasts what those of later ones will have in common.

    Moments of a model of variance components (Searle, Casella & McCulloch 1992, "Variance Components", §5): for each
    level, products of errors of two series of one member are what all levels share in which these two stand together.
    Solved with shares of zero or more (Lawson & Hanson 1974).

    Parameters
    ----------
    known
        Earlier forecasts and what came: ``unique_id`` (text), ``cutoff``, ``ds`` (date), ``y``, ``y_hat`` and
        ``q_<level>`` … (number); perhaps without rows.
    ahead
        The forecast that is asked about: ``unique_id``, ``ds``, ``q_<level>`` …; it weighs the prior.
    attributes
        ``unique_id`` and attributes (text); null belongs to no member.

    Returns
    -------
    SharedError
        Of each attribute in its order and of ``total``.
    """
    levels = [*(name for name in attributes.columns if name != "unique_id"), TOTAL]
    before = _together(known.with_columns(error=pl.col("y") - pl.col("y_hat")), attributes, levels)
    now = _together(ahead.with_columns(error=pl.lit(0.0), cutoff=pl.lit(None, dtype=pl.Date)), attributes, levels)
    spread = before.spread + PRIOR_ORIGINS * now.spread
    usual = PRIOR_SHARE * now.spread[:, -1]
    found = before.products + PRIOR_ORIGINS * usual
    shares = _shares(spread, found)
    own = before.own_spread + PRIOR_ORIGINS * now.own_spread
    seen = before.squares + PRIOR_ORIGINS * (now.own_spread + usual)
    implied = own + spread @ shares
    widths = np.sqrt(np.divide(seen, implied, out=np.ones(len(levels)), where=implied > 0))
    return SharedError(
        dict(zip(levels, shares.tolist(), strict=True)),
        dict(zip(levels, np.maximum(widths, 1.0).tolist(), strict=True)),
    )


@dataclass(frozen=True)
class _Together:
    """Sums over the members of each level, over origins and periods.

    ``spread``: products of the spreads of two series that share a member of both levels; shape (levels, levels).
    ``products``: products of errors of two series of one member; ``squares``: squared errors of members' sums, shape
    (levels,). ``own_spread``: squared spreads of series that belong to a member.
    """

    spread: np.ndarray
    products: np.ndarray
    squares: np.ndarray
    own_spread: np.ndarray


def _together(rows: pl.DataFrame, attributes: pl.DataFrame, levels: list[str]) -> _Together:
    named = rows.select("unique_id", "cutoff", "ds", "error", spread=pl.Series(spreads(rows), dtype=pl.Float64))
    codes = attributes.select("unique_id", *(pl.col(name).rank("dense") for name in levels[:-1]))
    # Sums of floats differ in the last digit with the order of what is summed.
    named = named.join(codes, on="unique_id").with_columns(pl.lit(0).alias(TOTAL)).sort("unique_id", "cutoff", "ds")
    spread = np.zeros((len(levels), len(levels)))
    products, squares, own = np.zeros((3, len(levels)))
    for number, level in enumerate(levels):
        for other, beside in enumerate(levels[: number + 1]):
            keys = [level] if level == beside else [level, beside]
            of_members = named.drop_nulls(keys).group_by(*keys, "cutoff", "ds", maintain_order=True)
            both = of_members.agg(
                sums=pl.col("spread").sum(), own=(pl.col("spread") ** 2).sum(),
                error=pl.col("error").sum(), single=(pl.col("error") ** 2).sum(),
            )  # fmt: skip
            spread[number, other] = spread[other, number] = (both["sums"] ** 2 - both["own"]).sum()
        squares[number], own[number] = (both["error"] ** 2).sum(), both["own"].sum()
        products[number] = squares[number] - both["single"].sum()
    return _Together(spread, products, squares, own)


def _shares(spread: np.ndarray, products: np.ndarray) -> np.ndarray:
    """Shares of zero or more that account best for the products, each level's by its own size; shape (levels,)."""
    from scipy.optimize import nnls

    own = np.diag(spread)
    weight = np.divide(1.0, own, out=np.zeros(own.size), where=own > 0)
    shares = nnls(spread * weight[:, None], np.maximum(products * weight, 0))[0]
    return shares * min(1.0, MOST_SHARED / max(shares.sum(), 1e-12))


def spreads(forecast: pl.DataFrame) -> np.ndarray:
    """Standard deviation that the quantiles of each row say; shape (rows,)."""
    quantiles, levels = quantile_table(forecast)
    scores = np.broadcast_to(SPREAD_SCORES, (len(quantiles), SPREAD_SCORES.size))
    return at_scores(quantiles, levels, scores).std(axis=1)


def quantile_table(forecast: pl.DataFrame) -> tuple[np.ndarray, list[float]]:
    """The ``q_<level>`` columns by rising level, and the levels; at least two."""
    levels = sorted(float(name[2:]) for name in forecast.columns if name.startswith("q_"))
    if len(levels) < 2:
        raise ValueError(f"the spread of a forecast needs two q_<level> columns, found {forecast.columns}")
    return forecast.select(f"q_{level:g}" for level in levels).cast(pl.Float64).to_numpy(), levels


def at_scores(quantiles: np.ndarray, levels: list[float], scores: np.ndarray) -> np.ndarray:
    """Demand at normal scores: straight lines between quantiles and beyond them, never negative.

    Parameters
    ----------
    quantiles
        Shape (rows, levels).
    levels
        Rising.
    scores
        Shape (rows, paths).

    Returns
    -------
    np.ndarray
        Shape (rows, paths).
    """
    known = np.array([NormalDist().inv_cdf(level) for level in levels])
    upper = np.clip(np.searchsorted(known, scores), 1, known.size - 1)
    share = (scores - known[upper - 1]) / (known[upper] - known[upper - 1])
    below, above = (np.take_along_axis(quantiles, place, axis=1) for place in (upper - 1, upper))
    return np.maximum(below + share * (above - below), 0)
