"""Stock that moves without a customer: transfers between warehouses, counts, and the snapshots."""

from datetime import timedelta

from masters import BIN_OF, bin_id
from retailer import Retailer, cents, touch
from world import OWN, SKU, SKUS, WAREHOUSES

PICK_FACE_UNITS = 24


def rebalance(r: Retailer, at) -> None:
    """Move a third of what SH01 has more of to GZ01, for the three SKUs with the largest difference."""
    spare = []
    for sku in SKUS:
        if sku.modes[0] == "own" and not sku.batched and sku.pull:
            here, there = (r.available((wh, sku.sku_id, "", "sellable", OWN)) for wh in WAREHOUSES)
            spare.append((here - there, sku.sku_id))
    transfer_id = r.new_id("TF")
    for number, (more, sku_id) in enumerate(sorted(spare, reverse=True)[:3], 1):
        if more >= 6:
            _transfer(r, at, transfer_id, number, sku_id, more // 3)


def _transfer(r, at, transfer_id, number, sku_id, qty) -> None:
    key = ("SH01", sku_id, "", "sellable", OWN)
    row = r.add("inventory.transfer_line", at, transfer_line_id=f"{transfer_id}-{number}",
                transfer_id=transfer_id,
                from_warehouse_id="SH01", to_warehouse_id="GZ01", sku_id=sku_id, batch_no=None,
                planned_qty=qty,
                shipped_qty=0, received_qty=0, status="approved", created_at=at, shipped_at=None,
                received_at=None,
                reason="rebalance", suggestion_id=None)  # fmt: skip
    ref = ("transfer", transfer_id, row["transfer_line_id"])
    r.move(at, "allocate", key, qty, ref, bucket="allocated", reason="transfer")
    r.at(at + timedelta(hours=24), ship, key, row, ref)


def ship(r, at, key, row, ref) -> None:
    qty = row["planned_qty"]
    r.move(at, "deallocate", key, -qty, ref, bucket="allocated", reason="transfer")
    worth = r.move(at, "transfer_out", key, -qty, ref, reason="transfer", bin_id=bin_id("SH01", BIN_OF[key[1]]))
    r.book(at, "transfer_out", ("1402", worth, {}), ("1405", -worth, {"warehouse_id": "SH01"}))
    r.coming["transfer", "GZ01", key[1]] += qty
    touch(row, at, status="shipped", shipped_at=at, shipped_qty=qty)
    r.at(at + timedelta(days=3), arrive, ("GZ01", *key[1:]), row, ref, worth)


def arrive(r, at, key, row, ref, worth) -> None:
    qty = row["shipped_qty"]
    r.move(at, "transfer_in", key, qty, ref, worth, reason="transfer", bin_id=bin_id("GZ01", BIN_OF[key[1]]))
    r.book(at, "transfer_in", ("1405", worth, {"warehouse_id": "GZ01"}), ("1402", -worth, {}))
    r.coming["transfer", "GZ01", key[1]] -= qty
    touch(row, at, status="received", received_at=at, received_qty=qty)


def count(r: Retailer, at, wh, sku_id, found) -> None:
    """A cycle count found more or fewer units than the books."""
    key, count_id = (wh, sku_id, "", "sellable", OWN), r.new_id("CC")
    worth = r.move(at, "count_gain" if found > 0 else "count_loss", key, found, ("count", count_id, None),
                   bin_id=bin_id(wh, BIN_OF[sku_id]), reason="count")  # fmt: skip
    signed = worth if found > 0 else -worth
    r.book(at, "count", ("1405", signed, {"warehouse_id": wh}), ("6711", -signed, {"sku_id": sku_id}))


def snapshot(r: Retailer, at) -> None:
    for wh in WAREHOUSES:
        for key in sorted(k for k in r.on_hand if k[0] == wh):
            _snapshot_row(r, at, key)
        for sku in SKUS:  # goods on the way to a warehouse that has never held them
            if _on_the_way(r, wh, sku.sku_id) != (0, 0, 0) and (wh, sku.sku_id, "", "sellable", OWN) not in r.on_hand:
                r.on_hand[wh, sku.sku_id, "", "sellable", OWN] = 0
                _snapshot_row(r, at, (wh, sku.sku_id, "", "sellable", OWN))


def _on_the_way(r, wh, sku_id) -> tuple[int, int, int]:
    return r.coming["po", wh, sku_id], r.coming["transfer", wh, sku_id], r.returning[wh, sku_id]


def _snapshot_row(r, at, key) -> None:
    wh, sku_id, batch, status, owner = key
    main = status == "sellable" and batch == "" and owner == OWN
    po, transfer, back = _on_the_way(r, wh, sku_id) if main else (0, 0, 0)
    if not (r.on_hand[key] or po or transfer or back or (main and not SKU[sku_id].batched)):
        return
    held, worth = r.worth.get((wh, sku_id), (0, 0))
    r.add("inventory.stock_snapshot", at, warehouse_id=wh, sku_id=sku_id, batch_no=batch, stock_status=status,
          owner_party_id=owner, as_of=at, on_hand_qty=r.on_hand[key], locked_qty=r.locked[key],
          allocated_qty=r.allocated[key], available_qty=r.available(key) if status == "sellable" else 0,
          in_transit_po_qty=po, in_transit_transfer_qty=transfer, return_in_transit_qty=back, safety_qty=None,
          unit_cost=cents(worth / held) if held and owner == OWN else None)  # fmt: skip


def bins(r: Retailer, at) -> None:
    """Where the stock lies: a full pick face, the rest in reserve; what came back broken apart."""
    for key in sorted(k for k, qty in r.on_hand.items() if qty):
        wh, sku_id, batch, status, owner = key
        qty, number = r.on_hand[key], BIN_OF[sku_id]
        places = [(number, min(qty, PICK_FACE_UNITS)), (20 + number % 6, qty - min(qty, PICK_FACE_UNITS))]
        for place, held in places if status == "sellable" else [(26, qty)]:
            if held:
                r.add("inventory.bin_stock", at, warehouse_id=wh, bin_id=bin_id(wh, place), sku_id=sku_id,
                      batch_no=batch,
                      stock_status=status, owner_party_id=owner, as_of=at, on_hand_qty=held,
                      reserved_qty=min(held,
                      r.locked[key] + r.allocated[key]) if place == number else 0)  # fmt: skip
