"""Clocks: carts before the plan's instant, more pickers at work than there are, stages with more work than hands."""

from datetime import datetime, timedelta
from itertools import pairwise

import polars as pl

from optimization.waves.problem import Problem

TICK = timedelta(seconds=2)  # instants are rounded to seconds
DEFAULT = {"pick": (180.0, 1.0, 8.0, 2.0, 0.0), "pack": (0.0, 0.0, 0.0, 0.0, 15.0)}
COLUMNS = ("seconds_per_tour", "seconds_per_metre", "seconds_per_pick", "seconds_per_unit", "seconds_per_order")


def clock_faults(plan, problem: Problem) -> list[str]:
    """Every fault of time in a plan."""
    if plan.waves.is_empty():
        return []
    found = []
    now = problem.now or problem.orders["released_at"].max()
    home = dict(plan.waves.select("wave_id", "warehouse_id").iter_rows())
    carts = [row | {"warehouse": home[row["wave_id"]]} for row in plan.carts.iter_rows(named=True)]
    for cart in carts:
        name = f"cart {cart['cart_no']} of wave {cart['wave_id']}"
        times = [now, cart["planned_start_at"], cart["picked_at"], cart["ready_at"] or cart["picked_at"]]
        if any(later < earlier for earlier, later in pairwise(times)):
            found.append(f"{name} runs backwards: {times}")
    found += _minutes_faults(plan, problem, carts)
    for warehouse in sorted(set(home.values())):
        mine = [cart for cart in carts if cart["warehouse"] == warehouse]
        found += _picker_faults(mine, problem, warehouse, now, plan.params.staff)
    return found + _late_faults(plan, problem)


def standard(problem: Problem, warehouse: str) -> dict[str, tuple]:
    """Seconds per tour, metre, pick, unit and order of each stage."""
    rows = [] if problem.standards is None else problem.standards.to_dicts()
    by = {}
    for name in ("*", warehouse):
        by |= {r["stage"]: tuple(r[c] or 0.0 for c in COLUMNS) for r in rows if r["warehouse_id"] == name}
    return by or DEFAULT


def _minutes_faults(plan, problem: Problem, carts: list[dict]) -> list[str]:
    """Carts whose stated minutes are not those of their metres, picks, units and orders by the standard."""
    stops = {}
    for wave, cart, bin_id, sku, batch in plan.picks.select(
        "wave_id", "cart_no", "bin_id", "sku_id", "batch_no"
    ).iter_rows():
        stops.setdefault((wave, cart), []).append((bin_id, sku, batch))
    found = []
    for cart in carts:
        tour, metre, pick, unit, order = standard(problem, cart["warehouse"]).get("pick", (0.0,) * 5)
        met = stops[cart["wave_id"], cart["cart_no"]]
        picks = len(set(met)) if cart["is_bulk"] else len(met)
        seconds = tour + metre * cart["distance_m"] + pick * picks + unit * cart["unit_count"]
        seconds += order * cart["order_count"]
        if abs(seconds / 60 - cart["pick_minutes"]) > 1e-6 * (1 + seconds):
            name = f"cart {cart['cart_no']} of wave {cart['wave_id']}"
            found.append(f"{name} says {cart['pick_minutes']} minutes, not {seconds / 60}")
        if cart["picked_at"] - cart["planned_start_at"] < timedelta(seconds=seconds) - TICK:
            found.append(f"cart {cart['cart_no']} of wave {cart['wave_id']} is picked in less time than it takes")
    return found


def _picker_faults(carts: list[dict], problem: Problem, warehouse: str, now: datetime, staff: float) -> list[str]:
    """Instants at which more carts are being picked than pickers are there."""
    if problem.labour is None:
        return []
    shifts = problem.labour.filter((pl.col("warehouse_id") == warehouse) & (pl.col("stage") == "pick"))
    if shifts.is_empty():
        return []
    rows = [(r["starts_at"], r["ends_at"], int(r["workers"] * staff + 0.5)) for r in shifts.to_dicts()]
    found = []
    for cart in carts:
        at = cart["planned_start_at"] + TICK
        busy = sum(other["planned_start_at"] <= at < other["picked_at"] - TICK for other in carts)
        there = sum(workers for start, end, workers in rows if max(start, now) - TICK <= at <= end + TICK)
        if busy > there:
            found.append(f"at {at} {busy} carts are picked in {warehouse} by {there} pickers")
    return found


def _late_faults(plan, problem: Problem) -> list[str]:
    """Orders said to be in time that are ready after their cut-off, or the reverse."""
    shift = timedelta(minutes=plan.params.cutoff_minutes)
    cutoff = dict(problem.orders.select("outbound_id", "cutoff_at").iter_rows())
    found = []
    for order, ready, late in plan.wave_orders.select("outbound_id", "ready_at", "is_late").iter_rows():
        at = cutoff[order]
        if at is None:
            wrong = late
        elif ready is None:
            wrong = not late
        else:
            wrong = abs(ready - at - shift) > TICK and late != (ready > at + shift)
        if wrong:
            found.append(f"order {order} is ready at {ready}, its cut-off is {at}, and is_late is {late}")
    return found
