"""What will be left of each batch when it may no longer be sold, or at the horizon."""

import numpy as np
import polars as pl

from forecasting.door import check_frame, refuse_rows
from optimization.replenishment.paths import check_demand, refuse_unknown
from optimization.replenishment.problem import KEY

BATCHES = {
    "sku_id": "text",
    "location_id": "text",
    "batch_no": "text?",
    "quantity": "integer",
    "last_sellable_period": "integer?",
}


def unsold_stock(items: pl.DataFrame, demand: np.ndarray, batches: pl.DataFrame) -> pl.DataFrame:
    """Units of each batch that demand does not reach, on every path.

    What expires first is sold first. On a path, batches up to one that is sold until period e have sold
    ``min(sold of those before + its units, demand to e)``; what is left of it is unsold. Batches that do not expire
    come last and have until the horizon. Goods on order are left out: they queue behind.

    Parameters
    ----------
    items
        ``sku_id``, ``location_id`` (text), in the order of ``demand``.
    demand
        Shape (items, paths, periods), zero or more: possible futures.
    batches
        Stock: ``sku_id``, ``location_id``, ``batch_no`` (text), ``quantity`` (int, ≥ 0), ``last_sellable_period`` (int,
        null: does not expire; −1: expired already).

    Returns
    -------
    pl.DataFrame
        ``batches`` with ``sold_qty`` (float: expected to sell), ``unsold_qty`` (float: expected to be left),
        ``unsold_likely_qty`` (int: left on nine of ten paths) and ``expires`` (bool), sorted by item, expiry and batch.

    Raises
    ------
    ValueError
        Naming column, value and row of the first thing that is wrong, or the shape of the demand.
    """
    check_frame(batches, BATCHES, "batches")
    refuse_rows(batches, pl.col("quantity") < 0, "quantity", "must be zero or more", "batches")
    check_demand(demand, items)
    refuse_unknown(batches, items, KEY, "sku_id", "batches", "items")
    joined = batches.join(items.select(KEY).with_row_index("item"), on=KEY, how="left", maintain_order="left")
    ordered = joined.sort("item", "last_sellable_period", "batch_no", nulls_last=True)
    total = np.cumsum(demand, axis=2, dtype=np.float64)
    last = np.minimum(
        ordered["last_sellable_period"].fill_null(demand.shape[2] - 1).to_numpy().astype(np.int64), demand.shape[2] - 1
    )
    item, quantity = ordered["item"].to_numpy(), ordered["quantity"].to_numpy()
    left = np.zeros((ordered.height, demand.shape[1]))
    sold = np.zeros(demand.shape[1])
    for row in range(ordered.height):
        before = sold if row and item[row] == item[row - 1] else np.zeros(demand.shape[1])
        reach = total[item[row], :, last[row]] if last[row] >= 0 else np.zeros(demand.shape[1])
        sold = np.maximum(np.minimum(before + quantity[row], reach), before)
        left[row] = quantity[row] - (sold - before)
    likely = np.sort(left, axis=1)[:, int(0.1 * demand.shape[1])] if left.size else np.zeros(0)
    return ordered.drop("item").with_columns(
        sold_qty=pl.Series(quantity - left.mean(axis=1)),
        unsold_qty=pl.Series(left.mean(axis=1)),
        unsold_likely_qty=pl.Series(np.floor(likely + 1e-9).astype(np.int64)),
        expires=pl.col("last_sellable_period").is_not_null(),
    )
