"""What the simulation keeps while it runs: the export's rows, the clock, the stock, the postings."""

import heapq
import itertools
import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from world import EXPORTED, FIRST_DAY, OWN, SEED

SOURCE = {
    "product": "pim", "supplier": "srm", "procurement": "erp", "inventory": "inv", "warehouse": "wms",
    "logistics": "tms", "order": "oms", "payment": "pay", "aftersales": "crm", "marketing": "mkt",
    "finance": "fin", "reference": "ref",
}  # fmt: skip
# Facts that never change and states of one instant carry no updated_at: their own time is their version.
TIMED_BY_EVENT = {
    "product.review", "supplier.supplier_offer", "procurement.goods_receipt_line", "inventory.stock_snapshot",
    "inventory.bin_stock", "inventory.stock_ledger", "warehouse.pick_task", "logistics.tracking_event",
    "logistics.freight_bill_line", "order.order_event", "payment.payment_txn",
    "payment.channel_statement_line",
    "payment.sales_invoice", "marketing.discount_application", "finance.voucher_line", "reference.listing",
}  # fmt: skip
CENT = Decimal("0.01")
Key = tuple[str, str, str, str, str]  # warehouse, sku, batch, status, owner


def cents(value: Decimal) -> Decimal:
    return value.quantize(CENT, ROUND_HALF_UP)


def split(total: Decimal, weights: list[Decimal]) -> list[Decimal]:
    """Share a sum of money by weight, in cents, so that the parts add up to it exactly."""
    parts, left, weight_left = [], total, sum(weights)
    for weight in weights:
        part = cents(left * weight / weight_left) if weight_left else Decimal("0.00")
        parts.append(part)
        left, weight_left = left - part, weight_left - weight
    return parts


def touch(row: dict, at: datetime, **changes: object) -> None:
    """A new version of an upserted row."""
    row.update(changes, updated_at=at)


@dataclass
class Retailer:
    """Rows are kept per table in order of creation; an upserted row is changed in place."""

    rng: random.Random = field(default_factory=lambda: random.Random(SEED))
    tables: dict[str, list[dict]] = field(default_factory=lambda: defaultdict(list))
    on_hand: dict[Key, int] = field(default_factory=lambda: defaultdict(int))
    locked: dict[Key, int] = field(default_factory=lambda: defaultdict(int))
    allocated: dict[Key, int] = field(default_factory=lambda: defaultdict(int))
    worth: dict[tuple[str, str], tuple[int, Decimal]] = field(default_factory=dict)  # own qty and amount
    valued: list[tuple] = field(default_factory=list)  # (at, warehouse, sku, qty, amount) of own stock
    postings: list[tuple] = field(default_factory=list)  # (at, kind, [(account, debit, credit, dims)])
    waiting: dict[str, list[dict]] = field(default_factory=lambda: defaultdict(list))
    today: date = FIRST_DAY
    delivered: list[dict] = field(default_factory=list)
    returning: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    coming: dict[tuple[str, str, str], int] = field(default_factory=lambda: defaultdict(int))  # po, transfer

    index: dict[tuple[str, str], dict] = field(default_factory=dict)
    _counters: dict[str, itertools.count] = field(default_factory=lambda: defaultdict(lambda: itertools.count(1)))
    _events: list[tuple] = field(default_factory=list)
    _order: itertools.count = field(default_factory=itertools.count)

    # ---------- rows
    def add(self, table: str, at: datetime, **columns: object) -> dict:
        row = {"source_system": SOURCE[table.split(".")[0]], **columns}
        if table not in TIMED_BY_EVENT:
            row["updated_at"] = at
        self.tables[table].append(row)
        return row

    def new_id(self, prefix: str, width: int = 4) -> str:
        return f"{prefix}{next(self._counters[prefix]):0{width}d}"

    # ---------- clock
    def at(self, when: datetime, do: Callable, *args: object) -> None:
        heapq.heappush(self._events, (when, next(self._order), do, args))

    def run(self) -> None:
        """Let everything happen that happens before the export; the rest stays open."""
        while self._events and self._events[0][0] <= EXPORTED:
            when, _, do, args = heapq.heappop(self._events)
            do(self, when, *args)

    # ---------- stock
    def available(self, key: Key) -> int:
        return self.on_hand[key] - self.locked[key] - self.allocated[key]

    def pick_key(self, warehouse: str, sku_id: str, qty: int, owner: str = OWN) -> Key | None:
        """The sellable stock that can serve a line: first expiry first, one batch per line."""
        keys = sorted(k for k in self.on_hand if k[0] == warehouse and k[1] == sku_id and k[3:] == ("sellable", owner))
        return next((k for k in keys if self.available(k) >= qty), None)

    def move(
        self,
        at,
        move_type,
        key: Key,
        qty: int,
        ref: tuple,
        amount=None,
        bucket="on_hand",
        bin_id=None,
        reason=None,
    ):
        """Write one ledger row; moves of own stock on hand carry their value, which is returned."""
        stock = getattr(self, bucket)
        before, after = stock[key], stock[key] + qty
        assert after >= 0, (at, move_type, key, before, qty)
        stock[key] = after
        warehouse, sku_id, batch, status, owner = key
        self.add("inventory.stock_ledger", at, ledger_id=self.new_id("L", 5), occurred_at=at,
                 warehouse_id=warehouse,
                 bin_id=bin_id, sku_id=sku_id, batch_no=batch, owner_party_id=owner, stock_status=status,
                 move_type=move_type, qty_delta=qty, bucket=bucket, qty_before=before, qty_after=after,
                 ref_type=ref[0], ref_id=ref[1], ref_line_id=ref[2], reason=reason,
                 operator=None)  # fmt: skip
        if bucket != "on_hand" or owner != OWN or move_type == "status_change":
            return Decimal("0.00")
        return self._value(at, warehouse, sku_id, qty, amount)

    def _value(self, at: datetime, warehouse: str, sku_id: str, qty: int, amount: Decimal | None) -> Decimal:
        """Moving average: what leaves takes its share of the amount, what arrives brings its own."""
        held, worth = self.worth.get((warehouse, sku_id), (0, Decimal("0.00")))
        if amount is None:
            amount = cents(worth * abs(qty) / held) if held else Decimal("0.00")
        signed = amount if qty > 0 else -amount
        self.worth[warehouse, sku_id] = (held + qty, worth + signed)
        self.valued.append((at, warehouse, sku_id, qty, signed))
        return amount

    # ---------- general ledger
    def book(self, at: datetime, kind: str, *lines: tuple) -> None:
        """Keep one balanced posting; `lines` are (account, signed amount: debit > 0, dims)."""
        assert sum(line[1] for line in lines) == 0, (kind, lines)
        self.postings.append((at, kind, lines))
