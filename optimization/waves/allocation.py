"""Which bin serves which line, first come first served."""

from dataclasses import dataclass

import polars as pl

from optimization.waves.problem import Problem


@dataclass(frozen=True)
class Pick:
    """Units of one SKU for one order from one bin; without a bin where no pick location is known."""

    outbound_id: str
    sku_id: str
    qty: int
    bin_id: str | None = None
    aisle: int | None = None
    x_m: float | None = None
    y_m: float | None = None

    @property
    def walkable(self) -> bool:
        """Whether a tour can lead to it."""
        return self.aisle is not None and self.x_m is not None and self.y_m is not None


class Stock:
    """What the bins of a problem still hold while orders are served in turn."""

    def __init__(self, problem: Problem) -> None:
        ordered = problem.locations.sort("warehouse_id", "sku_id", "aisle", "y_m", "bin_id", nulls_last=True)
        self.left: dict[tuple[str, str, str], int | None] = {}
        self.bins: dict[tuple[str, str], list[tuple]] = {}
        columns = ["warehouse_id", "sku_id", "bin_id", "aisle", "x_m", "y_m", "pickable_qty"]
        for warehouse, sku, bin_id, aisle, x, y, quantity in ordered.select(columns).rows():
            self.left[warehouse, sku, bin_id] = quantity
            self.bins.setdefault((warehouse, sku), []).append((bin_id, aisle, x, y))

    def short(self, warehouse: str, wanted: dict[str, int]) -> list[tuple[str, int, int]]:
        """SKUs of which the bins hold too little (SKU, wanted, left); SKUs without a bin are not counted."""
        found = []
        for sku, quantity in wanted.items():
            bins = self.bins.get((warehouse, sku))
            left = [self.left[warehouse, sku, place[0]] for place in bins or ()]
            if bins and None not in left and sum(left) < quantity:
                found.append((sku, quantity, sum(left)))
        return found

    def take(self, warehouse: str, outbound_id: str, wanted: dict[str, int]) -> list[Pick]:
        """Take what an order wants, bin by bin in walking order; bins of unknown stock serve the rest."""
        picks = []
        for sku, quantity in wanted.items():
            for bin_id, aisle, x, y in self.bins.get((warehouse, sku), ()):
                left = self.left[warehouse, sku, bin_id]
                taken = quantity if left is None else min(quantity, left)
                if not taken:
                    continue
                if left is not None:
                    self.left[warehouse, sku, bin_id] = left - taken
                picks.append(Pick(outbound_id, sku, taken, bin_id, aisle, x, y))
                quantity -= taken
                if not quantity:
                    break
            if quantity:
                picks.append(Pick(outbound_id, sku, quantity))
        return picks


def wanted_by_order(lines: pl.DataFrame) -> dict[str, dict[str, int]]:
    """Units of each SKU that each order wants, SKUs in order of id."""
    summed = (
        lines.group_by("outbound_id", "sku_id").agg(pl.col("qty").cast(pl.Int64).sum()).sort("outbound_id", "sku_id")
    )
    wanted: dict[str, dict[str, int]] = {}
    for outbound_id, sku, quantity in summed.rows():
        wanted.setdefault(outbound_id, {})[sku] = quantity
    return wanted
