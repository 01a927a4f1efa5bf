"""How good forecasts were."""

import polars as pl

from forecasting.door import check_frame


def evaluate(backtested: pl.DataFrame) -> pl.DataFrame:
    """WAPE, bias, and per level pinball loss and coverage, over periods in stock.

    Parameters
    ----------
    backtested
        ``y``, ``y_hat`` and ``q_<level>`` … (float), perhaps ``in_stock`` (bool), as ``backtest`` returns
        them.

    Returns
    -------
    pl.DataFrame
        ``metric`` (str), ``level`` (float, null for ``wape`` and ``bias``), ``value`` (float, a share; null
        where no demand was seen): ``wape`` Σ|ŷ−y|/Σy, ``bias`` Σ(ŷ−y)/Σy, ``pinball`` mean loss over mean
        demand (Koenker & Bassett 1978), ``coverage`` share of periods at or below the quantile.

    Raises
    ------
    ValueError
        When a column is missing or of another type.
    """
    quantiles = [name for name in backtested.columns if name.startswith("q_")]
    check_frame(backtested, dict.fromkeys(["y", "y_hat", *quantiles], "number"), "backtest")
    seen = backtested.filter(pl.col("in_stock")) if "in_stock" in backtested.columns else backtested
    y, error = pl.col("y"), pl.col("y_hat") - pl.col("y")
    total = pl.when(y.sum() > 0).then(y.sum())
    rows = [
        ("wape", None, seen.select(error.abs().sum() / total)),
        ("bias", None, seen.select(error.sum() / total)),
    ]
    for name in quantiles:
        level, miss = float(name[2:]), y - pl.col(name)
        loss = pl.max_horizontal(level * miss, (level - 1) * miss)
        rows.append(("pinball", level, seen.select(loss.sum() / total)))
        rows.append(("coverage", level, seen.select((y <= pl.col(name)).mean())))
    schema = {"metric": pl.String, "level": pl.Float64, "value": pl.Float64}
    return pl.DataFrame([(metric, level, value.item()) for metric, level, value in rows], schema=schema, orient="row")
