"""Picks that do not add up, bins that give more than they hold, and goods that expire while others are taken."""

from collections import Counter
from datetime import date

import polars as pl

from optimization.waves.problem import Problem


def pick_faults(plan, problem: Problem) -> list[str]:
    """Picks that do not add up to the lines of planned orders, or lie on other carts or slots than their order."""
    found = []
    rows = plan.wave_orders.select("outbound_id", "wave_id", "cart_no", "cart_count", "slot").iter_rows()
    place_of = {
        order: {(wave, cart, slot) for cart in range(first, first + carts)} for order, wave, first, carts, slot in rows
    }
    unseen = {(order, place) for order, places in place_of.items() for place in places}
    owed: Counter[tuple[str, str]] = Counter()
    for order, sku, quantity in problem.lines.select("outbound_id", "sku_id", "qty").iter_rows():
        if order in place_of:
            owed[order, sku] += quantity
    columns = ["outbound_id", "sku_id", "qty", "wave_id", "cart_no", "slot"]
    for order, sku, quantity, *place in plan.picks.select(columns).iter_rows():
        owed[order, sku] -= quantity
        if quantity < 1:
            found.append(f"order {order} picks {quantity} of {sku}")
        unseen.discard((order, tuple(place)))
        if tuple(place) not in place_of.get(order, ()):
            found.append(f"order {order} is picked in {tuple(place)}, but belongs to {place_of.get(order)}")
    found += [f"order {order} has nothing to pick in {place}" for order, place in sorted(unseen)]
    return found + [f"order {order} lacks {left} of {sku}" for (order, sku), left in owed.items() if left]


def stock_faults(plan, problem: Problem) -> list[str]:
    """Bins that give more than they hold and were refilled with; later expiries taken while earlier ones lie there."""
    place = dict(plan.waves.select("wave_id", "warehouse_id").iter_rows())
    left: dict[tuple, int] = {}
    unknown = set()
    for row in problem.locations.iter_rows(named=True):
        key = (row["warehouse_id"], row["bin_id"], row["sku_id"], row["batch_no"])
        if row["pickable_qty"] is None:
            unknown.add(key)
        left[key] = left.get(key, 0) + (row["pickable_qty"] or 0)
    taken: Counter[tuple] = Counter()
    arrives: Counter[tuple] = Counter()
    for row in plan.replenishments.iter_rows(named=True):
        taken[row["warehouse_id"], row["from_bin_id"], row["sku_id"], row["batch_no"]] += row["qty"]
        arrives[row["warehouse_id"], row["to_bin_id"], row["sku_id"], row["batch_no"]] += row["qty"]
    columns = ["wave_id", "bin_id", "sku_id", "batch_no", "qty"]
    for wave, bin_id, sku, batch, quantity in plan.picks.select(columns).iter_rows():
        if bin_id is not None:
            taken[place[wave], bin_id, sku, batch] += quantity
    found = []
    for key, quantity in taken.items():
        if key not in left and key not in arrives:
            found.append(f"bin {key[1]} of {key[0]} does not hold {key[2]}")
        elif key not in unknown and left.get(key, 0) + arrives[key] < quantity:
            held = left.get(key, 0) + arrives[key]
            found.append(f"bin {key[1]} of {key[0]} holds {held} of {key[2]}, {quantity} are picked")
    return found + _expiry_faults(problem, taken) + _refill_faults(plan)


def _expiry_faults(problem: Problem, taken: Counter) -> list[str]:
    """Of one SKU and owner, goods taken from a pick bin although some that expire earlier stay in another."""
    placed = problem.locations.drop_nulls(["aisle", "x_m", "y_m"])
    with_places = set(placed["warehouse_id"])
    rows = problem.locations.filter(
        (pl.col("bin_type").fill_null("pick") != "reserve")
        & pl.col("pickable_qty").is_not_null()
        & (
            ~pl.col("warehouse_id").is_in(list(with_places))
            | pl.all_horizontal(pl.col("aisle", "x_m", "y_m").is_not_null())
        )
    )
    latest: dict[tuple, date] = {}
    earliest: dict[tuple, date] = {}
    for row in rows.iter_rows(named=True):
        goods = (row["warehouse_id"], row["sku_id"], row["owner_id"])
        key = (row["warehouse_id"], row["bin_id"], row["sku_id"], row["batch_no"])
        expiry = row["expiry_date"] or date.max
        if taken[key]:
            latest[goods] = max(latest.get(goods, date.min), expiry)
        if taken[key] < row["pickable_qty"]:
            earliest[goods] = min(earliest.get(goods, date.max), expiry)
    return [
        f"{goods[1]} in {goods[0]} is taken from goods of {latest[goods]} while some of {earliest[goods]} stay"
        for goods in latest
        if goods in earliest and earliest[goods] < latest[goods]
    ]


def _refill_faults(plan) -> list[str]:
    """Refills that come after the wave that needs them begins."""
    starts = dict(plan.waves.select("wave_id", "planned_start_at").iter_rows())
    return [
        f"refill {task} is needed by {needed}, before its wave {wave} begins at {starts[wave]}"
        for wave, task, needed in plan.replenishments.select("wave_id", "task_no", "needed_by").iter_rows()
        if needed < starts[wave]
    ]
