"""Money in and out of the channels: our own record at once, the channel's statement on the next morning."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.tables import NULL, code
from simulator.times import MINUTE, as_date, day_of, moment

if TYPE_CHECKING:
    from simulator.world import World

__all__ = ["statements", "transact"]

TXN, LINE, ORDER = "payment.payment_txn", "payment.channel_statement_line", "order.sales_order"


def transact(
    world: World, at: np.ndarray, kind: str, orders: np.ndarray, fen: np.ndarray, rma: np.ndarray | int = -1
) -> np.ndarray:
    """Record payments (fen > 0) or refunds (fen < 0) of orders and announce them for the next statement.

    Returns the serial numbers of the transactions. The order's header is changed by whoever calls.
    """
    sales = world.tables[ORDER]
    shop = sales.get("shop_id", orders)
    channel = world.channels["payment"][shop]
    fee = np.where(fen > 0, (fen * world.masters.channel_fee[shop] + 500_000) // 1_000_000, 0)
    serials = world.tables[TXN].add(
        len(orders), txn_kind=code(TXN, "txn_kind", kind), order_id=orders, rma_id=rma, channel=channel, paid_at=at,
        amount=fen, fee=fee, status=code(TXN, "status", "success"), risk_flag=code(TXN, "risk_flag", "none"),
    )  # fmt: skip
    np.add.at(world.turnover, shop, fen)
    rma = np.broadcast_to(np.asarray(rma, np.int64), len(orders))
    world.agenda.put("statement", day_of(at) + 1, txn=serials, at=at, shop=shop, fen=fen, fee=fee, rma=rma)
    if kind == "pay":
        day = world.day
        world.postings.post(day, "channel_fee", "6601", fee, shop_id=shop)
        world.postings.post(day, "channel_fee", "1012", -fee, shop_id=shop)
    return serials


def statements(world: World, day: int) -> None:
    """The channels' bills of yesterday, ready in the morning."""
    due = world.agenda.due("statement", day)
    if due is None:
        return
    shop, fen = due["shop"], due["fen"]
    back = fen < 0
    names = {
        place: world.place("statement", f"{world.books['account'][place]}-{as_date(day - 1):%Y%m%d}")
        for place in sorted(set(shop.tolist()))
    }
    kinds = {name: code(LINE, "line_kind", name) for name in ("pay", "refund")}
    world.tables[LINE].add(
        len(fen), channel=world.channels["statement"][shop], merchant_account=shop,
        statement_id=np.array([names[place] for place in shop.tolist()], np.int64),
        channel_txn_no=due["txn"], line_kind=np.where(back, kinds["refund"], kinds["pay"]), line_no=1,
        bill_date=day - 1, occurred_at=due["at"], settled_at=moment(day, 5) + 30 * MINUTE,
        merchant_txn_no=due["txn"], channel_refund_no=np.where(back, due["txn"], -1),
        merchant_refund_no=np.where(back, due["rma"], -1), order_amount=np.where(back, 0, fen),
        settle_amount=np.abs(fen), refund_amount=np.where(back, -fen, 0), coupon_amount=0, fee_amount=due["fee"],
        fee_rate=np.where(back, NULL, world.masters.channel_fee[shop]),
        direction=np.where(back, code(LINE, "direction", "out"), code(LINE, "direction", "in")),
    )  # fmt: skip
