"""Fit a model to many series: a level for each, and trees for all."""

from functools import lru_cache

import numpy as np
import polars as pl

from forecasting.backend import LOCAL, Backend, cut
from forecasting.boosted import BoostedModel, Panel, Trees, asked_of, fit_boosted, read_panel
from forecasting.boosted.seasons import SEASONS
from forecasting.censoring import fill_censored
from forecasting.demand_class import NEW, demand_class
from forecasting.door import check_frame, check_unique, refuse_rows
from forecasting.error_quantiles import PROBABILITIES, pooled_quantiles, summed_errors
from forecasting.launch import Young, fit_young
from forecasting.model import Model
from forecasting.params import Params
from forecasting.planned import driver_names
from forecasting.portfolio import Level, portfolio

PRIOR_PERIODS = 4  # periods of its pool's variation that every series' own error is averaged with
# Levels of so many series are kept from one fit to the next: on six days of seven no week has ended since the last one.
KEPT_SERIES = 8192


def fit(
    history: pl.DataFrame,
    params: Params | None = None,
    items: pl.DataFrame | None = None,
    learned: Trees | None = None,
    backend: Backend = LOCAL,
) -> Model:
    """Fit a demand model to every series of a history.

    Each series has a level: scaled by its mean sale, routed by class to its methods (``portfolio``); its past
    errors of demand summed over 1, 2, 3 … periods join those of like series, and their quantiles give every
    later quantile. Where there is enough to learn from, trees for all series (``boosted``) take the place of
    the level in every series that reaches the history's last period. A series younger than four periods, or still to
    come, is forecast by its attributes, the launch curve and what it sold so far (``launch``). The same history gives
    the same model, in any order of rows.

    Parameters
    ----------
    history
        ``unique_id`` (text), ``ds`` (date), ``y`` (base units per period; null or NaN means not observed), and
        perhaps ``in_stock`` (bool; false means censored) and drivers ``x_…`` (numbers: price, promotion,
        display; null or NaN means not known). ``known_x_…`` (date; null for always) says when the driver's value was
        announced: an origin before that day learns as if nothing (0) had been planned. One row per series and
        period, without gaps (``weekly_history``, ``complete_periods``).
    params
        Settings; defaults if None.
    items
        ``unique_id`` (text, one row each) and attributes (text: category, brand, warehouse); series that share
        one learn from each other's growth, season and promotions. Perhaps ``launches_on`` (date; null for none): an
        item without history is forecast from that day on.
    learned
        Trees of an earlier fit, to ask on this history instead of learning anew; they are passed over where they
        ask for other features than this history has.
    backend
        Where the series' levels are fitted, in parts; trees grow here, on ``params.threads``.

    Returns
    -------
    Model

    Raises
    ------
    ValueError
        When a column is missing or of another type, a demand is negative or infinite, a period occurs twice
        or is missing, or an item occurs twice.
    """
    params = params or Params()
    ordered = checked_history(history, params)
    if items is not None:
        check_frame(items, dict.fromkeys(["unique_id"], "text"), "items")
        check_unique(items, ["unique_id"], "items")
    attributes, coming = coming_items(ordered, items, params)
    table, errors = fit_levels(ordered, params, backend)
    seasons = SEASONS.get(params.period_days)
    boosted = young = None
    if seasons is not None and ordered.height >= params.least_rows:
        to_the_end = ordered.filter(pl.col("ds").max().over("unique_id") == pl.col("ds").max())
        panel = read_panel(to_the_end, attributes, seasons, params.period_days, params.calendar)
        boosted = taken_over(panel, learned) or fit_boosted(panel, params)
        young = fit_young(panel, attributes, coming)
        table, errors = with_coming(table, errors, coming, young, params)
    known = ordered.filter("in_stock")["y"]
    return Model(
        series=table,
        probabilities=PROBABILITIES,
        errors=errors,
        whole_units=bool((known == known.floor()).all()),
        boosted=boosted,
        young=young,
        params=params,
    )


def coming_items(
    ordered: pl.DataFrame, items: pl.DataFrame | None, params: Params
) -> tuple[pl.DataFrame | None, pl.DataFrame]:
    """Attributes alone, and the items without history that have a launch: ``unique_id``, ``age`` (periods since)."""
    nobody = pl.DataFrame(schema={"unique_id": pl.String, "age": pl.Float64})
    if items is None or "launches_on" not in items.columns:
        return items, nobody
    check_frame(items, {"launches_on": "date?"}, "items")
    attributes, end = items.drop("launches_on"), ordered["ds"].max()
    if end is None:
        return attributes, nobody
    days = (pl.lit(end) + pl.duration(days=params.period_days) - pl.col("launches_on").cast(pl.Date)).dt.total_days()
    launched = items.filter(pl.col("launches_on").is_not_null()).join(ordered, on="unique_id", how="anti")
    # One that is overdue without a sale has just begun.
    age = pl.min_horizontal(days / params.period_days, 0.0)
    return attributes, launched.select("unique_id", age=age).sort("unique_id")


def with_coming(
    table: pl.DataFrame, errors: dict[str, np.ndarray], coming: pl.DataFrame, young: Young | None, params: Params
) -> tuple[pl.DataFrame, dict[str, np.ndarray]]:
    """The series and error pools with those that are still to come."""
    if not coming.height or not table.height:
        return table, errors
    rows = np.searchsorted(young.ids, coming["unique_id"].to_numpy().astype(str))
    rate, variance = young.rate[rows], young.variance[rows]
    added = coming.select(
        "unique_id",
        ds=pl.lit(table["ds"].max()),
        periods=pl.lit(0, dtype=pl.Int64),
        demand_class=pl.lit(NEW),
        pool=pl.lit(NEW),
        level=pl.Series(rate, dtype=pl.Float64),
        sigma=pl.Series(np.sqrt(variance + young.noise * rate), dtype=pl.Float64),
    )
    unknown = np.empty((0, len(params.sum_periods), params.error_origins))
    return pl.concat([table, added]).sort("unique_id"), errors | {NEW: pooled_quantiles(unknown, params)}


def taken_over(panel: Panel, learned: Trees | None) -> BoostedModel | None:
    """Trees of an earlier fit on this panel; None where there are none that fit it."""
    if learned is None or not panel.ids.size or learned.names != asked_of(panel):
        return None
    return BoostedModel(panel, learned)


def fit_levels(
    ordered: pl.DataFrame, params: Params, backend: Backend = LOCAL
) -> tuple[pl.DataFrame, dict[str, np.ndarray]]:
    """The level of every series, and the error quantiles of every pool (``Model.series``, ``Model.errors``)."""
    ids, starts = np.unique(ordered["unique_id"].to_numpy(), return_index=True) if ordered.height else ([], [])
    ends = [*starts[1:], ordered.height] if ordered.height else []
    y, in_stock = ordered["y"].to_numpy(), ordered["in_stock"].to_numpy()
    spans = [(max(start, end - params.history_periods), end) for start, end in zip(starts, ends, strict=True)]
    parts = [spans[part.start : part.stop] for part in cut(len(spans), backend.partitions)]
    fitted = backend.map(fit_some, parts, y, in_stock, params)
    rows = [row for some, _ in fitted for row in some]
    errors = np.concatenate([measured for _, measured in fitted])
    table = pl.DataFrame(
        rows,
        schema={"periods": pl.Int64, "demand_class": pl.String, "pool": pl.String, "level": pl.Float64}
        | {"scale": pl.Float64, "squared": pl.Float64, "errors": pl.Int64},
        orient="row",
    )
    table = with_sigma(table)
    sigma = table["sigma"].to_numpy()
    pools = table["pool"].to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled = errors / np.where(sigma > 0, sigma, np.nan).astype(np.float32)[:, None, None]
    last = ordered["ds"].gather([end - 1 for end in ends]) if len(ends) else pl.Series("ds", [], dtype=pl.Date)
    series = table.select(
        pl.Series("unique_id", ids, dtype=pl.String),
        last.alias("ds"),
        "periods",
        "demand_class",
        "pool",
        pl.col("level") * pl.col("scale"),
        pl.col("sigma") * pl.col("scale"),
    )
    return series, {pool: pooled_quantiles(scaled[pools == pool], params) for pool in sorted(set(pools))}


def fit_some(
    spans: list[tuple[int, int]], y: np.ndarray, in_stock: np.ndarray, params: Params
) -> tuple[list[tuple], np.ndarray]:
    """``fit_one`` of every span of rows; errors have shape (spans, lengths, origins)."""
    errors = np.full((len(spans), len(params.sum_periods), params.error_origins), np.nan, dtype=np.float32)
    rows, methods = [], portfolio(params.window)
    for number, (start, end) in enumerate(spans):
        # More of them than places would push each other out, and none would be found again.
        if len(spans) > KEPT_SERIES:
            row = fit_one(y[start:end], in_stock[start:end], methods, params, errors[number])
        else:
            row, errors[number] = fit_kept(y[start:end].tobytes(), in_stock[start:end].tobytes(), params)
        rows.append(row)
    return rows, errors


@lru_cache(maxsize=KEPT_SERIES)
def fit_kept(y: bytes, observed: bytes, params: Params) -> tuple[tuple, np.ndarray]:
    """``fit_one`` of a series given by the bytes of its arrays; whoever asks for the same one again gets the same."""
    errors = np.full((len(params.sum_periods), params.error_origins), np.nan, dtype=np.float32)
    known = np.frombuffer(y), np.frombuffer(observed, dtype=bool)
    return fit_one(*known, portfolio(params.window), params, errors), errors


def checked_history(history: pl.DataFrame, params: Params) -> pl.DataFrame:
    """The history, checked and in order: ``unique_id, ds, y, in_stock, x_…, known_x_…``; unobserved is not
    in stock."""
    drivers = driver_names(history)
    announcements = [f"known_{name}" for name in drivers if f"known_{name}" in history.columns]
    check_frame(history, {"unique_id": "text", "ds": "date", "y": "number?"}, "history")
    check_frame(history, dict.fromkeys(announcements, "date?"), "history")
    check_frame(history, dict.fromkeys(drivers, "number?"), "history")
    if "in_stock" in history.columns:
        check_frame(history, {"in_stock": "bool?"}, "history")
    in_stock = pl.col("in_stock").fill_null(True) if "in_stock" in history.columns else pl.lit(True)
    y = pl.col("y").cast(pl.Float64).fill_nan(None)
    refuse_rows(history, (y < 0) | y.is_infinite(), "y", "must be a demand of zero or more", "history")
    for name in drivers:
        refuse_rows(history, pl.col(name).cast(pl.Float64).is_infinite(), name, "must be finite", "history")
    ordered = history.select(
        "unique_id",
        "ds",
        y=y.fill_null(0.0),
        in_stock=in_stock & y.is_not_null(),
        **{name: pl.col(name).cast(pl.Float64) for name in drivers},
        **{name: pl.col(name).cast(pl.Date) for name in announcements},
    ).sort("unique_id", "ds")
    check_unique(ordered, ["unique_id", "ds"], "history")
    gap = (pl.col("ds").diff().dt.total_days() != params.period_days) & (
        pl.col("unique_id") == pl.col("unique_id").shift()
    )
    remedy = f"must follow the period before by {params.period_days} days (complete_periods fills gaps)"
    refuse_rows(ordered, gap, "ds", remedy, "history")
    return ordered


def fit_one(
    y: np.ndarray, observed: np.ndarray, level: Level, params: Params, errors: np.ndarray
) -> tuple[int, str, str, float, float, float, int]:
    """Fit one series, scaled by its mean sale, and write its errors of summed demand into ``errors``."""
    seen = y[observed]
    name, pool = demand_class(seen if seen.size else y, params.short_below)
    sold = seen[seen > 0] if seen.size else y[y > 0]
    scale = float(sold.mean()) if sold.size else 1.0
    filled = fill_censored(y, observed, params.window) / scale
    forecasts = level(filled, name)
    errors[:] = summed_errors(filled, observed, forecasts, params)
    one_step = errors[0][np.isfinite(errors[0])].astype(float)
    squared = float(np.mean(one_step**2)) if one_step.size else 0.0
    return seen.size, name, pool, max(float(forecasts[-1]), 0.0), scale, squared, one_step.size


def with_sigma(table: pl.DataFrame) -> pl.DataFrame:
    """Add ``sigma``: a series' one-step error, averaged with what its pool's variation says of its level.

    The pool's variation is a median over its series, so one wild series moves nobody else's; without any it
    is 1.
    """
    known = (pl.col("errors") >= PRIOR_PERIODS) & (pl.col("level") > 0)
    pooled = (pl.col("squared") / pl.col("level") ** 2).filter(known).median().over("pool").fill_null(1.0)
    own = pl.col("errors") * pl.col("squared")
    prior = PRIOR_PERIODS * pooled * pl.col("level") ** 2
    return table.with_columns(sigma=((own + prior) / (pl.col("errors") + PRIOR_PERIODS)).sqrt())
