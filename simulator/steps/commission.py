"""What platforms keep of a month's sales: a fee of our own books at month end, the channel's line the next morning."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.tables import NULL, code
from simulator.times import MINUTE, as_date, moment, month_of

if TYPE_CHECKING:
    from simulator.world import World

__all__ = ["charge", "state"]

TXN, LINE = "payment.payment_txn", "payment.channel_statement_line"


def charge(world: World, day: int) -> None:
    """On the month's last day at 23:00: the shop's rate on what was paid less what was refunded in the month."""
    if month_of(day + 1) == month_of(day):
        return
    masters, at = world.masters, moment(day, 23)
    fen = (np.maximum(world.turnover, 0) * masters.commission + 500_000) // 1_000_000
    world.turnover[:] = 0
    shop = np.flatnonzero(fen)
    fen = fen[shop]
    txn = world.tables[TXN].add(
        len(shop), txn_kind=code(TXN, "txn_kind", "fee"), channel=world.channels["payment"][shop], paid_at=at,
        amount=-fen, fee=0, status=code(TXN, "status", "success"), risk_flag=code(TXN, "risk_flag", "none"),
    )  # fmt: skip
    world.agenda.put("commission line", np.full(len(shop), day + 1), txn=txn, shop=shop, fen=fen)
    world.postings.post(day, "commission", "6603", fen, shop_id=shop)
    world.postings.post(day, "commission", "1012", -fen, shop_id=shop)


def state(world: World, day: int) -> None:
    """The channel's line for it, with the other lines of that day."""
    due = world.agenda.due("commission line", day)
    if due is None:
        return
    account = due["shop"]
    names = [f"{world.books['account'][place]}-{as_date(day - 1):%Y%m%d}" for place in account.tolist()]
    world.tables[LINE].add(
        len(account), channel=world.channels["statement"][due["shop"]], merchant_account=account,
        statement_id=np.array([world.place("statement", name) for name in names], np.int64),
        channel_txn_no=due["txn"], line_kind=code(LINE, "line_kind", "commission"), line_no=1, bill_date=day - 1,
        occurred_at=moment(day - 1, 23), settled_at=moment(day, 5) + 30 * MINUTE, merchant_txn_no=due["txn"],
        order_amount=0, settle_amount=due["fen"], refund_amount=0, coupon_amount=0, fee_amount=0, fee_rate=NULL,
        direction=code(LINE, "direction", "out"),
    )  # fmt: skip
