"""CPU-seconds of dated netting and of changes to open orders on seeded data: ``python -m benchmarks.order_speed``."""

import argparse
import time
from datetime import date, timedelta

import numpy as np
import polars as pl

from optimization.replenishment.orders import ActionParams, Network, UnderWay, net, propose_actions

TODAY = date(2025, 1, 1)
PLACES = ("centre", "north", "south")
WEEKS, PATHS, DAYS = 13, 64, 90
ITEM = {"unit_price": 10.0, "shortage_cost": 1.0, "holding_cost": 0.01, "terminal_value": 5.0, "backorder": False}
LINE = {"earliest_date": TODAY + timedelta(days=3), "latest_date": TODAY + timedelta(days=90), "expedite_cost": 100.0,
        "defer_cost": 20.0, "cancel_fee_share": 0.2, "may_increase": True, "unit_cost": 6.0, "moq": 1,
        "order_step": 1}  # fmt: skip


def network(skus: int, draw: np.random.Generator) -> Network:
    """A central warehouse that buys, two regional ones that it supplies and that may buy too, weekly needs."""
    names = [f"s{number}" for number in range(skus)]
    place = {"sku_id": pl.String, "location_id": pl.String}
    whole = {"quantity": pl.Int64}
    demand = [
        (sku, at, TODAY + timedelta(days=7 * week), int(draw.poisson(10)))
        for sku in names for at in PLACES for week in range(WEEKS)
    ]  # fmt: skip
    stock = [(sku, at, int(draw.integers(0, 50))) for sku in names for at in PLACES]
    numbers = ("priority", "lead_time_days", "hard_safety_days", "soft_safety_days", "minimum_qty", "multiple_qty")
    lanes = [(sku, "centre", "purchase", "far", 1, 21, 0, 0, 10, 5) for sku in names]
    for at in PLACES[1:]:
        lanes += [(sku, at, "transfer", "centre", 1, 3, 0, 0, 1, 1) for sku in names]
        lanes += [(sku, at, "purchase", "near", 2, 10, 0, 0, 10, 1) for sku in names]
    levels = [(sku, at, TODAY, 5, None) for sku in names for at in PLACES]
    lane = {"kind": pl.String, "source_id": pl.String} | dict.fromkeys(numbers, pl.Int64)
    level = {"from_date": pl.Date, "minimum_qty": pl.Int64, "maximum_qty": pl.Int64}
    return Network(
        demand=pl.DataFrame(demand, schema=place | {"due_date": pl.Date} | whole, orient="row"),
        stock=pl.DataFrame(stock, schema=place | whole, orient="row"),
        inbound=pl.DataFrame(schema=place | {"date": pl.Date} | whole),
        lanes=pl.DataFrame(lanes, schema=place | lane, orient="row"),
        levels=pl.DataFrame(levels, schema=place | level, orient="row"),
        closed=pl.DataFrame(schema={"place_id": pl.String, "date": pl.Date}),
        as_of_date=TODAY,
    )


def under_way(lines: int, draw: np.random.Generator) -> UnderWay:
    """Open lines of three fifths as many items, each of them up to ten days late."""
    items = lines * 3 // 5
    due = draw.integers(0, 60, lines)
    frame = pl.DataFrame({
        "po_line_id": [f"p{number}" for number in range(lines)],
        "sku_id": [f"s{number}" for number in draw.integers(0, items, lines)],
        "location_id": "w",
        "open_qty": draw.integers(10, 200, lines),
        "expected_arrival_date": [TODAY + timedelta(days=int(day)) for day in due],
    }).with_columns(**{name: pl.lit(value) for name, value in LINE.items()})  # fmt: skip
    stock = pl.DataFrame({
        "sku_id": [f"s{number}" for number in range(items)],
        "location_id": "w",
        "on_hand_qty": draw.integers(0, 60, items),
    }).with_columns(**{name: pl.lit(value) for name, value in ITEM.items()})  # fmt: skip
    demand = draw.poisson(2, (items, PATHS, DAYS)).astype(np.float32)
    arrivals = np.maximum(due[:, None] + draw.integers(-3, 10, (lines, PATHS)), 0)
    return UnderWay(stock, demand, frame, arrivals, TODAY)


def main() -> None:
    """Print what each took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--skus", type=int, default=1_000)
    parser.add_argument("--lines", type=int, default=5_000)
    asked = parser.parse_args()
    one, other = network(asked.skus, np.random.default_rng(1)), under_way(asked.lines, np.random.default_rng(2))
    began = time.process_time()
    orders = net(one).orders
    print(f"netting: {asked.skus:,} SKUs × 3 places × {WEEKS} weeks, {orders.height:,} orders, "
          f"{time.process_time() - began:.1f} CPU-s")  # fmt: skip
    propose_actions(under_way(10, np.random.default_rng(3)), ActionParams())
    began = time.process_time()
    actions = propose_actions(other, ActionParams())
    print(f"actions: {asked.lines:,} lines × {PATHS} paths × {DAYS} days, {actions.height:,} actions, "
          f"{time.process_time() - began:.1f} CPU-s")  # fmt: skip


if __name__ == "__main__":
    main()
