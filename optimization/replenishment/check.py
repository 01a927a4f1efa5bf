"""Faults of a replenishment plan, found by arithmetic of its own: plain rows, whole numbers, fractions."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

import polars as pl

from optimization.replenishment.problem import Problem

if TYPE_CHECKING:
    from optimization.replenishment.plan import Plan


def faults(plan: Plan, problem: Problem) -> list[str]:
    """Everything in a plan that contradicts its problem, in words.

    Parameters
    ----------
    plan
        The plan.
    problem
        What the plan was made for.

    Returns
    -------
    list of str
        Empty when the plan is sound.
    """
    items = {(row["sku_id"], row["location_id"]): row for row in problem.items.iter_rows(named=True)}
    keys = list(plan.lines.select("sku_id", "location_id").iter_rows())
    if sorted(keys) != sorted(items):
        return [f"the plan has {len(keys)} lines for {len(items)} items, or other keys than theirs"]
    offers = {
        (row["sku_id"], row["location_id"], row["supplier_id"]): row for row in problem.others.iter_rows(named=True)
    }
    found = []
    for lines, bridge, names in (
        (plan.lines, plan.bridge, ("sku_id", "location_id")),
        (plan.further, plan.further_bridge, ("sku_id", "location_id", "supplier_id")),
    ):
        sums: dict[tuple, int] = {}
        for row in bridge.select(*names, "quantity").iter_rows():
            sums[row[:-1]] = sums.get(row[:-1], 0) + row[-1]
        for line in lines.iter_rows(named=True):
            key = (line["sku_id"], line["location_id"])
            item = items[key] | offers.get((*key, line["supplier_id"]), {})
            bridged = sums.get(tuple(line[name] for name in names))
            found.extend(f"{key}: {fault}" for fault in line_faults(line, item, bridged))
    together = pl.concat([plan.lines, plan.further])
    return found + minimum_faults(together, problem) + goods_faults(plan, problem)


def line_faults(line: dict, item: dict, bridged: int | None) -> list[str]:
    """Faults of one line."""
    quantity = line["suggested_qty"]
    if quantity is None:
        return [] if bridged is None else ["has a bridge to no quantity"]
    if not item["stock_known"] or item["demand_mean"] is None:
        return ["has a quantity although stock or demand is not known"]
    found = []
    if (quantity if bridged is None else bridged) != quantity:
        found.append(f"its bridge adds up to {bridged}, not to {quantity}")
    supply = item["on_hand_qty"] + item["in_transit_qty"] + item["on_order_qty"] + item["approved_qty"]
    if line["position_qty"] != supply - item["reserved_qty"]:
        found.append(f"its position {line['position_qty']} is not {supply - item['reserved_qty']}")
    packs = Fraction(quantity) / Fraction(item["pack_numerator"], item["pack_denominator"])
    if 0 < quantity < item["moq"]:
        found.append(f"orders {quantity}, below the minimum {item['moq']}")
    if quantity % item["order_multiple"] or packs.denominator != 1:
        found.append(f"orders {quantity}, not a multiple of {item['order_multiple']} in whole packs")
    if packs != line["suggested_packs"]:
        found.append(f"says {line['suggested_packs']} packs, but they are {packs}")
    if quantity and line["supplier_id"] != item["supplier_id"]:
        found.append(f"orders {quantity} from {line['supplier_id']}, who does not offer it")
    if quantity and item["supplier_id"] is None:
        found.append(f"orders {quantity} from nobody")
    if line["unit_cost"] is not None and line["amount"] != Decimal(line["unit_cost"]) * quantity:
        found.append(f"its amount {line['amount']} is not {quantity} × {line['unit_cost']}")
    return found


def goods_faults(plan: Plan, problem: Problem) -> list[str]:
    """Orders of goods that are not to be bought; what would expire the economic plan's own check projects."""
    held = {row["sku_id"]: row["hold_reason"] for row in problem.goods.iter_rows(named=True)}
    ordered = pl.concat([plan.lines, plan.further]).filter(pl.col("suggested_qty") > 0)
    worth = rates_of(problem)
    found = []
    for line in ordered.iter_rows(named=True):
        told = f"{(line['sku_id'], line['location_id'])}: orders {line['suggested_qty']}"
        if held.get(line["sku_id"]) is not None:
            found.append(f"{told} although {held[line['sku_id']]}")
        if line["currency"] not in worth:
            found.append(f"{told} in {line['currency']}, of which nobody told what it is worth")
    return found


def rates_of(problem: Problem) -> dict[str | None, Decimal]:
    """What one unit of each currency is worth in ours, which needs no name."""
    return {None: Decimal(1)} | {currency: Decimal(str(rate)) for currency, rate in problem.rates.iter_rows()}


def minimum_faults(lines: pl.DataFrame, problem: Problem) -> list[str]:
    """Orders that their supplier would not take, in money as published; lines of several currencies in ours."""
    worth = rates_of(problem)
    orders: dict[tuple[str, str], Decimal] = {}
    for row in lines.filter(pl.col("suggested_qty") > 0).iter_rows(named=True):
        order = (row["supplier_id"], row["location_id"])
        orders[order] = orders.get(order, Decimal(0)) + (row["amount"] or 0) * worth.get(row["currency"], Decimal(0))
    found = []
    for row in problem.terms.iter_rows(named=True):
        paid = orders.get((row["supplier_id"], row["location_id"]))
        asked = row["minimum_value"] * worth.get(row["currency"], Decimal(0))
        if paid is not None and paid < asked * Decimal("0.999999"):
            found.append(f"{row['supplier_id']} for {row['location_id']}: {paid} is below its {asked}")
    return found
