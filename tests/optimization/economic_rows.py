"""Small problems of economic replenishment, built by hand or drawn with every kind of condition."""

from datetime import date

import numpy as np
import polars as pl

from optimization.replenishment.economics import ReplenishmentProblem

PERIODS = 6
SCHEMA = {"previous_qty": pl.Int64, "storage_id": pl.String, "policy_low": pl.Float64, "policy_high": pl.Float64}
OPTION_SCHEMA = {"shelf_life_periods": pl.Int64, "capacity_qty": pl.Int64, "blocked_reason": pl.String}


def item(number: int = 0, **other: object) -> dict:
    """One item with round numbers: sold at 15, held at 0.1 a period."""
    row = {
        "sku_id": f"S{number}",
        "location_id": "L",
        "review_periods": 1,
        "unit_price": 15.0,
        "shortage_cost": 0.0,
        "holding_cost": 0.1,
        "excess_cost": 0.1,
        "beyond_rate": 5.0,
        "terminal_value": 10.0,
        "salvage_value": 0.0,
        "backorder": False,
        "last_buy": False,
        "understock_weight": 1.0,
        "unit_volume": 1.0,
        "unit_weight": 0.0,
        "storage_id": None,
        "exchanged_qty": 0.0,
        "previous_qty": None,
        "policy": "economic",
        "policy_low": None,
        "policy_high": None,
        "policy_reason": "default",
    }
    return row | other


def option(number: int = 0, supplier: str = "A", **other: object) -> dict:
    """An option at a cost of 10, any quantity."""
    row = {
        "sku_id": f"S{number}",
        "location_id": "L",
        "supplier_id": supplier,
        "unit_cost": 10.0,
        "later_unit_cost": 10.0,
        "unit_extra": 0.0,
        "moq": 0,
        "order_step": 1,
        "yield_share": 1.0,
        "shelf_life_periods": None,
        "capacity_qty": None,
        "blocked_reason": None,
    }
    return row | other


def supplier(name: str = "A", **other: object) -> dict:
    """A supplier without conditions."""
    row = {"supplier_id": name, "minimum_value": 0.0, "order_cost": 0.0, "capacity_value": None, "closed_reason": None}
    return row | other


def container(name: str = "A", **other: float | None) -> pl.DataFrame:
    """Containers of ten litres for one supplier's orders, to be filled to nine tenths."""
    row = {"supplier_id": name, "volume": 10.0, "weight": None, "least_fill": 0.9, "cost": 0.0} | other
    return pl.DataFrame([row], schema_overrides=dict.fromkeys(("volume", "weight"), pl.Float64))


def agreement(*suppliers: str, missing: float, bonus: float) -> pl.DataFrame:
    """What orders of these suppliers earn together once they are worth so much."""
    rows = [
        {"agreement": "rebate", "supplier_id": name, "missing_value": missing, "bonus": bonus} for name in suppliers
    ]
    return pl.DataFrame(rows)


def batch(number: int, bucket: str, quantity: int, last: int | None = None) -> dict:
    """Stock of an item."""
    return {
        "sku_id": f"S{number}",
        "location_id": "L",
        "bucket": bucket,
        "quantity": quantity,
        "last_sellable_period": last,
    }


def problem(
    items: list[dict],
    options: list[dict],
    demand: np.ndarray,
    batches: list[dict] = (),
    suppliers: list[dict] | None = None,
    arrivals: list[int] | None = None,
    lead: int = 1,
    **other: object,
) -> ReplenishmentProblem:
    """A problem of a few rows; demand of shape (items, paths, periods)."""
    paths = demand.shape[1]
    schema = {"sku_id": pl.String, "location_id": pl.String, "bucket": pl.String, "quantity": pl.Int64}
    return ReplenishmentProblem(
        items=pl.DataFrame(items, schema_overrides=SCHEMA),
        options=pl.DataFrame(options, schema_overrides=OPTION_SCHEMA),
        demand=np.asarray(demand, dtype=np.float64),
        lead_time=np.full((len(options), paths), lead),
        batches=pl.DataFrame(list(batches), schema=schema | {"last_sellable_period": pl.Int64}),
        arrivals=np.repeat(np.array(arrivals or [0] * len(batches), dtype=np.int64)[:, None], paths, axis=1),
        suppliers=pl.DataFrame(
            suppliers or [supplier()], schema_overrides={"capacity_value": pl.Float64, "closed_reason": pl.String}
        ),
        as_of_date=date(2025, 1, 6),
        **other,
    )


def drawn(seed: int) -> ReplenishmentProblem:
    """A catalogue of a few items with every kind of condition."""
    random = np.random.default_rng(seed)
    count, paths = int(random.integers(1, 9)), int(random.choice([1, 4, 16]))
    names = ["A", "B", "C"]
    items, options, batches, arrivals = [], [], [], []
    for number in range(count):
        rule = random.choice(["economic", "economic", "service_level", "min_max"])
        low = {"economic": None, "service_level": 0.9, "min_max": 5.0}[rule]
        items.append(
            item(
                number,
                unit_weight=float(random.choice([0.5, 2.0])),
                storage_id=[None, "L"][random.integers(0, 2)],
                review_periods=int(random.integers(1, 3)),
                backorder=bool(random.random() < 0.2),
                last_buy=bool(random.random() < 0.1),
                shortage_cost=float(random.choice([0.0, 2.0])),
                policy=str(rule),
                policy_low=low,
                policy_high=40.0 if rule == "min_max" else None,
            )
        )
        for name in random.choice(names, int(random.integers(1, 3)), replace=False):
            options.append(
                option(
                    number,
                    str(name),
                    unit_cost=float(random.integers(5, 14)),
                    unit_extra=float(random.choice([0.0, 0.5, -0.3])),
                    moq=int(random.choice([0, 7, 24])),
                    order_step=int(random.choice([1, 6, 10])),
                    yield_share=float(random.choice([1.0, 0.9])),
                    shelf_life_periods=[None, None, 2, 0][random.integers(0, 4)],
                    capacity_qty=[None, 30][random.integers(0, 2)],
                    blocked_reason=[None, None, None, "block list"][random.integers(0, 4)],
                )
            )
        for bucket, period in (("on_hand", 0), ("on_order", 2), ("reserved", 0)):
            last = int(random.integers(0, 4)) if bucket == "on_hand" and random.random() < 0.3 else None
            batches.append(batch(number, bucket, int(random.integers(0, 20)), last))
            arrivals.append(period)
    suppliers = [
        supplier(
            name,
            minimum_value=float(random.choice([0.0, 150.0])),
            order_cost=float(random.choice([0.0, 10.0])),
            capacity_value=[None, 400.0][random.integers(0, 2)],
            closed_reason=[None, None, None, "shutdown"][random.integers(0, 4)],
        )
        for name in names
    ]
    storage = pl.DataFrame({"storage_id": ["L"], "free_volume": [float(random.choice([50.0, 1e6]))]})
    demand = random.poisson(6.0, (count, paths, PERIODS))
    budgets = pl.DataFrame({"kind": ["category", "brand"], "name": ["shoes", "Fleet"], "amount": [150.0, 300.0]})
    budgeted = pl.DataFrame(
        [(f"S{number}", "L", kind, name) for number in range(0, count, 2) for kind, name, _ in budgets.rows()],
        schema=["sku_id", "location_id", "kind", "name"],
        orient="row",
    )
    granted = {"budgets": budgets, "budgeted": budgeted} if seed % 3 == 0 else {}
    return problem(
        items, options, demand, batches, suppliers, arrivals, storage=storage,
        budget=float(random.choice([200.0, 1e6])),
        containers=container("C", volume=40.0, cost=float(random.choice([0.0, 5.0]))).head(random.integers(0, 2)),
        agreements=agreement("A", missing=120.0, bonus=float(random.choice([5.0, 60.0]))).head(random.integers(0, 2)),
        **granted,
    )  # fmt: skip
