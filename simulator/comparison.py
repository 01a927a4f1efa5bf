"""How much more one policy earned than another in the same worlds, with an interval over weeks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from simulator.scoring import Score

__all__ = ["Lead", "lead"]

RESAMPLES = 4_999
LEVEL = 0.95


@dataclass(frozen=True)
class Lead:
    """What was earned more, as a share of what the other earned, and its 95 % interval."""

    share: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.share:+.1%} ({self.low:+.1%} … {self.high:+.1%})"


def lead(pairs: Sequence[tuple[Score, Score]]) -> Lead | None:
    """By how much the first of each pair leads the second, all worlds together; None below two weeks, and where the
    second of each earned nothing or lost, so that no share tells.

    The interval is a percentile bootstrap over weeks (Efron & Tibshirani, *An Introduction to the Bootstrap*, chapter
    13): both policies meet the same demand in a week, so its two profits are drawn together. Weeks count as
    independent, though stock left over in one is sold in the next, and what is worth something only at the end (excess,
    orders in hand) moves with them.

    Raises
    ------
    ValueError
        If the scores of a pair are not of the same days.
    """
    from scipy.stats import bootstrap

    if any(ours.days != theirs.days for ours, theirs in pairs):
        raise ValueError("a pair holds scores of different days; race both policies over the same ones")
    ours, theirs = (np.array([profit for pair in pairs for profit in pair[side].by_week]) for side in (0, 1))
    if ours.size < 2 or theirs.sum() <= 0:
        return None
    found = bootstrap(
        (ours, theirs), _share, paired=True, n_resamples=RESAMPLES, confidence_level=LEVEL, method="percentile", rng=0
    )
    return Lead(float(_share(ours, theirs)), *(float(end) for end in found.confidence_interval))


def _share(ours: np.ndarray, theirs: np.ndarray, axis: int = -1) -> np.ndarray:
    return ours.sum(axis=axis) / theirs.sum(axis=axis) - 1
