"""How good forecasts of the past were, by any columns."""

from __future__ import annotations

import polars as pl

from forecasting.door import check_frame

MEASURES = ("periods", "demand", "wape", "bias", "score", "rmsse", "pinball")


def evaluate(backtested: pl.DataFrame, by: list[str] | None = None) -> pl.DataFrame:
    """Measures of forecasts, over periods in stock.

    Parameters
    ----------
    backtested
        ``y``, ``y_hat`` (number), perhaps ``q_<level>`` … (number), ``in_stock`` (bool) and ``scale`` (number: mean
        squared change from period to period before the cutoff; then ``unique_id``, text, and ``cutoff``, date, too), as
        ``backtest`` returns them.
    by
        Columns to report apart; none for one row.

    Returns
    -------
    pl.DataFrame
        The columns of ``by``, then ``periods`` (int), ``demand`` (float, Σy), ``wape`` Σ|ŷ−y|/Σy, ``bias``
        Σ(ŷ−y)/Σy, ``score`` WAPE + |bias|, ``rmsse`` (Hyndman & Koehler 2006; mean over series and cutoffs whose
        scale is above zero; null without ``scale``), ``pinball`` (Σ loss/Σy, mean over levels; null without
        levels) and ``coverage_<level>`` (share of periods at or below the quantile), sorted by ``by``. Shares are
        null where nothing was sold.

    Raises
    ------
    ValueError
        When a column is missing or of another type.
    """
    by = by or []
    quantiles = [name for name in backtested.columns if name.startswith("q_")]
    check_frame(backtested, dict.fromkeys(["y", "y_hat", *quantiles], "number"), "backtest")
    seen = backtested.filter(pl.col("in_stock")) if "in_stock" in backtested.columns else backtested
    y, error = pl.col("y"), pl.col("y_hat") - pl.col("y")
    sold = pl.when(y.sum() > 0).then(y.sum())
    losses = [pinball_loss(float(name[2:]), y - pl.col(name)).sum() / sold for name in quantiles]
    measured = grouped(seen, by).agg(
        periods=pl.len(),
        demand=y.sum(),
        wape=error.abs().sum() / sold,
        bias=error.sum() / sold,
        pinball=pl.sum_horizontal(losses) / len(losses) if losses else pl.lit(None, dtype=pl.Float64),
        **{f"coverage_{name[2:]}": (y <= pl.col(name)).mean() for name in quantiles},
    )
    measured = measured.with_columns(score=pl.col("wape") + pl.col("bias").abs())
    if "scale" in backtested.columns:
        check_frame(backtested, {"unique_id": "text", "cutoff": "date", "scale": "number?"}, "backtest")
        squared = pl.when(pl.col("scale").first() > 0).then((error**2).mean() / pl.col("scale").first())
        of_series = seen.group_by([*by, "unique_id", "cutoff"]).agg(rmsse=squared.sqrt())
        rmsse = grouped(of_series, by).agg(pl.col("rmsse").mean())
        measured = measured.join(rmsse, on=by or "_all", how="left", nulls_equal=True)
    else:
        measured = measured.with_columns(rmsse=pl.lit(None, dtype=pl.Float64))
    coverages = [f"coverage_{name[2:]}" for name in quantiles]
    return measured.select(*by, *MEASURES, *coverages).sort(by) if by else measured.select(*MEASURES, *coverages)


def grouped(frame: pl.DataFrame, by: list[str]):
    """The frame by some columns, or as one group."""
    return frame.group_by(by) if by else frame.group_by(_all=pl.lit(True))


def pinball_loss(level: float, miss: pl.Expr) -> pl.Expr:
    """Loss of a quantile that lies ``miss`` below what happened (Koenker & Bassett 1978)."""
    return pl.max_horizontal(level * miss, (level - 1) * miss)
