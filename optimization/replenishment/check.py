"""Faults of a replenishment plan, found by arithmetic of its own: plain rows, whole numbers, fractions."""

from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import polars as pl

from optimization.replenishment.problem import Problem


def faults(lines: pl.DataFrame, bridge: pl.DataFrame, problem: Problem) -> list[str]:
    """Everything in a plan that contradicts its problem, in words.

    Parameters
    ----------
    lines, bridge
        As ``Plan`` documents them.
    problem
        What the plan was made for.

    Returns
    -------
    list of str
        Empty when the plan is sound.
    """
    found = []
    items = {(row["sku_id"], row["location_id"]): row for row in problem.items.iter_rows(named=True)}
    curves: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for row in problem.demand.filter(interval="protection").iter_rows(named=True):
        if row["quantity"] is not None:
            curves.setdefault((row["sku_id"], row["location_id"]), []).append((row["level"], row["quantity"]))
    sums: dict[tuple[str, str], int] = {}
    for row in bridge.iter_rows(named=True):
        key = (row["sku_id"], row["location_id"])
        sums[key] = sums.get(key, 0) + row["quantity"]
    keys = [(row["sku_id"], row["location_id"]) for row in lines.select("sku_id", "location_id").iter_rows(named=True)]
    if sorted(keys) != sorted(items):
        found.append(f"the plan has {len(keys)} lines for {len(items)} items, or other keys than theirs")
        return found
    for key, line in zip(keys, lines.iter_rows(named=True), strict=True):
        found.extend(f"{key}: {fault}" for fault in line_faults(line, items[key], curves.get(key, []), sums.get(key)))
    return found


def line_faults(line: dict, item: dict, curve: list[tuple[float, float]], bridged: int | None) -> list[str]:
    """Faults of one line."""
    quantity = line["suggested_qty"]
    if quantity is None:
        return [] if bridged is None else ["has a bridge to no quantity"]
    if not item["stock_known"] or item["demand_mean"] is None:
        return ["has a quantity although stock or demand is not known"]
    found = []
    if bridged != quantity:
        found.append(f"its bridge adds up to {bridged}, not to {quantity}")
    supply = item["on_hand_qty"] + item["in_transit_qty"] + item["on_order_qty"] + item["approved_qty"]
    position = supply - item["reserved_qty"]
    target = quantile(curve, item["service_target"])
    if not target - 1e-6 <= line["order_up_to_qty"] < target + 1 + 1e-6:
        found.append(f"its order-up-to level {line['order_up_to_qty']} is not the quantile {target} in whole units")
    need = line["order_up_to_qty"] - position
    if need <= 0:
        if quantity != 0:
            found.append(f"orders {quantity} although the position {position} is enough")
    else:
        packs = Fraction(quantity) / Fraction(item["pack_numerator"], item["pack_denominator"])
        if quantity < max(need, item["moq"]):
            found.append(f"orders {quantity}, below the need {need} or the minimum {item['moq']}")
        if quantity % item["order_multiple"] or packs.denominator != 1:
            found.append(f"orders {quantity}, not a multiple of {item['order_multiple']} in whole packs")
        if quantity - line["order_step_qty"] >= max(need, item["moq"]):
            found.append(f"orders {quantity} although one step of {line['order_step_qty']} less would do")
        if packs != line["suggested_packs"]:
            found.append(f"says {line['suggested_packs']} packs, but they are {packs}")
        if item["supplier_id"] is None:
            found.append(f"orders {quantity} from nobody")
    if item["unit_cost"] is not None and line["amount"] != Decimal(item["unit_cost"]) * quantity:
        found.append(f"its amount {line['amount']} is not {quantity} × {item['unit_cost']}")
    return found


def quantile(curve: list[tuple[float, float]], level: float) -> float:
    """A curve's quantity at a level, linear between the points given."""
    points = sorted(curve)
    for (low, start), (high, end) in pairwise(points):
        if low <= level <= high:
            return start + (end - start) * (level - low) / (high - low)
    return points[0][1]
