"""What all contestants of a race meet."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from forecasting.door import check_frame, check_unique

ITEMS = {
    "sku_id": "text",
    "location_id": "text",
    "supplier_id": "text?",
    "unit_cost": "number",
    "unit_margin": "number",
    "holding_cost": "number",
    "order_cost": "number",
    "sellable_days": "number?",
    "served_share": "number",
    "waits": "bool",
    "waiting_cost": "number",
}
KEY = ["sku_id", "location_id"]


@dataclass(frozen=True)
class Track:
    """Days that have been, item-location by item-location.

    Parameters
    ----------
    items
        ``sku_id``, ``location_id`` (text), ``supplier_id`` (text, null: nobody sells it), ``unit_cost``,
        ``unit_margin`` (money per unit), ``holding_cost`` (money per unit and day), ``order_cost`` (money per order to
        the supplier for the location), ``sellable_days`` (days in which fresh goods may be sold; null: they keep),
        ``served_share`` (of what is short there, what other locations send while they have goods; in [0, 1]),
        ``waits`` (bool: whom nobody serves waits for the next arrival; else the sale is lost), ``waiting_cost`` (money
        for each unit and day that somebody waits).
    demand
        Units wanted on each day; shape (items, days), int.
    opening
        Units that could be sold on the morning of the first day; shape (items,), int.
    arriving
        Units that came on each day of what had been ordered, or moved here, before the first; shape (items, days), int.
    lead_days
        Days from an order placed on each day until its goods came, whoever placed it; shape (items, days), int.

    Raises
    ------
    ValueError
        When shapes differ, an item is there twice, or a number is negative.
    """

    items: pl.DataFrame
    demand: np.ndarray
    opening: np.ndarray
    arriving: np.ndarray
    lead_days: np.ndarray

    def __post_init__(self) -> None:
        check_frame(self.items, ITEMS, "items")
        check_unique(self.items, KEY, "items")
        for name in ("demand", "arriving", "lead_days"):
            found = getattr(self, name)
            if found.shape != (self.items.height, self.days):
                raise ValueError(f"{name} must have the shape {(self.items.height, self.days)}, found {found.shape}")
        if self.opening.shape != (self.items.height,):
            raise ValueError(f"opening must have the shape {(self.items.height,)}, found {self.opening.shape}")
        for name in ("demand", "opening", "arriving", "lead_days"):
            found = getattr(self, name)
            if found.dtype.kind != "i" or (found < 0).any():
                raise ValueError(f"{name} must hold whole numbers of zero or more")

    @property
    def days(self) -> int:
        """Days of the race."""
        return self.demand.shape[1]

    def column(self, name: str) -> np.ndarray:
        """A number of every item; shape (items,), float."""
        return self.items[name].cast(pl.Float64).to_numpy()

    def others(self) -> list[list[int]]:
        """Of every item the other places of its SKU, by their numbers."""
        places: dict[str, list[int]] = {}
        for item, sku in enumerate(self.items["sku_id"]):
            places.setdefault(sku, []).append(item)
        return [[place for place in places[sku] if place != item] for item, sku in enumerate(self.items["sku_id"])]
