"""What a series without a past should sell, by its attributes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# A group's own evidence counts as if it had sold at the average level for this many periods more.
PRIOR_PERIODS = 8.0
ROUNDS = 12
# Limits of the gamma shape of levels around what their attributes say.
LOOSEST, TIGHTEST = 0.3, 20.0


@dataclass(frozen=True)
class Likeness:
    """Levels as a product of effects of attributes.

    Parameters
    ----------
    expected
        Level of every series by its attributes alone, demand per period at full life; shape (series,).
    shape
        Gamma shape of levels around it: its variance is expected² / shape.
    """

    expected: np.ndarray
    shape: float


def likeness(sold: np.ndarray, exposure: np.ndarray, codes: list[np.ndarray]) -> Likeness:
    """Levels of all series from what each has sold so far.

    Effects are found in turn so that each group's total comes out, drawn towards no effect where a group has sold
    for a short time only: the method of marginal totals (Bailey & Simon 1960, ASTIN Bulletin 1) with credibility. An
    attribute such as the size within a category is a size curve; the first weeks of all colours, sizes and warehouses
    of a new product tell together how it sells.

    Parameters
    ----------
    sold
        Demand of every series in its time; shape (series,).
    exposure
        That time in periods at full life (an early period counts as the share of full life that is usual then), zero
        for a series without a past; shape (series,).
    codes
        Group number of every series by attribute.

    Returns
    -------
    Likeness
        Without any demand nothing is expected.
    """
    if not sold.sum() > 0:
        return Likeness(np.zeros(sold.size), LOOSEST)
    base = sold.sum() / exposure.sum()
    prior = PRIOR_PERIODS * base
    effects = [np.ones(code.max() + 1) for code in codes]
    expected = np.full(sold.size, base)
    for _ in range(ROUNDS):
        for effect, code in zip(effects, codes, strict=True):
            usual = expected / effect[code] * exposure
            effect[:] = (np.bincount(code, sold, effect.size) + prior) / (np.bincount(code, usual, effect.size) + prior)
            expected = usual_level(base, effects, codes)
    without = np.full(sold.size, base)
    for effect, code in zip(effects, codes, strict=True):
        usual = expected / effect[code] * exposure
        total, whole = (np.bincount(code, values, effect.size)[code] - values for values in (sold, usual))
        without *= (total + prior) / (whole + prior)
    weight = np.where(exposure > 0, exposure, 0.0)
    error = weight * (np.divide(sold, exposure, out=without.copy(), where=exposure > 0) - without) ** 2
    size = (weight * without**2).sum()
    return Likeness(expected, float(np.clip(size / max(error.sum(), 1e-12 * size), LOOSEST, TIGHTEST)))


def usual_level(base: float, effects: list[np.ndarray], codes: list[np.ndarray]) -> np.ndarray:
    """Product of the effects of every series' groups."""
    level = np.full(codes[0].size, base)
    for effect, code in zip(effects, codes, strict=True):
        level *= effect[code]
    return level
