"""What the page of waves shows: cut-offs, work by zone and stage, what is left out, tours on the map."""

from __future__ import annotations

from planner.snapshot import Snapshot

PLAN = """
    select
        any_value(plan_misses) as misses, any_value(plan_misses_bound) as misses_bound,
        any_value(plan_minutes) as minutes, any_value(plan_minutes_bound) as minutes_bound, any_value(plan_gap) as gap,
        any_value(plan_input_hash) as input_hash, count(*) as waves, sum(order_count)::bigint as orders,
        sum(distance_m) as metres, sum(baseline_distance_m) as baseline_metres
    from wave_plan
"""
# The next waves of a large warehouse; the rest is in the mart.
WAVES = """
    select p.*, coalesce(l.late, 0) as late
    from (
        select
            wave_id, warehouse_id, wave_no, wave_type, zone_id, cart_count, order_count, unit_count, distance_m,
            labour_minutes, planned_start_at, picked_at, ready_at, cutoff_at, reason
        from wave_plan
        qualify row_number() over (partition by warehouse_id order by planned_start_at, wave_no) <= 80
    ) as p
    left join (
        select wave_id, count(*) filter (where is_late) as late from wave_order group by all
    ) as l using (wave_id)
    order by warehouse_id, planned_start_at, wave_no
"""
ZONES = """
    select
        warehouse_id, coalesce(zone_id, '–') as zone_id, count(*) as picks, sum(qty)::bigint as units,
        count(distinct (wave_id, cart_no)) as carts
    from pick_task
    group by all
    order by all
"""
LABOUR = "select * from wave_labour order by warehouse_id, stage, zone_id, station_id"
UNPLANNED = """
    select outbound_id, warehouse_id, reason, detail, detail_zh, wave_id, cutoff_at
    from wave_unplanned
    order by wave_id is not null, cutoff_at nulls last, outbound_id
    limit 300
"""
REFILLS = """
    select warehouse_id, needed_by, from_bin_id, to_bin_id, sku_id, qty, wave_id
    from wave_replenishment_task
    order by needed_by, warehouse_id, task_no
    limit 300
"""
WAREHOUSE = "select warehouse_id from wave_plan where wave_id = ?"
BINS = """
    select distinct round(x_m, 2) as x, round(y_m, 2) as y, coalesce(block, 0) as block, zone_id
    from pick_location
    where warehouse_id = ? and x_m is not null and y_m is not null and aisle is not null
    order by all
"""
STOPS = """
    select cart_no, seq, slot, outbound_id, sku_id, bin_id, qty, x_m as x, y_m as y
    from pick_task
    where wave_id = ?
    order by cart_no, seq
"""


def shown(snapshot: Snapshot) -> dict[str, object]:
    """Everything but the tours."""
    return {
        "as_of": snapshot.published.as_of,
        "plan": snapshot.row(PLAN),
        "waves": snapshot.rows(WAVES),
        "zones": snapshot.rows(ZONES),
        "labour": snapshot.rows(LABOUR),
        "unplanned": snapshot.rows(UNPLANNED),
        "refills": snapshot.rows(REFILLS),
    }


def tour(snapshot: Snapshot, wave_id: str) -> dict[str, object] | None:
    """A wave's carts on the map of its warehouse: bins, picks in walking order, and the way; None if there is none."""
    from optimization.waves.layout import cross_aisles_between
    from optimization.waves.routing.way import way

    found = snapshot.rows(WAREHOUSE, [wave_id])
    if not found:
        return None
    bins = snapshot.rows(BINS, [found[0]["warehouse_id"]])
    stops = snapshot.rows(STOPS, [wave_id])
    carts: dict[int, list[dict[str, object]]] = {}
    for stop in stops:
        carts.setdefault(stop["cart_no"], []).append(stop)
    drawn = []
    blocks: dict[int, list[float]] = {}
    for each in bins:
        blocks.setdefault(each["block"], []).append(each["y"])
    depth = [each["y"] for each in bins]
    cross = [min(depth), *cross_aisles_between(list(blocks.values())), max(depth)] if bins else []
    start = (min(each["x"] for each in bins), cross[0]) if bins else (0.0, 0.0)
    for number, picks in carts.items():
        places = [(pick["x"], pick["y"]) for pick in picks if pick["x"] is not None and pick["y"] is not None]
        drawn.append({"cart_no": number, "way": way(places, cross, start) if places and cross else [], "stops": picks})
    return {
        "wave_id": wave_id,
        "warehouse_id": found[0]["warehouse_id"],
        "bins": [[each["x"], each["y"], each["zone_id"]] for each in bins],
        "carts": drawn,
    }
