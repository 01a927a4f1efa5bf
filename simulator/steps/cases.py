"""After-sales cases: opened with their lines, paid back with everything that hangs on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simulator.steps import sales_invoices
from simulator.steps.payments import transact
from simulator.steps.revenue import take_back
from simulator.steps.states import value_of
from simulator.tables import code

if TYPE_CHECKING:
    from simulator.world import World

__all__ = ["Case", "expect_goods", "open_cases", "part_of", "pay_back"]

RMA, RMA_LINE, ORDER, LINE = "aftersales.rma", "aftersales.rma_line", "order.sales_order", "order.sales_order_line"


@dataclass(frozen=True)
class Case:
    """What cases have in common: type, reason and who is liable, in the contract's words or as arrays of codes."""

    kind: str | np.ndarray
    reason: str | np.ndarray
    liability: str | np.ndarray
    comes_back: bool  # the parcel is on its way back to us already


def open_cases(
    world: World, at: np.ndarray, orders: np.ndarray, lines: np.ndarray, owner: np.ndarray, warehouse: np.ndarray,
    qty: np.ndarray, case: Case,
) -> np.ndarray:  # fmt: skip
    """Open one case per order over some of its lines; returns the cases.

    `owner` is each line's order (place, ascending), `warehouse` where each case's goods go, `qty` units per line. A
    case of a parcel that failed is approved as it is opened.
    """
    register, n = world.tables[LINE], len(orders)
    value, ordered = value_of(world, lines), register.get("qty", lines)
    fen = np.where(_code("rma_type", case.kind) == code(RMA, "rma_type", "exchange"), 0, part_of(value, qty, ordered))
    count = np.bincount(owner, minlength=n)
    failed = isinstance(case.kind, str)
    status = "returning" if case.comes_back else "approved" if failed else "applied"
    rma = world.tables[RMA].add(
        n, at, order_id=orders, rma_type=_code("rma_type", case.kind), status=code(RMA, "status", status),
        applied_at=at, approved_at=at if failed else 0, reason_code=_code("reason_code", case.reason),
        liability=_code("liability", case.liability), refund_amount=np.bincount(owner, fen, n).astype(np.int64),
        return_freight=0, _lines=count,
    )  # fmt: skip
    slot = register.get("_slot", lines)
    batch = np.where(slot >= 0, world.stock.batch[slot], -1) if world.stock.count else np.full(len(lines), -1)
    rma_lines = world.tables[RMA_LINE].add(
        len(lines), at[owner], rma_id=rma[owner], order_line_id=lines, sku_id=register.get("sku_id", lines),
        requested_qty=qty, received_qty=0, restock_warehouse_id=warehouse[owner], batch_no=batch, refund_amount=fen,
    )  # fmt: skip
    world.tables[RMA].note(rma, _first_line=rma_lines[np.cumsum(count) - count])
    register.set(lines, at[owner], refund_status=code(LINE, "refund_status", "applied"))
    return rma


def _code(column: str, value: str | np.ndarray) -> int | np.ndarray:
    return code(RMA, column, value) if isinstance(value, str) else value


def part_of(total: np.ndarray, qty: np.ndarray, of: np.ndarray) -> np.ndarray:
    """The share of a total that falls on some of its units, half up."""
    return (2 * total * qty + of) // (2 * of)


def pay_back(world: World, at: np.ndarray, rma: np.ndarray) -> None:
    """Refund cases: money, headers, lines, revenue and invoices."""
    cases, register, sales = world.tables[RMA], world.tables[LINE], world.tables[ORDER]
    orders, fen = cases.get("order_id", rma), cases.get("refund_amount", rma)
    cases.set(rma, at, status=code(RMA, "status", "refunded"), refunded_at=at)
    rma_lines, owner = world.lines_of(RMA, rma)
    lines = world.tables[RMA_LINE].get("order_line_id", rma_lines)
    qty, ordered = world.tables[RMA_LINE].get("requested_qty", rma_lines), register.get("qty", lines)
    whole, part = code(LINE, "refund_status", "refunded"), code(LINE, "refund_status", "part_refunded")
    register.set(lines, at[owner], refund_status=np.where(qty < ordered, part, whole))
    unique, back = np.unique(orders, return_inverse=True)
    latest = np.zeros(len(unique), np.int64)
    np.maximum.at(latest, back, at)
    refunded = sales.get("refunded_amount", unique) + np.bincount(back, fen, len(unique)).astype(np.int64)
    sales.set(unique, latest, refunded_amount=refunded)
    owed = fen > 0
    transact(world, at[owed], "refund", orders[owed], -fen[owed], rma[owed])
    take_back(world, lines, world.tables[RMA_LINE].get("refund_amount", rma_lines),
              part_of(register.get("tax_amount", lines), qty, ordered))  # fmt: skip
    sales_invoices.take_back(world, at[owed], orders[owed], fen[owed])


def expect_goods(world: World, rma: np.ndarray, sign: int) -> None:
    """Count what is on its way back to each warehouse: +1 as it sets out, -1 as it comes in."""
    lines, _ = world.lines_of(RMA, rma)
    register = world.tables[RMA_LINE]
    place = register.get("restock_warehouse_id", lines), register.get("sku_id", lines)
    np.add.at(world.stock.return_to, place, sign * register.get("requested_qty", lines))
