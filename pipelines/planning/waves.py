"""What to pick together: open fulfilment orders to waves."""

from __future__ import annotations

import duckdb
import polars as pl

from optimization.waves import Params, Problem, solve
from pipelines.planning.tables import read

# What is approved and not yet seen in the warehouse is in a wave already.
WAVEABLE = """
    select outbound_id, warehouse_id, released_at, cutoff_at
    from marts.open_outbound
    where is_waveable and outbound_id not in (select sku_id from feedback.in_flight where action = 'pick')
"""
ORDERS = f"{WAVEABLE} order by all"
LINES = f"""
    select outbound_id, sku_id, sum(open_qty)::bigint as qty
    from marts.open_outbound_line
    semi join ({WAVEABLE}) using (outbound_id)
    where open_qty > 0
    group by all
    order by all
"""
# Aisles are numbered along x, as a picker meets them. What is approved and not picked yet will be taken from the first
# bins in walking order, as its own plan took it.
LOCATIONS = """
    with promised as (
        select o.warehouse_id, l.sku_id, sum(l.open_qty)::bigint as qty
        from marts.open_outbound_line as l
        join marts.open_outbound as o using (outbound_id)
        where
            l.open_qty > 0
            and outbound_id in (select sku_id from feedback.in_flight where action = 'pick')
        group by all
    ),
    bins as (
        select
            warehouse_id, bin_id, sku_id,
            dense_rank() over (partition by warehouse_id order by min(x_m), any_value(aisle))::bigint as aisle,
            any_value(x_m) as x_m, any_value(y_m) as y_m,
            -- What a bin has reserved is reserved for the very orders planned here.
            sum(on_hand_qty)::bigint as held_qty
        from marts.pick_location
        group by warehouse_id, bin_id, sku_id
    ),
    in_turn as (
        select *, sum(held_qty) over (
            partition by warehouse_id, sku_id order by aisle nulls last, y_m nulls last, bin_id
        ) as up_to_here_qty
        from bins
    )
    select
        b.warehouse_id, b.bin_id, b.sku_id, b.aisle, b.x_m, b.y_m,
        case
            when b.held_qty is not null
                then least(b.held_qty, greatest(b.up_to_here_qty - coalesce(p.qty, 0), 0))::bigint
        end as pickable_qty
    from in_turn as b
    left join promised as p on p.warehouse_id = b.warehouse_id and p.sku_id = b.sku_id
    order by all
"""


def read_waves(connection: duckdb.DuckDBPyConnection) -> dict[str, pl.DataFrame]:
    """What wave planning needs, as frames."""
    return {
        "orders": read(connection, ORDERS),
        "lines": read(connection, LINES),
        "locations": read(connection, LOCATIONS),
    }


def plan_waves(frames: dict[str, pl.DataFrame], settings: dict) -> dict[str, pl.DataFrame]:
    """Solve and check; orders that cannot be picked are listed with the reason."""
    problem = Problem(frames["orders"], frames["lines"], frames["locations"])
    plan = solve(problem, Params.from_mapping(settings))
    faults = plan.check(problem)
    if faults:
        raise AssertionError(f"the wave plan fails its check: {faults[:5]}")
    return {
        "wave": plan.waves.with_columns(
            pl.col("distance_m", "baseline_distance_m").round(1), reason=pl.lit("by cut-off, then arrival")
        ),
        "wave_order": plan.wave_orders.rename({"slot": "sequence"}),
        "wave_unplanned": plan.unplanned,
    }
