"""The orders of one warehouse that can be picked, with what each takes from where."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from optimization.waves.allocation import Pick, Refill, Stock
from optimization.waves.params import Params
from optimization.waves.problem import Problem

# 爆款 identical baskets of one SKU, 单品单件, 单品多件, 多品.
IDENTICAL, SINGLE_UNIT, SINGLE_SKU, MULTI_SKU = "identical", "single_unit", "single_sku", "multi_sku"
KINDS = (IDENTICAL, SINGLE_UNIT, SINGLE_SKU, MULTI_SKU)
ACROSS = "*"  # the zone of orders whose goods lie in several


@dataclass(frozen=True)
class Served:
    """One order as the planner sees it.

    Parameters
    ----------
    outbound_id, picks, refills
        What is taken where, and what must be moved there first.
    kind
        One of ``KINDS``.
    basket
        Its SKUs, owners and quantities.
    zone
        Where all of it lies, ``ACROSS`` for several zones.
    cutoff
        Minutes from the plan's instant, infinite without one, negative once it has passed.
    weight
        What missing the cut-off weighs, 1 + priority.
    skus, units, lines
        How many.
    volume_l
        Litres; 0 where not known.
    part, whole
        Which part this is of an order larger than a cart, and that order; 0 and None where it is one order.
    """

    outbound_id: str
    picks: tuple[Pick, ...]
    refills: tuple[Refill, ...]
    kind: str
    basket: tuple
    zone: str
    cutoff: float
    weight: int
    skus: int
    units: int
    lines: int
    volume_l: float
    part: int = 0
    whole: Served | None = None

    @property
    def is_counted(self) -> bool:
        """Whether it stands for its order where orders are counted: the order itself, or its first part."""
        return self.part == 0

    @property
    def spots(self) -> list[tuple[int, float]]:
        """Aisle and metres along it of the picks that a tour can lead to."""
        return sorted({(pick.aisle, float(pick.y_m)) for pick in self.picks if pick.walkable})


@dataclass(frozen=True)
class NextWave:
    """Orders that wait for the next wave, and the aisles chosen for those that do not."""

    later: frozenset[str]
    aisles: frozenset[int]


@dataclass(frozen=True)
class LeftOut:
    """An order that no wave takes, and why."""

    outbound_id: str
    reason: str
    detail: str


def serve(
    problem: Problem, warehouse: str, wanted: Mapping, line_counts: Mapping, params: Params,
    now: NextWave | None = None,
) -> tuple[list[Served], list[LeftOut]]:  # fmt: skip
    """Serve a warehouse's orders in turn: those planned before, then by cut-off, weight and release.

    Parameters
    ----------
    wanted
        Units by SKU and owner of each order.
    line_counts
        Lines of each order.
    now
        Where not all are to be released: which are, and in which aisles they had best be picked.
    """
    stock, instant = Stock(problem, warehouse), problem.instant
    planned = set() if problem.previous is None else set(problem.previous["outbound_id"])
    rows = problem.orders.filter(warehouse_id=warehouse).iter_rows(named=True)
    queue = sorted((_key(row, row["outbound_id"] not in planned), row) for row in rows)
    served: list[tuple] = []
    left_out = []
    for _, row in queue:
        outbound_id = row["outbound_id"]
        why = _refusal(row, wanted.get(outbound_id), stock)
        if now is not None and outbound_id in now.later:
            left_out.append(LeftOut(outbound_id, "next_wave", f"{params.most_units} units are released at a time"))
        elif why:
            left_out.append(LeftOut(outbound_id, *why))
        else:
            aisles = now.aisles if now is not None else ()
            served.append((row, *stock.take(outbound_id, wanted[outbound_id], aisles)))
    baskets = {row["outbound_id"]: tuple(wanted[row["outbound_id"]].items()) for row, _, _ in served}
    alike = Counter(basket for basket in baskets.values() if len(basket) == 1)
    return [
        Served(
            outbound_id=row["outbound_id"],
            picks=tuple(picks),
            refills=tuple(refills),
            kind=_kind(baskets[row["outbound_id"]], alike, params.identical_orders),
            basket=baskets[row["outbound_id"]],
            zone=_zone(picks),
            cutoff=_minutes(row["cutoff_at"], instant) + (params.cutoff_minutes if row["cutoff_at"] else 0.0),
            weight=1 + max(row["priority"] or 0, 0),
            skus=len(baskets[row["outbound_id"]]),
            units=sum(pick.qty for pick in picks),
            lines=line_counts[row["outbound_id"]],
            volume_l=float(row["volume_l"] or 0.0),
        )
        for row, picks, refills in served
    ], left_out


def _key(row: dict, is_new: bool) -> tuple:
    cutoff = row["cutoff_at"]
    urgency = (cutoff is None, cutoff or row["released_at"], -(row["priority"] or 0))
    return (is_new, *urgency, row["released_at"], row["outbound_id"])


def _refusal(row: dict, wanted: dict | None, stock: Stock) -> tuple[str, str] | None:
    if row["hold"] is not None:
        return "on_hold", row["hold"]
    if not wanted:
        return "no_lines", "the order has no lines"
    bad = [f"{sku}: {quantity}" for (sku, _), quantity in wanted.items() if quantity < 1]
    if bad:
        return "bad_quantity", "; ".join(bad)
    return stock.refusal(wanted)


def _minutes(at: datetime | None, now: datetime) -> float:
    return float("inf") if at is None else (at - now).total_seconds() / 60


def _kind(basket: tuple, alike: Counter, identical_orders: int) -> str:
    if len(basket) > 1:
        return MULTI_SKU
    if alike[basket] >= identical_orders:
        return IDENTICAL
    return single_kind(basket)


def single_kind(basket: tuple) -> str:
    """The kind of a basket of one SKU."""
    return SINGLE_UNIT if basket[0][1] == 1 else SINGLE_SKU


def _zone(picks: list[Pick]) -> str:
    zones = {pick.zone_id for pick in picks}
    zone = zones.pop() if len(zones) == 1 else None
    return zone or ACROSS


def counted(orders: Iterable[Served]) -> list[Served]:
    """Each order once and whole, whatever carts it is on."""
    return [order.whole or order for order in orders if order.is_counted]
