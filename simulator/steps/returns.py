"""Returns from the customer's wish to the closed case: approval, the way back, receipt, money or another pair."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.fates import again
from simulator.steps.after_delivery import reviews
from simulator.steps.cases import Case, open_cases, part_of, pay_back
from simulator.steps.freight import bills
from simulator.steps.receipts_back import receive
from simulator.steps.return_parcels import send_back
from simulator.steps.states import value_of
from simulator.tables import code
from simulator.times import HOUR, MINUTE, day_of, moment

if TYPE_CHECKING:
    from simulator.world import World

__all__ = ["returns"]

RMA, RMA_LINE, ORDER, LINE = "aftersales.rma", "aftersales.rma_line", "order.sales_order", "order.sales_order_line"
APPROVED_AFTER, SENT_AFTER = 4 * HOUR, 20 * HOUR
ALL_BACK_SHARE = 0.6  # of lines of several units that go back whole
EXCHANGE_DAYS = 3  # after which an exchange has its order, or is paid back after all
STATUS = {name: code(RMA, "status", name) for name in ("approved", "exchanged", "refunded", "closed")}
KIND = {name: code(RMA, "rma_type", name) for name in ("exchange", "refund_only", "return_refund", "reject")}


def returns(world: World, day: int) -> None:
    """The day's part of every return, reviews and, on the 1st, the carriers' bills."""
    reviews(world, day)
    for kind, stage in (("return wish", _apply), ("rma approve", _approve), ("rma send", send_back),
                        ("rma receive", receive), ("rma settle", _settle), ("rma close", _close)):  # fmt: skip
        due = world.agenda.due(kind, day)
        if due is not None:
            stage(world, **due)
    bills(world, day)


def _apply(world: World, line: np.ndarray, order: np.ndarray, at: np.ndarray, reason: np.ndarray) -> None:
    """A case for each line that customers want to send back."""
    register = world.tables[LINE]
    by_time = np.lexsort((line, at))
    line, order, at, reason = line[by_time], order[by_time], at[by_time], reason[by_time]
    qty, luck = register.get("qty", line), register.get("_u_reason", line)
    some = 1 + (again(luck, 72) * qty).astype(np.int64)
    qty = np.where(again(luck, 71) < ALL_BACK_SHARE, qty, np.minimum(some, qty))
    kind = _kinds(world, line, reason, luck)
    quality = reason == code(RMA, "reason_code", "quality")
    shown = reason == code(RMA, "reason_code", "description")
    liable = {name: code(RMA, "liability", name) for name in ("supplier", "platform", "customer")}
    liability = np.where(quality, liable["supplier"], np.where(shown, liable["platform"], liable["customer"]))
    kept = register.get("warehouse_id", line)
    natural = world.masters.rank[world.tables[ORDER].get("dest_province", order), 0]
    rma = open_cases(world, at, order, line, np.arange(len(line)), np.where(kept >= 0, kept, natural), qty,
                     Case(kind, reason, liability, comes_back=False))  # fmt: skip
    rma_lines, _ = world.lines_of(RMA, rma)
    bought_from = np.maximum(world.tables[ORDER].get("supplier_id", order), -1)
    supplier = np.where(bought_from >= 0, bought_from, world.masters.supplier_of[register.get("sku_id", line)])
    world.tables[RMA_LINE].set(rma_lines, at, supplier_id=np.where(quality, supplier, -1))
    approved = at + APPROVED_AFTER
    world.agenda.put("rma approve", day_of(approved), rma=rma, at=approved)


def _kinds(world: World, line: np.ndarray, reason: np.ndarray, luck: np.ndarray) -> np.ndarray:
    """Exchange, money back for goods, or money back alone: food and trifles stay with the customer."""
    masters, dials, register = world.masters, world.parameters.returns, world.tables[LINE]
    sku = register.get("sku_id", line)
    own = register.get("fulfil_mode", line) == code(LINE, "fulfil_mode", "own")
    size = (reason == code(RMA, "reason_code", "size")) & (masters.next_size[sku] != sku)
    swaps = size & own & (again(luck, 73) < dials.exchange_share)
    keeps = masters.has_batch[sku] | (again(luck, 74) < dials.refund_only_share)
    return np.where(keeps, KIND["refund_only"], np.where(swaps, KIND["exchange"], KIND["return_refund"]))


def _approve(world: World, rma: np.ndarray, at: np.ndarray) -> None:
    cases = world.tables[RMA]
    cases.set(rma, at, status=STATUS["approved"], approved_at=at)
    keeps = cases.get("rma_type", rma) == KIND["refund_only"]
    world.agenda.put("rma settle", day_of(at[keeps]) + 1, rma=rma[keeps])
    leaves = at[~keeps] + SENT_AFTER
    world.agenda.put("rma send", day_of(leaves), rma=rma[~keeps], at=leaves)


def _settle(world: World, rma: np.ndarray) -> None:
    """Money back, another pair, or nothing where nothing came; in the afternoon of the inspection."""
    cases, register = world.tables[RMA], world.tables[RMA_LINE]
    rma = np.sort(rma)
    lines, owner = world.lines_of(RMA, rma)
    at = moment(world.day, 11) + (rma % 360) * MINUTE
    missing = register.get("inspection", lines) == code(RMA_LINE, "inspection", "missing")
    empty = np.bincount(owner, missing, len(rma)) > 0
    swaps = ~empty & (cases.get("rma_type", rma) == KIND["exchange"])
    _refuse(world, at[empty], rma[empty])
    _exchange(world, at[swaps], rma[swaps])
    paid = ~empty & ~swaps
    if paid.any():
        pay_back(world, at[paid], rma[paid])
        _send_again(world, rma[paid])
    days = np.where(swaps, EXCHANGE_DAYS, 1)
    world.agenda.put("rma close", world.day + days[~empty], rma=rma[~empty])


def _refuse(world: World, at: np.ndarray, rma: np.ndarray) -> None:
    """The box was empty: no refund."""
    lines, owner = world.lines_of(RMA, rma)
    world.tables[RMA].set(rma, at, status=STATUS["closed"], closed_at=at, refund_amount=0)
    world.tables[RMA_LINE].set(lines, at[owner], refund_amount=0)
    world.tables[LINE].set(world.tables[RMA_LINE].get("order_line_id", lines), at[owner],
                           refund_status=code(LINE, "refund_status", "rejected"))  # fmt: skip


def _exchange(world: World, at: np.ndarray, rma: np.ndarray) -> None:
    """The next size is ordered tomorrow, free of charge."""
    lines, owner = world.lines_of(RMA, rma)
    world.tables[RMA].set(rma, at, status=STATUS["exchanged"])
    order_lines = world.tables[RMA_LINE].get("order_line_id", lines)
    world.tables[LINE].set(order_lines, at[owner], refund_status=code(LINE, "refund_status", "none"))
    _order_again(world, rma[owner], lines, world.masters.next_size[world.tables[RMA_LINE].get("sku_id", lines)])


def _send_again(world: World, rma: np.ndarray) -> None:
    """A replacement that was lost or broken is sent once more: there is no money to give back."""
    cases = world.tables[RMA]
    liable = cases.get("liability", rma) == code(RMA, "liability", "carrier")
    free = rma[liable & (cases.get("refund_amount", rma) == 0)]
    lines, owner = world.lines_of(RMA, free)
    _order_again(world, free[owner], lines, world.tables[RMA_LINE].get("sku_id", lines))


def _order_again(world: World, rma: np.ndarray, rma_lines: np.ndarray, sku: np.ndarray) -> None:
    world.agenda.put(
        "exchange", np.full(len(rma), world.day + 1), order=world.tables[RMA].get("order_id", rma),
        line=world.tables[RMA_LINE].get("order_line_id", rma_lines), sku=sku,
        qty=world.tables[RMA_LINE].get("requested_qty", rma_lines), rma=rma,
    )  # fmt: skip


def _close(world: World, rma: np.ndarray) -> None:
    """Close cases; an exchange whose goods could not be had is paid back and closed tomorrow."""
    cases = world.tables[RMA]
    rma = np.sort(rma)
    new = cases.get("exchange_order_id", rma)
    swapped = cases.get("status", rma) == STATUS["exchanged"]
    status = world.tables[ORDER].get("status", np.maximum(new, world.tables[ORDER].base))
    failed = swapped & ((new < 0) | (status == code(ORDER, "status", "closed")))
    if failed.any():
        _pay_back_after_all(world, rma[failed])
    at = moment(world.day, 18) + (rma % 60) * MINUTE
    cases.set(rma[~failed], at[~failed], status=STATUS["closed"], closed_at=at[~failed])


def _pay_back_after_all(world: World, rma: np.ndarray) -> None:
    lines, owner = world.lines_of(RMA, rma)
    register, sold = world.tables[RMA_LINE], world.tables[LINE]
    at = moment(world.day, 15) + (rma % 60) * MINUTE
    order_lines = register.get("order_line_id", lines)
    fen = part_of(value_of(world, order_lines), register.get("requested_qty", lines), sold.get("qty", order_lines))
    register.set(lines, at[owner], refund_amount=fen)
    total = np.bincount(owner, fen, len(rma)).astype(np.int64)
    world.tables[RMA].set(rma, at, rma_type=KIND["return_refund"], refund_amount=total)
    pay_back(world, at, rma)
    world.agenda.put("rma close", np.full(len(rma), world.day + 1), rma=rma)
