"""Goods to replenish, built by hand: two are sold a day, up to a third more or less."""

from decimal import Decimal

import polars as pl

STOCK = ("on_hand_qty", "in_transit_qty", "on_order_qty", "approved_qty", "reserved_qty")
ITEM = {
    "sku_id": "A", "location_id": "W1", "supplier_id": "S1", "stock_known": True, **dict.fromkeys(STOCK, 0),
    "lead_time_days": 14.0, "lead_time_std_days": 0.0, "review_days": 7.0, "moq": 0, "order_multiple": 1,
    "pack_numerator": 1, "pack_denominator": 1, "currency": None, "unit_cost": Decimal(10), "unit_margin": Decimal(10),
    "later_unit_cost": None, "unit_extra": 0.0, "shortage_penalty": None, "holding_cost": 0.005,
    "disposal_cost": 0.0,
    "yield_share": 1.0, "capacity_qty": None, "segment": "A", "service_target": 0.9, "demand_mean": 42.0,
}  # fmt: skip
MONEY = ("unit_cost", "unit_margin", "later_unit_cost", "shortage_penalty")


def items(*changes: dict) -> pl.DataFrame:
    """Items as ``Problem`` takes them, one per change."""
    return pl.DataFrame(
        [ITEM | change for change in changes or ({},)],
        schema_overrides=dict.fromkeys(MONEY, pl.Decimal(18, 4)) | {"capacity_qty": pl.Int64, "currency": pl.String},
    )


def quantiles(rows: pl.DataFrame) -> pl.DataFrame:
    """Their demand over lead time and protection interval."""
    return pl.DataFrame(
        [
            (sku, place, interval, level, days * 2.0 * share)
            for sku, place in rows.select("sku_id", "location_id").iter_rows()
            for interval, days in (("lead_time", 14), ("protection", 21))
            for level, share in ((0.05, 0.67), (0.5, 1.0), (0.95, 1.33))
        ],
        schema=["sku_id", "location_id", "interval", "level", "quantity"],
        orient="row",
    )
