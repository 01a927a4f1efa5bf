"""What a model's forecasts are put together from, and the figures that decided it."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from forecasting.boosted.choice import AS_IT_IS, BLENDS, USUAL_BLEND
from forecasting.boosted.segments import SEGMENTS, segments
from forecasting.model import Model

ALL = "all"
SCHEMA = {
    "segment": pl.String, "candidate": pl.String, "mean_share": pl.Float64, "is_total_drawn": pl.Boolean,
    "origin": pl.Date, "score": pl.Float64, "is_usual": pl.Boolean, "is_chosen": pl.Boolean,
    "series": pl.Int64, "demand_share": pl.Float64,
}  # fmt: skip


def chosen(model: Model) -> pl.DataFrame:
    """The blend of each segment, beside what else was compared at past origins (``boosted.choice``).

    Parameters
    ----------
    model
        A fitted model.

    Returns
    -------
    pl.DataFrame
        A row for every candidate of every segment at every origin compared; where the history was too short to
        compare, one for each segment. ``segment`` (str: ``all``, whose row says what the others start from, then each
        of ``SEGMENTS``), ``candidate`` (str), ``mean_share`` (float: of the mean, the rest is the median's),
        ``is_total_drawn`` (bool: to a plain forecast of the total), ``origin`` (date, last period known; null),
        ``score`` (float, WAPE + |bias| of all series had the segment been forecast so; null), ``is_usual`` (bool: what
        another must beat at every origin; of a segment the blend chosen for all), ``is_chosen`` (bool), ``series``
        (int: in the segment now) and ``demand_share`` (float: of the last year's demand). Without rows where the model
        has no trees.
    """
    if model.boosted is None:
        return pl.DataFrame(schema=SCHEMA)
    choice, sizes = model.boosted.trees.choice, _sizes(model)
    rows, common = [], USUAL_BLEND
    for told in choice.tried:
        if told["segment"] == ALL and told["chosen"]:
            common = told["candidate"].removesuffix(AS_IT_IS)
    for told in choice.tried:
        name, drawn = told["candidate"], choice.corrected
        if told["segment"] == ALL:
            drawn = not name.endswith(AS_IT_IS)
        usual = name == (USUAL_BLEND if told["segment"] == ALL else common)
        head = (told["segment"], name, BLENDS[name.removesuffix(AS_IT_IS)], drawn)
        rows += [
            (*head, date.fromisoformat(day), score, usual, told["chosen"], *sizes[told["segment"]])
            for day, score in zip(choice.origins, told["scores"], strict=True)
        ]
    if not choice.tried:
        share = BLENDS[USUAL_BLEND]
        rows = [(name, USUAL_BLEND, share, choice.corrected, None, None, True, True, *sizes[name]) for name in sizes]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def _sizes(model: Model) -> dict[str, tuple[int, float]]:
    """Series of each segment and their share of the last year's demand."""
    panel = model.boosted.panel
    numbers = segments(panel)
    units = panel.demand[:, max(panel.periods - panel.seasons.year, 0) :].sum(1, dtype=float)
    series = np.bincount(numbers, minlength=len(SEGMENTS))
    demand = np.bincount(numbers, units, len(SEGMENTS)) / max(units.sum(), 1e-12)
    return {ALL: (int(numbers.size), 1.0)} | dict(
        zip(SEGMENTS, zip(series.tolist(), demand.tolist(), strict=True), strict=True)
    )
