"""Orders that were forecast: what is still to be expected beside them."""

from collections import defaultdict
from datetime import timedelta

import numpy as np
import polars as pl

from forecasting.door import check_frame, check_unique, refuse_rows

FORECAST = {"series_id": "text", "starts": "date", "ends": "date", "quantity": "number"}
ORDERS = {"series_id": "text", "due_date": "date", "quantity": "number"}


def consume_forecast(
    forecast: pl.DataFrame, orders: pl.DataFrame, days_back: int, days_ahead: int
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Take orders off the forecast that foresaw them.

    An order takes from the bucket in which it is due, then from earlier ones, the nearest first, then from later ones.
    Orders are taken by due date. What finds no forecast is demand beyond it.

    Parameters
    ----------
    forecast
        ``series_id`` (text: SKU and location, or coarser), ``starts``, ``ends`` (date, the day after the last),
        ``quantity`` (number, ≥ 0); buckets of a series do not overlap.
    orders
        ``series_id`` (text), ``due_date`` (date), ``quantity`` (number, ≥ 0): open orders, and those of the current
        buckets that have left already.
    days_back, days_ahead
        How far before and after the due date a bucket may lie. A month's forecast is used up by a large order of its
        first day; 0 leaves every bucket its own.

    Returns
    -------
    (pl.DataFrame, pl.DataFrame)
        ``forecast`` sorted by series and start, with ``consumed_qty`` and ``net_qty`` (float); and ``orders`` with
        ``beyond_forecast_qty`` (float).

    Raises
    ------
    ValueError
        Naming column, value and row of the first thing that is wrong.
    """
    check_frame(forecast, FORECAST, "forecast")
    check_frame(orders, ORDERS, "orders")
    check_unique(forecast, ["series_id", "starts"], "forecast")
    for frame, what in ((forecast, "forecast"), (orders, "orders")):
        refuse_rows(frame, ~(pl.col("quantity") >= 0), "quantity", "must be zero or more", what)
    ordered = forecast.sort("series_id", "starts")
    overlap = (pl.col("ends") > pl.col("starts").shift(-1)) & (pl.col("series_id") == pl.col("series_id").shift(-1))
    wrong = overlap | (pl.col("ends") <= pl.col("starts"))
    refuse_rows(ordered, wrong, "ends", "must come after the start and before the next", "forecast")
    starts, ends = ordered["starts"].to_list(), ordered["ends"].to_list()
    left = ordered["quantity"].cast(pl.Float64).to_numpy().copy()
    buckets: dict[str, list[int]] = defaultdict(list)
    for row, series in enumerate(ordered["series_id"]):
        buckets[series].append(row)
    beyond = np.zeros(orders.height)
    queue = orders.with_row_index().sort("due_date", "index")
    for row, series, due, quantity in queue.select("index", "series_id", "due_date", "quantity").iter_rows():
        first, last = due - timedelta(days=days_back), due + timedelta(days=days_ahead)
        own = [one for one in buckets[series] if starts[one] <= due < ends[one]]
        back = [one for one in reversed(buckets[series]) if ends[one] <= due and ends[one] > first]
        ahead = [one for one in buckets[series] if due < starts[one] <= last]
        open_quantity = float(quantity)
        for one in (*own, *back, *ahead):
            taken = min(left[one], open_quantity)
            left[one] -= taken
            open_quantity -= taken
        beyond[row] = open_quantity
    net = pl.Series(left)
    return (
        ordered.with_columns(consumed_qty=pl.col("quantity").cast(pl.Float64) - net, net_qty=net),
        orders.with_columns(beyond_forecast_qty=pl.Series(beyond, dtype=pl.Float64)),
    )
