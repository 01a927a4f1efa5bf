"""Kinds of series that may be served by different blends: by intermittence and volume."""

from __future__ import annotations

import numpy as np

from forecasting.boosted.panel import Panel
from forecasting.demand_class import ADI_CUTOFF

SEGMENTS = ("regular, much sold", "regular, little sold", "intermittent, much sold", "intermittent, little sold")
# The largest series that hold this share of all demand are the ones much sold.
MUCH = 0.8


def segments(panel: Panel) -> np.ndarray:
    """Number of each series' segment, by its last year; shape (series,)."""
    year = slice(max(panel.periods - panel.seasons.year, 0), panel.periods)
    demand, observed = panel.demand[:, year].astype(float), panel.observed[:, year]
    sold = ((demand > 0) & observed).sum(1)
    intermittent = observed.sum(1) > ADI_CUTOFF * sold
    volume = demand.sum(1)
    # By volume alone: series of equal volume are of the same segment whatever they are called.
    ordered = np.sort(volume)[::-1]
    held = np.searchsorted(np.cumsum(ordered), MUCH * volume.sum())
    much = volume >= ordered[min(held, ordered.size - 1)] if ordered.size else np.zeros(0, bool)
    return 2 * intermittent + ~much
