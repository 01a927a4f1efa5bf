"""Orders missing, doubled or in the wrong place; waves and carts that are too large."""

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
    """Waves above their rule; carts above their slots or litres, unless one order alone is."""
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
        if litres and cart["order_count"] > 1 and cart["volume_l"] > litres * (1 + 1e-6):
            found.append(f"{name} holds {cart['volume_l']} l, more than {litres}")
    return found + _counts(plan, problem)


def _counts(plan, problem: Problem) -> list[str]:
    """Carts whose stated orders, units or litres are not those of the orders on them."""
    litres = problem.orders.select("outbound_id", pl.col("volume_l").cast(pl.Float64).fill_null(0.0))
    units = problem.lines.group_by("outbound_id").agg(units=pl.col("qty").sum())
    held = (
        plan.wave_orders.join(litres, on="outbound_id")
        .join(units, on="outbound_id")
        .group_by("wave_id", "cart_no")
        .agg(pl.len().alias("orders"), pl.col("units").sum(), pl.col("volume_l").sum().alias("litres"))
    )
    wrong = plan.carts.join(held, on=["wave_id", "cart_no"], how="left").filter(
        (pl.col("order_count") != pl.col("orders"))
        | (pl.col("unit_count") != pl.col("units"))
        | ((pl.col("volume_l") - pl.col("litres")).abs() > 1e-6 * (1 + pl.col("litres")))
        | pl.col("orders").is_null()
    )
    return [f"cart {cart} of wave {wave} miscounts" for wave, cart in wrong.select("wave_id", "cart_no").iter_rows()]
