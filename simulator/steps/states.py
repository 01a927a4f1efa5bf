"""Transitions of orders: the header, its times and an event, as the contract's state machine allows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.tables import code

if TYPE_CHECKING:
    from simulator.world import World

__all__ = ["advance", "value_of"]

ORDER, LINE, EVENT = "order.sales_order", "order.sales_order_line", "order.order_event"
_STAMPED = {"paid", "audited", "shipped", "delivered", "completed", "closed"}


def advance(
    world: World, at: np.ndarray, orders: np.ndarray, to: str, actor: str = "system", reason: str | None = None
) -> None:
    """Move orders to a state, with one event each. `reason` is one of the contract's close reasons."""
    if not len(orders):
        return
    register = world.tables[ORDER]
    before = register.get("status", orders)
    world.tables[EVENT].add(
        len(orders), order_id=orders, event_at=at, from_status=before, to_status=code(EVENT, "to_status", to),
        actor=code(EVENT, "actor", actor), reason=-1 if reason is None else code(EVENT, "reason", reason),
    )  # fmt: skip
    changes = {"status": code(ORDER, "status", to)}
    if to in _STAMPED:
        changes[f"{to}_at"] = at
    if to == "closed" and reason is not None:
        changes["close_reason"] = code(ORDER, "close_reason", reason)
    register.set(orders, at, **changes)


def value_of(world: World, lines: np.ndarray) -> np.ndarray:
    """What the customer pays for each line, in fen."""
    register = world.tables[LINE]
    return (
        register.get("line_amount", lines)
        - register.get("allocated_discount", lines)
        + register.get("allocated_freight", lines)
    )
