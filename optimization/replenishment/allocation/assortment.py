"""Which regional warehouses should stock an item, and which leave it to the central one."""

import numpy as np
import polars as pl
from scipy import stats

from forecasting.door import check_frame, check_unique, refuse_rows

NUMBERS = (
    "weekly_demand_qty",
    "weekly_sd",
    "unit_gain",
    "lot_qty",
    "lead_time_weeks",
    "central_lead_time_weeks",
    "holding_cost",
    "central_holding_cost",
)
REGIONS = {"sku_id": "text", "central_id": "text", "location_id": "text"} | dict.fromkeys(NUMBERS, "number")
TREE = ["sku_id", "central_id"]
WEEKS, DAYS_OF_A_WEEK, DAYS_OF_A_YEAR, MOST_REGIONS = 52, 7, 365, 10


def regional_assortment(regions: pl.DataFrame, service_level: float = 0.95) -> pl.DataFrame:
    """The regions in which each item earns most by lying close to its customers.

    A region that stocks an item gains so much per unit (freight from the centre saved, the move there taken off), and
    holds half a shipment and a safety stock of its own. A region that does not is served by the centre, whose safety
    stock covers all such regions together: the fewer of them, the less they pool. All sets of regions are compared, so
    the choice is exact.

    Parameters
    ----------
    regions
        One row per item and region, at most ten regions behind a centre: ``sku_id``, ``central_id``, ``location_id``
        (text), ``weekly_demand_qty``, ``weekly_sd`` (≥ 0), ``unit_gain`` (money per unit sold from the region rather
        than from the centre), ``lot_qty`` (≥ 0: units sent at a time), ``lead_time_weeks`` (≥ 0: from the centre,
        wait for the next trip included), ``central_lead_time_weeks`` (≥ 0: from the supplier to the centre, review
        included), ``holding_cost``, ``central_holding_cost`` (money per unit and year, ≥ 0); what is the centre's is
        the same for all its regions.
    service_level
        Chance not to run out in a lead time. Default 0.95.

    Returns
    -------
    pl.DataFrame
        ``sku_id``, ``central_id``, ``location_id``, ``stocked`` (bool), ``yearly_gain`` (float: what this region's
        place in the best set earns against leaving it out of the set or, below zero, what taking it into the set
        would), sorted by these.

    Raises
    ------
    ValueError
        Naming column, value and row of the first thing that is wrong, or an item with more than ten regions.
    """
    check_frame(regions, REGIONS, "regions")
    check_unique(regions, [*TREE, "location_id"], "regions")
    for column in NUMBERS:
        if column != "unit_gain":
            refuse_rows(regions, ~(pl.col(column) >= 0), column, "must be zero or more", "regions")
    many = pl.len().over(TREE) > MOST_REGIONS
    refuse_rows(regions, many, "sku_id", f"must not have more than {MOST_REGIONS} regions", "regions")
    if not 0 < service_level < 1:
        raise ValueError(f"service_level must lie in (0, 1), found {service_level}")
    z = stats.norm.ppf(service_level)
    held = pl.col("lot_qty") / 2 + z * pl.col("weekly_sd") * pl.col("lead_time_weeks").sqrt()
    ordered = regions.sort(*TREE, "location_id").with_columns(
        alone=WEEKS * pl.col("weekly_demand_qty") * pl.col("unit_gain") - pl.col("holding_cost") * held,
        pooled=z * pl.col("central_lead_time_weeks").sqrt() * pl.col("central_holding_cost"),
    )
    found = []
    for (sku, centre), rows in ordered.group_by(TREE, maintain_order=True):
        variance = rows["weekly_sd"].to_numpy().astype(float) ** 2
        stocked, gain = _best_set(rows["alone"].to_numpy(), variance, float(rows["pooled"].max()))
        places = rows["location_id"]
        found += list(zip([sku] * rows.height, [centre] * rows.height, places, stocked, gain, strict=True))
    schema = dict.fromkeys((*TREE, "location_id"), pl.String) | {"stocked": pl.Boolean, "yearly_gain": pl.Float64}
    return pl.DataFrame(found, schema=schema, orient="row")


def assortment_of(regions: pl.DataFrame, service_level: float = 0.95) -> pl.DataFrame:
    """The assortment of what targets of echelons know: where freight tells what lying nearer saves.

    Parameters
    ----------
    regions
        As for ``echelon_targets``, with ``unit_gain`` (money per unit, null: freight of too few parcels is known) and
        ``trip_days`` (between two trips from the centre). An item that lacks one region's gain is not judged at all:
        which regions pool with it is then unknown.
    service_level
        As for ``regional_assortment``; the spread of demand is that of each item's own target.

    Returns
    -------
    pl.DataFrame
        As ``regional_assortment`` returns it.
    """
    judged = regions.filter(pl.col("unit_gain").is_not_null().all().over(TREE), pl.len().over(TREE) <= MOST_REGIONS)
    weekly = DAYS_OF_A_WEEK * pl.col("daily_mean")
    return regional_assortment(
        judged.select(
            *TREE, "location_id",
            weekly_demand_qty=weekly,
            weekly_sd=pl.col("daily_spread") * DAYS_OF_A_WEEK**0.5 / stats.norm.ppf(service_level),
            unit_gain=pl.col("unit_gain").cast(pl.Float64),
            lot_qty=pl.col("daily_mean") * pl.col("trip_days"),
            lead_time_weeks=pl.col("regional_days") / DAYS_OF_A_WEEK,
            central_lead_time_weeks=pl.col("central_days") / DAYS_OF_A_WEEK,
            holding_cost=pl.col("regional_holding_cost") * DAYS_OF_A_YEAR,
            central_holding_cost=pl.col("central_holding_cost") * DAYS_OF_A_YEAR,
        ),
        service_level,
    )  # fmt: skip


def _best_set(alone: np.ndarray, variance: np.ndarray, pooled_cost: float) -> tuple[list[bool], list[float]]:
    """Whether each region is in the best set, and what its membership earns."""
    count = alone.size
    sets = (np.arange(2**count)[:, None] >> np.arange(count)) & 1
    value = sets @ alone - pooled_cost * np.sqrt((1 - sets) @ variance)
    # Of sets that earn the same, the smallest: a place that earns nothing is not worth having.
    best = int(np.lexsort((sets.sum(axis=1), -np.round(value, 6)))[0])
    others = best ^ (1 << np.arange(count))
    change = value[best] - value[others]
    inside = sets[best].astype(bool)
    return inside.tolist(), np.where(inside, change, -change).tolist()
