"""What customers do after delivery: reviews, invoices, returns, exchanges."""

from datetime import timedelta

from masters import BIN_OF, bin_id
from orders import ZERO, refund, value_of
from retailer import Retailer, cents, touch
from sales import place
from world import OWN, SKU, VAT

RETURN_CHANCE = 0.11
REASONS = ("size", "no_longer_wanted", "quality", "description")


def customers_decide(r: Retailer, at) -> None:
    """Once a day, the customers whose orders arrived decide what they do about it."""
    arrived, r.delivered = r.delivered, []
    for order in arrived:
        if order["payable_amount"] and r.rng.random() < 0.25 and order["fulfil_mode"] != "merchant":
            r.at(at + timedelta(hours=3), invoice, order, order["paid_amount"] - order["refunded_amount"], None)
        for line in r.index["lines", order["order_id"]]:
            if line["shipped_qty"]:
                _one_line(r, at, order, line)


def _one_line(r, at, order, line) -> None:
    chance = RETURN_CHANCE * (1.6 if SKU[line["sku_id"]].spu_id in ("RS", "TR", "CR", "OR") else 0.6)
    own = order["fulfil_mode"] in ("own", "dropship")
    if own and not SKU[line["sku_id"]].batched and order["payable_amount"] and r.rng.random() < chance:
        r.at(at + timedelta(days=r.rng.randrange(0, 4), hours=r.rng.randrange(1, 12)), apply, order, line)
    elif r.rng.random() < 0.09:
        r.at(
            at + timedelta(days=2, hours=r.rng.randrange(12)),
            review,
            line,
            r.rng.choices((5, 4, 3), (7, 2, 1))[0],
            "other",
        )


def review(r, at, line, stars, topic) -> None:
    r.add("product.review", at, review_id=r.new_id("RV"), reviewed_at=at, sku_id=line["sku_id"],
          order_line_id=line["order_line_id"], stars=stars, topic=topic, text=None)  # fmt: skip


def invoice(r, at, order, amount, red_of) -> None:
    """A red invoice (negative) takes back part of a blue one."""
    if not amount:
        return
    tax = cents(amount * VAT / (1 + VAT))
    row = r.add("payment.sales_invoice", at, invoice_code="031002600111", invoice_no=r.new_id("", 8),
                order_id=order["order_id"], shop_id=order["shop_id"], invoiced_at=at, invoice_type="e_normal",
                is_red=red_of is not None, red_of_invoice_no=red_of, buyer_tax_no=None,
                amount_ex_tax=amount - tax,
                tax_amount=tax, amount=amount, tax_rate=VAT, status="issued")  # fmt: skip
    if red_of is None:
        r.index["invoice", order["order_id"]] = row


def late_returns(r: Retailer, at) -> None:
    """Three customers send goods back so late that the parcels are still on the way at the export."""
    arrived = [o for o in r.tables["order.sales_order"] if o["status"] == "delivered" and o["fulfil_mode"] == "own"]
    lines = [r.index["lines", order["order_id"]][0] for order in arrived if order["payable_amount"]]
    returnable = [line for line in lines if line["shipped_qty"] and not SKU[line["sku_id"]].batched]
    for line in returnable[-3:]:
        order = next(o for o in arrived if o["order_id"] == line["order_id"])
        r.at(at + timedelta(minutes=r.rng.randrange(60)), apply, order, line)


def apply(r: Retailer, at, order, line) -> None:
    if r.index.setdefault(("returned", line["order_line_id"]), False):
        return
    r.index["returned", line["order_line_id"]] = True
    reason = r.rng.choices(REASONS, (45, 30, 17, 8))[0]
    exchange = reason == "size" and order["fulfil_mode"] == "own" and r.rng.random() < 0.5
    quality = reason == "quality"
    rma = r.add("aftersales.rma", at, rma_id=(rma_id := r.new_id("R")), rma_no=f"SH{rma_id}",
                rma_type="exchange" if exchange else "return_refund", status="applied",
                order_id=order["order_id"],
                applied_at=at, approved_at=None, received_at=None, refunded_at=None, closed_at=None,
                reason_code=reason,
                reason_text="尺码不合适" if reason == "size" else None,
                liability="supplier" if quality else "customer",
                refund_amount=ZERO if exchange else cents(value_of(line)), return_freight=ZERO,
                freight_payer=None, return_waybill_no=None, exchange_order_id=None)  # fmt: skip
    row = r.add("aftersales.rma_line", at, rma_line_id=f"{rma_id}-1", rma_id=rma_id,
                order_line_id=line["order_line_id"],
                sku_id=line["sku_id"], requested_qty=line["qty"], received_qty=0, inspection=None,
                restock_warehouse_id=line["warehouse_id"] or "SH01", restock_receipt_line_id=None,
                batch_no=None,
                supplier_id=SKU[line["sku_id"]].supplier_id if quality else None,
                refund_amount=rma["refund_amount"], inspected_at=None)  # fmt: skip
    if quality:
        review(r, at, line, 1, "quality")
    r.at(at + timedelta(hours=4), approve, order, line, rma, row)


def approve(r, at, order, line, rma, row) -> None:
    touch(rma, at, status="approved", approved_at=at)
    r.at(at + timedelta(hours=20), send_back, order, line, rma, row)


def send_back(r, at, order, line, rma, row) -> None:
    waybill = f"JDL{r.new_id('B', 7)}"
    touch(rma, at, status="returning", return_waybill_no=waybill)
    parcel = r.add("logistics.shipment", at, waybill_no=waybill, carrier_id="JDL", direction="return",
                   outbound_id=None,
                   warehouse_id=row["restock_warehouse_id"], service_code="STD", dest_province=None,
                   dest_city=None,
                   dest_district=None, dest_zone=None,
                   actual_weight_g=SKU[line["sku_id"]].weight_g * line["qty"],
                   volume_cm3=None, declared_value=None, cod_amount=ZERO, est_freight=None,
                   promised_at=at + timedelta(days=4), handed_over_at=at, picked_up_at=at, delivered_at=None,
                   returned_at=None,
                   final_status="in_transit", chosen_by="rule", plan_id=None)  # fmt: skip
    r.returning[row["restock_warehouse_id"], line["sku_id"]] += line["qty"]
    r.at(at + timedelta(days=r.rng.randrange(2, 5)), receive, order, line, rma, row, parcel)


def receive(r: Retailer, at, order, line, rma, row, parcel) -> None:
    """Goods come back into quality hold, at the cost at which they left."""
    wh, sku_id, qty = row["restock_warehouse_id"], line["sku_id"], line["qty"]
    r.returning[wh, sku_id] -= qty
    touch(parcel, at, delivered_at=at, final_status="delivered")
    cost = r.index["cost", line["order_line_id"]]
    receipt = r.add("procurement.goods_receipt_line", at, receipt_line_id=(rid := r.new_id("G")),
                    receipt_id=f"RT{rid}",
                    receipt_type="return_from_customer", po_line_id=None, supplier_id=None, sku_id=sku_id,
                    warehouse_id=wh,
                    received_at=at, inspected_at=None, putaway_at=at, received_qty=qty, accepted_qty=qty,
                    rejected_qty=0,
                    reject_reason=None, defect=False, batch_no=None, production_date=None, expiry_date=None,
                    bin_id=bin_id(wh, BIN_OF[sku_id]), unit_cost=cents(cost / qty),
                    reverses_line_id=None)  # fmt: skip
    r.move(at, "return_in", (wh, sku_id, "", "quality_hold", OWN), qty,
           ("rma", rma["rma_id"], row["rma_line_id"]), cost,
           reason="return")  # fmt: skip
    r.book(at, "return_cost", ("1405", cost, {"warehouse_id": wh}), ("6401", -cost, {"sku_id": sku_id}))
    touch(rma, at, status="received", received_at=at)
    touch(row, at, received_qty=qty, restock_receipt_line_id=receipt["receipt_line_id"])
    touch(line, at, returned_qty=qty)
    r.at(at + timedelta(hours=r.rng.randrange(18, 40)), inspect, order, line, rma, row)


def inspect(r: Retailer, at, order, line, rma, row) -> None:
    bad = rma["reason_code"] == "quality" or r.rng.random() < 0.08
    wh, sku_id, qty = row["restock_warehouse_id"], line["sku_id"], line["qty"]
    ref = ("rma", rma["rma_id"], row["rma_line_id"])
    status = "defective" if bad else "sellable"
    r.move(at, "status_change", (wh, sku_id, "", "quality_hold", OWN), -qty, ref, reason="return")
    r.move(at, "status_change", (wh, sku_id, "", status, OWN), qty, ref, reason="return")
    touch(row, at, inspection="defective" if bad else "resellable", inspected_at=at)
    touch(rma, at, status="inspected")
    r.at(at + timedelta(hours=3), settle, order, line, rma)


def settle(r: Retailer, at, order, line, rma) -> None:
    """Money back, or another pair."""
    if rma["rma_type"] == "exchange":
        other = {"RS-BK-41": "RS-BK-42", "RS-BK-42": "RS-BK-43", "RS-BK-43": "RS-BK-42",
                 "RS-WH-42": "RS-WH-43",
                 "RS-WH-43": "RS-WH-42", "SK-BK-M": "SK-BK-L", "SK-BK-L": "SK-BK-M", "TE-WH-M": "TE-WH-L",
                 "TE-WH-L": "TE-WH-M"}.get(line["sku_id"], line["sku_id"])  # fmt: skip
        new = place(r, at, order["shop_id"], order["member_id"], order["dest_province"],
                    [(other, line["qty"])], "own",
                    "exchange", order["order_id"])  # fmt: skip
        touch(rma, at, status="exchanged", exchange_order_id=new["order_id"])
    else:
        _pay_back(r, at, order, line, rma)
    r.at(at + timedelta(days=1), close, rma)


def _pay_back(r, at, order, line, rma) -> None:
    amount = rma["refund_amount"]
    touch(rma, at, status="refunded", refunded_at=at)
    touch(line, at, refund_status="refunded")
    refund(r, at, order, amount, rma["rma_id"])
    tax = line["tax_amount"]
    r.book(at, "refund", ("6001", amount - tax, {"shop_id": order["shop_id"]}), ("222102", tax, {}),
           ("1012", -amount, {"shop_id": order["shop_id"]}))  # fmt: skip
    blue = r.index.get(("invoice", order["order_id"]))
    if blue:
        invoice(r, at, order, -amount, blue["invoice_no"])


def close(r, at, rma) -> None:
    touch(rma, at, status="closed", closed_at=at)
