"""Wave plans of a workspace's days against waves of 30 by arrival: ``python -m benchmarks.reference_waves WORKSPACE``.

Of every day and warehouse, the orders of one cut-off that were released some hours before it are planned at that
instant, by the people of a coming day and from the bins of today, which are taken to hold enough: what they held then
is not kept. Against it stand the same orders from the same bins in waves of 30 as they came, on the same carts, each
tour in an S.
"""

import argparse
import time
from datetime import timedelta
from pathlib import Path

import duckdb
import polars as pl

from benchmarks.wave_plan import by_arrival
from optimization.waves import Params, Problem, solve
from pipelines.planning.waves import read_waves

ORDERS = """
    select outbound_id, warehouse_id, released_at, cutoff_at, coalesce(priority, 0)::bigint as priority
    from staging.stg_warehouse__outbound_order
    where released_at <= cutoff_at - to_hours($before) and cutoff_at - released_at < interval 24 hours
    order by all
"""
LINES = """
    select l.outbound_id, l.sku_id, sum(l.planned_qty)::bigint as qty
    from staging.stg_warehouse__outbound_line as l
    where l.planned_qty > 0
    group by all
    order by all
"""


def read(workspace: Path, hours: int) -> dict[str, pl.DataFrame]:
    """What every day's plan needs; the bins' quantities are left open."""
    with duckdb.connect(str(workspace / "warehouse.duckdb"), read_only=True) as connection:
        frames = read_waves(connection)
        frames["orders"] = connection.execute(ORDERS, {"before": hours}).pl()
        frames["lines"] = connection.execute(LINES).pl()
    own = frames["locations"].filter(pl.col("owner_id").is_null())
    frames["locations"] = own.with_columns(pickable_qty=pl.lit(None, pl.Int64))
    return frames


def problem_of(frames: dict[str, pl.DataFrame], orders: pl.DataFrame, hours: int) -> Problem:
    """The orders of one warehouse and cut-off, some hours before it, with the people of the first day that is known."""
    warehouse, cutoff = orders.row(0, named=True)["warehouse_id"], orders["cutoff_at"].max()
    labour = frames["labour"].filter(pl.col("warehouse_id") == warehouse)
    first = labour["starts_at"].min()
    moved = timedelta(days=round((cutoff - first) / timedelta(days=1)))
    labour = labour.filter(pl.col("starts_at") < first + timedelta(days=1)).with_columns(
        pl.col("starts_at", "ends_at") + moved
    )
    lines = frames["lines"].join(orders.select("outbound_id"), on="outbound_id", how="semi")
    stocked = frames["locations"].filter(pl.col("warehouse_id") == warehouse)
    # An order with goods that no bin holds today is of another time.
    gone = lines.join(stocked, on="sku_id", how="anti")["outbound_id"]
    kept = orders.filter(~pl.col("outbound_id").is_in(gone.implode()))
    return Problem(
        kept, lines.join(kept, on="outbound_id", how="semi"), stocked, labour=labour,
        now=cutoff - timedelta(hours=hours), **{name: frames[name] for name in ("standards", "rules", "carts")},
    )  # fmt: skip


def main() -> None:
    """Plan, check and compare every day; print the sums."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("workspace", type=Path)
    parser.add_argument("--before", type=int, default=4, help="hours before the cut-off (default 4)")
    parser.add_argument("--every", type=int, default=1, help="every so many days (default 1)")
    parser.add_argument("--slots", type=int, help="of every cart, in place of the workspace's own")
    arguments = parser.parse_args()
    frames, params = read(arguments.workspace, arguments.before), Params()
    if arguments.slots:
        frames["carts"] = frames["carts"].with_columns(slots=pl.lit(arguments.slots, pl.Int64))
    metres = against = 0.0
    missed = missed_by_arrival = planned = plans = largest = faults = 0
    begun = time.process_time()
    cutoffs = frames["orders"]["cutoff_at"].unique().sort().to_list()[:: arguments.every]
    for _, orders in frames["orders"].group_by("warehouse_id", "cutoff_at", maintain_order=True):
        if orders["cutoff_at"][0] not in cutoffs:
            continue
        problem = problem_of(frames, orders, arguments.before)
        if problem.orders.is_empty():
            continue
        plan = solve(problem, params)
        faults += len(plan.check(problem))
        other, late = by_arrival(problem, params, problem.orders["warehouse_id"][0])
        metres, against = metres + plan.distance_m, against + other
        missed, missed_by_arrival = missed + plan.misses, missed_by_arrival + late
        planned, plans = planned + plan.wave_orders.height, plans + 1
        largest = max(largest, plan.wave_orders.height)
    seconds = time.process_time() - begun
    print(f"plans={plans} orders={planned} largest={largest} faults={faults} cpu={seconds:.1f}")
    print(f"metres={metres:.0f} by_arrival={against:.0f} change={metres / against - 1:+.1%} "
          f"misses={missed} misses_by_arrival={missed_by_arrival}")  # fmt: skip


if __name__ == "__main__":
    main()
