"""What to pick together: open fulfilment orders to waves, carts and tours."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

import duckdb
import polars as pl

from optimization.waves import Params, Plan, Problem, begun_minutes, solve
from pipelines.planning.tables import read

# What is approved and not yet seen in the warehouse is in a wave already.
FLYING = "outbound_id in (select sku_id from feedback.in_flight where action = 'pick')"
ORDERS = f"""
    select outbound_id, warehouse_id, released_at, cutoff_at, priority, volume_cm3 / 1000.0 as volume_l
    from marts.open_outbound
    where is_waveable and not {FLYING}
    order by all
"""
# Goods belong to the merchant who sells them where he keeps any there, else to us, else to whoever alone holds some.
LINES = f"""
    with owners as (
        select
            warehouse_id, sku_id, list(distinct owner_party_id) as owner_ids
        from marts.pick_location
        group by all
    )
    select
        l.outbound_id, l.sku_id, sum(l.open_qty)::bigint as qty,
        nullif(case
            when list_contains(owner_ids, l.owner_party_id) then l.owner_party_id
            when list_contains(owner_ids, 'self') or len(owner_ids) != 1 then 'self'
            else owner_ids[1]
        end, 'self') as owner_id
    from marts.open_outbound_line as l
    join marts.open_outbound as o using (outbound_id)
    left join owners on owners.warehouse_id = o.warehouse_id and owners.sku_id = l.sku_id
    where o.is_waveable and not {FLYING} and l.open_qty > 0
    group by all
    order by all
"""
# Aisles are numbered along x, as a picker meets them. What is approved and not picked yet will be taken from what
# expires first, then from the first bins in walking order, as its own plan took it.
LOCATIONS = f"""
    with promised as (
        select o.warehouse_id, l.sku_id, sum(l.open_qty)::bigint as qty
        from marts.open_outbound_line as l
        join marts.open_outbound as o using (outbound_id)
        where l.open_qty > 0 and {FLYING}
        group by all
    ),
    named as (
        select *, coalesce(aisle::varchar, x_m::varchar) as aisle_name from marts.pick_location
    ),
    aisles as (
        select
            warehouse_id, aisle_name,
            row_number() over (partition by warehouse_id order by first_m nulls last, aisle_name) as number
        from (select warehouse_id, aisle_name, min(x_m) as first_m from named where aisle_name is not null group by all)
    ),
    bins as (
        select
            p.warehouse_id, p.bin_id, p.sku_id, any_value(a.number) as aisle, any_value(p.x_m) as x_m,
            any_value(p.y_m) as y_m, any_value(p.zone_id) as zone_id, any_value(p.block) as block,
            case when any_value(p.bin_type) in ('reserve', 'dock') then 'reserve' else 'pick' end as bin_type,
            nullif(p.batch_no, '') as batch_no, any_value(p.expiry_date) as expiry_date,
            nullif(p.owner_party_id, 'self') as owner_id,
            -- What a bin has reserved is reserved for the very orders planned here.
            if(sum(p.on_hand_qty) < 0, 0, sum(p.on_hand_qty))::bigint as held_qty
        from named as p
        left join aisles as a on a.warehouse_id = p.warehouse_id and a.aisle_name = p.aisle_name
        where p.bin_type != 'defect'
        group by p.warehouse_id, p.bin_id, p.sku_id, p.batch_no, p.owner_party_id
    ),
    in_turn as (
        select *, sum(held_qty) over (
            partition by warehouse_id, sku_id
            order by bin_type, expiry_date nulls last, aisle nulls last, y_m nulls last, bin_id, batch_no, owner_id
        ) as up_to_here_qty
        from bins
    )
    select
        b.warehouse_id, b.bin_id, b.sku_id, b.aisle, b.x_m, b.y_m,
        case
            when b.held_qty is not null
                then least(b.held_qty, greatest(b.up_to_here_qty - coalesce(p.qty, 0), 0))::bigint
        end as pickable_qty,
        b.zone_id, b.block, b.bin_type, b.batch_no, b.expiry_date, b.owner_id
    from in_turn as b
    left join promised as p on p.warehouse_id = b.warehouse_id and p.sku_id = b.sku_id
    order by all
"""
LABOUR = """
    select warehouse_id, stage, zone_id, starts_at, ends_at, workers, minutes
    from marts.labour_shift
    where stage in ('pick', 'sort', 'check', 'pack')
    order by all
"""
# The carts of the next shift stand for all.
CARTS = """
    select
        warehouse_id, arg_min(cart_slots, starts_at)::bigint as slots,
        arg_min(nullif(cart_volume_l, 0), starts_at) as volume_l
    from marts.labour_shift
    where stage = 'pick' and coalesce(cart_slots, 1) > 0
    group by all
    order by all
"""
STATIONS = "select warehouse_id, stage, station_id from marts.work_station order by all"
STANDARDS = "select * from marts.labour_standard order by all"
RULES = "select * from marts.wave_rule order by all"
PREVIOUS = """
    select o.wave_id, w.wave_no, o.cart_no, o.slot, o.outbound_id
    from plan.wave_order as o
    join plan.wave as w using (wave_id)
    where w.wave_no is not null and o.cart_no is not null and o.slot is not null
    order by all
"""
# Orders in a wave that still wait for pickers or packers.
IN_HAND = f"""
    select
        o.warehouse_id, o.status not in ('released', 'waved', 'picking') as is_picked,
        count(distinct o.outbound_id) as order_count, count(*) as pick_count,
        sum(if(o.status in ('picked', 'checked'), l.planned_qty, l.open_qty))::bigint as unit_count
    from marts.open_outbound as o
    join marts.open_outbound_line as l using (outbound_id)
    where o.status in ('waved', 'picking', 'picked', 'checked') or (o.is_waveable and {FLYING})
    group by all
    order by all
"""
QUERIES = {
    "orders": ORDERS, "lines": LINES, "locations": LOCATIONS, "labour": LABOUR, "carts": CARTS, "standards": STANDARDS,
    "stations": STATIONS,
    "rules": RULES, "previous": PREVIOUS, "in_hand": IN_HAND,
}  # fmt: skip


def read_waves(connection: duckdb.DuckDBPyConnection) -> dict[str, pl.DataFrame]:
    """What wave planning needs, as frames."""
    return {name: read(connection, sql) for name, sql in QUERIES.items()}


def wave_problem(frames: Mapping[str, pl.DataFrame], as_of: datetime) -> Problem:
    """The frames as a problem, with the work in hand as minutes."""
    problem = Problem(now=as_of, **{name: frame for name, frame in frames.items() if name != "in_hand"})
    return replace(problem, begun=begun_minutes(frames["in_hand"], problem))


def plan_waves(frames: Mapping[str, pl.DataFrame], settings: dict, as_of: datetime) -> dict[str, pl.DataFrame]:
    """Solve and check; orders that cannot be picked, or not in time, are listed with the reason."""
    problem = wave_problem(frames, as_of)
    plan = solve(problem, Params.from_mapping(settings))
    faults = plan.check(problem)
    if faults:
        raise AssertionError(f"the wave plan fails its check: {faults[:5]}")
    metres = ["distance_m", "baseline_distance_m", "s_shape_distance_m", "largest_gap_distance_m", "labour_minutes"]
    return {
        "wave": plan.waves.with_columns(pl.col(metres).round(1), reason=_reason(plan)),
        "wave_cart": plan.carts.with_columns(pl.col("distance_m", "pick_minutes", "volume_l").round(1)),
        "wave_order": _sequenced(plan),
        "pick_task": plan.picks,
        "wave_replenishment": plan.replenishments,
        "wave_unplanned": plan.unplanned,
        "wave_labour": plan.labour,
        "wave_proof": _proof(plan, frames),
    }


def _reason(plan: Plan) -> pl.Expr:
    kind = pl.col("wave_type").replace_strict(
        {
            "batch": "identical baskets picked in bulk",
            "single_item": "orders of one SKU",
            "multi_item": "orders of several",
        }
    )
    zone = pl.when(pl.col("zone_id") != "*").then(pl.format(" in zone {}", "zone_id")).otherwise(pl.lit(""))
    spared = (1 - pl.col("distance_m") / pl.col("baseline_distance_m")) * 100
    walk = (
        pl.when(pl.col("baseline_distance_m") > 0)
        .then(pl.format("; {} % less walking than one by one", spared.round(0).cast(pl.Int64)))
        .otherwise(pl.lit(""))
    )
    return kind + zone + walk


def _sequenced(plan: Plan) -> pl.DataFrame:
    """Orders numbered through their wave, cart by cart and slot by slot."""
    return plan.wave_orders.sort("wave_id", "cart_no", "slot").with_columns(
        sequence=pl.int_range(1, pl.len() + 1).over("wave_id")
    )


def _proof(plan: Plan, frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """What the plan is worth, what no plan can beat, and of which input."""
    digest = hashlib.sha256()
    # The plan before it is no part of what is planned for: the same orders planned again are the same input.
    for name in sorted(frames.keys() - {"previous"}):
        digest.update(f"{name}\n{frames[name].write_csv()}".encode())
    return pl.DataFrame({
        "misses": [plan.misses], "misses_bound": [plan.misses_bound], "minutes": [plan.objective],
        "minutes_bound": [plan.bound], "gap": [plan.gap], "fullest_share": [plan.evenness], "why": [plan.why],
        "input_hash": [digest.hexdigest()[:16]],
    }, schema_overrides={"fullest_share": pl.Float64})  # fmt: skip
