"""Series that are too young to have a level of their own, and those that are still to come."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from forecasting.boosted.panel import EXTREME, Panel, attribute_codes
from forecasting.launch.curve import AGES, first_observed, launch_curve
from forecasting.launch.likeness import Likeness, likeness

# Fewer periods since its first than this: young.
YOUNG = 4
# Latest periods of every series that attributes are measured on.
RECENT = 13


@dataclass(frozen=True)
class Young:
    """Expected demand of young series: a gamma-distributed rate at full life, times the launch curve.

    Parameters
    ----------
    ids
        ``unique_id``, sorted; shape (series,).
    age
        Periods since the launch at the end of the history; below zero for one that is still to come.
    rate, variance
        Demand per period at full life, and its variance.
    curve
        Share of full life by age, the last for all later ages.
    noise
        Variance of a period's demand over its mean.
    """

    ids: np.ndarray
    age: np.ndarray
    rate: np.ndarray
    variance: np.ndarray
    curve: np.ndarray
    noise: float

    def exposure(self, rows: np.ndarray, begin: np.ndarray, end: np.ndarray) -> np.ndarray:
        """Periods at full life between two moments, counted in periods from the end of the history."""
        cumulated = np.concatenate([[0.0], np.cumsum(self.curve)])

        def until(moment: np.ndarray) -> np.ndarray:
            known = np.interp(moment, np.arange(cumulated.size), cumulated)
            return known + np.maximum(moment - (cumulated.size - 1), 0) * self.curve[-1]

        return until(self.age[rows] + end) - until(self.age[rows] + begin)

    def demand(
        self, rows: np.ndarray, begin: np.ndarray, end: np.ndarray, levels: list[float]
    ) -> tuple[np.ndarray, np.ndarray]:
        """Mean and quantiles of the demand between two moments.

        Demand is gamma-distributed with the variance of a mixed Poisson law: rate, curve and noise. Its quantiles
        rise with the level, and with the length.

        Parameters
        ----------
        rows
            Numbers of the series; shape (rows,).
        begin, end
            In periods from the end of the history; shape (rows,).
        levels
            Quantile levels.

        Returns
        -------
        (np.ndarray, np.ndarray)
            Shapes (rows,) and (rows, levels), base units.
        """
        from scipy.special import gammaincinv

        periods = self.exposure(rows, begin, end)
        mean = self.rate[rows] * periods
        variance = self.variance[rows] * periods**2 + self.noise * mean
        some = (mean > 0) & (variance > 0)
        quantiles = np.repeat(mean[:, None], len(levels), axis=1)
        shape, scale = mean[some] ** 2 / variance[some], variance[some] / mean[some]
        quantiles[some] = gammaincinv(shape[:, None], np.array(levels)[None, :]) * scale[:, None]
        return mean, quantiles


def fit_young(panel: Panel, items: pl.DataFrame | None, coming: pl.DataFrame) -> Young | None:
    """Young series of a history and those to come; None where there are none.

    What attributes say of a level, and how far levels lie from it, is averaged with what the series sold itself, each
    by its certainty (Bühlmann 1967, ASTIN Bulletin 4).

    Parameters
    ----------
    panel
        The history.
    items
        ``unique_id`` and attributes (text); None for none.
    coming
        ``unique_id`` (text) of series without history, ``age`` (float): below zero, the periods until the launch.

    Returns
    -------
    Young or None
    """
    began = first_observed(panel)
    age = panel.periods - began
    young = np.flatnonzero(age < YOUNG)
    if not young.size and not coming.height:
        return None
    curve = launch_curve(panel, began)
    sold, exposure, noise = recent_sales(panel, began, curve)
    ids = np.concatenate([panel.ids, coming["unique_id"].to_numpy().astype(str)])
    nothing = np.zeros(coming.height)
    alike = likeness(
        np.concatenate([sold, nothing]), np.concatenate([exposure, nothing]), list(attribute_codes(ids, items).values())
    )
    asked = np.concatenate([young, np.arange(panel.ids.size, ids.size)])
    rate, variance = own_and_alike(
        np.concatenate([sold, nothing])[asked], np.concatenate([exposure, nothing])[asked], alike, asked, noise
    )
    ages = np.concatenate([age[young].astype(float), coming["age"].to_numpy()])
    order = np.argsort(ids[asked], kind="stable")
    return Young(ids[asked][order], ages[order], rate[order], variance[order], curve, noise)


def recent_sales(panel: Panel, began: np.ndarray, curve: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Sales of each series in its last periods, those periods at full life, and the noise of a period's demand.

    A rate far beyond the hundredth largest counts as an extreme value does: one bad series teaches nobody.
    """
    recent = slice(max(panel.periods - RECENT, 0), panel.periods)
    periods = np.arange(panel.periods)[recent]
    known = panel.observed[:, recent] & (periods >= began[:, None])
    ages = np.where(began[:, None] == 0, AGES, np.clip(periods - began[:, None], 0, AGES))
    exposure = (curve[ages] * known).sum(1)
    demand = np.where(known, panel.demand[:, recent], 0).astype(float)
    rate = np.divide(demand.sum(1), exposure, out=np.zeros(exposure.size), where=exposure > 0)
    bound = EXTREME * np.quantile(rate[exposure > 0], 0.99, method="lower") if (exposure > 0).any() else 0.0
    kept = np.divide(bound, rate, out=np.ones(rate.size), where=rate > bound)
    demand *= kept[:, None]
    count = known.sum(1)
    mean = demand.sum(1) / np.maximum(count, 1)
    long = count >= RECENT // 2
    spread = (((demand - mean[:, None]) ** 2 * known).sum(1) / np.maximum(count - 1, 1))[long].sum()
    return demand.sum(1), exposure, float(spread / mean[long].sum()) if mean[long].sum() > 0 else 0.0


def own_and_alike(
    sold: np.ndarray, exposure: np.ndarray, alike: Likeness, rows: np.ndarray, noise: float
) -> tuple[np.ndarray, np.ndarray]:
    """Rate at full life and its variance: the series' own sales and its attributes, each by its certainty."""
    prior = alike.expected[rows]
    loose = prior**2 / alike.shape
    unsure = prior * noise
    weight = np.divide(loose * exposure, loose * exposure + unsure, out=np.zeros(rows.size), where=exposure > 0)
    own = np.divide(sold, exposure, out=prior.copy(), where=exposure > 0)
    weight = np.nan_to_num(weight)
    return weight * own + (1 - weight) * prior, (1 - weight) * loose
