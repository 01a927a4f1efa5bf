"""What is planned for the periods ahead: prices, promotions, displays."""

from __future__ import annotations

import numpy as np
import polars as pl

from forecasting.boosted import Panel
from forecasting.door import check_frame, check_unique


def driver_names(frame: pl.DataFrame) -> list[str]:
    """Columns that hold a driver of demand whose future is known: ``x_…``."""
    return sorted(name for name in frame.columns if name.startswith("x_"))


def planned_drivers(panel: Panel, planned: pl.DataFrame | None, periods: int) -> np.ndarray:
    """The plan as an array.

    Parameters
    ----------
    panel
        The history it continues.
    planned
        ``unique_id`` (text), ``ds`` (date) and every driver of the history (number); None if it has none.
        Periods behind the last of the history and series it does not know are passed over.
    periods
        Periods ahead.

    Returns
    -------
    np.ndarray
        Shape (series, drivers, periods), NaN where nothing was said.

    Raises
    ------
    ValueError
        When a driver of the history is missing from the plan, or a period is given twice.
    """
    result = np.full((panel.ids.size, len(panel.driver_names), periods), np.nan, np.float32)
    if not panel.driver_names:
        return result
    if planned is None:
        raise ValueError(
            f"the history has drivers {list(panel.driver_names)}: hand over their values ahead as `planned`, "
            "or leave them out of the history"
        )
    columns = dict.fromkeys(panel.driver_names, "number?")
    check_frame(planned, {"unique_id": "text", "ds": "date", **columns}, "planned")
    check_unique(planned, ["unique_id", "ds"], "planned")
    days = (pl.col("ds") - panel.first).dt.total_days()
    rows = (
        planned.with_columns(step=days // panel.period_days - panel.periods, off=days % panel.period_days)
        .filter(pl.col("step").is_between(0, periods - 1), off=0)
        .join(pl.DataFrame({"unique_id": panel.ids}).with_row_index("row"), on="unique_id", how="inner")
    )
    for number, name in enumerate(panel.driver_names):
        result[rows["row"].to_numpy(), number, rows["step"].to_numpy()] = rows[name].cast(pl.Float64).to_numpy()
    return result
