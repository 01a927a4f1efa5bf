"""What happens to an order's books: its state, its locks, its money, its revenue."""

from datetime import timedelta
from decimal import Decimal

from masters import BIN_OF, bin_id
from retailer import cents, touch
from world import CHANNEL_FEE, EXPORTED, MERCHANT_COMMISSION, SHOPS, moment, money

ZERO = money(0)


def ref_of(line) -> tuple:
    return "sales_order", line["order_id"], line["order_line_id"]


def unlock(r, at, line) -> None:
    key = r.index.get(("key", line["order_line_id"]))
    if key:
        r.move(at, "unlock", key, -line["qty"], ref_of(line), bucket="locked", reason="sale")


def advance(r, at, order, to, actor="system", reason=None) -> None:
    """One transition of the order, with its event."""
    r.add("order.order_event", at, order_event_id=r.new_id("E", 5), order_id=order["order_id"], event_at=at,
          from_status=order["status"], to_status=to, actor=actor, reason=reason)  # fmt: skip
    column = f"{to}_at"
    touch(order, at, status=to, **({column: at} if column in order else {}))
    if to == "closed":
        order["close_reason"] = reason


def value_of(line) -> Decimal:
    """What the customer pays for a line."""
    return line["line_amount"] - line["allocated_discount"] + line["allocated_freight"]


def refund(r, at, order, amount, rma_id) -> None:
    touch(order, at, refunded_amount=order["refunded_amount"] + amount)
    transact(r, at, "refund", order, -amount, rma_id)


def transact(r, at, kind, order, amount, rma_id=None) -> None:
    """Our own record and, at T+1, the channel's line for the same transaction."""
    channel = SHOPS[order["shop_id"]][2]
    fee = cents(amount * CHANNEL_FEE) if kind == "pay" else ZERO
    txn_id = r.new_id("T")
    number = f"42000{at:%Y%m%d}{txn_id[1:]}"
    txn = r.add("payment.payment_txn", at, txn_id=txn_id, txn_kind=kind, order_id=order["order_id"],
                rma_id=rma_id,
                channel=channel, channel_txn_no=number, merchant_txn_no=f"{order['order_id']}{txn_id}",
                paid_at=at,
                amount=amount, currency="CNY", fee=fee, status="success", risk_flag=None)  # fmt: skip
    r.at(moment(at.date() + timedelta(days=1), 5, 30), statement_line, txn)
    if fee:
        r.book(at, "channel_fee", ("6601", fee, {"shop_id": order["shop_id"]}), ("1012", -fee, {}))


def statement_line(r, at, txn) -> None:
    back = txn["txn_kind"] == "refund"
    kind = "commission" if txn["txn_kind"] == "fee" else txn["txn_kind"]
    paid = txn["amount"] if kind == "pay" else ZERO
    r.add("payment.channel_statement_line", at, channel=txn["channel"],
          merchant_account=f"16{txn['channel']}01",
          statement_id=f"{txn['channel']}-{at:%Y%m%d}", bill_date=at.date() - timedelta(days=1),
          channel_txn_no=txn["channel_txn_no"], line_kind=kind, line_no=1, occurred_at=txn["paid_at"],
          settled_at=at,
          merchant_txn_no=txn["merchant_txn_no"], channel_refund_no=txn["channel_txn_no"] if back else None,
          merchant_refund_no=txn["rma_id"] if back else None, order_amount=paid,
          settle_amount=abs(txn["amount"]),
          refund_amount=-txn["amount"] if back else ZERO, coupon_amount=ZERO, fee_amount=txn["fee"],
          fee_rate=CHANNEL_FEE,
          currency="CNY", direction="in" if kind == "pay" else "out", account_balance=None,
          description=None)  # fmt: skip


def commission(r, at, shop_id, month_first) -> None:
    """What the platform charged a shop for a month, on goods paid for."""
    orders = [o for o in r.tables["order.sales_order"]
              if o["shop_id"] == shop_id and o["paid_at"] and month_first <= o["paid_at"] < at.replace(day=1,
              hour=0, minute=0)]  # fmt: skip
    amount = cents(sum((o["paid_amount"] - o["refunded_amount"] for o in orders), ZERO) * SHOPS[shop_id][3])
    txn_id, channel = r.new_id("T"), SHOPS[shop_id][2]
    txn = r.add("payment.payment_txn", at, txn_id=txn_id, txn_kind="fee", order_id=None, rma_id=None,
                channel=channel,
                channel_txn_no=f"43000{at:%Y%m%d}{txn_id[1:]}", merchant_txn_no=f"COM{txn_id}", paid_at=at,
                amount=-amount,
                currency="CNY", fee=ZERO, status="success", risk_flag=None)  # fmt: skip
    r.at(min(at + timedelta(hours=3), EXPORTED), statement_line, txn)
    r.book(at, "commission", ("6603", amount, {"shop_id": shop_id}), ("1012", -amount, {}))


def recognise(r, at, order, lines) -> None:
    """Book revenue when goods leave; a merchant's sale earns us commission only."""
    paid = sum((value_of(line) for line in lines), ZERO)
    if not paid:
        return
    if order["fulfil_mode"] == "merchant":
        ours = cents(paid * MERCHANT_COMMISSION)
        r.book(at, "commission_income", ("2203", paid, {}), ("6051", -ours, {"shop_id": order["shop_id"]}),
               ("2241", ours - paid, {"supplier_id": "S4"}))  # fmt: skip
        return
    tax = sum((line["tax_amount"] for line in lines), ZERO)
    r.book(
        at,
        "sale",
        ("2203", paid, {}),
        ("6001", tax - paid, {"shop_id": order["shop_id"]}),
        ("222102", -tax, {}),
    )


def pick_bin(wh: str, sku_id: str) -> str:
    return bin_id(wh, BIN_OF[sku_id])
