"""What the purchasing department remembers from day to day: what is open, and where goods last came from."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

__all__ = ["Purchasing"]


@dataclass
class Purchasing:
    """Arrays over (warehouses, skus) unless said otherwise."""

    shape: tuple[int, int]
    suppliers: int
    open_lines: np.ndarray = field(init=False)
    """Serial numbers of own order lines that are neither received nor cancelled."""
    invoiced_line: np.ndarray = field(init=False)
    """The order line that last brought the SKU and is invoiced, -1 none: defective goods go back against it."""
    invoiced_order: np.ndarray = field(init=False)
    returnable: np.ndarray = field(init=False)
    """Accepted units of that line not sent back yet."""
    price: np.ndarray = field(init=False)
    """Fen per unit of that line."""
    promised_units: np.ndarray = field(init=False)
    """Units confirmed by suppliers this week, shape (skus)."""
    bought: np.ndarray = field(init=False)
    """Net fen of what was accepted this year, less what went back, shape (suppliers)."""
    charged: int = field(init=False, default=0)
    """Fen that suppliers charged for changes of open orders since the start; settled outside the exported books."""
    week: int = field(init=False, default=0)
    batches: dict[tuple[int, int], dict] = field(init=False, default_factory=dict)
    """Contract row of every batch on record, by places of SKU and batch."""

    def __post_init__(self) -> None:
        self.open_lines = np.zeros(0, np.int64)
        self.invoiced_line = np.full(self.shape, -1, np.int64)
        self.invoiced_order = np.full(self.shape, -1, np.int64)
        self.returnable = np.zeros(self.shape, np.int64)
        self.price = np.zeros(self.shape, np.int64)
        self.bought = np.zeros(self.suppliers, np.int64)
        self.promised_units = np.zeros(self.shape[1], np.int64)

    def begin_week(self, week: int) -> None:
        """Capacity counts anew from the first confirmation of each week."""
        if week != self.week:
            self.week = week
            self.promised_units[:] = 0

    def opened(self, lines: np.ndarray) -> None:
        self.open_lines = np.concatenate([self.open_lines, lines])

    def finished(self, lines: np.ndarray) -> None:
        if len(lines):
            self.open_lines = self.open_lines[~np.isin(self.open_lines, lines)]
