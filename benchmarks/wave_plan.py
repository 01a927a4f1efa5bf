"""A wave plan of 50,000 lines against waves of 30 by arrival, walked in an S: ``python -m benchmarks.wave_plan``."""

import argparse
import resource
import time
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

from optimization.waves import Params, Problem, solve
from optimization.waves.allocation import wanted_by_order
from optimization.waves.carting import Load
from optimization.waves.house import house_of, is_late
from optimization.waves.layout import layouts
from optimization.waves.schedule import pick_minutes, timed
from optimization.waves.walk import walk

NOW = datetime(2025, 11, 11, 0, tzinfo=UTC)
ZONES, AISLES, BAYS = 3, 20, 60  # aisles and bays of each zone
CUTOFFS = (6, 9, 12, 15, 18)  # hours from now, one per carrier
SCHEMA = {"outbound_id": pl.String, "sku_id": pl.String, "qty": pl.Int64}


def problem_of(lines: int, seed: int, pickers: int) -> Problem:
    """Orders of one to seven lines (two on average), SKUs by Zipf, a tenth in two bins, a third with an expiry."""
    draw = np.random.default_rng(seed)
    spots = [(zone, aisle, bay) for zone in range(ZONES) for aisle in range(AISLES) for bay in range(BAYS)]
    skus = len(spots) * 10 // 11
    sizes = 1 + np.minimum(draw.geometric(0.5, lines), 6)
    sizes[draw.random(lines) < 0.45] = 1
    count = int(np.searchsorted(np.cumsum(sizes), lines)) + 1
    sizes = sizes[:count]
    share = 1 / (np.arange(skus) + 20.0)
    share /= share.sum()
    asked = [
        (f"O{order:06d}", f"S{sku:05d}", int(draw.choice([1, 1, 1, 2, 3])))
        for order, size in enumerate(sizes)
        for sku in set(draw.choice(skus, size, p=share).tolist())
    ]
    released = [NOW - timedelta(seconds=int(ago)) for ago in -np.sort(-draw.integers(0, 43_200, count))]
    orders = pl.DataFrame({
        "outbound_id": [f"O{order:06d}" for order in range(count)], "warehouse_id": "W", "released_at": released,
        "cutoff_at": [NOW + timedelta(hours=CUTOFFS[place]) for place in draw.integers(0, len(CUTOFFS), count)],
        "priority": (draw.random(count) < 0.05).astype(int),
        "volume_l": np.round(sizes * draw.uniform(0.5, 6.0, count), 1),
    })  # fmt: skip
    wanted = pl.DataFrame(asked, schema=SCHEMA, orient="row")
    return Problem(orders, wanted, _bins(wanted, spots, skus, draw), now=NOW, **_house(pickers))


def _bins(wanted: pl.DataFrame, spots: list, skus: int, draw: np.random.Generator) -> pl.DataFrame:
    need = dict(wanted.group_by("sku_id").agg(pl.col("qty").sum()).rows())
    rows = []
    for number, place in enumerate(draw.permutation(len(spots)).tolist()):
        sku = f"S{number if number < skus else int(draw.integers(skus)):05d}"
        zone, aisle, bay = spots[place]
        asked = need.get(sku, 0)
        # A fiftieth of the SKUs is short; of a tenth, part must come from the reserve.
        held = asked + 5 if draw.random() > 0.12 else int(asked * draw.uniform(0.5, 0.95))
        expiry = (NOW + timedelta(days=int(draw.integers(20, 400)))).date() if number % 3 == 0 else None
        number = zone * AISLES + aisle
        rows.append((f"B{place:05d}", sku, number, number * 3.5, 1.0 + bay * 0.6, f"Z{zone + 1}", held, expiry, "pick"))
        if held < asked and draw.random() < 0.85:
            rows.append(
                (f"R{place:05d}", sku, ZONES * AISLES, ZONES * AISLES * 3.5, 2.0, "R", asked, expiry, "reserve")
            )
    names = ["bin_id", "sku_id", "aisle", "x_m", "y_m", "zone_id", "pickable_qty", "expiry_date", "bin_type"]
    return pl.DataFrame(rows, schema=names, orient="row").with_columns(
        pl.lit("W").alias("warehouse_id"), pl.col("expiry_date").cast(pl.Date)
    )


def _house(pickers: int) -> dict:
    standards = [("*", "pick", 90.0, 0.9, 8.0, 3.0, 0.0), ("*", "check", 0.0, 0.0, 0.0, 4.0, 10.0),
                 ("*", "pack", 0.0, 0.0, 0.0, 5.0, 45.0)]  # fmt: skip
    shifts = [
        ("W", stage, "*", NOW + timedelta(hours=begin), NOW + timedelta(hours=begin + 9), workers, 480.0)
        for begin in (0, 9) for stage, workers in (("pick", pickers), ("check", pickers // 2), ("pack", pickers))
    ]  # fmt: skip
    return {
        "standards": pl.DataFrame(standards, orient="row", schema=[
            "warehouse_id", "stage", "seconds_per_tour", "seconds_per_metre", "seconds_per_pick", "seconds_per_unit",
            "seconds_per_order"]),
        "labour": pl.DataFrame(shifts, orient="row", schema=[
            "warehouse_id", "stage", "zone_id", "starts_at", "ends_at", "workers", "minutes"]),
        "carts": pl.DataFrame({"warehouse_id": ["W"], "slots": [30], "volume_l": [240.0]}),
    }  # fmt: skip


def by_arrival(problem: Problem, params: Params, warehouse: str) -> tuple[float, int]:
    """Metres and weight of misses of waves of 30 orders as they came, on the same carts, each walked in an S."""
    lines = dict(problem.lines.group_by("outbound_id").len().rows())
    layout = layouts(problem)[warehouse]
    house = house_of(problem, warehouse, layout, wanted_by_order(problem.lines), lines, params)
    came = dict(problem.orders.select("outbound_id", "released_at").rows())
    queue = sorted(house.orders, key=lambda order: (came[order.outbound_id], order.outbound_id))
    most = house.limit["multi_sku"]
    loads = [
        Load(tuple(cart), "multi_sku", "*")
        for first in range(0, len(queue), 30)
        for cart in as_they_came(queue[first : first + 30], most.slots, most.volume_l)
    ]
    metres = [walk(load, layout) for load in loads]
    work = [
        pick_minutes(load, one.s_shape_metres, one.stops, house.rate) for load, one in zip(loads, metres, strict=True)
    ]
    times = timed(loads, work, house.rate, house.staff)
    missed = sum(
        order.weight for load, at in zip(loads, times, strict=True) for order in load.orders if is_late(order, at)
    )
    return sum(one.s_shape_metres for one in metres), missed


def as_they_came(wave: list, slots: int, volume_l: float) -> list[list]:
    """A wave's orders on carts, the next one begun when an order does not fit."""
    carts: list[list] = []
    for order in wave:
        full = not carts or len(carts[-1]) == slots
        if full or sum(other.volume_l for other in carts[-1]) + order.volume_l > volume_l:
            carts.append([])
        carts[-1].append(order)
    return carts


def main() -> None:
    """Plan, check, compare, and print one line each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=50_000)
    parser.add_argument("--pickers", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--moves", type=int, default=Params.moves_per_order)
    arguments = parser.parse_args()
    problem, params = (
        problem_of(arguments.lines, arguments.seed, arguments.pickers),
        Params(moves_per_order=arguments.moves),
    )
    wall, cpu = time.perf_counter(), time.process_time()
    plan = solve(problem, params)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(
        f"lines={problem.lines.height} orders={problem.orders.height} seconds={wall:.1f} cpu={cpu:.1f} GB={memory:.2f}"
    )
    print(f"waves={plan.waves.height} carts={plan.carts.height} refills={plan.replenishments.height} "
          f"left_out={dict(plan.unplanned.group_by('reason').len().sort('reason').rows())}")  # fmt: skip
    print(f"minutes={plan.objective:.0f} bound={plan.bound:.0f} gap={plan.gap:.3f} "
          f"misses={plan.misses} at_least={plan.misses_bound:.0f} fullest={plan.evenness:.3f}")  # fmt: skip
    metres, missed = by_arrival(problem, params, "W")
    print(f"metres={plan.distance_m:.0f} by_arrival={metres:.0f} change={plan.distance_m / metres - 1:+.1%} "
          f"misses_by_arrival={missed}")  # fmt: skip
    begun = time.perf_counter()
    faults = plan.check(problem)
    print(f"faults={len(faults)} check_seconds={time.perf_counter() - begun:.1f} {faults[:3]}")


if __name__ == "__main__":
    main()
