"""Dated orders that meet dated needs: time-phased netting through a network."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import polars as pl

from optimization.replenishment.orders.ledger import Ledger
from optimization.replenishment.orders.network import Network
from optimization.replenishment.rounding import round_up

Place = tuple[str, str]
ORDERS = {
    "kind": pl.String,
    "sku_id": pl.String,
    "location_id": pl.String,
    "source_id": pl.String,
    "order_date": pl.Date,
    "receipt_date": pl.Date,
    "quantity": pl.Int64,
}
SHORT = {"sku_id": pl.String, "location_id": pl.String, "due_date": pl.Date, "quantity": pl.Int64}


@dataclass(frozen=True)
class Netting:
    """Orders and what they leave open.

    Parameters
    ----------
    orders
        ``kind`` (``purchase`` or ``transfer``), ``sku_id``, ``location_id``, ``source_id`` (str), ``order_date``
        (date: placed or sent), ``receipt_date`` (date), ``quantity`` (int, base units), in the order of these
        columns; orders of one lane with the same dates are one.
    short
        ``sku_id``, ``location_id`` (str), ``due_date`` (date), ``quantity`` (int): needs that no lane leads to.
    """

    orders: pl.DataFrame
    short: pl.DataFrame


@dataclass(frozen=True)
class Leg:
    """One movement that a need asks for: an order, and when its goods can be used."""

    lane: dict[str, Any]
    order_date: date
    receipt_date: date
    usable: date
    quantity: int


def net(network: Network) -> Netting:
    """Orders that keep stock from falling below its levels, or below zero.

    Needs are taken by date; of one date, those go first whose goods have the longest way, and a location before those
    that supply it. Stock, what is under way and what this plan has ordered is netted, and the rest is ordered on the
    first lane by priority that is in time; if none is, on the one that is complete first. A transfer asks the sending
    location in the same way, so one need may move through several echelons, in parts if stock there is short.

    Parameters
    ----------
    network
        Needs, supply and lanes.

    Returns
    -------
    Netting
        Orders, and needs that no lane leads to.

    Raises
    ------
    ValueError
        When transfers lead in a circle.
    """
    return _Plan(network).run()


class _Plan:
    """The state of one netting."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.today = network.as_of_date
        self.patience = timedelta(days=network.patience_days)
        self.closed = set(network.closed.select("place_id", "date").iter_rows())
        self.lanes: dict[Place, list[dict[str, Any]]] = defaultdict(list)
        for lane in network.lanes.sort("priority", maintain_order=True).iter_rows(named=True):
            self.lanes[lane["sku_id"], lane["location_id"]].append(lane)
        self.ledgers: dict[Place, Ledger] = defaultdict(lambda: Ledger(0))
        for item, location, quantity in network.stock.select("sku_id", "location_id", "quantity").iter_rows():
            self.ledgers[item, location] = Ledger(quantity)
        inbound = network.inbound.select("sku_id", "location_id", "date", "quantity")
        for item, location, day, quantity in inbound.iter_rows():
            self.ledgers[item, location].expect(max(day, self.today), quantity)
        self.levels: dict[Place, list[dict[str, Any]]] = defaultdict(list)
        for level in network.levels.sort("from_date").iter_rows(named=True):
            self.levels[level["sku_id"], level["location_id"]].append(level)
        self.legs: list[Leg] = []
        self.short: list[tuple[str, str, date, int]] = []

    def run(self) -> Netting:
        needs: dict[tuple[date, Place], int] = defaultdict(int)
        demand = self.network.demand.select("sku_id", "location_id", "due_date", "quantity")
        for item, location, due, quantity in demand.iter_rows():
            needs[due, (item, location)] += quantity
        for place, levels in self.levels.items():
            for level in levels:
                needs[max(level["from_date"], self.today), place] += 0
        ways = {place: self._way(place, ()) for _, place in needs}
        for due, place in sorted(needs, key=lambda need: (need[0], -ways[need[1]], need[1])):
            self._need(place, due, needs[due, place])
        return Netting(self._orders(), pl.DataFrame(self.short, schema=SHORT, orient="row").sort(list(SHORT)))

    def _way(self, place: Place, seen: tuple[str, ...]) -> int:
        """Days of the longest way from a supplier to a place."""
        item, location = place
        if location in seen:
            raise ValueError(f"lanes: transfers of {item!r} lead in a circle: {[*seen, location]}")
        longest = 0
        for lane in self.lanes.get(place, ()):
            before = self._way((item, lane["source_id"]), (*seen, location)) if lane["kind"] == "transfer" else 0
            longest = max(longest, before + lane["lead_time_days"] + lane["hard_safety_days"])
        return longest

    def _need(self, place: Place, due: date, quantity: int) -> None:
        """Take out what is needed, and fill up if that leaves too little."""
        ledger = self.ledgers[place]
        ledger.issue(due, quantity)
        minimum, wished = self._level(place, due)
        position = ledger.position(due, self.patience, self.today)
        if position >= minimum:
            return
        legs = self._get(place, due, wished - position)
        self._book(legs)
        missing = wished - position - sum(leg.quantity for leg in legs if self._arrives_at(leg, place))
        if missing > 0:
            self.short.append((*place, due, missing))
            # What nobody can deliver is told once, not again with every later need.
            ledger.plan(due, missing)

    def _level(self, place: Place, day: date) -> tuple[int, int]:
        valid = [level for level in self.levels.get(place, ()) if level["from_date"] <= max(day, self.today)]
        if not valid or day < self.today:
            return 0, 0
        minimum, maximum = valid[-1]["minimum_qty"], valid[-1]["maximum_qty"]
        return minimum, minimum if maximum is None else maximum

    def _get(self, place: Place, due: date, quantity: int) -> list[Leg]:
        """Legs that bring so many units to a place, on the best lane; none where no lane leads to it."""
        best: list[Leg] = []
        complete = date.max
        for lane in self.lanes.get(place, ()):
            wanted = round_up(max(quantity, lane["minimum_qty"]), lane["multiple_qty"])
            legs = self._buy(lane, due, wanted) if lane["kind"] == "purchase" else self._send(lane, due, wanted)
            own = [leg for leg in legs if leg.lane is lane]
            if sum(leg.quantity for leg in own) < wanted:
                continue
            usable = max(leg.usable for leg in own)
            if usable <= due:
                return legs
            if usable < complete:
                best, complete = legs, usable
        return best

    def _buy(self, lane: dict[str, Any], due: date, quantity: int) -> list[Leg]:
        return [self._leg(lane, due, quantity, self.today)]

    def _send(self, lane: dict[str, Any], due: date, quantity: int) -> list[Leg]:
        """Legs of a transfer: from stock of the sender what is there, the rest when the sender can have it."""
        sender = (lane["sku_id"], lane["source_id"])
        whole = self._leg(lane, due, quantity, self.today)
        taken = min(self.ledgers[sender].free(whole.order_date), quantity)
        legs = [self._leg(lane, due, taken, self.today)] if taken else []
        if taken == quantity:
            return legs
        before = self._get(sender, whole.order_date, quantity - taken)
        arriving = sorted((leg.usable, leg.quantity) for leg in before if self._arrives_at(leg, sender))
        left = quantity - taken
        for usable, units in arriving:
            legs.append(self._leg(lane, due, min(units, left), max(usable, self.today)))
            left -= min(units, left)
            if not left:
                break
        return before + legs if arriving else legs

    def _leg(self, lane: dict[str, Any], due: date, quantity: int, ready: date) -> Leg:
        """When to order on a lane for a need, given when that is possible at the earliest.

        A closed day moves the receipt, and the order, to the last open one before; where that is too soon, to the first
        open one after.
        """
        lead, hard = timedelta(days=lane["lead_time_days"]), timedelta(days=lane["hard_safety_days"])
        wish = due - hard - timedelta(days=lane["soft_safety_days"])
        order = self._open(lane["source_id"], self._open(lane["location_id"], wish, -1) - lead, -1)
        if not self.network.past_allowed or ready > self.today:
            order = max(order, ready)
        order = self._open(lane["source_id"], order, 1)
        receipt = self._open(lane["location_id"], order + lead, 1)
        return Leg(lane, order, receipt, receipt + hard, quantity)

    def _open(self, place: str, day: date, step: int) -> date:
        while (place, day) in self.closed:
            day += timedelta(days=step)
        return day

    @staticmethod
    def _arrives_at(leg: Leg, place: Place) -> bool:
        return (leg.lane["sku_id"], leg.lane["location_id"]) == place

    def _book(self, legs: list[Leg]) -> None:
        for leg in legs:
            item = leg.lane["sku_id"]
            self.ledgers[item, leg.lane["location_id"]].plan(leg.usable, leg.quantity)
            if leg.lane["kind"] == "transfer":
                self.ledgers[item, leg.lane["source_id"]].issue(leg.order_date, leg.quantity)
        self.legs += legs

    def _orders(self) -> pl.DataFrame:
        rows = [
            (leg.lane["kind"], leg.lane["sku_id"], leg.lane["location_id"], leg.lane["source_id"], leg.order_date,
             leg.receipt_date, leg.quantity)
            for leg in self.legs
        ]  # fmt: skip
        keys = list(ORDERS)[:-1]
        orders = pl.DataFrame(rows, schema=ORDERS, orient="row")
        return orders.group_by(keys).agg(pl.col("quantity").sum()).sort(keys)
