"""Candidate lines become orders: what has no stock is lost, the rest is priced, discounted, locked and recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.masters import platform_items
from simulator.steps.prices import order_discounts
from simulator.tables import code
from simulator.times import DAY, MINUTE, day_of

if TYPE_CHECKING:
    from simulator.steps.demand import Candidates
    from simulator.world import World

__all__ = ["place", "shared_out"]

ORDER, LINE, DISCOUNT = "order.sales_order", "order.sales_order_line", "marketing.discount_application"
FREE_FREIGHT_FROM = 9_900  # fen
FREIGHT = 800
VAT_RATE = 130_000  # millionths


def place(world: World, lines: Candidates, slots: np.ndarray) -> np.ndarray:
    """Place the candidates whose goods are there, and those that show as cancelled; returns order serials.

    `slots` as `serve.slots_for` gave them. Lines that leave no trace are kept in the truth alone.
    """
    needs_stock = (lines.mode == 0) | (world.owner_of_supplier[lines.supplier] >= 0)
    lost = needs_stock & (slots < 0)
    seen = lines.u_seen < world.parameters.demand.visible_lost_share
    _remember(world, lines, lost, lost & seen)
    kept = np.flatnonzero(~lost | seen)
    if not len(kept):
        return np.zeros(0, np.int64)
    orders, owner = np.unique(lines.order[kept], return_inverse=True)
    return _record(world, lines, kept, orders, owner, slots[kept], lost[kept])


def _remember(world: World, lines: Candidates, lost: np.ndarray, shown: np.ndarray) -> None:
    own = lines.mode == 0
    natural = world.masters.rank[lines.province[lines.order], 0]
    world.truth.add(
        "demand", day=day_of(lines.at[lines.order])[own], sku=lines.sku[own], warehouse=natural[own].astype(np.int64),
        qty=lines.qty[own], lost_qty=np.where(lost, lines.qty, 0)[own], shown_qty=np.where(shown, lines.qty, 0)[own],
    )  # fmt: skip


def _record(
    world: World, lines: Candidates, kept: np.ndarray, orders: np.ndarray, owner: np.ndarray, slots: np.ndarray,
    lost: np.ndarray,
) -> np.ndarray:  # fmt: skip
    """Write headers, lines, discounts and locks."""
    masters, n = world.masters, len(orders)
    at, shop, kind = lines.at[orders], lines.shop[orders], lines.kind[orders]
    sku, qty, mode = lines.sku[kept], lines.qty[kept], lines.mode[kept]
    amount = lines.unit_price[kept] * qty
    goods = np.bincount(owner, amount, n).astype(np.int64)
    free = kind == code(ORDER, "order_type", "exchange")
    discount = order_discounts(world, lines, orders, goods, free)
    freight = np.where(free | (goods - discount.fen >= FREE_FREIGHT_FROM), 0, FREIGHT)
    off = shared_out(discount.fen, amount, goods, owner)
    carriage = shared_out(freight, amount, goods, owner)
    rate = np.full(len(kept), VAT_RATE)
    gross = amount - off + carriage
    tax = _included_tax(gross, rate)

    warehouse = np.where(slots >= 0, world.stock.warehouse[slots], -1)
    first = np.flatnonzero(np.r_[True, owner[1:] != owner[:-1]])
    count = np.diff(np.r_[first, len(owner)])
    mode_of_order = mode[first]
    supplier = lines.supplier[kept][first]
    order_ids = world.tables[ORDER].add(
        n, at, parent_order_id=lines.parent[orders], shop_id=shop, order_type=kind, fulfil_mode=mode_of_order,
        merchant_id=np.where(mode_of_order == 2, supplier, -1), supplier_id=np.where(mode_of_order == 1, supplier, -1),
        member_id=lines.member[orders], status=code(ORDER, "status", "pending_pay"), ordered_at=at,
        goods_amount=goods, freight_charged=freight, discount_platform=0,
        discount_shop=np.where(discount.is_coupon, 0, discount.fen),
        coupon_amount=np.where(discount.is_coupon, discount.fen, 0), points_amount=0,
        tax_amount=np.bincount(owner, tax, n).astype(np.int64), payable_amount=goods + freight - discount.fen,
        paid_amount=0, refunded_amount=0, pay_method=world.channels["order"][shop], is_cod=0,
        dest_province=lines.province[orders], dest_city=lines.province[orders], dest_district=lines.province[orders],
        promised_ship_by=at + 2 * DAY, promised_deliver_by=at + 6 * DAY,
        warehouse_id=_first_known(warehouse, first, count), _ships_from=lines.ships_from[orders],
        _rma=lines.rma[orders], _lines=count, _parcels=0, _shipped=0, _arrived=0, _failed=0,
        _u_pay=lines.u_pay[orders], _u_cancel=lines.u_cancel[orders], _u_speed=lines.u_speed[orders],
        _u_trouble=lines.u_trouble[orders], _u_transit=lines.u_transit[orders], _u_invoice=lines.u_invoice[orders],
    )  # fmt: skip
    line_ids = world.tables[LINE].add(
        len(kept), at[owner], order_id=order_ids[owner], line_no=np.arange(len(kept)) - first[owner] + 1, sku_id=sku,
        platform_item_id=platform_items(shop[owner], masters.spu_of[sku]), fulfil_mode=mode, is_gift=0,
        bundle_sku_id=lines.bundle[kept], qty=qty, list_price=masters.list_price[sku],
        unit_price=lines.unit_price[kept], line_amount=amount, allocated_discount=off, allocated_freight=carriage,
        tax_rate=rate, tax_amount=tax, line_status=code(LINE, "line_status", "open"),
        refund_status=code(LINE, "refund_status", "none"), cancelled_qty=0, shipped_qty=0, returned_qty=0,
        lost_sale_flag=lost.astype(np.int8), warehouse_id=warehouse, promised_ship_by=at[owner] + 2 * DAY,
        _slot=slots, _campaign=lines.campaign[kept], _u_return=lines.u_return[kept], _u_reason=lines.u_reason[kept],
        _u_lag=lines.u_lag[kept], _u_inspect=lines.u_inspect[kept], _u_review=lines.u_review[kept],
    )  # fmt: skip
    world.tables[ORDER].set(order_ids, at, _first_line=line_ids[first])
    _record_discounts(world, at, order_ids, line_ids, owner, off, discount)
    locked = slots >= 0
    world.stock.lock(at[owner][locked], slots[locked], qty[locked], order_ids[owner][locked], line_ids[locked])
    _wait_for_payment(world, at, order_ids, lines.u_pay[orders], free)
    return order_ids


def _wait_for_payment(world: World, at: np.ndarray, orders: np.ndarray, luck: np.ndarray, free: np.ndarray) -> None:
    customers = world.parameters.customers
    pays = free | (luck >= customers.unpaid_share)
    # What is left of the luck is as good as a fresh draw: minutes until the payment, exponential, at most a day.
    rest = np.clip((luck - customers.unpaid_share) / (1 - customers.unpaid_share), 0, 1 - 1e-9)
    minutes = np.minimum(-np.log1p(-rest) * customers.pay_minutes_mean, customers.unpaid_minutes - 1)
    paid_at = at + 20 + (minutes * MINUTE).astype(np.int64)
    given_up = at + customers.unpaid_minutes * MINUTE
    world.agenda.put("pay", day_of(paid_at[pays]), order=orders[pays], at=paid_at[pays])
    world.agenda.put("give up", day_of(given_up[~pays]), order=orders[~pays], at=given_up[~pays])


def _record_discounts(world: World, at, order_ids, line_ids, owner, off, discount) -> None:
    """One application for each line that a campaign makes cheaper."""
    given = np.flatnonzero((off > 0) & (discount.campaign[owner] >= 0))
    if not len(given):
        return
    of = owner[given]
    world.tables[DISCOUNT].add(
        len(given), order_id=order_ids[of], order_line_id=line_ids[given], campaign_id=discount.campaign[of],
        coupon_code=np.where(discount.is_coupon[of], order_ids[of], -1), applied_at=at[of],
        discount_amount=off[given], funded_by=code(DISCOUNT, "funded_by", "shop"),
        member_id=world.tables[ORDER].get("member_id", order_ids[of]),
    )  # fmt: skip


def shared_out(total: np.ndarray, weight: np.ndarray, weights: np.ndarray, owner: np.ndarray) -> np.ndarray:
    """Each order's total over its lines by weight, in whole fen that add up to it exactly.

    `total` and `weights` (the sum of `weight`) are per order; lines of an order follow each other.
    """
    running = np.cumsum(weight)
    first = np.flatnonzero(np.r_[True, owner[1:] != owner[:-1]])
    before = np.repeat(running[first] - weight[first], np.diff(np.r_[first, len(owner)]))
    upto = running - before
    scale = np.maximum(weights, 1)[owner]
    share = (2 * total[owner] * upto + scale) // (2 * scale)
    share_before = (2 * total[owner] * (upto - weight) + scale) // (2 * scale)
    return share - share_before


def _included_tax(gross: np.ndarray, rate: np.ndarray) -> np.ndarray:
    """VAT that a gross amount holds; `rate` in millionths."""
    return (2 * gross * rate + 1_000_000 + rate) // (2 * (1_000_000 + rate))


def _first_known(warehouse: np.ndarray, first: np.ndarray, count: np.ndarray) -> np.ndarray:
    """The first warehouse that serves a line of each order, -1 for none."""
    end = first + count
    out = warehouse[first].copy()
    for step in range(1, int(count.max())):
        open_ = np.flatnonzero((out < 0) & (first + step < end))
        out[open_] = warehouse[first[open_] + step]
    return out
