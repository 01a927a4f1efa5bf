"""The planner's example: one SKU of a supplier who packs by the dozen, and changes of it."""

from datetime import date
from decimal import Decimal

import polars as pl

from optimization.replenishment import Params, Plan, Problem, solve

AS_OF = date(2025, 6, 2)

ITEM = {
    "sku_id": "A",
    "location_id": "W1",
    "supplier_id": "S1",
    "stock_known": True,
    "on_hand_qty": 80,
    "in_transit_qty": 40,
    "on_order_qty": 0,
    "approved_qty": 0,
    "reserved_qty": 0,
    "lead_time_days": 14,
    "review_days": 7,
    "moq": 200,
    "order_multiple": 1,
    "pack_numerator": 12,
    "pack_denominator": 1,
    "currency": None,
    "unit_cost": Decimal("2.5000"),
    "unit_margin": Decimal("1.2500"),
    "later_unit_cost": None,
    "unit_extra": 0.0,
    "lead_time_std_days": None,
    "shortage_penalty": None,
    "holding_cost": 0.002,
    "disposal_cost": 0.0,
    "yield_share": 1.0,
    "capacity_qty": None,
    "segment": "A",
    "service_target": 0.95,
    "demand_mean": 214.0,
}
MONEY = {"unit_cost": pl.Decimal(18, 4), "unit_margin": pl.Decimal(18, 4)}
TYPES = MONEY | dict.fromkeys(
    ["on_hand_qty", "in_transit_qty", "on_order_qty", "approved_qty", "reserved_qty", "capacity_qty"], pl.Int64
)
TYPES |= {"supplier_id": pl.String, "currency": pl.String, "demand_mean": pl.Float64, "lead_time_std_days": pl.Float64}
# Up to the quantile of demand at the service target, whatever it earns.
BY_SERVICE = Params(policy="service_level")


def by_service(given_problem: Problem) -> Plan:
    """Its plan by the service target."""
    return solve(given_problem, BY_SERVICE)


def problem(
    *changes: dict, curve=((0.5, 214.0), (0.9, 250.0), (0.95, 275.0), (0.98, 290.0)), **more: object
) -> Problem:
    """One item for each change; quantiles of demand until the next order, half of it over the lead time."""
    items = [ITEM | change for change in changes or ({},)]
    demand = [
        (item["sku_id"], item["location_id"], interval, level, quantity * share)
        for item in items
        if item["demand_mean"] is not None
        for interval, share in (("protection", 1.0), ("lead_time", 0.5))
        for level, quantity in curve
    ]
    columns = ["sku_id", "location_id", "interval", "level", "quantity"]
    schema = dict(zip(columns, [pl.String] * 3 + [pl.Float64] * 2, strict=True))
    return Problem(
        pl.DataFrame(items, schema_overrides=TYPES), pl.DataFrame(demand, schema=schema, orient="row"), AS_OF, **more
    )


def line(plan: Plan, column: str, sku: str = "A") -> object:
    """A value of a SKU's line."""
    return plan.lines.filter(sku_id=sku)[column].item()


TERMS = {
    "supplier_id": "S1", "location_id": "W1", "currency": None, "minimum_value": Decimal(0), "order_cost": Decimal(0),
    "capacity_value": None, "closed_reason": None,
}  # fmt: skip


def terms(**changes: object) -> pl.DataFrame:
    """The terms of its supplier, changed."""
    money = dict.fromkeys(("minimum_value", "order_cost", "capacity_value"), pl.Decimal(18, 4))
    return pl.DataFrame([TERMS | changes], schema_overrides=money | {"currency": pl.String, "closed_reason": pl.String})
