"""Faults of an economic plan, found by plain loops of its own over rows, batches and periods."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from optimization.replenishment.economics.params import EconomicParams
from optimization.replenishment.economics.problem import ReplenishmentProblem

if TYPE_CHECKING:
    from optimization.replenishment.economics.plan import ReplenishmentPlan

REPLAYED = 10  # lines whose value is projected again, path by path


def faults(plan: ReplenishmentPlan, problem: ReplenishmentProblem, params: EconomicParams) -> list[str]:
    """Everything in a plan that contradicts its problem, in words.

    Parameters
    ----------
    plan
        The plan.
    problem, params
        What the plan was made for, and with.

    Returns
    -------
    list of str
        Empty when the plan is sound.
    """
    lines = plan.lines
    keys = [(row["sku_id"], row["location_id"]) for row in problem.items.iter_rows(named=True)]
    if [(row["sku_id"], row["location_id"]) for row in lines.iter_rows(named=True)] != keys:
        return ["the plan's lines are not the problem's items, one each, in their order"]
    options = {
        (row["sku_id"], row["location_id"], row["supplier_id"]): (number, row)
        for number, row in enumerate(problem.options.iter_rows(named=True))
    }
    suppliers = {row["supplier_id"]: row for row in problem.suppliers.iter_rows(named=True)}
    ordered, found = _ordered_rows(plan, options, problem)
    totals = Totals.of(ordered, problem)
    found.extend(order_limit_faults(totals.spent, suppliers, problem))
    found.extend(room_faults(totals.stored, problem))
    found.extend(budget_faults(ordered, problem))
    carriage, carried = container_faults(totals, problem)
    found.extend(carried)
    # What a second supplier adds has its own plan, whose limits are what this one leaves.
    own = Totals.of([row for row in ordered if row.first], problem)
    bonus, promised = agreement_faults(plan.met, own.spent, problem)
    found.extend(promised)
    worth = float(lines["value"].sum()) - sum(suppliers[name]["order_cost"] for name in own.spent) - carriage + bonus
    if plan.second is not None:
        worth += plan.second[1].value
        found.extend(f"of a further supplier: {fault}" for fault in faults(plan.second[1], plan.second[0], params))
    if abs(worth - plan.value) > 1e-6 * max(abs(plan.value), 1):
        found.append(f"the plan says it earns {plan.value}, its lines less the orders' costs {worth}")
    return found + replay_faults(lines, options, problem, params)


@dataclass(frozen=True)
class OrderedRow:
    """One order of one item: what it is, its price, and whether it stands in the plan's own lines."""

    key: tuple[str, str]
    supplier: str
    quantity: int
    price: float
    yield_share: float
    first: bool


@dataclass(frozen=True)
class Totals:
    """What orders come to: money, litres and kilograms by supplier, litres by room."""

    spent: dict[str, float]
    volume: dict[str, float]
    weight: dict[str, float]
    stored: dict[str, float]

    @classmethod
    def of(cls, ordered: list[OrderedRow], problem: ReplenishmentProblem) -> Totals:
        """Add them up, one by one."""
        shape = {(row["sku_id"], row["location_id"]): row for row in problem.items.iter_rows(named=True)}
        sums: list[dict[str, float]] = [defaultdict(float) for _ in range(4)]
        for row in ordered:
            item = shape[row.key]
            sums[0][row.supplier] += row.price
            sums[1][row.supplier] += row.quantity * item["unit_volume"]
            sums[2][row.supplier] += row.quantity * item["unit_weight"]
            if item["storage_id"] is not None:
                sums[3][item["storage_id"]] += row.quantity * row.yield_share * item["unit_volume"]
        return cls(*sums)


def _ordered_rows(
    plan: ReplenishmentPlan, options: dict[tuple[str, str, str], tuple[int, dict]], problem: ReplenishmentProblem
) -> tuple[list[OrderedRow], list[str]]:
    """Every order of the plan and of what further suppliers add, priced again; and the faults of its lines."""
    suppliers = {row["supplier_id"]: row for row in problem.suppliers.iter_rows(named=True)}
    breaks = defaultdict(list)
    for row in problem.price_breaks.sort("from_quantity").iter_rows(named=True):
        breaks[row["sku_id"], row["location_id"], row["supplier_id"]].append(row)
    found: list[str] = []
    ordered: list[OrderedRow] = []
    part, first = plan, True
    while part is not None:
        sums: dict[tuple[str, str], int] = defaultdict(int)
        for sku, place, quantity in part.bridge.select("sku_id", "location_id", "quantity").iter_rows():
            sums[sku, place] += quantity
        for line in part.lines.iter_rows(named=True):
            key, quantity = (line["sku_id"], line["location_id"]), line["suggested_qty"]
            if line["status"] != "no_supplier" and sums[key] != quantity:
                found.append(f"{key}: its bridge adds up to {sums[key]}, not to {quantity}")
            if quantity == 0:
                continue
            known = options.get((*key, line["supplier_id"]))
            if known is None:
                found.append(f"{key}: orders {quantity} from {line['supplier_id']}, who does not offer it")
                continue
            found.extend(f"{key}: {fault}" for fault in order_faults(line, known[1], suppliers[line["supplier_id"]]))
            price = price_of(quantity, known[1]["unit_cost"], breaks[(*key, line["supplier_id"])])
            if abs(price - line["spend"]) > 1e-6 * max(price, 1):
                found.append(f"{key}: spends {line['spend']}, but {quantity} cost {price}")
            ordered.append(OrderedRow(key, line["supplier_id"], quantity, price, known[1]["yield_share"], first))
        part, first = (None if part.second is None else part.second[1]), False
    twice = Counter((row.key, row.supplier) for row in ordered)
    found.extend(f"{key}: ordered from {name} more than once" for (key, name), times in twice.items() if times > 1)
    return ordered, found


def room_faults(stored: dict[str, float], problem: ReplenishmentProblem) -> list[str]:
    """Rooms that would be overfull."""
    return [
        f"{place}: suggestions take {stored[place]} of {room} free volume"
        for place, room in problem.storage.select("storage_id", "free_volume").iter_rows()
        if stored.get(place, 0.0) > room * (1 + 1e-6) + 1e-6
    ]


def budget_faults(ordered: list[OrderedRow], problem: ReplenishmentProblem) -> list[str]:
    """Parts of the range that more is spent on than they may."""
    spent: dict[tuple[str, str], float] = defaultdict(float)
    purses = defaultdict(list)
    for sku, place, kind, name in problem.budgeted.select("sku_id", "location_id", "kind", "name").iter_rows():
        purses[sku, place].append((kind, name))
    for row in ordered:
        for purse in purses[row.key]:
            spent[purse] += row.price
    return [
        f"{kind} {name}: orders cost {spent[kind, name]}, its budget is {amount}"
        for kind, name, amount in problem.budgets.select("kind", "name", "amount").iter_rows()
        if spent[kind, name] > amount * (1 + 1e-6) + 1e-6
    ]


def container_faults(totals: Totals, problem: ReplenishmentProblem) -> tuple[float, list[str]]:
    """What all containers cost, and orders that do not fill theirs."""
    cost, found = 0.0, []
    for row in problem.containers.iter_rows(named=True):
        name = row["supplier_id"]
        if name not in totals.spent:
            continue
        needed = max(
            totals.volume[name] / row["volume"] if row["volume"] else 0.0,
            totals.weight[name] / row["weight"] if row["weight"] else 0.0,
        )
        whole = math.ceil(needed - 1e-9)
        cost += whole * row["cost"]
        if whole and needed / whole < row["least_fill"] - 1e-6:
            found.append(f"{name}: {whole} containers are filled to {needed / whole:.3f}, below {row['least_fill']}")
    return cost, found


def agreement_faults(
    met: tuple[str, ...], spent: dict[str, float], problem: ReplenishmentProblem
) -> tuple[float, list[str]]:
    """What agreements bring; those whose bonus is counted though orders stay short of them, or the other way round."""
    reached: dict[str, float] = defaultdict(float)
    told: dict[str, dict] = {}
    for row in problem.agreements.iter_rows(named=True):
        reached[row["agreement"]] += spent.get(row["supplier_id"], 0.0)
        told[row["agreement"]] = row
    brings = {name: row for name, row in told.items() if reached[name] >= row["missing_value"] * (1 - 1e-6)}
    earned = sum(row["bonus"] for name, row in told.items() if name in met)
    return earned, [
        f"agreement {name}: orders of {reached[name]} of {told[name]['missing_value']}, bonus counted: {name in met}"
        for name in sorted(set(brings) ^ set(met))
    ]


def order_faults(line: dict, option: dict, supplier: dict) -> list[str]:
    """Faults of one quantity against what its supplier accepts."""
    quantity, found = line["suggested_qty"], []
    if quantity < option["moq"] or quantity % option["order_step"]:
        found.append(f"orders {quantity}: not in steps of {option['order_step']}, or below {option['moq']}")
    if option["capacity_qty"] is not None and quantity > option["capacity_qty"]:
        found.append(f"orders {quantity} of the {option['capacity_qty']} that the supplier has")
    for reason in (option["blocked_reason"], supplier["closed_reason"]):
        if reason is not None:
            found.append(f"orders {quantity} although nothing may be ordered: {reason}")
    return found


def order_limit_faults(spent: dict[str, float], suppliers: dict[str, dict], problem: ReplenishmentProblem) -> list[str]:
    """Faults of whole orders and of all of them together."""
    found = []
    for name, money in spent.items():
        least, most = suppliers[name]["minimum_value"], suppliers[name]["capacity_value"]
        if money < least * (1 - 1e-6):
            found.append(f"{name}: the order of {money} is below its minimum {least}")
        if most is not None and money > most * (1 + 1e-6):
            found.append(f"{name}: the order of {money} is above what the supplier can deliver, {most}")
    total = sum(spent.values())
    if problem.budget is not None and total > problem.budget * (1 + 1e-9) + 1e-6:
        found.append(f"all orders together cost {total}, the budget is {problem.budget}")
    return found


def price_of(quantity: int, unit_cost: float, breaks: list[dict]) -> float:
    """Price of an order, unit by tier."""
    if breaks and breaks[0]["kind"] == "all_unit":
        reached = [row["unit_cost"] for row in breaks if quantity >= row["from_quantity"]]
        return quantity * (reached[-1] if reached else unit_cost)
    total, below, price = 0.0, 0, unit_cost
    for row in breaks:
        total += max(min(quantity, row["from_quantity"]) - below, 0) * price
        below, price = row["from_quantity"], row["unit_cost"]
    return total + max(quantity - below, 0) * price


def replay_faults(
    lines: pl.DataFrame,
    options: dict[tuple[str, str, str], tuple[int, dict]],
    problem: ReplenishmentProblem,
    params: EconomicParams,
) -> list[str]:
    """Orders of goods that expire, and what is short, of some lines projected again batch by batch."""
    found = []
    batches = defaultdict(list)
    for number, row in enumerate(problem.batches.iter_rows(named=True)):
        batches[row["sku_id"], row["location_id"]].append((number, row))
    ordered = lines.with_row_index().filter(pl.col("suggested_qty") > 0)
    perishable = {(*key[:2],) for key, (_, row) in options.items() if row["shelf_life_periods"] is not None}
    some = sorted(
        ordered.iter_rows(named=True), key=lambda line: (line["sku_id"], line["location_id"]) not in perishable
    )
    for line in some[:REPLAYED]:
        key = (line["sku_id"], line["location_id"])
        number, option = options[(*key, line["supplier_id"])]
        item = problem.items.row(line["index"], named=True)
        results = [
            projected(quantity, item, option, batches[key], problem, line["index"], number)
            for quantity in (0.0, line["suggested_qty"] * option["yield_share"])
        ]
        expired = results[1][1] - results[0][1]
        if expired > params.most_expiring_share * line["suggested_qty"] * option["yield_share"] + 1e-6:
            found.append(f"{key}: {expired:.2f} of {line['suggested_qty']} ordered would expire")
        if abs(results[1][0] - line["short_qty"]) > 1e-3 * max(line["short_qty"], 1):
            found.append(f"{key}: says {line['short_qty']} will be short, but {results[1][0]} will")
    return found


def projected(
    quantity: float, item: dict, option: dict, batches: list, problem: ReplenishmentProblem, row: int, number: int
) -> tuple[float, float]:
    """Mean units short while the order is the last that could help, and mean units that expire."""
    asked_of, begin = problem.demand[row].astype(float), problem.lead_time[number]
    paths, periods = asked_of.shape
    end = np.full(paths, periods) if item["last_buy"] else problem.covered_until()[number]
    lots = [
        (problem.arrivals[place], batch["quantity"], batch["last_sellable_period"])
        for place, batch in batches
        if batch["bucket"] != "reserved"
    ]
    life = option["shelf_life_periods"]
    lots.append((begin, quantity, None if life is None else begin + life - 1))
    arrives, comes, last = _by_expiry(lots, paths)
    firm = np.full(paths, float(sum(batch["quantity"] for _, batch in batches if batch["bucket"] == "reserved")))
    waiting, short, expired = np.zeros((3, paths))
    left = np.zeros(comes.shape)
    for period in range(periods):
        left = np.where(arrives == period, comes, left)
        expired += np.where(last < period, left, 0).sum(0)
        left = np.where(last < period, 0.0, left)
        asked = asked_of[:, period].copy()
        for lot in left:
            # Open orders first, then those that wait, then today's.
            for need in (firm, waiting, asked):
                taken = np.minimum(lot, need)
                need -= taken
                lot -= taken
        is_last, is_over = period == end - 1, period >= end
        if item["backorder"]:
            waits = period < end - 1
            waiting += np.where(waits, asked, 0)
            asked = np.where(waits, 0.0, asked)
        counts = (begin <= period) & ~is_over
        short += np.where(counts, asked + waiting + firm, 0)
        firm = np.where((counts & (not item["backorder"])) | is_over | is_last, 0.0, firm)
        waiting = np.where(is_over | is_last, 0.0, waiting)
        expired += np.where(last == period, left, 0).sum(0)
        left = np.where(last == period, 0.0, left)
    if item["beyond_rate"] > 0:
        # Afterwards customers take the same number every period, always of what expires next.
        gone = np.zeros(paths)
        for units, until in zip(left, item["beyond_rate"] * (last + 1 - periods), strict=True):
            taken = np.minimum(units, np.maximum(until - gone, 0))
            gone += taken
            expired += units - taken
    return float(short.mean()), float(expired.mean())


def _by_expiry(lots: list[tuple], paths: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Period of arrival, units and last period of sale of each lot on each path (lots, paths), soonest to expire first.

    What keeps has an infinite last period.
    """
    arrives, comes, last = (
        np.stack([np.broadcast_to(math.inf if lot[place] is None else lot[place], paths) for lot in lots]).astype(float)
        for place in range(3)
    )
    order = np.argsort(last, axis=0, kind="stable")
    return tuple(np.take_along_axis(each, order, axis=0) for each in (arrives, comes, last))
