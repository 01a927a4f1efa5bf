"""Stock that only some shops may sell."""

import numpy as np
import polars as pl
from scipy import stats

from forecasting.door import check_frame, check_unique, refuse_rows

STOCK = {"sku_id": "text", "warehouse_id": "text", "available_qty": "integer"}
SHOPS = {
    "sku_id": "text",
    "warehouse_id": "text",
    "shop_id": "text",
    "committed_qty": "integer",
    "expected_demand_qty": "number",
    "demand_sd": "number",
    "unit_margin": "number",
}
KEY = ["sku_id", "warehouse_id"]
ALLOCATION = {
    "sku_id": pl.String,
    "warehouse_id": pl.String,
    "shop_id": pl.String,
    "allocated_qty": pl.Int64,
    "ring_fenced": pl.Boolean,
    "expected_demand_qty": pl.Float64,
}


def ring_fence(stock: pl.DataFrame, shops: pl.DataFrame) -> pl.DataFrame:
    """Units to keep for each shop until more comes, and what is open to all.

    What is committed (presold, agreed with a platform) is kept first, in equal shares of it where stock is short. Of
    the rest, enough is kept for shops that earn more per unit that selling one to a poorer shop is not expected to cost
    a better sale: the protection levels of Belobaba's EMSR-b, "Application of a probabilistic decision model to airline
    seat inventory control" (1989), with normal demand. Where all stock exceeds what everybody is likely to want, and
    where all earn the same, nothing beyond commitments is kept.

    Parameters
    ----------
    stock
        ``sku_id``, ``warehouse_id`` (text), ``available_qty`` (int, ≥ 0: free to promise).
    shops
        ``sku_id``, ``warehouse_id``, ``shop_id`` (text), ``committed_qty`` (int, ≥ 0), ``expected_demand_qty``,
        ``demand_sd`` (number, ≥ 0: until more comes, commitments left out), ``unit_margin`` (number).

    Returns
    -------
    pl.DataFrame
        ``sku_id``, ``warehouse_id``, ``shop_id`` (``*`` is the open pool), ``allocated_qty`` (int), ``ring_fenced``
        (bool), ``expected_demand_qty`` (float): a row per shop that something is kept for, and the pool; together what
        is available.

    Raises
    ------
    ValueError
        Naming column, value and row of the first thing that is wrong.
    """
    check_frame(stock, STOCK, "stock")
    check_frame(shops, SHOPS, "shops")
    check_unique(stock, KEY, "stock")
    check_unique(shops, [*KEY, "shop_id"], "shops")
    refuse_rows(stock, pl.col("available_qty") < 0, "available_qty", "must be zero or more", "stock")
    for column in ("committed_qty", "expected_demand_qty", "demand_sd"):
        refuse_rows(shops, pl.col(column) < 0, column, "must be zero or more", "shops")
    by_place = dict(shops.group_by(KEY))
    found: list[tuple] = []
    for sku, warehouse, available in stock.select(*KEY, "available_qty").sort(KEY).iter_rows():
        rows = by_place.get((sku, warehouse))
        kept = [] if rows is None else _kept(rows, available)
        found += [(sku, warehouse, shop, units, True, demand) for shop, units, demand in kept if units]
        pool = available - sum(units for _, units, _ in kept)
        found.append((sku, warehouse, "*", pool, False, float(sum(demand for *_, demand in kept))))
    return pl.DataFrame(found, schema=ALLOCATION, orient="row")


def _kept(shops: pl.DataFrame, available: int) -> list[tuple[str, int, float]]:
    """Shop, units kept for it and its demand, the best earning first."""
    ordered = shops.sort(["unit_margin", "shop_id"], descending=[True, False])
    committed = ordered["committed_qty"].to_numpy()
    mean, sd = (ordered[name].to_numpy().astype(float) for name in ("expected_demand_qty", "demand_sd"))
    margin = ordered["unit_margin"].to_numpy().astype(float)
    kept = _shares(committed, available)
    left = available - int(kept.sum())
    protected = _protection(mean, sd, margin)
    likely = mean.sum() + 2 * np.sqrt(np.sum(sd**2))
    if left < likely:
        upto = np.minimum(protected, left)
        kept = kept + np.diff(np.concatenate([[0], upto]))
    return list(zip(ordered["shop_id"], kept.tolist(), mean.tolist(), strict=True))


def _shares(committed: np.ndarray, available: int) -> np.ndarray:
    """Commitments, or equal shares of them in whole units where they exceed what is there."""
    total = int(committed.sum())
    if total <= available:
        return committed.copy()
    exact = committed * available / total
    shares = np.floor(exact).astype(np.int64)
    for row in np.argsort(shares - exact, kind="stable")[: available - int(shares.sum())]:
        shares[row] += 1
    return shares


def _protection(mean: np.ndarray, sd: np.ndarray, margin: np.ndarray) -> np.ndarray:
    """Units kept for the first j shops together, for each j; nothing is kept from the poorest."""
    levels = np.zeros(mean.size, dtype=np.int64)
    for better in range(1, mean.size):
        demand, spread = mean[:better].sum(), np.sqrt(np.sum(sd[:better] ** 2))
        earned = margin[:better] @ mean[:better] / demand if demand else margin[:better].mean()
        # A shop that loses money on a unit should not sell it while others may.
        chance = float(np.clip(max(margin[better], 0) / earned, 0, 1)) if earned > 0 else 1.0
        level = stats.norm.isf(np.clip(chance, 1e-6, 1), demand, spread) if spread else demand * (chance < 1)
        levels[better - 1] = max(int(np.floor(max(level, 0) + 1e-9)), levels[better - 2] if better > 1 else 0)
    if mean.size:
        levels[-1] = levels[-2] if mean.size > 1 else 0
    return levels
