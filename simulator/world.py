"""The retailer's world: what there is, and one day after another."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

import numpy as np

from simulator import checks, masters, steps
from simulator.agenda import Agenda
from simulator.books import bin_places, books_of, owner_places, shop_channels
from simulator.campaign_totals import CampaignTotals
from simulator.decisions import Decisions
from simulator.document_checks import Examined
from simulator.floor import Floor, floor_of
from simulator.layout import FACTS, PRIVATE, REGISTERS
from simulator.machines import WATCHED
from simulator.policies.reorder_point import ReorderPoint
from simulator.postings import Postings
from simulator.purchasing import Purchasing
from simulator.steps.demand import Candidates, Demand
from simulator.stock import Stock
from simulator.streams import Streams
from simulator.tables import Facts, Register
from simulator.truth import Truth

if TYPE_CHECKING:
    from simulator.masters import Masters
    from simulator.parameters import Parameters

__all__ = ["Policy", "World"]


class Policy(Protocol):
    """Who decides what to buy. `buy` may put purchases and transfers into `world.decisions` of that day."""

    def buy(self, world: World, day: int) -> None: ...


@dataclass
class World:
    """Everything that is there on a day.

    `tables` holds what the systems know, `truth` what only the world knows, `decisions` what somebody decided and
    the day has not carried out yet.
    """

    parameters: Parameters
    masters: Masters
    policy: Policy
    day: int = field(init=False)  # the next day to be lived
    streams: Streams = field(init=False)
    demand: Demand = field(init=False)
    owner_of_supplier: np.ndarray = field(init=False)  # place in the book of owners, -1 none
    channels: dict[str, np.ndarray] = field(init=False)  # codes by shop
    bin_of: np.ndarray = field(init=False)  # pick bin by warehouse and SKU, place in the book of bins
    first_bin: np.ndarray = field(init=False)  # first bin of each warehouse in that book
    agenda: Agenda = field(init=False, default_factory=Agenda)
    postings: Postings = field(init=False, default_factory=Postings)
    master_rows: dict[str, list[dict]] = field(init=False)  # by table and age, those not published yet
    decisions: Decisions = field(init=False, default_factory=Decisions)
    tables: dict[str, Facts | Register] = field(init=False)
    rows: dict[str, list[dict]] = field(init=False, default_factory=dict)  # small tables, Python values
    books: dict[str, list[str]] = field(init=False)
    stock: Stock = field(init=False)
    wishes: Candidates = field(init=False)  # what customers want on the day being lived
    purchasing: Purchasing = field(init=False)
    turnover: np.ndarray = field(init=False)  # fen paid less refunded since the month began, by shop
    campaign_totals: CampaignTotals = field(init=False, default_factory=CampaignTotals)
    truth: Truth = field(init=False, default_factory=Truth)
    examined: Examined = field(init=False, default_factory=Examined)

    def __post_init__(self) -> None:
        self.day = self.masters.first_day
        self.streams = Streams(self.parameters.world.seed)
        self.demand = Demand(self.masters, self.parameters, self.streams)
        self.tables = {name: Facts(name) for name in FACTS}
        self.tables |= {
            name: Register(name, columns + PRIVATE.get(name, ()), WATCHED.get(name, ()))
            for name, columns in REGISTERS.items()
        }
        self.books = books_of(self.masters)
        self.master_rows = masters.rows(self.masters, self.parameters)
        self.owner_of_supplier, self.channels = owner_places(self.masters), shop_channels(self.masters)
        self.bin_of, self.first_bin = bin_places(self.masters)
        shape = (len(self.masters.warehouse_ids), len(self.masters.sku_ids))
        self.purchasing = Purchasing(shape, len(self.masters.supplier_ids))
        self.turnover = np.zeros(len(self.masters.shop_ids), np.int64)
        self.stock = Stock(*shape, len(self.books["owner"]), self.bin_of, self.tables["inventory.stock_ledger"])

    @classmethod
    def of(cls, parameters: Parameters, policy: Policy | None = None) -> World:
        """The world of these parameters before its first day; it buys by reorder points unless told otherwise."""
        return cls(parameters, masters.make(parameters), policy or ReorderPoint(parameters))

    def live(self, days: int = 1) -> None:
        """Let `days` days happen."""
        for _ in range(days):
            self.truth.begin_day()
            for step in steps.OF_A_DAY:
                step(self, self.day)
            checks.day(self)
            self.day += 1

    def place(self, book: str, entry: str) -> int:
        """The place of an entry in a growing book (batches, statements, suggestions); opened where it is new."""
        entries = self.books.setdefault(book, [])
        places = self._places.get(book)
        if places is None:
            places = self._places[book] = {entry: n for n, entry in enumerate(entries)}
        if entry not in places:
            places[entry] = len(entries)
            entries.append(entry)
        return places[entry]

    @cached_property
    def floor(self) -> Floor:
        """Where bins lie."""
        return floor_of(self)

    _places: dict[str, dict[str, int]] = field(init=False, default_factory=dict, repr=False)

    def lines_of(self, table: str, serials: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Serial numbers of all lines of these rows (orders, outbound orders, purchase orders, returns), and for
        each line the place of its row in `serials`."""
        register = self.tables[table]
        first, count = register.get("_first_line", serials), register.get("_lines", serials)
        owner = np.repeat(np.arange(len(serials)), count)
        offset = np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)
        return first[owner] + offset, owner
