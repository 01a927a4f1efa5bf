"""Which blend a segment is forecast by, and whether the total is corrected: by what won at past origins."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np

from forecasting.boosted.panel import Group, Panel
from forecasting.boosted.segments import SEGMENTS, segments
from forecasting.boosted.totals import plain_totals, total_factors
from forecasting.boosted.training_rows import YOUNGEST, content_order, learned_origins, learned_windows, training_rows
from forecasting.boosted.trees import MEAN, MEDIAN, dataset, grow
from forecasting.boosted.windows import window_features
from forecasting.params import Params

# The mean keeps the total right, the median errs least. Weights are these and no others, never fitted.
USUAL = 2 / 3
USUAL_BLEND = "two thirds mean"
AS_IT_IS = ", total as it is"
BLENDS = {"mean alone": 1.0, USUAL_BLEND: USUAL, "equal": 0.5, "two thirds median": 1 / 3}
# Origins lie this share of a year apart, so that they see every season turn, or closer where the history is short.
APART = 4
# A choice needs so many origins, and so much of a year before the first.
LEAST_ORIGINS, LEAST_BEFORE = 3, 1 / 3
# Periods ahead that are scored, and series that they are scored on, at most.
PERIODS, SERIES = {7: 8, 1: 28}, 4096


@dataclass(frozen=True)
class Choice:
    """How the trees' forecasts are put together.

    Parameters
    ----------
    mean_shares
        Share of the mean, the rest being the median's, for each of ``SEGMENTS``.
    corrected
        Whether the total is drawn halfway to a plain forecast of it (``totals``): usually so, since on average that
        lost at the validation origins of no set (docs/benchmarks.md).
    tried
        What was compared, for people: ``segment`` (str, ``all`` first), ``candidate`` (str), ``scores`` (WAPE + |bias|
        of all series at each origin, had the segment been forecast so), ``chosen`` (bool). Empty where the history is
        too short to compare.
    origins
        Last period known at each of those origins (ISO date), in the order of the scores.
    """

    mean_shares: tuple[float, ...] = (USUAL,) * len(SEGMENTS)
    corrected: bool = True
    tried: tuple[dict, ...] = ()
    origins: tuple[str, ...] = ()


def choose(panel: Panel, params: Params) -> Choice:
    """What wins at every one of several past origins, by trees that were learned before each; else the usual.

    What helps on average may ruin a seasonal turn (docs/benchmarks.md), so it must never have lost. First one blend for
    all series, its total drawn to a plain one or as it is; then each segment may leave that blend if all series
    together gain.
    """
    origins = choice_origins(panel, params)
    if len(origins) < LEAST_ORIGINS:
        return Choice()
    looks = [look_back(panel, params, origin) for origin in origins]
    if any(look is None for look in looks):
        return Choice()
    whole = {
        name + suffix: [look.score(np.full(len(SEGMENTS), share), corrected) for look in looks]
        for name, share in BLENDS.items()
        for suffix, corrected in (("", True), (AS_IT_IS, False))
    }
    best = winner(whole, USUAL_BLEND)
    tried = [{"segment": "all", "candidate": name, "scores": s, "chosen": name == best} for name, s in whole.items()]
    corrected, common = not best.endswith(AS_IT_IS), best.removesuffix(AS_IT_IS)
    shares = np.full(len(SEGMENTS), BLENDS[common])
    for number, segment in enumerate(SEGMENTS):
        scores = {
            name: [look.score(np.where(here(number), share, shares), corrected) for look in looks]
            for name, share in BLENDS.items()
        }
        own = winner(scores, common)
        shares[number] = BLENDS[own]
        tried += [{"segment": segment, "candidate": k, "scores": s, "chosen": k == own} for k, s in scores.items()]
    days = [(panel.first + timedelta(days=origin * panel.period_days)).isoformat() for origin in origins]
    return Choice(tuple(shares.tolist()), corrected, tuple(tried), tuple(days))


def here(number: int) -> np.ndarray:
    """Which of the segments it is."""
    return np.arange(len(SEGMENTS)) == number


def winner(scores: dict[str, list[float]], usual: str) -> str:
    """The candidate of the lowest mean among those that beat the usual one at every origin."""
    never_lost = [
        name for name, found in scores.items() if all(a < b for a, b in zip(found, scores[usual], strict=True))
    ]
    return min(never_lost, key=lambda name: np.mean(scores[name]), default=usual)


def choice_origins(panel: Panel, params: Params) -> list[int]:
    """Past origins to compare at, the latest first: none overlaps, and each could look back on as many whole years."""
    ahead = min(PERIODS[panel.period_days], params.sum_periods[-1])
    latest, year = panel.periods - 1 - ahead, panel.seasons.year
    learned = params.learned_origins * panel.seasons.stride + year
    # Trees that had seen fewer Christmases than today's would speak for corrections that these do not need.
    earliest = max(int(LEAST_BEFORE * year), min(panel.periods, learned) // year * year)
    # What the same periods say twice counts once: no two overlap.
    apart = max(min(year // APART, (latest - earliest) // max(params.choice_origins - 1, 1)), ahead)
    return [latest - apart * number for number in range(params.choice_origins) if latest - apart * number >= earliest]


@dataclass(frozen=True)
class Look:
    """Forecasts from one past origin, and what then happened.

    Parameters
    ----------
    mean, median
        Shape (series, periods).
    truth
        The same; NaN where not observed.
    segment
        As known at the origin; shape (series,).
    plain
        A plain forecast of their total; shape (periods,).
    """

    mean: np.ndarray
    median: np.ndarray
    truth: np.ndarray
    segment: np.ndarray
    plain: np.ndarray

    def point(self, shares: np.ndarray) -> np.ndarray:
        """The blend by segment; shape (series, periods)."""
        share = shares[self.segment][:, None]
        return share * self.mean + (1 - share) * self.median

    def score(self, shares: np.ndarray, corrected: bool) -> float:
        """WAPE + |bias| of all series; 0 where they sold nothing, so that nothing wins there."""
        point = self.point(shares)
        if corrected:
            point = point * total_factors(self.plain, point)
        known = np.isfinite(self.truth)
        error, sold = (point - self.truth)[known], self.truth[known].sum()
        return float((np.abs(error).sum() + abs(error.sum())) / sold) if sold > 0 else 0.0


def look_back(panel: Panel, params: Params, origin: int) -> Look | None:
    """Learn from what was known at an origin, on half the rows, and forecast from it; None where that is too little."""
    past = until(panel, origin)
    rows = training_rows(past, learned_windows(params), learned_origins(past, params), params.learned_rows // 2)
    if rows.target.size < params.least_rows or not np.any(rows.target > 0):
        return None
    ahead = min(PERIODS[panel.period_days], params.sum_periods[-1])
    binned = dataset(rows.features, rows.target, rows.level, rows.names)
    boosters = grow(binned, (MEAN, MEDIAN), params.trees, params.threads)
    begun = content_order(past)
    begun = begun[past.start[begun] <= origin - YOUNGEST]
    asked = begun[:: -(-begun.size // SERIES)]
    features, level, _ = window_features(past, asked, origin, [(step, step) for step in range(1, ahead + 1)])
    flat = features.reshape(-1, features.shape[2])
    mean, median = (
        np.maximum(booster.predict(flat, num_threads=params.threads), 0).reshape(ahead, -1).T * level[:, None]
        for booster in boosters
    )
    after = slice(origin + 1, origin + 1 + ahead)
    truth = np.where(panel.observed[asked, after], panel.sales[asked, after], np.nan)
    return Look(mean, median, truth, segments(past)[asked], plain_totals(past, asked, ahead))


def until(panel: Panel, origin: int) -> Panel:
    """The panel as it was at the end of a period; drivers behind it stay, as far as they were announced."""
    end = origin + 1

    def cut(group: Group) -> Group:
        return replace(group, demand=group.demand[:, :end])

    return replace(
        panel,
        sales=panel.sales[:, :end],
        observed=panel.observed[:, :end],
        demand=panel.demand[:, :end],
        groups=tuple(cut(group) for group in panel.groups),
    )
