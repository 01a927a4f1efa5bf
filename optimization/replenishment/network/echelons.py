"""Targets of a central warehouse and of the regional ones behind it, for all SKUs at once."""

import numpy as np
import polars as pl

from forecasting.door import check_frame, check_unique, refuse_rows
from optimization.replenishment.network.central_stock import central_stock

NUMBERS = (
    "central_days",
    "regional_days",
    "central_holding_cost",
    "regional_holding_cost",
    "daily_mean",
    "daily_spread",
)
REGIONS = {"sku_id": "text", "central_id": "text", "location_id": "text"} | dict.fromkeys(NUMBERS, "number")


def echelon_targets(regions: pl.DataFrame) -> pl.DataFrame:
    """Where safety stock should lie, and up to what each warehouse and each echelon should be filled.

    Guaranteed service (Graves and Willems 2000), as ``central_stock`` solves it: the centre either holds a stock of its
    own, pooled over its regions, or passes goods on, and each region then holds for the whole way. An echelon is a
    warehouse with all behind it: the centre's level covers its regions' demand and safety over the whole way.

    Parameters
    ----------
    regions
        One row per SKU and regional warehouse: ``sku_id``, ``central_id``, ``location_id`` (text), ``central_days``
        (≥ 0: from the supplier to the centre, review included; the same for all regions of a centre), ``regional_days``
        (≥ 0: from there to the region, wait for the next trip included), ``central_holding_cost`` (the same for all),
        ``regional_holding_cost`` (money per unit and day, ≥ 0), ``daily_mean`` (units, ≥ 0), ``daily_spread`` (units by
        which a day's demand may exceed its mean; n days' by the root of n times that).

    Returns
    -------
    pl.DataFrame
        One row per SKU and warehouse: ``sku_id``, ``location_id``, ``central_id`` (null for the centre), ``role``
        (``central``, ``regional``), ``holds_safety`` (bool), ``safety_qty``, ``order_up_to_qty`` (of the warehouse
        alone), ``echelon_order_up_to_qty`` (int, with all behind it), sorted by SKU, centre and role.

    Raises
    ------
    ValueError
        Naming column, value and row of the first thing that is wrong.
    """
    check_frame(regions, REGIONS, "regions")
    check_unique(regions, ["sku_id", "location_id"], "regions")
    for name in NUMBERS:
        refuse_rows(regions, ~(pl.col(name) >= 0), name, "must be zero or more", "regions")
    rows = regions.sort("sku_id", "central_id", "location_id").with_columns(pl.col(NUMBERS).cast(pl.Float64))
    if rows.is_empty():
        return _told(rows, *(np.zeros(0),) * 3)
    tree = rows.select(pl.struct("sku_id", "central_id").rle_id()).to_series().to_numpy()
    place = rows.select(pl.int_range(pl.len()).over("sku_id", "central_id")).to_series().to_numpy()
    first = np.flatnonzero(place == 0)

    def packed(name: str) -> np.ndarray:
        table = np.zeros((first.size, place.max() + 1))
        table[tree, place] = rows[name].to_numpy()
        return table

    central = (rows[name].to_numpy()[first] for name in ("central_days", "central_holding_cost"))
    lead, price = central
    holds, pooled, regional = central_stock(
        lead, packed("regional_days"), price, packed("regional_holding_cost"), packed("daily_spread")
    )
    return _told(rows, holds, pooled, regional[tree, place])


def _told(rows: pl.DataFrame, holds: np.ndarray, pooled: np.ndarray, regional: np.ndarray) -> pl.DataFrame:
    mean = pl.col("daily_mean")
    regions = rows.with_columns(safety=pl.Series(regional, dtype=pl.Float64)).with_columns(
        level=mean * pl.col("regional_days") + pl.col("safety"),
        through=mean * (pl.col("central_days") + pl.col("regional_days")) + pl.col("safety"),
    )
    centres = (
        regions.group_by("sku_id", "central_id", maintain_order=True)
        .agg(
            own=(mean * pl.col("central_days")).sum(),
            through=pl.col("through").sum(),
        )
        .with_columns(holds=pl.Series(holds, dtype=pl.Boolean), safety=pl.Series(pooled, dtype=pl.Float64))
    )
    up = {"safety_qty": "safety", "order_up_to_qty": "level", "echelon_order_up_to_qty": "echelon"}
    whole = {name: (pl.col(column) - 1e-9).ceil().cast(pl.Int64) for name, column in up.items()}
    of_centres = centres.with_columns(
        level=pl.col("own") + pl.col("safety"), echelon=pl.col("through") + pl.col("safety")
    ).select(
        "sku_id",
        location_id="central_id",
        central_id=pl.lit(None, pl.String),
        role=pl.lit("central"),
        holds_safety="holds",
        **whole,
    )
    of_regions = regions.with_columns(echelon="level").select(
        "sku_id", "location_id", "central_id", role=pl.lit("regional"), holds_safety=pl.col("safety") > 0, **whole
    )
    columns = of_regions.columns
    return pl.concat([of_centres.select(columns), of_regions]).sort(
        "sku_id", pl.coalesce("central_id", "location_id"), "role", "location_id"
    )
