"""What somebody decided and the world has still to carry out: our outbox, or a policy of the world's own."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

__all__ = ["Actions", "CarrierChoices", "Decisions", "Purchases", "Transfers", "WavePlan"]


@dataclass(frozen=True)
class Purchases:
    """Lines to order: places of supplier, warehouse and SKU, base units, place in the book of suggestions (-1 none)."""

    supplier: np.ndarray
    warehouse: np.ndarray
    sku: np.ndarray
    qty: np.ndarray
    suggestion: np.ndarray
    kind: str = "replenish"  # purchase_order.po_type
    on_desk: bool = False  # a buyer looks at them first, and may take days


@dataclass(frozen=True)
class Transfers:
    """Lines to move between warehouses, base units."""

    origin: np.ndarray
    destination: np.ndarray
    sku: np.ndarray
    qty: np.ndarray
    suggestion: np.ndarray


@dataclass(frozen=True)
class Actions:
    """Changes of open purchase-order lines: serial number, what to do, and the new quantity (cancel, reduce,
    increase) or day (expedite, defer)."""

    po_line: np.ndarray
    action: np.ndarray  # text: cancel, reduce, increase, expedite, defer
    qty: np.ndarray
    day: np.ndarray


@dataclass(frozen=True)
class WavePlan:
    """Outbound orders in waves: serial number, wave within the plan, place in the walk, plan's place in the book."""

    outbound: np.ndarray
    wave: np.ndarray
    sequence: np.ndarray
    plan: int


@dataclass(frozen=True)
class CarrierChoices:
    """Service for an outbound order: serial number, place of the service, plan's place in the book."""

    outbound: np.ndarray
    service: np.ndarray
    plan: int


@dataclass
class Decisions:
    """To be carried out on the next day; each step takes what is its own."""

    purchases: list[Purchases] = field(default_factory=list)
    transfers: list[Transfers] = field(default_factory=list)
    actions: list[Actions] = field(default_factory=list)
    waves: list[WavePlan] = field(default_factory=list)
    carriers: list[CarrierChoices] = field(default_factory=list)

    def take(self, kind: str) -> list:
        """All decisions of a kind, taken out."""
        found = getattr(self, kind)
        setattr(self, kind, [])
        return found
