"""What wave planning decides on."""

from dataclasses import dataclass

import polars as pl

from forecasting.door import check_frame, check_unique, refuse_rows

ORDERS = {"outbound_id": "text", "warehouse_id": "text", "released_at": "instant", "cutoff_at": "instant?"}
LINES = {"outbound_id": "text", "sku_id": "text", "qty": "integer"}
LOCATIONS = {
    "warehouse_id": "text",
    "bin_id": "text",
    "sku_id": "text",
    "aisle": "integer?",
    "x_m": "number?",
    "y_m": "number?",
    "pickable_qty": "integer?",
}
DOCKS = {"warehouse_id": "text", "x_m": "number", "y_m": "number"}


@dataclass(frozen=True)
class Problem:
    """Open outbound orders and where their goods lie.

    Parameters
    ----------
    orders
        ``outbound_id``, ``warehouse_id`` (text), ``released_at`` (instant), ``cutoff_at`` (instant, null:
        none). Other columns, such as priority, carrier and service, may be there and are not read yet.
    lines
        ``outbound_id``, ``sku_id`` (text), ``qty`` (int, ≥ 1, base units). An order may ask for a SKU in
        several lines.
    locations
        Bins that can be picked from, one row per warehouse, bin and SKU: ``warehouse_id``, ``bin_id``,
        ``sku_id`` (text), ``aisle`` (int), ``x_m``, ``y_m`` (number, in metres; aisles run along y),
        ``pickable_qty`` (int, ≥ 0, null: not known, taken as enough). A bin without aisle or coordinates
        can be picked but not walked to by plan.
    docks
        Where tours begin and end: ``warehouse_id`` (text), ``x_m``, ``y_m`` (number). A warehouse without
        one starts at the front of its first aisle.

    Raises
    ------
    ValueError
        Naming column, value and row of the first thing that is wrong.
    """

    orders: pl.DataFrame
    lines: pl.DataFrame
    locations: pl.DataFrame
    docks: pl.DataFrame | None = None

    def __post_init__(self) -> None:
        check_frame(self.orders, ORDERS, "orders")
        check_frame(self.lines, LINES, "lines")
        check_frame(self.locations, LOCATIONS, "locations")
        check_unique(self.orders, ["outbound_id"], "orders")
        check_unique(self.locations, ["warehouse_id", "bin_id", "sku_id"], "locations")
        refuse_rows(self.lines, pl.col("qty") < 1, "qty", "must be at least 1", "lines")
        orphans = self.lines.join(self.orders, on="outbound_id", how="anti")
        refuse_rows(orphans, pl.lit(True), "outbound_id", "must be an order of the problem", "lines")
        refuse_rows(self.locations, pl.col("pickable_qty") < 0, "pickable_qty", "must be zero or more", "locations")
        for column in ("x_m", "y_m"):
            if self.locations.schema[column].is_float():
                bad = ~pl.col(column).is_finite()
                refuse_rows(self.locations, bad, column, "must be finite", "locations")
        if self.docks is not None:
            check_frame(self.docks, DOCKS, "docks")
            check_unique(self.docks, ["warehouse_id"], "docks")
