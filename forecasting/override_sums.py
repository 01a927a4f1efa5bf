"""Sums of demand over intervals, moved as overrides moved their periods."""

from __future__ import annotations

import polars as pl

from forecasting.door import check_frame
from forecasting.override import moved_quantiles


def override_sums(sums: pl.DataFrame, overridden: pl.DataFrame) -> pl.DataFrame:
    """What overrides add to the periods of an interval, added to its sum.

    Parameters
    ----------
    sums
        ``unique_id`` (text), ``periods`` (number: length of the interval from now), ``y_hat`` and ``q_<level>`` …
        (number or null), as ``demand_over`` returns them.
    overridden
        ``unique_id`` (text), ``ds`` (date), ``y_hat`` and ``y_model`` (number), as ``override`` returns them, from
        the first period ahead. It must reach as far as overrides do; what an interval covers of a period counts in
        proportion.

    Returns
    -------
    pl.DataFrame
        ``sums`` with ``y_hat`` and quantiles moved (the quantiles by the factor of the mean; whole where all were),
        and ``y_model`` (float, what the model said).

    Raises
    ------
    ValueError
        When a column is missing or of another type.
    """
    check_frame(sums, {"unique_id": "text", "periods": "number", "y_hat": "number?"}, "sums")
    check_frame(overridden, {"unique_id": "text", "ds": "date", "y_hat": "number", "y_model": "number"}, "overridden")
    steps = overridden.with_columns(step=pl.col("ds").rank("dense").over("unique_id").cast(pl.Int64))
    moved = steps.select("unique_id", "step", move=pl.col("y_hat") - pl.col("y_model")).filter(pl.col("move") != 0)
    rows = sums.with_row_index("row")
    covered = (pl.col("periods") - pl.col("step") + 1).clip(0, 1)
    added = rows.join(moved, on="unique_id").group_by("row").agg(added=(pl.col("move") * covered).sum())
    joined = rows.join(added, on="row", how="left", maintain_order="left").with_columns(
        y_model=pl.col("y_hat").cast(pl.Float64)
    )
    after = (pl.col("y_model") + pl.col("added").fill_null(0.0)).clip(lower_bound=0.0)
    quantiles = [name for name in sums.columns if name.startswith("q_")]
    moved_rows = moved_quantiles(joined.with_columns(y_hat=after), quantiles, pl.col("y_model"), pl.col("y_hat"))
    return moved_rows.select(*sums.columns, "y_model")
