"""Which bins serve which order: earliest expiry first, then the fewest aisles; refills come from the reserve."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from optimization.waves.problem import Problem

Goods = tuple[str, str | None]  # SKU and whose it is
ENOUGH = 10**9


@dataclass
class Lot:
    """What one bin holds of one SKU and batch; ``left`` is None where it is not known, and enough."""

    bin_id: str
    batch_no: str | None
    expiry: date
    aisle: int | None
    x_m: float | None
    y_m: float | None
    zone_id: str | None
    left: int | None

    @property
    def is_placed(self) -> bool:
        """Whether a tour can lead to it."""
        return self.aisle is not None and self.x_m is not None and self.y_m is not None


@dataclass(frozen=True)
class Pick:
    """Units of one SKU for one order from one bin; without a bin where the warehouse names none."""

    outbound_id: str
    sku_id: str
    qty: int
    bin_id: str | None = None
    batch_no: str | None = None
    zone_id: str | None = None
    aisle: int | None = None
    x_m: float | None = None
    y_m: float | None = None

    @property
    def walkable(self) -> bool:
        """Whether a tour can lead to it."""
        return self.aisle is not None


@dataclass(frozen=True)
class Refill:
    """Units to move from the reserve into a pick bin before an order can be picked."""

    outbound_id: str
    sku_id: str
    owner_id: str | None
    batch_no: str | None
    from_bin_id: str
    to_bin_id: str
    qty: int


@dataclass
class Shelf:
    """The lots of one SKU of one owner in one warehouse, in the order in which they are to be used up."""

    pick: list[Lot] = field(default_factory=list)
    reserve: list[Lot] = field(default_factory=list)
    unplaced: list[Lot] = field(default_factory=list)

    @property
    def left(self) -> int | None:
        """Units that can still be taken; None where a lot's are not known."""
        lots = [lot.left for lot in (*self.pick, *self.reserve)]
        return None if None in lots else sum(lots)


class Stock:
    """What the bins of one warehouse still hold while its orders are served in turn."""

    def __init__(self, problem: Problem, warehouse: str) -> None:
        rows = problem.locations.filter(warehouse_id=warehouse).sort(
            "sku_id", "expiry_date", "aisle", "y_m", "bin_id", "batch_no", "owner_id", nulls_last=True
        )
        lots = [_lot(row) for row in rows.iter_rows(named=True)]
        self.has_places = any(lot.is_placed for _, _, lot in lots)
        self.has_bins = bool(lots)
        self.shelves: dict[Goods, Shelf] = {}
        for goods, is_reserve, lot in lots:
            shelf = self.shelves.setdefault(goods, Shelf())
            if self.has_places and not lot.is_placed:
                shelf.unplaced.append(lot)
            else:
                (shelf.reserve if is_reserve else shelf.pick).append(lot)
        for shelf in self.shelves.values():
            if not shelf.pick:  # what has no pick bin is picked where it lies
                shelf.pick, shelf.reserve = shelf.reserve, []

    def refusal(self, wanted: dict[Goods, int]) -> tuple[str, str] | None:
        """Reason and detail why an order cannot be served now; None when it can."""
        if not self.has_bins:
            return None
        missing, nowhere, short = [], [], []
        for (sku, owner), quantity in wanted.items():
            shelf = self.shelves.get((sku, owner), Shelf())
            left = shelf.left
            if left is None or left >= quantity:
                continue
            if shelf.unplaced:
                nowhere.append(f"{sku}: bin {shelf.unplaced[0].bin_id} has no aisle or no coordinates")
            elif not left and not (shelf.pick or shelf.reserve):
                missing.append(f"{sku}: {quantity} wanted, no bin holds it")
            else:
                short.append(f"{sku}: {quantity} wanted, {left} left")
        for reason, found in (("no_stock", missing), ("no_place", nowhere), ("short_stock", short)):
            if found:
                return reason, "; ".join(found)
        return None

    def by_aisle(self) -> dict[int, dict[Goods, int]]:
        """Units that can be picked in each aisle; what lies in reserve counts where it would be moved to."""
        found: dict[int, dict[Goods, int]] = {}
        for goods, shelf in self.shelves.items():
            for lot in (*shelf.pick, *shelf.reserve):
                aisle = lot.aisle if lot in shelf.pick else shelf.pick[0].aisle
                if aisle is not None:
                    held = found.setdefault(aisle, {})
                    held[goods] = held.get(goods, 0) + (ENOUGH if lot.left is None else lot.left)
        return found

    def take(
        self, outbound_id: str, wanted: dict[Goods, int], walked: Iterable[int] = ()
    ) -> tuple[list[Pick], list[Refill]]:  # fmt: skip
        """Take what an order wants: SKUs with one bin first, then bins in the aisles already walked."""
        picks: list[Pick] = []
        refills: list[Refill] = []
        if not self.has_bins:
            return [Pick(outbound_id, sku, quantity) for (sku, _), quantity in wanted.items()], refills
        aisles: set[int | None] = set(walked)
        for goods in sorted(wanted, key=lambda goods: (self._choices(goods), goods[0], goods[1] or "")):
            shelf, quantity = self.shelves[goods], wanted[goods]
            while quantity:
                lot = _next(shelf.pick, quantity, aisles)
                if lot is None:
                    refills += _refill(shelf, goods, outbound_id, quantity)
                    continue
                taken = quantity if lot.left is None else min(quantity, lot.left)
                if lot.left is not None:
                    lot.left -= taken
                quantity -= taken
                aisles.add(lot.aisle)
                place = (lot.zone_id, lot.aisle, lot.x_m, lot.y_m) if lot.is_placed else (lot.zone_id, None, None, None)
                picks.append(Pick(outbound_id, goods[0], taken, lot.bin_id, lot.batch_no, *place))
        return picks, refills

    def _choices(self, goods: Goods) -> int:
        return sum(lot.left != 0 for lot in self.shelves[goods].pick)


def _lot(row: dict) -> tuple[Goods, bool, Lot]:
    lot = Lot(
        row["bin_id"], row["batch_no"], row["expiry_date"] or date.max, row["aisle"],
        row["x_m"], row["y_m"], row["zone_id"], row["pickable_qty"],
    )  # fmt: skip
    return (row["sku_id"], row["owner_id"]), row["bin_type"] == "reserve", lot


def _next(lots: Iterable[Lot], quantity: int, aisles: set[int | None]) -> Lot | None:
    """Of the lots that expire first: one in an aisle already walked, then one that holds all, then the first."""
    best, worth = None, None
    for lot in lots:
        if lot.left == 0:
            continue
        key = (lot.expiry, lot.aisle not in aisles, lot.left is not None and lot.left < quantity)
        if worth is None or key < worth:
            best, worth = lot, key
    return best


def _refill(shelf: Shelf, goods: Goods, outbound_id: str, quantity: int) -> list[Refill]:
    """Move what an order still wants from the reserve, first expiry first, into the SKU's first pick bin."""
    face, moved = shelf.pick[0], []
    for lot in shelf.reserve:
        taken = quantity if lot.left is None else min(quantity, lot.left)
        if not taken:
            continue
        if lot.left is not None:
            lot.left -= taken
        quantity -= taken
        moved.append(Refill(outbound_id, goods[0], goods[1], lot.batch_no, lot.bin_id, face.bin_id, taken))
        _put(shelf, face, lot, taken)
        if not quantity:
            break
    return moved


def _put(shelf: Shelf, face: Lot, source: Lot, quantity: int) -> None:
    """Goods from the reserve lie in the pick bin by their own batch and expiry."""
    for lot in shelf.pick:
        if lot.bin_id == face.bin_id and lot.batch_no == source.batch_no and lot.left is not None:
            lot.left += quantity
            return
    place = (face.aisle, face.x_m, face.y_m, face.zone_id)
    shelf.pick.append(Lot(face.bin_id, source.batch_no, source.expiry, *place, quantity))


def wanted_by_order(lines: pl.DataFrame) -> dict[str, dict[Goods, int]]:
    """Units of each SKU that each order wants, SKUs in order of id."""
    summed = (
        lines.group_by("outbound_id", "sku_id", "owner_id")
        .agg(pl.col("qty").cast(pl.Int64).sum())
        .sort("outbound_id", "sku_id", "owner_id", nulls_last=True)
    )
    wanted: dict[str, dict[Goods, int]] = {}
    for outbound_id, sku, owner, quantity in summed.rows():
        wanted.setdefault(outbound_id, {})[sku, owner] = quantity
    return wanted
