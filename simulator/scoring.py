"""What a policy earned over some days, by the world's own books: the same demand, so that only decisions differ."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from simulator.in_hand import in_hand
from simulator.masters import ordinary_rate
from simulator.tables import NULL, code
from simulator.times import moment

if TYPE_CHECKING:
    from simulator.world import World

__all__ = ["Score", "Scorer"]

# Accounts of the income statement; credits are negative in the books. Freight is booked when carriers bill it, a
# month late, so it is counted by the rate card as parcels leave.
INCOME = ("6001", "6051", "6301")
COSTS = {
    "goods": ("6401",), "fees": ("6601", "6603"), "warehouse": ("6604",), "marketing": ("6605",),
    "write_offs": ("6711", "6712"),
}  # fmt: skip
SHIPMENT, PO = "logistics.shipment", "procurement.purchase_order"
CASH = ("1002", "1012")
YEAR = 365
EXCESS_DAYS = 182


@dataclass(frozen=True)
class Score:
    """Money in yuan, shares of one.

    `profit` is income less all costs, less the capital that stock bound at the world's yearly rate and the room it
    took at its storage rate, less what stock beyond half a year's ordinary demand lost in value: half of its cost.
    Other stock left over is worth what it cost. Orders in hand count as if they had left at the mean freight of the
    days, or whoever ships sooner would seem to earn more. `fill_rate` is units served of units wanted, of own goods at
    any warehouse.
    """

    days: int
    profit: float
    income: float
    capital_cost: float
    storage_cost: float
    excess_cost: float
    """Growth of the write-down that stock beyond half a year's ordinary demand needs."""
    in_hand: float
    """Growth of what paid orders will earn that have not left."""
    fill_rate: float
    lost_units: int
    stock: float
    """Mean stock at cost, at the end of a day."""
    cash: float
    """What came into bank and channel accounts less what left."""
    costs: dict[str, float]
    by_week: tuple[float, ...]
    """Profit of each week, the last one of fewer days where days are left over."""

    def ratio(self, other: Score) -> float:
        """This profit relative to another's on the same days."""
        return self.profit / other.profit if other.profit else float("nan")


def excess_write_down(world: World) -> float:
    """Half the cost, in yuan, of own stock that half a year's ordinary demand does not use, or what is left of life."""
    masters, stock = world.masters, world.stock
    rate = ordinary_rate(masters, world.parameters, world.day) * masters.modes[:, 0] * masters.units_per_line
    days = np.clip(masters.end_day - world.day, 0, EXCESS_DAYS)
    # Goods about to be launched or just launched sell more than they do today.
    rate = np.where(masters.launch_day > world.day - EXCESS_DAYS // 2, masters.base_rate, rate)
    excess = np.maximum(stock.worth.units.sum(axis=0) - rate * days, 0)
    unit_cost = stock.worth.fen.sum(axis=0) / np.maximum(stock.worth.units.sum(axis=0), 1)
    return float((excess * unit_cost).sum()) / 2 / 100


class Scorer:
    """Watches a world from the day it is made; call `day` after every day."""

    def __init__(self, world: World, capital_rate: float) -> None:
        self._capital_rate = capital_rate
        self._start = dict(world.postings.by_account)
        self._worth: list[int] = []
        self._litre_days = 0.0
        self._excess = excess_write_down(world)
        self._in_hand = in_hand(world)
        self._charged = world.purchasing.charged
        self._wanted = self._lost = self._freight = self._parcels = self._ordering = 0
        self._profits = [0.0]

    def day(self, world: World) -> None:
        """Note what the day moved; of every seventh the profit so far too."""
        self._worth.append(int(world.stock.worth.fen.sum()))
        self._litre_days += float((world.stock.worth.units * world.masters.volume_cm3).sum()) / 1000
        parcels = world.tables[SHIPMENT]
        fees = parcels.live("est_freight")[parcels.live("handed_over_at") >= moment(world.day - 1)]
        self._freight += int(fees[fees != NULL].sum())
        self._parcels += len(fees)
        orders = world.tables[PO]
        ours = orders.live("po_type") != code(PO, "po_type", "dropship")  # the supplier's own system writes those
        supplier = orders.live("supplier_id")[ours & (orders.live("ordered_at") >= moment(world.day - 1))]
        self._ordering += int(world.masters.order_cost[supplier].sum())
        demand = world.truth.today("demand")
        if demand:
            self._wanted += int(demand["qty"].sum())
            self._lost += int(demand["lost_qty"].sum())
        if len(self._worth) % 7 == 0:
            self._profits.append(self.score(world).profit)

    def score(self, world: World) -> Score:
        """What the days so far earned."""

        def moved(accounts: tuple[str, ...]) -> float:
            now = world.postings.by_account
            return sum(now.get(a, 0) - self._start.get(a, 0) for a in accounts) / 100

        income = -moved(INCOME)
        changes = world.purchasing.charged - self._charged
        costs = {name: moved(accounts) for name, accounts in COSTS.items()}
        costs |= {"freight": self._freight / 100, "ordering": (self._ordering + changes) / 100}
        capital = sum(self._worth) / 100 * self._capital_rate / YEAR
        storage = self._litre_days * world.parameters.policy.storage_per_litre_day
        excess = excess_write_down(world) - self._excess
        orders, margin = (now - then for now, then in zip(in_hand(world), self._in_hand, strict=True))
        waiting = (margin - orders * self._freight / max(self._parcels, 1)) / 100
        score = Score(
            days=len(self._worth),
            profit=income - sum(costs.values()) - capital - storage - excess + waiting,
            income=income,
            capital_cost=capital,
            storage_cost=storage,
            excess_cost=excess,
            in_hand=waiting,
            fill_rate=1 - self._lost / max(self._wanted, 1),
            lost_units=self._lost,
            stock=float(np.mean(self._worth or [0])) / 100,
            cash=moved(CASH),
            costs=costs,
            by_week=(),
        )
        days_left = [score.profit] if len(self._worth) % 7 else []
        return replace(score, by_week=tuple(float(profit) for profit in np.diff([*self._profits, *days_left])))
