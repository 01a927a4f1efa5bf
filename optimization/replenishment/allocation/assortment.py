"""Which regional warehouses should stock an item, and which leave it to the central one."""

import numpy as np
import polars as pl
from scipy import stats

from forecasting.door import check_frame, check_unique, refuse_rows

REGIONS = {
    "sku_id": "text",
    "location_id": "text",
    "weekly_demand_qty": "number",
    "weekly_sd": "number",
    "unit_cost": "number",
    "unit_gain": "number",
    "order_qty": "integer",
    "lead_time_weeks": "number",
    "yearly_fixed_cost": "number",
}
WEEKS, MOST_REGIONS = 52, 10


def regional_assortment(
    regions: pl.DataFrame, central_lead_time_weeks: float, holding_rate: float, service_level: float = 0.95
) -> pl.DataFrame:
    """The regions in which each item earns most by lying close to its customers.

    A region that stocks an item gains so much per unit (freight from the centre saved, sales won by faster delivery,
    the move there taken off), pays a fixed cost for the place, and holds half a shipment and a safety stock of its
    own. A region that does not is served by the centre, whose safety stock covers all such regions together: the fewer
    of them, the less they pool. All sets of regions are compared, so the choice is exact.

    Parameters
    ----------
    regions
        One row per item and region, at most ten regions for an item: ``sku_id``, ``location_id`` (text),
        ``weekly_demand_qty``, ``weekly_sd`` (number, ≥ 0), ``unit_cost`` (money, ≥ 0), ``unit_gain`` (money per unit
        sold from the region rather than from the centre), ``order_qty`` (int, ≥ 1: units sent at a time),
        ``lead_time_weeks`` (number, ≥ 0: from the centre, review included), ``yearly_fixed_cost`` (money: place,
        counting, listing).
    central_lead_time_weeks
        Weeks from the supplier to the centre, review included.
    holding_rate
        Cost of holding a unit of money in stock for a year.
    service_level
        Chance not to run out in a lead time. Default 0.95.

    Returns
    -------
    pl.DataFrame
        ``sku_id``, ``location_id``, ``stocked`` (bool), ``yearly_gain`` (float: what this region's place in the best
        set earns against leaving it out of the set or, below zero, what taking it into the set would), sorted by these.

    Raises
    ------
    ValueError
        Naming column, value and row of the first thing that is wrong, or an item with more than ten regions.
    """
    check_frame(regions, REGIONS, "regions")
    check_unique(regions, ["sku_id", "location_id"], "regions")
    for column in ("weekly_demand_qty", "weekly_sd", "unit_cost", "lead_time_weeks"):
        refuse_rows(regions, ~(pl.col(column) >= 0), column, "must be zero or more", "regions")
    refuse_rows(regions, pl.col("order_qty") < 1, "order_qty", "must be 1 or more", "regions")
    many = pl.len().over("sku_id") > MOST_REGIONS
    refuse_rows(regions, many, "sku_id", f"must not have more than {MOST_REGIONS} regions", "regions")
    if not holding_rate > 0 or not 0 < service_level < 1:
        raise ValueError(
            f"holding_rate must be above zero and service_level in (0, 1), found {holding_rate} and {service_level}"
        )
    z = stats.norm.ppf(service_level)
    ordered = regions.sort("sku_id", "location_id").with_columns(
        alone=WEEKS * pl.col("weekly_demand_qty") * pl.col("unit_gain")
        - pl.col("yearly_fixed_cost")
        - holding_rate
        * pl.col("unit_cost")
        * (pl.col("order_qty") / 2 + z * pl.col("weekly_sd") * pl.col("lead_time_weeks").sqrt())
    )
    found = []
    for (sku,), rows in ordered.group_by("sku_id", maintain_order=True):
        stocked, gain = _best_set(
            rows["alone"].to_numpy(),
            rows["weekly_sd"].to_numpy().astype(float) ** 2,
            holding_rate * z * np.sqrt(central_lead_time_weeks) * float(rows["unit_cost"].max()),
        )
        found += list(zip([sku] * rows.height, rows["location_id"], stocked, gain, strict=True))
    schema = {"sku_id": pl.String, "location_id": pl.String, "stocked": pl.Boolean, "yearly_gain": pl.Float64}
    return pl.DataFrame(found, schema=schema, orient="row")


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
