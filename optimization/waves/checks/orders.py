"""Orders missing, doubled or in the wrong place; waves and carts that are too large."""

import math
from collections import Counter

import polars as pl

from optimization.waves.problem import Problem


def order_faults(plan, problem: Problem) -> list[str]:
    """Orders missing, doubled, in a wave of another warehouse, on an unknown cart, or sharing a slot."""
    left_out = plan.unplanned.filter(pl.col("wave_id").is_null())
    placed = Counter(plan.wave_orders["outbound_id"].to_list() + left_out["outbound_id"].to_list())
    home = dict(problem.orders.select("outbound_id", "warehouse_id").iter_rows())
    found = [f"order {order} is planned {placed[order]} times" for order in home if placed[order] != 1]
    found += [f"order {order} is not in the problem" for order in placed if order not in home]
    place = dict(plan.waves.select("wave_id", "warehouse_id").iter_rows())
    carts = set(plan.carts.select("wave_id", "cart_no").iter_rows())
    slots: Counter[tuple] = Counter()
    for wave, cart, slot, order in plan.wave_orders.select("wave_id", "cart_no", "slot", "outbound_id").iter_rows():
        slots[wave, cart, slot] += 1
        if place.get(wave) != home.get(order):
            found.append(f"order {order} of {home.get(order)} is in wave {wave} of {place.get(wave)}")
        if (wave, cart) not in carts:
            found.append(f"order {order} is on cart {cart} of wave {wave}, which is not in the plan")
    found += [f"slot {key} holds {count} orders" for key, count in slots.items() if count > 1]
    late = set(plan.wave_orders.filter("is_late")["outbound_id"])
    named = set(plan.unplanned.filter(pl.col("wave_id").is_not_null())["outbound_id"])
    return found + [f"order {order} is late and not named so, or the reverse" for order in sorted(late ^ named)]


def size_faults(plan, problem: Problem) -> list[str]:
    """Waves above their rule; carts above their slots or litres, unless one unit alone is."""
    rules = {} if problem.rules is None else {
        (row["warehouse_id"], row["wave_type"]): row for row in problem.rules.iter_rows(named=True)
    }  # fmt: skip
    trolley = {} if problem.carts is None else {row["warehouse_id"]: row for row in problem.carts.iter_rows(named=True)}
    found = []
    for wave in plan.waves.iter_rows(named=True):
        kind = wave["wave_type"]
        rule = rules.get((wave["warehouse_id"], kind)) or rules.get(("*", kind)) or {}
        absent = None if kind == "batch" else 30
        orders = plan.params.max_orders or rule.get("max_orders") or absent
        if orders and wave["order_count"] > orders:
            found.append(f"wave {wave['wave_id']} has {wave['order_count']} orders, more than {orders}")
        units = rule.get("max_units") or (plan.params.identical_units if kind == "batch" else None)
        if units and wave["unit_count"] > units and wave["order_count"] > 1:
            found.append(f"wave {wave['wave_id']} has {wave['unit_count']} units, more than {units}")
    home = dict(plan.waves.select("wave_id", "warehouse_id").iter_rows())
    for cart in plan.carts.iter_rows(named=True):
        limit = trolley.get(home[cart["wave_id"]], {})
        slots, litres = limit.get("slots"), limit.get("volume_l")
        name = f"cart {cart['cart_no']} of wave {cart['wave_id']}"
        if slots and not cart["is_bulk"] and cart["order_count"] > slots:
            found.append(f"{name} has {cart['order_count']} orders for {slots} slots")
        is_above = litres and cart["volume_l"] > litres * (1 + 1e-6)
        # Of an order alone, a unit may be larger than the cart.
        if is_above and (cart["order_count"] > 1 or cart["volume_l"] <= litres * cart["unit_count"]):
            found.append(f"{name} holds {cart['volume_l']} l, more than {litres}")
    return found + _split_faults(plan, problem) + _counts(plan, problem)


def _split_faults(plan, problem: Problem) -> list[str]:
    """Orders on several carts although one would hold them, or on more than their litres ask for by whole units."""
    trolley = {} if problem.carts is None else dict(problem.carts.select("warehouse_id", "volume_l").iter_rows())
    home = dict(plan.waves.select("wave_id", "warehouse_id").iter_rows())
    each = _litres_of_a_unit(problem)
    units = dict(plan.picks.group_by("outbound_id").agg(pl.col("qty").sum()).iter_rows())
    found = []
    split = plan.wave_orders.filter(pl.col("cart_count") > 1).select("outbound_id", "wave_id", "cart_count")
    for order, wave, carts in split.iter_rows():
        litres = trolley.get(home[wave])
        if not litres or not each[order] or carts != math.ceil(units[order] / int(litres / each[order] * (1 + 1e-9))):
            found.append(f"order {order} is on {carts} carts of {litres} l, a unit takes {each[order]} l")
    return found


def _litres_of_a_unit(problem: Problem) -> dict[str, float]:
    units = problem.lines.group_by("outbound_id").agg(units=pl.col("qty").sum())
    litres = problem.orders.select("outbound_id", pl.col("volume_l").cast(pl.Float64).fill_null(0.0))
    return dict(litres.join(units, on="outbound_id").select("outbound_id", pl.col("volume_l") / pl.col("units")).rows())


def _counts(plan, problem: Problem) -> list[str]:
    """Carts whose stated orders, units or litres are not those of the picks on them."""
    each = _litres_of_a_unit(problem)
    held = (
        plan.picks.with_columns(litres=pl.col("qty") * pl.col("outbound_id").replace_strict(each, default=None))
        .group_by("wave_id", "cart_no")
        .agg(orders=pl.col("outbound_id").n_unique(), units=pl.col("qty").sum(), litres=pl.col("litres").sum())
    )
    wrong = plan.carts.join(held, on=["wave_id", "cart_no"], how="left").filter(
        (pl.col("order_count") != pl.col("orders"))
        | (pl.col("unit_count") != pl.col("units"))
        | ((pl.col("volume_l") - pl.col("litres")).abs() > 1e-6 * (1 + pl.col("litres")))
        | pl.col("orders").is_null()
    )
    return [f"cart {cart} of wave {wave} miscounts" for wave, cart in wrong.select("wave_id", "cart_no").iter_rows()]
