"""Customers' orders: demand, order lines, payment, audit, cancellation."""

from datetime import timedelta

from fulfilment import allocate
from masters import item_id
from orders import ZERO, advance, ref_of, refund, transact, unlock, value_of
from retailer import Retailer, cents, split, touch
from world import (
    BUNDLE,
    BUNDLE_ID,
    BUNDLE_PRICE,
    CAMPAIGNS,
    OWN,
    PROVINCES,
    SHOPS,
    SKU,
    SKUS,
    VAT,
    moment,
    money,
    promo_price,
)

ORDERS_A_DAY = 3.2
MEMBER_NIGHT_ORDERS = 74
WEEKDAY = (0.9, 0.85, 0.9, 0.95, 1.05, 1.2, 1.15)


def demand(r: Retailer, day) -> None:
    """Schedule a day's orders."""
    noon = moment(day, 12)
    lift = max([c.uplift for c in CAMPAIGNS if c.starts_at <= noon < c.ends_at], default=1.0)
    expected = ORDERS_A_DAY * WEEKDAY[day.weekday()] * lift
    for _ in range(max(1, round(r.rng.gauss(expected, expected**0.5)))):
        minutes = min(1439, int(r.rng.triangular(0, 1440, 1200)))
        r.at(moment(day) + timedelta(minutes=minutes, seconds=r.rng.randrange(60)), new_order)


def member_night(r: Retailer, start) -> None:
    for _ in range(MEMBER_NIGHT_ORDERS):
        r.at(start + timedelta(seconds=r.rng.randrange(8 * 3600)), new_order)


def new_order(r: Retailer, at) -> None:
    shop_id = r.rng.choices(list(SHOPS), [s[4] for s in SHOPS.values()])[0]
    province = r.rng.choices(list(PROVINCES), [p[8] for p in PROVINCES.values()])[0]
    wants = _basket(r, at)
    sku = SKU.get(wants[0][0])
    mode = r.rng.choice(sku.modes) if sku and len(sku.modes) > 1 else (sku.modes[0] if sku else "own")
    if mode != "own":
        wants = wants[:1]  # an order has one mode: other shippers send their own parcels
    wants = [w for w in wants if w[0] == BUNDLE_ID or mode in SKU[w[0]].modes]
    place(r, at, shop_id, f"M{r.rng.randrange(1, 260):04d}", province, wants, mode)


def _basket(r: Retailer, at) -> list[tuple[str, int]]:
    if r.rng.random() < 0.05:
        return [(BUNDLE_ID, 1)]
    goods = [s for s in SKUS if s.pull and s.sold_from <= at.date()]
    pull = [s.pull * (2.2 if promo_price(s.sku_id, at) else 1.0) for s in goods]
    wants = {}
    for _ in range(r.rng.choices((1, 2, 3), (55, 32, 13))[0]):
        sku = r.rng.choices(goods, pull)[0]
        wants[sku.sku_id] = r.rng.randrange(4, 13) if sku.batched else r.rng.choices((1, 2, 3), (62, 26, 12))[0]
    return list(wants.items())


def place(r, at, shop_id, member, province, wants, mode, order_type="normal", free_of=None) -> dict:
    """An order with its lines; stock is locked at once, what no warehouse has is marked as lost."""
    order_id, (_, city, district, *_) = r.new_id("O"), PROVINCES[province]
    goods = _lines(wants, at)
    discount = _discount(r, at, goods, free_of)
    freight = ZERO if free_of or sum(g["amount"] for g in goods) - discount[1] >= 99 else money(8)
    supplier = SKU[wants[0][0]].supplier_id if mode != "own" else None
    order = r.add("order.sales_order", at, order_id=order_id,
                  order_no=f"2026{at:%m%d}{r.rng.randrange(10**9, 10**10)}",
                  parent_order_id=free_of, order_type=order_type, fulfil_mode=mode,
                  merchant_id="S4" if mode == "merchant" else None,
                  supplier_id=supplier if mode == "dropship" else None,
                  shop_id=shop_id, member_id=member, status="pending_pay", ordered_at=at, paid_at=None,
                  audited_at=None,
                  shipped_at=None, delivered_at=None, completed_at=None, closed_at=None, close_reason=None,
                  currency="CNY",
                  goods_amount=sum((g["amount"] for g in goods), ZERO), freight_charged=freight,
                  discount_platform=ZERO, discount_shop=ZERO, coupon_amount=ZERO, points_amount=ZERO,
                  tax_amount=ZERO,
                  payable_amount=ZERO, paid_amount=ZERO, refunded_amount=ZERO, pay_method=SHOPS[shop_id][2],
                  is_cod=False,
                  dest_province=province, dest_city=city, dest_district=district,
                  promised_ship_by=at + timedelta(hours=48), promised_deliver_by=at + timedelta(days=6),
                  warehouse_id=None)  # fmt: skip
    order[discount[0]] = discount[1]
    order["payable_amount"] = order["goods_amount"] + freight - discount[1]
    lines = _add_lines(r, at, order, goods, discount, freight)
    _reserve(r, at, order, lines)
    r.index["lines", order_id] = lines
    if free_of or r.rng.random() < 0.96:
        r.at(at + timedelta(seconds=r.rng.randrange(20, 400)), pay, order)
    else:
        r.at(at + timedelta(minutes=30), give_up, order)
    return order


def _lines(wants, at) -> list[dict]:
    goods = []
    for sku_id, qty in wants:
        if sku_id == BUNDLE_ID:
            for (component, per, _), amount in zip(
                BUNDLE, split(BUNDLE_PRICE * qty, [b[2] for b in BUNDLE]), strict=True
            ):
                goods.append(
                    {
                        "sku": component,
                        "qty": per * qty,
                        "amount": amount,
                        "bundle": BUNDLE_ID,
                        "campaign": None,
                    }
                )
        else:
            price, campaign = promo_price(sku_id, at) or (SKU[sku_id].price, None)
            goods.append({"sku": sku_id, "qty": qty, "amount": price * qty, "bundle": None, "campaign": campaign})
    return goods


def _discount(r, at, goods, free_of) -> tuple:
    """(header column, amount, campaign id): at most one discount per order."""
    total = sum(g["amount"] for g in goods)
    if free_of:
        return "discount_shop", total, None
    for campaign in CAMPAIGNS:
        if campaign.off and campaign.starts_at <= at < campaign.ends_at and total >= campaign.threshold:
            if campaign.tool == "full_reduction":
                return "discount_shop", campaign.off, campaign.campaign_id
            if r.rng.random() < 0.2:
                return "coupon_amount", campaign.off, campaign.campaign_id
    return "discount_shop", ZERO, None


def _add_lines(r, at, order, goods, discount, freight) -> list[dict]:
    lines, weights = [], [g["amount"] for g in goods]
    shares = zip(split(discount[1], weights), split(freight, weights), strict=True)
    for number, (g, (off, carriage)) in enumerate(zip(goods, shares, strict=True), 1):
        line = r.add("order.sales_order_line", at, order_line_id=f"{order['order_id']}-{number}",
                     order_id=order["order_id"], line_no=number, fulfil_mode=order["fulfil_mode"],
                     sku_id=g["sku"],
                     platform_item_id=item_id(order["shop_id"], g["sku"]), is_gift=False,
                     bundle_sku_id=g["bundle"],
                     qty=g["qty"], list_price=SKU[g["sku"]].price, unit_price=cents(g["amount"] / g["qty"]),
                     line_amount=g["amount"], allocated_discount=off, allocated_freight=carriage,
                     tax_rate=VAT,
                     tax_amount=cents((g["amount"] - off + carriage) * VAT / (1 + VAT)), line_status="open",
                     refund_status="none", cancelled_qty=0, shipped_qty=0, returned_qty=0,
                     lost_sale_flag=False,
                     warehouse_id=None, promised_ship_by=order["promised_ship_by"])  # fmt: skip
        lines.append(line)
        if off and discount[2]:
            r.at(at, _record_discount, order, line, off, discount)
    order["tax_amount"] = sum((line["tax_amount"] for line in lines), ZERO)
    return lines


def _record_discount(r, at, order, line, off, discount) -> None:
    r.add("marketing.discount_application", at, discount_id=r.new_id("D"), order_id=order["order_id"],
          order_line_id=line["order_line_id"], campaign_id=discount[2],
          coupon_code=f"NEW{order['order_id']}" if discount[0] == "coupon_amount" else None, applied_at=at,
          discount_amount=off, funded_by="shop", member_id=order["member_id"])  # fmt: skip


def _reserve(r, at, order, lines) -> None:
    """Lock stock, the whole order in one warehouse if one can, else line by line, nearest first."""
    if order["fulfil_mode"] == "dropship" or (order["fulfil_mode"] == "merchant" and lines[0]["sku_id"] != "LAMP-1"):
        return  # others hold the goods
    owner = OWN if order["fulfil_mode"] == "own" else "S4"
    near = PROVINCES[order["dest_province"]][5]
    ranked = [near, "GZ01" if near == "SH01" else "SH01"]
    whole = [wh for wh in ranked if all(r.pick_key(wh, ln["sku_id"], ln["qty"], owner) for ln in lines)]
    for line in lines:
        keys = [r.pick_key(wh, line["sku_id"], line["qty"], owner) for wh in whole[:1] or ranked]
        key = next((k for k in keys if k), None)
        r.index["key", line["order_line_id"]] = key
        if key is None:
            line["lost_sale_flag"] = True
            continue
        line["warehouse_id"] = key[0]
        order["warehouse_id"] = order["warehouse_id"] or key[0]
        r.move(at, "lock", key, line["qty"], ref_of(line), bucket="locked", reason="sale")


def give_up(r, at, order) -> None:
    advance(r, at, order, "closed", reason="unpaid")
    for line in r.index["lines", order["order_id"]]:
        unlock(r, at, line)
        touch(line, at, line_status="cancelled", cancelled_qty=line["qty"])


def pay(r, at, order) -> None:
    advance(r, at, order, "paid", "user")
    amount = order["payable_amount"]
    if amount:
        touch(order, at, paid_amount=amount)
        transact(r, at, "pay", order, amount)
        r.book(at, "receipt", ("1012", amount, {"shop_id": order["shop_id"]}), ("2203", -amount, {}))
    r.at(at + timedelta(minutes=20), audit, order)


def audit(r, at, order) -> None:
    """Accept the order; lines nobody can deliver are cancelled and paid back."""
    lines = r.index["lines", order["order_id"]]
    gone = [line for line in lines if line["lost_sale_flag"]]
    if len(gone) < len(lines):
        advance(r, at, order, "audited")
    for line in gone:
        touch(line, at, line_status="cancelled", cancelled_qty=line["qty"])
    if gone:
        presale_refund(r, at, order, gone, "other", "无货 out of stock")
    if len(gone) == len(lines):
        advance(r, at, order, "closed", reason="no_stock")
    elif r.rng.random() < 0.02:
        r.at(at + timedelta(minutes=5), cancel, order)
    else:
        r.at(at + timedelta(minutes=10), allocate, order)


def cancel(r, at, order) -> None:
    lines = [ln for ln in r.index["lines", order["order_id"]] if not ln["cancelled_qty"]]
    advance(r, at, order, "closed", "user", "customer")
    for line in lines:
        unlock(r, at, line)
        touch(line, at, line_status="cancelled", cancelled_qty=line["qty"])
    presale_refund(r, at, order, lines, "no_longer_wanted", "不想要了")


def presale_refund(r, at, order, lines, code, text) -> None:
    amount = sum((value_of(line) for line in lines), ZERO)
    if not amount:
        return
    rma = r.add("aftersales.rma", at, rma_id=(rma_id := r.new_id("R")), rma_no=f"SH{rma_id}",
                rma_type="refund_presale",
                status="closed", order_id=order["order_id"], applied_at=at, approved_at=at, received_at=None,
                refunded_at=at,
                closed_at=at, reason_code=code, reason_text=text,
                liability="platform" if code == "other" else "customer",
                refund_amount=amount, return_freight=ZERO, freight_payer=None, return_waybill_no=None,
                exchange_order_id=None)  # fmt: skip
    for number, line in enumerate(lines, 1):
        touch(line, at, refund_status="refunded")
        r.add("aftersales.rma_line", at, rma_line_id=f"{rma_id}-{number}", rma_id=rma_id,
              order_line_id=line["order_line_id"], sku_id=line["sku_id"], requested_qty=line["qty"],
              received_qty=0,
              inspection=None, restock_warehouse_id=None, restock_receipt_line_id=None, batch_no=None,
              supplier_id=None,
              refund_amount=value_of(line), inspected_at=None)  # fmt: skip
    refund(r, at, order, amount, rma["rma_id"])
    r.book(at, "refund_presale", ("2203", amount, {}), ("1012", -amount, {"shop_id": order["shop_id"]}))
