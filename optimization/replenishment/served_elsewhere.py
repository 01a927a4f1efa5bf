"""Customers of a location that has run out, as the others serve them from what they have."""

import numba
import numpy as np
import polars as pl

from optimization.replenishment.problem import KEY


def lost_share(items: pl.DataFrame, sharing: pl.DataFrame) -> pl.Series:
    """Of what is short of each item the share that is lost; 1 where nothing is known or no other place has the SKU.

    Float, in the items' order.
    """
    known = items.join(sharing, on="location_id", how="left", maintain_order="left")
    alone = pl.len().over("sku_id") == 1
    return known.select(pl.when(alone).then(1.0).otherwise(pl.col("lost_share").fill_null(1.0))).to_series()


def serve_elsewhere(
    demand: np.ndarray,
    items: pl.DataFrame,
    batches: pl.DataFrame,
    arrivals: np.ndarray,
    until: np.ndarray,
    covered: np.ndarray,
    sharing: pl.DataFrame,
    waits: pl.Series,
) -> np.ndarray:
    """Move what a location cannot serve before its next order to locations that have the goods, on every path and day.

    Each location serves its own customers first, with what is there and under way. What is then short while no order
    of today could help is asked of the location that has most, then of the next; each gives what it has left that
    day. So goods that are still there elsewhere are not lost sales here, and their owner runs out sooner. Goods of
    which a batch expires are left as they are: what its owner would give may be none that can still be sold.

    Parameters
    ----------
    demand
        Shape (items, paths, days), float; changed in place.
    items
        ``sku_id``, ``location_id``, in the order of ``demand``.
    batches
        ``item`` (row of items), ``bucket``, ``quantity``, ``last_sellable_period`` (null: keeps): stock and what is
        under way; ``reserved`` is owed.
    arrivals
        Shape (batches, paths): day on which each comes.
    until
        Shape (items, paths): day on which an order of today arrives; from then on a location serves its own.
    covered
        Shape (items, paths): day on which the order after it arrives, until which the exchange is told.
    sharing
        As in ``Problem``: ``served_share`` of what is short is sent by others, none where nothing is known.
    waits
        Bool, in the items' order: whom nobody serves waits for what comes next there, and goes first then.

    Returns
    -------
    np.ndarray
        Shape (items, paths), float: units that each item serves for others less those that others serve for it, before
        its day in ``covered``.
    """
    moved = np.zeros(demand.shape[:2])
    place = items.with_row_index("item").join(sharing, on="location_id", how="left", maintain_order="left")
    expiring = place.join(batches.filter(pl.col("last_sellable_period").is_not_null()), on="item", how="semi")
    several = place.filter(pl.len().over("sku_id") > 1, pl.col("served_share").max().over("sku_id") > 0).join(
        expiring.select("sku_id"), on="sku_id", how="anti"
    )
    if several.is_empty():
        return moved
    groups = several.sort("sku_id", *KEY[1:]).group_by("sku_id", maintain_order=True).agg("item")["item"]
    sign = pl.when(pl.col("bucket") == "reserved").then(-1.0).otherwise(1.0)
    ordered = batches.with_row_index("row").sort("item", "row")
    owner = ordered["item"].to_numpy()
    _serve(
        demand,
        moved,
        groups.explode().to_numpy().astype(np.int64),
        np.concatenate([[0], groups.list.len().cum_sum().to_numpy()]).astype(np.int64),
        np.searchsorted(owner, np.arange(items.height + 1)),
        ordered.select(pl.col("quantity") * sign).to_series().cast(pl.Float64).to_numpy(),
        arrivals[ordered["row"].to_numpy()].astype(np.int64),
        until.astype(np.int64),
        covered.astype(np.int64),
        place["served_share"].fill_null(0.0).to_numpy(),
        waits.to_numpy(),
    )
    return moved


@numba.njit(cache=True, nogil=True)
def _serve(demand, moved, member, begins, start, units, when, until, covered, share, waits):
    days = demand.shape[2]
    for group in range(begins.size - 1):
        of = member[begins[group] : begins[group + 1]]
        for path in range(demand.shape[1]):
            last = 0
            for item in of:
                last = max(last, min(until[item, path], days))
            comes = np.zeros((of.size, last))
            for n in range(of.size):
                for batch in range(start[of[n]], start[of[n] + 1]):
                    if when[batch, path] < last:
                        comes[n, when[batch, path]] += units[batch]
            _live(demand, moved, of, path, comes, until, covered, share, waits)


@numba.njit(cache=True, nogil=True)
def _live(demand, moved, of, path, comes, until, covered, share, waits):
    """One SKU on one path, day by day."""
    stock, short = np.zeros(of.size), np.zeros(of.size)
    for day in range(comes.shape[1]):
        for n in range(of.size):
            stock[n] += comes[n, day]
            asked = demand[of[n], path, day]
            served = min(max(stock[n], 0.0), asked)
            # Stock below zero is owed to those who wait.
            stock[n] -= asked if waits[of[n]] and day < until[of[n], path] else served
            short[n] = (asked - served) * share[of[n]] if day < until[of[n], path] else 0.0
        for n in range(of.size):
            while short[n] > 0:
                giver = np.argmax(stock)
                given = min(stock[giver], short[n])
                if given <= 0:
                    break
                stock[giver] -= given
                short[n] -= given
                if waits[of[n]]:
                    stock[n] += given
                # Futures are kept in single precision.
                demand[of[n], path, day] = max(demand[of[n], path, day] - given, 0.0)
                demand[of[giver], path, day] += given
                if day < covered[of[n], path]:
                    moved[of[n], path] -= given
                if day < covered[of[giver], path]:
                    moved[of[giver], path] += given
