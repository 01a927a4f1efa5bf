"""What must be true of the day's documents: they take allowed steps, and money moves as orders and cases say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simulator.layout import SERIAL_BASE, TABLES, Serial
from simulator.machines import MACHINES, ORDER_STATE, allowed
from simulator.tables import NULL, code, contract_of
from simulator.times import as_date
from simulator.world_error import WorldError

if TYPE_CHECKING:
    from simulator.world import World

__all__ = ["Examined", "money", "states"]

ORDER, EVENT, TXN, RMA = "order.sales_order", "order.order_event", "payment.payment_txn", "aftersales.rma"


@dataclass
class Examined:
    """How far earlier days have been examined: serial numbers of the next rows, and what channels hold by then."""

    event: int = 0
    txn: int = 0
    channel_fen: int = 0


# ---------- states
def states(world: World) -> None:
    """Every change of state since the last call is a step of its machine; raises WorldError."""
    events, world.examined.event = world.tables[EVENT].since(world.examined.event), world.tables[EVENT].count
    for table, column in MACHINES:
        rows, before, after = world.tables[table].take_log(column)
        wrong = (before != after) & ~allowed(table, column)[before, after]
        if wrong.any():
            at = int(np.argmax(wrong))
            step = f"{_state(table, column, before[at])} → {_state(table, column, after[at])}"
            raise WorldError(
                f"{as_date(world.day)}: {table} {_key(table, rows[at])}: {column} {step} is no allowed step, "
                f"nor are {int(wrong.sum()) - 1} more of that day"
            )
        if (table, column) == ORDER_STATE:
            moved = (before >= 0) & (before != after)
            _told(world, events, rows[moved], before[moved], after[moved])


def _told(
    world: World, events: dict[str, np.ndarray], orders: np.ndarray, before: np.ndarray, after: np.ndarray
) -> None:
    """Every step of an order has its event, and every event its step."""
    said = _steps(*(events.get(name, np.zeros(0, np.int64)) for name in ("order_id", "from_status", "to_status")))
    done = _steps(orders, before, after)
    if np.array_equal(said, done):
        return
    # A step stands as often in one list as in the other.
    steps, back = np.unique(np.concatenate([said, done]), return_inverse=True)
    count = np.bincount(back, np.repeat([1, -1], [len(said), len(done)]), len(steps))
    at = int(np.flatnonzero(count)[0])
    order, step = divmod(int(steps[at]), 256)
    text = " → ".join(_state(*ORDER_STATE, state) for state in divmod(step, 16))
    what = "has an event and did not happen" if count[at] > 0 else "has no event"
    raise WorldError(f"{as_date(world.day)}: {ORDER} {_key(ORDER, order)}: status {text} {what}")


def _steps(orders: np.ndarray, before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """One number for each step, ascending; an order has fewer than 16 states."""
    return np.sort(orders * 256 + before.astype(np.int64) * 16 + after)


# ---------- money
def money(world: World) -> None:
    """Payments and refunds are what orders and cases say, in fen; raises WorldError."""
    txn, sales = _new_transactions(world), world.tables[ORDER]
    paid, refunded = sales.take_log("paid_amount"), sales.take_log("refunded_amount")
    pays, backs = (txn["kind"] == code(TXN, "txn_kind", name) for name in ("pay", "refund"))
    for name, (rows, before, after), mine, sign in (
        ("paid_amount", paid, pays, 1), ("refunded_amount", refunded, backs, -1),
    ):  # fmt: skip
        change = after - np.where(before == NULL, 0, before)
        orders, back = np.unique(np.concatenate([rows, txn["order"][mine]]), return_inverse=True)
        said = _sums(back[: len(rows)], change, len(orders))
        moved = _sums(back[len(rows) :], sign * txn["fen"][mine], len(orders))
        _same(world, f"{name} changes by other than its transactions", ORDER, orders, moved, said)
    touched = np.unique(np.concatenate([paid[0], refunded[0]]))
    have, given, asked = (sales.get(name, touched) for name in ("paid_amount", "refunded_amount", "payable_amount"))
    _same(world, "paid is other than asked for", ORDER, touched, np.where(have == 0, 0, asked), have)
    _same(world, "more is refunded than was paid", ORDER, touched, np.minimum(given, have), given)
    rma = txn["rma"][backs]
    promised = world.tables[RMA].get("refund_amount", rma)
    _same(world, "a refund is other than its case says", RMA, rma, promised, -txn["fen"][backs])
    held = world.postings.by_account["1012"]
    if held != world.examined.channel_fen:
        raise WorldError(
            f"{as_date(world.day)}: account 1012 is {held} fen, payments less refunds and fees are "
            f"{world.examined.channel_fen}"
        )


def _new_transactions(world: World) -> dict[str, np.ndarray]:
    """Kind, order, case and fen of the transactions since the last call; channels hold their fen less fees."""
    table, names = world.tables[TXN], {"kind": "txn_kind", "order": "order_id", "rma": "rma_id", "fen": "amount"}
    rows, world.examined.txn = table.since(world.examined.txn), table.count
    if rows:
        world.examined.channel_fen += int(rows["amount"].sum() - rows["fee"].sum())
    return {name: rows.get(column, np.zeros(0, np.int64)) for name, column in names.items()}


def _sums(places: np.ndarray, fen: np.ndarray, size: int) -> np.ndarray:
    # Whole fen stay exact in floats up to 2**53.
    return np.bincount(places, fen, size).astype(np.int64)


def _same(world: World, rule: str, table: str, rows: np.ndarray, expected: np.ndarray, found: np.ndarray) -> None:
    wrong = np.flatnonzero(expected != found)
    if len(wrong):
        at = int(wrong[0])
        raise WorldError(
            f"{as_date(world.day)}: {table} {_key(table, rows[at])}: {rule}: {found[at]} fen, not {expected[at]}"
        )


# ---------- words
def _state(table: str, column: str, place: int) -> str:
    return "new" if place < 0 else contract_of(table).column(column).values[place]


def _key(table: str, row: int) -> str:
    """A row's key as its export writes it."""
    own = next(w for w in TABLES[table].values() if isinstance(w, Serial) and w.own)
    return f"{own.prefix}{SERIAL_BASE + int(row)}"
