"""Stock by slot: what lies where, in which state, whose it is.

A slot is one (warehouse, SKU, batch, status, owner). Every change is a row of the stock ledger; nothing else
changes stock. Available stock of a slot is on hand less locked less allocated.
"""

from __future__ import annotations

import numba
import numpy as np

from simulator.tables import Facts, code
from simulator.worth import Worth

__all__ = ["NO_BATCH", "SELF", "Stock", "choose", "serve"]

LEDGER = "inventory.stock_ledger"
NO_BATCH = -1
SELF = 0  # place of the retailer in the book of owners
STATUSES = ("sellable", "defective", "frozen", "quality_hold")
SELLABLE, DEFECTIVE, FROZEN, QUALITY_HOLD = range(4)
ON_HAND, LOCKED, ALLOCATED = (code(LEDGER, "bucket", name) for name in ("on_hand", "locked", "allocated"))


class Stock:
    """All slots of a world.

    Parameters
    ----------
    warehouses, skus, owners
        How many there are; owner 0 is the retailer.
    bin_of
        Pick bin of each SKU in each warehouse, shape (warehouses, skus), places in the book of bins.
    ledger
        Facts of `inventory.stock_ledger`.
    """

    def __init__(self, warehouses: int, skus: int, owners: int, bin_of: np.ndarray, ledger: Facts) -> None:
        self.shape = (warehouses, skus)
        self.owners = owners
        self.bin_of = bin_of
        self.ledger = ledger
        self.count = 0
        self._keys: dict[int, int] = {}
        self._columns = {
            name: np.zeros(1024, np.int64)
            for name in ("warehouse", "sku", "batch", "status", "owner", "expiry", "on_hand", "locked", "allocated")
        }
        self.next_slot = np.full(1024, -1, np.int64)
        self.first_slot = np.full((owners, warehouses, skus), -1, np.int64)  # sellable, first expiry first
        self.worth = Worth(self.shape)
        self.on_order = np.zeros(self.shape, np.int64)  # own purchases not yet received or cancelled
        self.shipped_to = np.zeros(self.shape, np.int64)  # of those, on the way by the supplier's notice
        self.transfer_to = np.zeros(self.shape, np.int64)  # on the way from other warehouses
        self.return_to = np.zeros(self.shape, np.int64)  # on the way back from customers
        self._moves: list[tuple[np.ndarray, ...]] = []

    def __getattr__(self, name: str) -> np.ndarray:
        columns = self.__dict__.get("_columns", {})
        if name in columns:
            return columns[name][: self.count]
        raise AttributeError(name)

    # ---------- slots
    def slots(
        self, warehouse: np.ndarray, sku: np.ndarray, batch: np.ndarray | int, status: int, owner: np.ndarray | int,
        expiry: np.ndarray | int = 0,
    ) -> np.ndarray:  # fmt: skip
        """The slots of these keys, opened where they do not exist yet. `expiry` is the batch's last day, 0 none."""
        n = len(sku)
        batch, owner, expiry = (np.broadcast_to(values, n) for values in (batch, owner, expiry))
        keys = (((batch + 1) * self.owners + owner) * 4 + status) * self.shape[0] + warehouse
        keys = keys * self.shape[1] + sku
        unique, first, back = np.unique(keys, return_index=True, return_inverse=True)
        found = np.empty(len(unique), np.int64)
        for place, (key, row) in enumerate(zip(unique.tolist(), first.tolist(), strict=True)):
            slot = self._keys.get(key)
            if slot is None:
                slot = self._open(key, warehouse[row], sku[row], batch[row], status, owner[row], expiry[row])
            found[place] = slot
        return found[back.ravel()]

    def _open(self, key: int, warehouse: int, sku: int, batch: int, status: int, owner: int, expiry: int) -> int:
        slot = self.count
        if slot == len(self.next_slot):
            self._columns = {name: np.r_[values, np.zeros_like(values)] for name, values in self._columns.items()}
            self.next_slot = np.r_[self.next_slot, np.full_like(self.next_slot, -1)]
        self.count += 1
        row = {"warehouse": warehouse, "sku": sku, "batch": batch, "status": status, "owner": owner, "expiry": expiry}
        for name, value in row.items():
            self._columns[name][slot] = value
        self._keys[key] = slot
        if status == SELLABLE:
            self._chain(slot, int(owner), int(warehouse), int(sku), int(expiry))
        return slot

    def _chain(self, slot: int, owner: int, warehouse: int, sku: int, expiry: int) -> None:
        """Put the slot where its expiry belongs: what expires first leaves first."""
        before, after = -1, int(self.first_slot[owner, warehouse, sku])
        while after >= 0 and self.expiry[after] <= expiry:
            before, after = after, int(self.next_slot[after])
        self.next_slot[slot] = after
        if before < 0:
            self.first_slot[owner, warehouse, sku] = slot
        else:
            self.next_slot[before] = slot

    def available(self) -> np.ndarray:
        """Free units of every slot; only sellable ones can be sold."""
        return self.on_hand - self.locked - self.allocated

    def own_available(self) -> np.ndarray:
        """Free sellable own units, shape (warehouses, skus)."""
        mine = (self.status == SELLABLE) & (self.owner == SELF)
        out = np.zeros(self.shape, np.int64)
        np.add.at(out, (self.warehouse[mine], self.sku[mine]), self.available()[mine])
        return out

    # ---------- moves
    def move(
        self, at: np.ndarray | int, move_type: str, slot: np.ndarray, qty: np.ndarray, *, bucket: int = ON_HAND,
        ref_type: str, ref_id: np.ndarray | int, ref_line_id: np.ndarray | int = -1, reason: str,
    ) -> None:  # fmt: skip
        """Change a bucket of slots by signed units and write it down; the ledger rows come out at day's end."""
        n = len(slot)
        if not n:
            return
        held = self._columns[("on_hand", "locked", "allocated")[bucket]]
        np.add.at(held, slot, qty)
        whole = (at, code(LEDGER, "move_type", move_type), slot, qty, bucket, code(LEDGER, "ref_type", ref_type),
                 ref_id, ref_line_id, code(LEDGER, "reason", reason))  # fmt: skip
        self._moves.append(tuple(np.broadcast_to(np.asarray(values, np.int64), n) for values in whole))

    def lock(self, at: np.ndarray, slot: np.ndarray, qty: np.ndarray, order: np.ndarray, line: np.ndarray) -> None:
        self.move(at, "lock", slot, qty, bucket=LOCKED, ref_type="sales_order", ref_id=order, ref_line_id=line,
                  reason="sale")  # fmt: skip

    def unlock(self, at: np.ndarray, slot: np.ndarray, qty: np.ndarray, order: np.ndarray, line: np.ndarray) -> None:
        self.move(at, "unlock", slot, -qty, bucket=LOCKED, ref_type="sales_order", ref_id=order, ref_line_id=line,
                  reason="sale")  # fmt: skip

    def close_day(self) -> None:
        """Write the day's moves to the ledger in order of time, each with its bucket before and after."""
        if not self._moves:
            return
        at, kind, slot, qty, bucket, ref_type, ref, line, reason = (
            np.concatenate(values) for values in zip(*self._moves, strict=True)
        )
        self._moves = []
        order = np.argsort(at, kind="stable")
        at, kind, slot, qty, bucket, ref_type, ref, line, reason = (
            values[order] for values in (at, kind, slot, qty, bucket, ref_type, ref, line, reason)
        )
        after = self._running(slot * 3 + bucket, slot, bucket, qty)
        if (after < 0).any():
            worst = int(np.argmin(after))
            raise AssertionError(
                f"slot {slot[worst]} falls to {after[worst]} in bucket {bucket[worst]} by move {kind[worst]}"
            )
        batch = self.batch[slot]
        self.ledger.add(
            len(at), occurred_at=at, warehouse_id=self.warehouse[slot],
            bin_id=self.bin_of[self.warehouse[slot], self.sku[slot]], sku_id=self.sku[slot], batch_no=batch,
            owner_party_id=self.owner[slot], stock_status=self.status[slot], move_type=kind, qty_delta=qty,
            bucket=bucket, qty_before=after - qty, qty_after=after, ref_type=ref_type, ref_id=ref, ref_line_id=line,
            reason=reason,
        )  # fmt: skip

    def _running(self, key: np.ndarray, slot: np.ndarray, bucket: np.ndarray, qty: np.ndarray) -> np.ndarray:
        """What each row leaves in its bucket: today's balance less what came after it."""
        order = np.argsort(key, kind="stable")
        sorted_key, total = key[order], np.cumsum(qty[order])
        last = np.flatnonzero(np.r_[sorted_key[1:] != sorted_key[:-1], True])
        group_end = np.repeat(total[last], np.diff(np.r_[-1, last]))
        balance = np.select(
            [bucket == ON_HAND, bucket == LOCKED], [self.on_hand[slot], self.locked[slot]], self.allocated[slot]
        )
        after = np.empty(len(qty), np.int64)
        after[order] = balance[order] - (group_end - total)
        return after


@numba.njit(cache=True)
def serve(order_start, rank, sku, qty, owner, first_slot, next_slot, free):
    """Give each order the nearest warehouse with stock: the whole order from one, else line by line.

    Orders come in the order of their time. `order_start` has the first line of each order and the number of lines
    at the end; `rank[o]` the warehouses in the order of the customer's region; `free` the free units by slot, which
    are used up. Returns the slot of each line, -1 where no warehouse has the goods.
    """
    slots = np.full(len(sku), -1, np.int64)
    for o in range(len(order_start) - 1):
        first, end = order_start[o], order_start[o + 1]
        for place in range(rank.shape[1]):
            served = first
            while served < end:
                slot = _find(rank[o, place], sku[served], qty[served], owner[served], first_slot, next_slot, free)
                if slot < 0:
                    break
                slots[served] = slot
                free[slot] -= qty[served]
                served += 1
            if served == end:
                break
            for line in range(first, served):  # not all of it: give back
                free[slots[line]] += qty[line]
                slots[line] = -1
        if first < end and slots[first] < 0:
            for line in range(first, end):
                for place in range(rank.shape[1]):
                    slot = _find(rank[o, place], sku[line], qty[line], owner[line], first_slot, next_slot, free)
                    if slot >= 0:
                        slots[line] = slot
                        free[slot] -= qty[line]
                        break
    return slots


@numba.njit(cache=True)
def _find(warehouse, sku, qty, owner, first_slot, next_slot, free):
    slot = first_slot[owner, warehouse, sku]
    while slot >= 0 and free[slot] < qty:
        slot = next_slot[slot]
    return slot


@numba.njit(cache=True)
def choose(warehouse, sku, qty, owner, first_slot, next_slot, free):
    """Take units from one slot per row: the first to expire that has them all, else the one that has most.

    Returns slots (-1 where the SKU has none) and units, which may be fewer than wanted; `free` is used up.
    """
    slots, units = np.full(len(sku), -1, np.int64), np.zeros(len(sku), np.int64)
    for row in range(len(sku)):
        slot = _find(warehouse[row], sku[row], qty[row], owner[row], first_slot, next_slot, free)
        if slot < 0:
            place = first_slot[owner[row], warehouse[row], sku[row]]
            slot = place
            while place >= 0:
                if free[place] > free[slot]:
                    slot = place
                place = next_slot[place]
        if slot >= 0:
            slots[row] = slot
            units[row] = max(min(qty[row], free[slot]), 0)
            free[slot] -= units[row]
    return slots, units
