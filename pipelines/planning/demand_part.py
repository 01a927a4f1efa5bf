"""The last year of demand apart: what was agreed, what was ordinary, what a promotion added, what was missed."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

import forecasting
from pipelines.planning.levels import split

# A year to look back on; older weeks are in `demand_history` as they sold.
WEEKS = 52


def demand_part(known: pl.DataFrame, contracted: pl.DataFrame) -> pl.DataFrame:
    """Rows of `plan.demand_part`.

    Parameters
    ----------
    known
        Weeks without what was contracted: `unique_id`, `ds`, `y`, `in_stock` and drivers `x_…`, of which any above zero
        is a promotion.
    contracted
        `unique_id`, `ds`, `contracted` by week.
    """
    promoted = pl.any_horizontal(pl.col(name) > 0 for name in known.columns if name.startswith("x_"))
    weeks = known.select("unique_id", "ds", "y", "in_stock", promoted=promoted)
    # All weeks are looked at: a promotion's response is learned from every one of them.
    parts = forecasting.demand_parts(weeks).filter(pl.col("ds") > known["ds"].max() - timedelta(weeks=WEEKS))
    joined = parts.join(contracted, on=["unique_id", "ds"], how="left").with_columns(
        pl.col("contracted").fill_null(0.0)
    )
    return split(joined.rename({"ds": "week_start"})).sort("sku_id", "location_id", "week_start")
