"""Split the stock of each SKU and warehouse over the shops that sell from it."""

import numpy as np
import polars as pl

from forecasting.door import check_frame, check_unique, refuse_rows
from optimization.replenishment.channels.earnings import earned
from optimization.replenishment.channels.fences import fenced, owed
from optimization.replenishment.channels.protection import protection_levels
from optimization.replenishment.channels.shop_demand import split_demand
from optimization.replenishment.channels.words import told
from optimization.replenishment.params import ChannelParams
from optimization.replenishment.problem import KEY

STOCK = {"sku_id": "text", "location_id": "text", "available_qty": "integer"}
SHOPS = {
    "sku_id": "text",
    "location_id": "text",
    "shop_id": "text",
    "demand_share": "number",
    "committed_qty": "integer",
    "service_target": "number?",
    "unit_margin": "number",
}
POOL = "*"
SCALES = (1.0, 0.75, 0.5, 0.25)  # of the protection levels: they are right where poorer customers come first
SURE = 2.0  # standard errors by which a fence must beat an open pool
AT_ONCE = 2_000  # places whose futures are held in memory together


def allocate_channels(
    stock: pl.DataFrame, shops: pl.DataFrame, demand: np.ndarray, params: ChannelParams | None = None, seed: int = 0
) -> pl.DataFrame:
    """Units to keep for each shop until more comes, and what is open to all.

    What was promised to a shop is kept first, then what a service rule of the shop wants, in equal shares of either
    where stock is short of it. Of the rest, units are kept for shops that earn more by the protection levels of EMSR-b
    or a part of them, whichever earns most on the paths of demand, if that beats the pool by ``least_gain`` and by two
    standard errors. Where all earn the same, or there is plenty, nothing is kept and no row is written.

    Parameters
    ----------
    stock
        ``sku_id``, ``location_id`` (text), ``available_qty`` (int, ≥ 0: free to promise), once per SKU and warehouse.
    shops
        ``sku_id``, ``location_id``, ``shop_id`` (text), ``demand_share`` (number > 0: of the warehouse's demand; they
        need not sum to 1), ``committed_qty`` (int, ≥ 0), ``service_target`` (number in [0, 1], null: no rule),
        ``unit_margin`` (money per unit sold there).
    demand
        float, shape (rows of ``stock``, paths), ≥ 0: wanted of all shops together until more comes.
    params
        Settings; defaults if None.
    seed
        Same seed, same split of demand.

    Returns
    -------
    pl.DataFrame
        ``sku_id``, ``location_id``, ``shop_id`` (``*`` is the open pool), ``allocated_qty`` (int), ``ring_fenced``
        (bool), ``available_qty``, ``expected_demand_qty`` (float), ``committed_qty``, ``owed_qty`` (int: kept whatever
        it earns), ``unit_margin`` (null for the pool), ``fence_gain`` (float: what all fences of the SKU and warehouse
        earn beyond an open pool; below zero where promises cost), ``reason``, ``reason_zh``. Of each place at which
        something is kept: the shops that it is kept for and the pool, which together are what is available.

    Raises
    ------
    ValueError
        Naming column, value and row of the first thing that is wrong.
    """
    params = params or ChannelParams()
    _check(stock, shops, demand)
    order = ["unit_margin", "shop_id"]
    ordered = shops.join(stock.select(*KEY, "available_qty").with_row_index("place"), on=KEY, how="inner").sort(
        "place", *order, descending=[False, True, False]
    )
    short = stock["available_qty"].to_numpy() < demand.max(axis=1, initial=0)
    binding = pl.col("committed_qty").sum().over("place") + pl.col("service_target").is_not_null().any().over("place")
    ordered = ordered.filter((pl.col("available_qty") > 0) & ((binding > 0) | pl.Series(short)[ordered["place"]]))
    places = ordered["place"].unique(maintain_order=True).to_numpy()
    parts = []
    for first in range(0, places.size, AT_ONCE):
        some = places[first : first + AT_ONCE]
        rows = ordered.filter(pl.col("place").is_in(some))
        parts.append(_allocated(rows, demand[some], params, seed + first))
    return told(pl.concat(parts)) if parts else told(_nothing())


def _check(stock: pl.DataFrame, shops: pl.DataFrame, demand: np.ndarray) -> None:
    check_frame(stock, STOCK, "stock")
    check_frame(shops, SHOPS, "shops")
    check_unique(stock, KEY, "stock")
    check_unique(shops, [*KEY, "shop_id"], "shops")
    refuse_rows(stock, pl.col("available_qty") < 0, "available_qty", "must be zero or more", "stock")
    refuse_rows(shops, ~(pl.col("demand_share") > 0), "demand_share", "must be above zero", "shops")
    refuse_rows(shops, pl.col("committed_qty") < 0, "committed_qty", "must be zero or more", "shops")
    outside = ~pl.col("service_target").is_between(0, 1)
    refuse_rows(shops, outside, "service_target", "must lie between 0 and 1", "shops")
    if demand.ndim != 2 or demand.shape[0] != stock.height or not (demand >= 0).all():
        raise ValueError(f"demand must be (rows of stock = {stock.height}, paths) and ≥ 0, found shape {demand.shape}")


def _allocated(rows: pl.DataFrame, demand: np.ndarray, params: ChannelParams, seed: int) -> pl.DataFrame:
    """The places of ``rows``, in turn, with their demand; those alone at which something is kept."""
    place = rows["place"].rle_id().to_numpy()
    shop = rows.select(pl.int_range(pl.len()).over("place")).to_series().to_numpy()
    share, margin, target, committed = (
        _packed(rows[name].to_numpy().astype(np.float64), place, shop)
        for name in ("demand_share", "unit_margin", "service_target", "committed_qty")
    )
    available = rows.unique("place", maintain_order=True)["available_qty"].to_numpy().astype(np.int64)
    wanted = split_demand(demand, share, seed)
    must = owed(committed.astype(np.int64), _by_rule(wanted, np.nan_to_num(target)), available)
    real = _packed(np.ones(rows.height), place, shop) > 0
    levels = protection_levels(wanted.mean(axis=1), wanted.std(axis=1), margin, real)
    kept, gain = _best(wanted, margin, must, levels, available, params.least_gain)
    mean = wanted.mean(axis=1)
    told_of = rows.select(*KEY, "shop_id", "available_qty", "committed_qty", "unit_margin").with_columns(
        pl.col("unit_margin").cast(pl.Float64),
        allocated_qty=pl.Series(kept[place, shop]),
        ring_fenced=pl.lit(True),
        expected_demand_qty=pl.Series(mean[place, shop]),
        owed_qty=pl.Series(must[place, shop]),
        fence_gain=pl.Series(gain[place]),
        anything=pl.Series((kept.sum(axis=1) > 0)[place]),
    )
    pools = (
        told_of.filter("anything")
        .group_by(KEY, maintain_order=True)
        .agg(
            pl.col("available_qty").first(),
            pl.col("committed_qty", "expected_demand_qty", "owed_qty").sum(),
            pl.col("fence_gain").first(),
            allocated_qty=pl.col("available_qty").first() - pl.col("allocated_qty").sum(),
        )
        .with_columns(shop_id=pl.lit(POOL), ring_fenced=pl.lit(False), unit_margin=pl.lit(None, pl.Float64))
    )
    fences = told_of.filter(pl.col("allocated_qty") > 0).drop("anything")
    return pl.concat([fences, pools.select(fences.columns)]).sort(*KEY, "ring_fenced", descending=[False, False, True],
                                                                  maintain_order=True)  # fmt: skip


def _packed(values: np.ndarray, place: np.ndarray, shop: np.ndarray) -> np.ndarray:
    """One row per place, one column per shop, zeros behind the last: a shop that nobody asks and that earns nothing."""
    found = np.zeros((place[-1] + 1, shop.max() + 1))
    found[place, shop] = values
    return found


def _by_rule(wanted: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Units with which each shop's demand is served with the chance of its rule; none without a rule."""
    rising = np.sort(wanted, axis=1)
    rank = np.ceil(target * wanted.shape[1]).astype(np.int64) - 1
    found = np.take_along_axis(rising, np.maximum(rank, 0)[:, None, :], axis=1)[:, 0, :]
    return np.where(target > 0, found, 0)


def _best(
    wanted: np.ndarray,
    margin: np.ndarray,
    must: np.ndarray,
    levels: np.ndarray,
    available: np.ndarray,
    least_gain: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Units kept, and what they earn beyond keeping nothing at all."""
    open_pool = earned(wanted, margin, np.zeros_like(must), available)
    least = earned(wanted, margin, must, available)
    best, worth = must.copy(), least.mean(axis=1)
    for scale in SCALES:
        kept = fenced(must, levels * scale, available)
        more = earned(wanted, margin, kept, available) - least
        error = more.std(axis=1) / np.sqrt(more.shape[1])
        better = (
            (more.mean(axis=1) >= np.maximum(least_gain, SURE * error))
            & (more.mean(axis=1) > 0)
            & (least.mean(axis=1) + more.mean(axis=1) > worth)
        )
        best[better] = kept[better]
        worth = np.where(better, least.mean(axis=1) + more.mean(axis=1), worth)
    return best, worth - open_pool.mean(axis=1)


def _nothing() -> pl.DataFrame:
    text, whole, number = pl.String, pl.Int64, pl.Float64
    return pl.DataFrame(
        schema={
            "sku_id": text, "location_id": text, "shop_id": text, "available_qty": whole, "committed_qty": whole,
            "unit_margin": number, "allocated_qty": whole, "ring_fenced": pl.Boolean, "expected_demand_qty": number,
            "owed_qty": whole, "fence_gain": number,
        }
    )  # fmt: skip
