"""Purchases: reorder rule, orders, advance notices, receipts, invoices, payments, returns to vendor."""

from datetime import date, timedelta
from decimal import Decimal

from masters import BIN_OF, bin_id, price_breaks
from retailer import Retailer, cents, touch
from world import DROPSHIP_PLACE, OWN, SKU, SKUS, SUPPLIER, SUPPLIERS, VAT, WAREHOUSES, moment, money

ZERO = money(0)
NEVER = timedelta(days=60)  # later than the export


def opening(r: Retailer, at) -> None:
    """The first stock of every warehouse, bought before the first day of sales."""
    for s in SUPPLIERS:
        for place, wh in enumerate(WAREHOUSES):
            wants = [(k.sku_id, k.opening[place]) for k in SKUS if k.supplier_id == s.supplier_id and k.opening[place]]
            if s.kind == "merchant":
                _consign(r, wh, wants)
            elif wants:
                purchase(r, at, s, wh, wants, "initial", arrives=moment(date(2026, 8, 28), 9))


def _consign(r, wh, wants) -> None:
    """The merchant's own goods, which we store and ship for him: no purchase, no cost to us."""
    for sku_id, qty in wants:
        r.at(moment(date(2026, 8, 28), 11), _store_for_merchant, wh, sku_id, qty)


def _store_for_merchant(r, at, wh, sku_id, qty) -> None:
    r.move(at, "po_in", (wh, sku_id, "", "sellable", "S4"), qty, ("other", "INBOUND-S4", None),
           reason="other",
           bin_id=bin_id(wh, BIN_OF[sku_id]))  # fmt: skip


def review(r: Retailer, at, late_days=0) -> None:
    """Reorder point, order-up-to level, whole cases, on the supplier's weekdays."""
    for s in SUPPLIERS[:2]:
        if str(at.isoweekday()) in s.weekdays.split(","):
            for wh in WAREHOUSES:
                wants = [(k.sku_id, qty) for k in SKUS if k.supplier_id == s.supplier_id and (qty := _need(r, wh, k))]
                if wants:
                    purchase(r, at, s, wh, wants, "replenish", late_days=late_days if s.supplier_id == "S1" else 0)


def _need(r, wh, sku) -> int:
    if sku.sold_from > r.today + timedelta(days=20):
        return 0
    point, level = (x if wh == "SH01" else x * 2 // 3 for x in sku.level)
    held = sum(r.available(k) for k in list(r.on_hand) if k[:2] == (wh, sku.sku_id) and k[3:] == ("sellable", OWN))
    position = held + r.coming["order", wh, sku.sku_id] + r.coming["transfer", wh, sku.sku_id]
    return max(2, -(-(level - position) // sku.case)) * sku.case if position < point else 0


def purchase(r, at, s, wh, wants, po_type, arrives=None, confirm_after=timedelta(hours=26), late_days=0) -> list[dict]:
    """An approved order and what the supplier will do about it."""
    promised = at.date() + timedelta(days=s.lead_days) if arrives is None else arrives.date()
    if arrives is None:
        slip = max(-2, round(r.rng.gauss(0, s.lead_deviation))) + late_days
        arrives = moment(promised + timedelta(days=slip), 9, 30)
    po = r.add("procurement.purchase_order", at, po_id=(po_id := r.new_id("PO")), po_no=f"CG2026{po_id}",
               po_type=po_type,
               supplier_id=s.supplier_id, status="submitted", ordered_at=at, approved_at=None,
               confirmed_at=None,
               closed_at=None, ship_to_warehouse_id=wh, buyer="P01" if s.supplier_id == "S1" else "P02",
               currency="CNY",
               goods_amount=ZERO, tax_amount=ZERO, freight_amount=ZERO, total_amount=ZERO, tax_included=False,
               settle_status="unsettled", origin="manual")  # fmt: skip
    lines = [_po_line(r, at, po_id, number, sku_id, qty, promised) for number, (sku_id, qty) in enumerate(wants, 1)]
    goods = sum((ln["ordered_qty"] * ln["unit_price"] for ln in lines), ZERO)
    po.update(goods_amount=goods, tax_amount=(tax := cents(goods * VAT)), total_amount=goods + tax)
    for line in lines:
        r.coming["order", wh, line["sku_id"]] += line["ordered_qty"]
    r.at(at + timedelta(hours=3), approve, po)
    if confirm_after != NEVER:
        r.at(at + confirm_after, confirm, po, lines, promised)
        r.at(arrives - timedelta(days=2), notify, po, lines, arrives)
        r.at(arrives, receive, po, lines)
    return lines


def _po_line(r, at, po_id, number, sku_id, qty, promised) -> dict:
    sku = SKU[sku_id]
    price = [p for from_qty, p in price_breaks(sku) if qty >= from_qty][-1]
    return r.add("procurement.purchase_order_line", at, po_line_id=f"{po_id}-{number}", po_id=po_id,
                 line_no=number,
                 sku_id=sku_id, ordered_qty=qty, purchase_uom="箱" if sku.case > 1 else "件",
                 uom_ratio=sku.case,
                 confirmed_qty=None, unit_price=price, tax_rate=VAT, discount=Decimal(0),
                 requested_date=promised,
                 promised_date=None, expected_date=None, suggestion_id=None, received_qty=0, rejected_qty=0,
                 cancelled_qty=0, line_status="open")  # fmt: skip


def approve(r, at, po) -> None:
    touch(po, at, status="approved", approved_at=at)


def confirm(r, at, po, lines, promised) -> None:
    touch(po, at, status="confirmed", confirmed_at=at)
    for line in lines:
        touch(line, at, confirmed_qty=line["ordered_qty"], promised_date=promised, expected_date=promised)


def postpone(r, at, lines, expected) -> None:
    """The supplier tells us that he will be late."""
    for line in lines:
        touch(line, at, expected_date=expected)


def notify(r, at, po, lines, arrives) -> None:
    for number, line in enumerate(lines, 1):
        batch, made, expires = _batch(po, line, arrives)
        r.add("procurement.asn_line", at, asn_line_id=f"A{po['po_id']}-{number}", asn_id=f"A{po['po_id']}",
              po_line_id=line["po_line_id"], shipped_at=at, eta=arrives, shipped_qty=line["ordered_qty"],
              carrier_id=None,
              waybill_no=f"LTL{po['po_id']}", batch_no=batch, production_date=made, expiry_date=expires,
              appointment_at=arrives)  # fmt: skip
        r.coming["po", po["ship_to_warehouse_id"], line["sku_id"]] += line["ordered_qty"]


def _batch(po, line, arrives) -> tuple:
    if not SKU[line["sku_id"]].batched:
        return None, None, None
    made = arrives.date() - timedelta(days=45)
    if po["po_type"] == "initial":  # old goods: the berry gel in GZ01 comes near its date
        made = (
            date(2026, 1, 20)
            if (line["sku_id"], po["ship_to_warehouse_id"]) == ("GEL-BE", "GZ01")
            else date(2026, 6, 1)
        )
    return f"B{made:%y%m%d}", made, made + timedelta(days=360)


def receive(r: Retailer, at, po, lines) -> None:
    wh, receipts = po["ship_to_warehouse_id"], []
    for line in lines:
        rejected = r.rng.choice((1, 2)) if po["po_type"] != "initial" and r.rng.random() < 0.25 else 0
        accepted = line["ordered_qty"] - rejected
        receipts.append(_receipt(r, at, po, line, accepted, rejected))
        r.coming["order", wh, line["sku_id"]] -= line["ordered_qty"]
        r.coming["po", wh, line["sku_id"]] -= line["ordered_qty"]
        touch(line, at, received_qty=line["ordered_qty"], rejected_qty=rejected, cancelled_qty=rejected,
              line_status="received")  # fmt: skip
    touch(po, at, status="received")
    _expect_invoice(r, at, po, lines, receipts)


def _receipt(r, at, po, line, accepted, rejected) -> dict:
    wh, sku_id = po["ship_to_warehouse_id"], line["sku_id"]
    batch, made, expires = _batch(po, line, at)
    row = r.add("procurement.goods_receipt_line", at, receipt_line_id=(rid := r.new_id("G")),
                receipt_id=f"RK{po['po_id']}",
                receipt_type="purchase", po_line_id=line["po_line_id"], supplier_id=po["supplier_id"],
                sku_id=sku_id,
                warehouse_id=wh, received_at=at, inspected_at=at, putaway_at=at,
                received_qty=accepted + rejected,
                accepted_qty=accepted, rejected_qty=rejected, reject_reason="damaged" if rejected else None,
                defect=False,
                batch_no=batch, production_date=made, expiry_date=expires, bin_id=bin_id(wh, BIN_OF[sku_id]),
                unit_cost=line["unit_price"], reverses_line_id=None)  # fmt: skip
    worth = accepted * line["unit_price"]
    r.move(at, "po_in", (wh, sku_id, batch or "", "sellable", OWN), accepted,
           ("goods_receipt", row["receipt_id"], rid),
           worth, bin_id=row["bin_id"], reason="purchase")  # fmt: skip
    r.book(
        at,
        "goods_receipt",
        ("1405", worth, {"warehouse_id": wh}),
        ("220201", -worth, {"supplier_id": po["supplier_id"]}),
    )
    if batch and ("batch", f"{sku_id} {batch}") not in r.index:
        r.index["batch", f"{sku_id} {batch}"] = r.add(
            "inventory.batch", at, sku_id=sku_id, batch_no=batch, production_date=made, expiry_date=expires,
            supplier_id=po["supplier_id"], first_receipt_at=at, unit_cost=line["unit_price"],
            status="near_expiry" if expires < date(2027, 2, 1) else "ok")  # fmt: skip
    return row


# ---------- what we owe


def _expect_invoice(r, at, po, lines, receipts) -> None:
    s = SUPPLIER[po["supplier_id"]]
    due = moment(at.date() + timedelta(days=3), 10)
    if s.settle == "monthly":
        due = moment((at.date().replace(day=1) + timedelta(days=32)).replace(day=5), 10)
    r.at(due, invoice, po, lines, receipts)


def invoice(r: Retailer, at, po, lines, receipts, kind="blue") -> None:
    number, s = r.new_id("FP", 6), SUPPLIER[po["supplier_id"]]
    due = at.date() + timedelta(days=s.terms_days)
    rows = [_invoice_line(r, at, number, seq, s, line, receipt, due, kind)
            for seq, (line, receipt) in enumerate(zip(lines, receipts, strict=True), 1)]  # fmt: skip
    if kind == "red":
        r.at(at + timedelta(days=2), pay, s, rows)
    else:
        r.at(moment(due, 15), settle, po, s, rows)


def _invoice_line(r, at, number, seq, s, line, receipt, due, kind) -> tuple[dict, dict]:
    net = receipt["accepted_qty"] * line["unit_price"]
    tax = cents(net * VAT)
    row = r.add("procurement.supplier_invoice_line", at, invoice_line_id=f"{number}-{seq}", invoice_no=number,
                invoice_kind=kind, supplier_id=s.supplier_id, po_line_id=line["po_line_id"],
                receipt_line_id=receipt["receipt_line_id"], invoiced_at=at.date(), sku_id=line["sku_id"],
                invoiced_qty=receipt["accepted_qty"], unit_price_ex_tax=line["unit_price"], tax_rate=VAT,
                amount_ex_tax=net,
                tax_amount=tax, amount=net + tax, match_status="matched", due_date=due,
                paid_amount=ZERO)  # fmt: skip
    settlement = r.add("finance.supplier_settlement", at, settlement_no=f"JS{number}", line_no=seq,
                       supplier_id=s.supplier_id, receipt_line_id=receipt["receipt_line_id"],
                       invoice_line_id=row["invoice_line_id"],
                       settle_kind="goods" if kind == "blue" else "return",
                       settled_at=at, settle_qty=receipt["accepted_qty"], unit_price=line["unit_price"],
                       amount_ex_tax=net,
                       tax_amount=tax, amount=net + tax, shared_freight=ZERO, shared_other=ZERO, due_date=due,
                       paid_at=None,
                       paid_amount=ZERO, status="confirmed")  # fmt: skip
    r.book(at, "supplier_invoice", ("220201", net, {"supplier_id": s.supplier_id}), ("222101", tax, {}),
           ("2202", -net - tax, {"supplier_id": s.supplier_id}))  # fmt: skip
    return row, settlement


def settle(r, at, po, s, rows) -> None:
    pay(r, at, s, rows)
    touch(po, at, settle_status="settled", status="closed", closed_at=at)


def pay(r, at, s, rows) -> None:
    """Pay an invoice, or be paid by a red one."""
    for line, settlement in rows:
        touch(line, at, paid_amount=line["amount"])
        touch(settlement, at, paid_at=at, paid_amount=settlement["amount"], status="paid")
        r.book(at, "supplier_payment", ("2202", line["amount"], {"supplier_id": s.supplier_id}),
               ("1002", -line["amount"], {}))  # fmt: skip


def return_to_vendor(r: Retailer, at) -> None:
    """Send a supplier his defective goods back, against the first order that brought them."""
    for key in sorted(k for k, qty in r.on_hand.items() if k[3:] == ("defective", OWN) and qty):
        wh, sku_id, *_ = key
        line = next((ln for ln in r.tables["procurement.purchase_order_line"]
                     if ln["sku_id"] == sku_id and ln["line_status"] == "received" and _po(r,
                     ln)["ship_to_warehouse_id"] == wh
                     and _po(r, ln)["settle_status"] != "unsettled"), None)  # fmt: skip
        if line:
            _return_line(r, at, key, line, _po(r, line))


def _po(r, line) -> dict:
    return next(po for po in r.tables["procurement.purchase_order"] if po["po_id"] == line["po_id"])


def _return_line(r, at, key, line, po) -> None:
    qty, owed = r.on_hand[key], r.on_hand[key] * line["unit_price"]
    row = r.add("procurement.goods_receipt_line", at, receipt_line_id=(rid := r.new_id("G")),
                receipt_id=f"TH{po['po_id']}",
                receipt_type="purchase_return", po_line_id=line["po_line_id"], supplier_id=po["supplier_id"],
                sku_id=key[1],
                warehouse_id=key[0], received_at=at, inspected_at=at, putaway_at=None, received_qty=-qty,
                accepted_qty=-qty,
                rejected_qty=0, reject_reason=None, defect=True, batch_no=key[2] or None,
                production_date=None,
                expiry_date=None, bin_id=bin_id(key[0], 26), unit_cost=line["unit_price"],
                reverses_line_id=None)  # fmt: skip
    worth = r.move(at, "return_out", key, -qty, ("goods_receipt", row["receipt_id"], rid), reason="return",
                   bin_id=row["bin_id"])  # fmt: skip
    r.book(at, "return_to_vendor", ("220201", owed, {"supplier_id": po["supplier_id"]}),
           ("1405", -worth, {"warehouse_id": key[0]}),
           ("6401", worth - owed, {"sku_id": key[1]}))  # fmt: skip
    invoice(r, at, po, [line], [row], "red")


# ---------- dropship


def dropship_purchase(r: Retailer, at, order, lines) -> None:
    """One order to the supplier per customer order; he ships, we only book it."""
    po = r.add("procurement.purchase_order", at, po_id=(po_id := r.new_id("PO")), po_no=f"CG2026{po_id}",
               po_type="dropship",
               supplier_id="S3", status="received", ordered_at=order["updated_at"],
               approved_at=order["updated_at"],
               confirmed_at=order["updated_at"], closed_at=None, ship_to_warehouse_id=None, buyer="P02",
               currency="CNY",
               goods_amount=ZERO, tax_amount=ZERO, freight_amount=ZERO, total_amount=ZERO, tax_included=False,
               settle_status="unsettled", origin="manual")  # fmt: skip
    receipts, po_lines = [], []
    for number, line in enumerate(lines, 1):
        row = _po_line(r, at, po_id, number, line["sku_id"], line["qty"], at.date())
        row.update(confirmed_qty=line["qty"], promised_date=at.date(), expected_date=at.date(),
                   received_qty=line["qty"],
                   line_status="received")  # fmt: skip
        cost = line["qty"] * row["unit_price"]
        r.index["cost", line["order_line_id"]] = cost
        r.book(
            at,
            "dropship_cost",
            ("6401", cost, {"sku_id": line["sku_id"]}),
            ("220201", -cost, {"supplier_id": "S3"}),
        )
        po_lines.append(row)
        receipts.append(_confirmation(r, at, po_id, row, line["qty"]))
    goods = sum((ln["ordered_qty"] * ln["unit_price"] for ln in po_lines), ZERO)
    po.update(goods_amount=goods, tax_amount=(tax := cents(goods * VAT)), total_amount=goods + tax)
    _expect_invoice(r, at, po, po_lines, receipts)


def _confirmation(r, at, po_id, line, qty) -> dict:
    return r.add("procurement.goods_receipt_line", at, receipt_line_id=r.new_id("G"), receipt_id=f"DS{po_id}",
                 receipt_type="dropship_confirm", po_line_id=line["po_line_id"], supplier_id="S3",
                 sku_id=line["sku_id"],
                 warehouse_id=DROPSHIP_PLACE, received_at=at, inspected_at=None, putaway_at=None,
                 received_qty=qty, accepted_qty=qty,
                 rejected_qty=0, reject_reason=None, defect=False, batch_no=None, production_date=None,
                 expiry_date=None,
                 bin_id=None, unit_cost=line["unit_price"], reverses_line_id=None)  # fmt: skip
