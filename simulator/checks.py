"""What must be true at the end of every simulated day; a broken rule stops the world and names the place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator import document_checks
from simulator.steps.order_lines import open_units
from simulator.stock import SELF
from simulator.times import as_date
from simulator.world_error import WorldError

if TYPE_CHECKING:
    from simulator.world import World

__all__ = ["WorldError", "day"]

LINE = "procurement.purchase_order_line"


def day(world: World) -> None:
    """Stock conserved, money balanced, counters true, documents in allowed states; raises WorldError."""
    stock = world.stock
    mine = np.flatnonzero(stock.owner == SELF)
    held = np.zeros(stock.shape, np.int64)
    np.add.at(held, (stock.warehouse[mine], stock.sku[mine]), stock.on_hand[mine])
    _equal(world, "units held differ from stock on hand", stock.worth.units, held)
    for name in ("on_hand", "locked", "allocated"):
        _least(world, f"{name} of a slot is negative", getattr(stock, name))
    _least(world, "more is promised than lies in a slot", stock.available())
    _least(world, "worth is negative", stock.worth.fen)
    worth = stock.worth
    _equal(world, "worth is left where nothing is held", np.where(worth.units == 0, worth.fen, 0), 0)
    _equal(world, "postings do not balance", world.postings.balance(), 0)
    _equal(world, "account 1405 is not the worth of stock", world.postings.by_account["1405"], worth.fen.sum())
    lines, register = world.purchasing.open_lines, world.tables[LINE]
    coming = np.zeros(stock.shape, np.int64)
    np.add.at(coming, (register.get("_warehouse", lines), register.get("sku_id", lines)), open_units(world, lines))
    _equal(world, "units on order differ from open order lines", stock.on_order, coming)
    for name in ("on_order", "shipped_to", "transfer_to", "return_to"):
        _least(world, f"{name} is negative", getattr(stock, name))
    document_checks.states(world)
    document_checks.money(world)


def _equal(world: World, rule: str, found: np.ndarray | int, expected: np.ndarray | int) -> None:
    difference = np.atleast_1d(np.asarray(found) - expected)
    if difference.any():
        place = np.unravel_index(int(np.argmax(np.abs(difference))), difference.shape)
        raise WorldError(f"{as_date(world.day)}: {rule}: {difference[place]} too many at {tuple(map(int, place))}")


def _least(world: World, rule: str, values: np.ndarray) -> None:
    if values.size and values.min() < 0:
        place = np.unravel_index(int(np.argmin(values)), values.shape)
        raise WorldError(f"{as_date(world.day)}: {rule}: {values.min()} at {tuple(map(int, place))}")
