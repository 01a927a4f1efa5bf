"""Quantiles of sums over series, from futures that series have in part in common."""

from __future__ import annotations

import numpy as np
import polars as pl

from forecasting.door import check_frame, check_unique
from forecasting.reconcile import TOTAL
from forecasting.shared_error import SharedError, at_scores, quantile_table

CHUNK = 4096  # series; memory grows with this and with the number of members
# Paths of quantiles and point forecast are two forecasts of one sum: halfway in logarithms, as of a total (``boosted.
# totals``), never by more than this factor.
SHARE, MOST = 0.5, 2.0


def sum_quantiles(
    forecast: pl.DataFrame, attributes: pl.DataFrame, shared: SharedError, paths: int = 200, seed: int = 0
) -> pl.DataFrame:
    """Quantiles of each period's demand summed over every member of every attribute, and over all.

    Futures are drawn of all series at once: each takes its own quantiles, at normal scores that are in part those of
    its members (a Gaussian copula: Nelsen 2006, "An Introduction to Copulas"; of sums of forecasts: Taieb, Taylor &
    Hyndman 2017, ICML). So a category's future is the sum of its series' and the whole that of its categories'. Drawn
    one by one, errors would cancel that come together.

    Parameters
    ----------
    forecast
        ``unique_id`` (text), ``ds`` (date), ``y_hat`` and at least two ``q_<level>`` (number), a row for each series
        and period.
    attributes
        ``unique_id`` and attributes (text); null belongs to no member.
    shared
        What errors have in common, of every attribute and of ``total``.
    paths
        Futures drawn. Default 200.
    seed
        Of the draw.

    Returns
    -------
    pl.DataFrame
        ``level`` (str: the attribute, or ``total``), ``member`` (str), ``ds``, ``y_hat`` (float: sum), ``q_<level>``
        (float, as of the forecast; rising, zero or more, whole where those of all series are), sorted.

    Raises
    ------
    ValueError
        When a column is missing or of another type, a row occurs twice, or there are fewer than two quantiles.
    """
    check_frame(forecast, {"unique_id": "text", "ds": "date", "y_hat": "number"}, "forecast")
    check_unique(forecast, ["unique_id", "ds"], "forecast")
    check_unique(attributes, ["unique_id"], "attributes")
    _, asked = quantile_table(forecast)
    named = forecast.join(attributes, on="unique_id", how="left").with_columns(pl.lit(TOTAL).alias(TOTAL))
    parts = [
        _of_period(rows.sort("unique_id"), shared, np.random.default_rng([seed, number]), paths)
        for number, (_, rows) in enumerate(named.sort("ds").group_by("ds", maintain_order=True))
    ]
    names = {f"q_{level:g}": pl.Float64 for level in asked}
    schema = {"level": pl.String, "member": pl.String, "ds": pl.Date, "y_hat": pl.Float64} | names
    found = pl.concat(parts) if parts else pl.DataFrame(schema=schema)
    quantiles, _ = quantile_table(forecast)
    if (quantiles == np.floor(quantiles)).all():
        found = found.with_columns((pl.col(name) + 0.5).floor() for name in names)
    return found.select(list(schema)).sort("level", "member", "ds")


def _of_period(rows: pl.DataFrame, shared: SharedError, random: np.random.Generator, paths: int) -> pl.DataFrame:
    """The sums of one period, the series in their order."""
    quantiles, levels = quantile_table(rows)
    point = rows["y_hat"].cast(pl.Float64).to_numpy()
    members = {name: _codes(rows[name]) for name in shared.shares}
    common = {name: random.standard_normal((found.size, paths)) for name, (found, _) in members.items()}
    sums = {name: np.zeros((found.size, paths)) for name, (found, _) in members.items()}
    for first in range(0, rows.height, CHUNK):
        part = slice(first, first + CHUNK)
        drawn = random.standard_normal((len(point[part]), paths))
        scores = np.zeros_like(drawn)
        # What a series that belongs to no member would share with it is its own.
        own = np.full(len(drawn), 1 - sum(shared.shares.values()))
        for name, (_, codes) in members.items():
            inside = codes[part] >= 0
            scores[inside] += np.sqrt(shared.shares[name]) * common[name][codes[part][inside]]
            own += np.where(inside, 0, shared.shares[name])
        demand = at_scores(quantiles[part], levels, scores + np.sqrt(own)[:, None] * drawn)
        for name, (_, codes) in members.items():
            inside = codes[part] >= 0
            np.add.at(sums[name], codes[part][inside], demand[inside])
    day, parts = rows["ds"][0], []
    for name, (found, codes) in members.items():
        inside = codes >= 0
        # Of nothing bincount counts, in whole numbers.
        expected = np.bincount(codes[inside], point[inside], found.size).astype(float)
        parts.append(_member_rows(name, found, day, expected, sums[name], shared.widths[name], levels))
    return pl.concat(parts)


def _codes(members: pl.Series) -> tuple[np.ndarray, np.ndarray]:
    """Names of the members in their order, and each row's number among them; -1 for none."""
    found = members.drop_nulls().unique().sort()
    place = dict(zip(found, range(found.len()), strict=True))
    return found.to_numpy(), np.array([place.get(member, -1) for member in members], dtype=int)


def _member_rows(
    level: str, members: np.ndarray, day, point: np.ndarray, sums: np.ndarray, width: float, asked: list[float]
) -> pl.DataFrame:
    """Quantiles of the futures of each member, between their mean and the point forecast, as wide as errors were."""
    mean = sums.mean(axis=1)
    factor = np.divide(point, mean, out=np.ones(point.size), where=(point > 0) & (mean > 0)) ** SHARE
    centre = mean * np.clip(factor, 1 / MOST, MOST)
    moved = sums * np.divide(centre, mean, out=np.ones(point.size), where=mean > 0)[:, None]
    spread = np.maximum(centre[:, None] + width * (moved - centre[:, None]), 0)
    quantiles = np.quantile(spread, asked, axis=1)
    columns = {f"q_{level_asked:g}": quantiles[k] for k, level_asked in enumerate(asked)}
    head = {"level": [level] * members.size, "member": members, "ds": [day] * members.size, "y_hat": point}
    strings = {"level": pl.String, "member": pl.String, "ds": pl.Date}
    return pl.DataFrame(head | columns, schema_overrides=strings)
