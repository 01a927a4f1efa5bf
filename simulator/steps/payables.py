"""What we owe suppliers: invoices, settlements and payments on terms."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.steps.terms import VAT, vat_on
from simulator.tables import code
from simulator.times import as_date, day_number, moment

if TYPE_CHECKING:
    from simulator.world import World

__all__ = ["expect_invoice", "invoice", "pay"]

PO, INVOICE, SETTLEMENT = (
    "procurement.purchase_order",
    "procurement.supplier_invoice_line",
    "finance.supplier_settlement",
)
INVOICED_AFTER = 3  # days after a receipt, where the supplier does not bill by the month
BILLING_DAY = 5  # of the next month, where he does
REFUND_DAYS = 2  # a red invoice is paid back after so many


def expect_invoice(
    world: World, receipt: np.ndarray, line: np.ndarray, po: np.ndarray, supplier: np.ndarray, qty: np.ndarray,
    price: np.ndarray,
) -> None:  # fmt: skip
    """Announce receipts (accepted units, fen per unit) for invoicing by their suppliers' rule."""
    masters, day = world.masters, world.day
    settle = np.array(masters.settle_method)[supplier]
    days = np.select([settle == "monthly", settle == "consignment", settle == "cash"],
                     [_billing_day(day), _billing_day(day), day], day + INVOICED_AFTER)  # fmt: skip
    world.agenda.put("invoice", days, receipt=receipt, line=line, po=po, supplier=supplier, qty=qty, price=price,
                     red=np.zeros(len(receipt), np.int64))  # fmt: skip


def _billing_day(day: int) -> int:
    date = as_date(day)
    year, month = divmod(date.year * 12 + date.month, 12)
    return day_number(date.replace(year=year, month=month + 1, day=BILLING_DAY))


def invoice(world: World, day: int) -> None:
    """Take in the invoices of the day at 10:00, one per order, and settle them line by line."""
    due = world.agenda.due("invoice", day)
    if due is None:
        return
    by_invoice = np.lexsort((due["receipt"], due["po"], due["red"]))
    receipt, line, po, supplier, qty, price, red = (
        due[name][by_invoice] for name in ("receipt", "line", "po", "supplier", "qty", "price", "red")
    )
    n, at = len(receipt), moment(day, 10)
    new = np.r_[True, (po[1:] != po[:-1]) | (red[1:] != red[:-1])]
    first = np.flatnonzero(new)[np.cumsum(new) - 1]
    net = qty * price
    tax = vat_on(net)
    terms = np.where(red == 1, REFUND_DAYS, world.masters.terms_days[supplier])
    terms = np.where(np.array(world.masters.settle_method)[supplier] == "cash", np.minimum(terms, 1), terms)
    amounts = {"amount_ex_tax": net, "tax_amount": tax, "amount": net + tax, "due_date": day + terms, "paid_amount": 0}
    kinds = code(INVOICE, "invoice_kind", "blue"), code(INVOICE, "invoice_kind", "red")
    sku = world.tables["procurement.purchase_order_line"].get("sku_id", line)
    lines = world.tables[INVOICE].add(
        n, at, invoice_no=world.tables[INVOICE].count + first, invoice_kind=np.where(red == 1, kinds[1], kinds[0]),
        supplier_id=supplier, po_line_id=line, receipt_line_id=receipt, invoiced_at=day, sku_id=sku, invoiced_qty=qty,
        unit_price_ex_tax=price, tax_rate=VAT, match_status=code(INVOICE, "match_status", "matched"), **amounts,
    )  # fmt: skip
    settled = code(SETTLEMENT, "settle_kind", "goods"), code(SETTLEMENT, "settle_kind", "return")
    settlements = world.tables[SETTLEMENT].add(
        n, at, settlement_no=world.tables[SETTLEMENT].count + first, line_no=np.arange(n) - first + 1,
        supplier_id=supplier, receipt_line_id=receipt, invoice_line_id=lines, settled_at=at,
        settle_kind=np.where(red == 1, settled[1], settled[0]), settle_qty=qty, unit_price=price, shared_freight=0,
        shared_other=0, status=code(SETTLEMENT, "status", "confirmed"), **amounts,
    )  # fmt: skip
    post = world.postings.post
    post(day, "supplier_invoice", "220201", net, supplier_id=supplier)
    post(day, "supplier_invoice", "222101", tax)
    post(day, "supplier_invoice", "2202", -net - tax, supplier_id=supplier)
    _returnable(world, line, po, qty, price, red == 0)
    world.agenda.put("pay supplier", day + np.maximum(terms, 1), invoice=lines, settlement=settlements, po=po,
                     supplier=supplier, fen=net + tax, red=red)  # fmt: skip


def _returnable(world: World, line, po, qty, price, blue) -> None:
    """Remember the latest invoiced line of own stock per warehouse and SKU: defects go back against it."""
    register, memory = world.tables["procurement.purchase_order_line"], world.purchasing
    ours = blue & (register.get("_warehouse", line) >= 0)
    line, po, qty, price = line[ours], po[ours], qty[ours], price[ours]
    where = register.get("_warehouse", line), register.get("sku_id", line)
    for target, values in ((memory.invoiced_line, line), (memory.invoiced_order, po), (memory.returnable, qty),
                           (memory.price, price)):  # fmt: skip
        target[where] = values


def pay(world: World, day: int) -> None:
    """Pay at 15:00 what is due, or be paid by red invoices; an order that is received and paid for is closed."""
    due = world.agenda.due("pay supplier", day)
    if due is None:
        return
    at, fen, po = moment(day, 15), due["fen"], due["po"]
    world.tables[INVOICE].set(due["invoice"], at, paid_amount=fen)
    world.tables[SETTLEMENT].set(due["settlement"], at, paid_at=at, paid_amount=fen,
                                 status=code(SETTLEMENT, "status", "paid"))  # fmt: skip
    world.postings.post(day, "supplier_payment", "2202", fen, supplier_id=due["supplier"])
    world.postings.post(day, "supplier_payment", "1002", -fen)
    orders = world.tables[PO]
    po = po[due["red"] == 0]
    orders.bump("_settled", po, 1)
    po = np.unique(po)
    all_paid = orders.get("_settled", po) == orders.get("_receipts", po)
    through = all_paid & (orders.get("status", po) == code(PO, "status", "received"))
    orders.set(po[through], at, settle_status=code(PO, "settle_status", "settled"),
               status=code(PO, "status", "closed"), closed_at=at)  # fmt: skip
    orders.set(po[~through], at, settle_status=code(PO, "settle_status", "part_settled"))
