"""Month ends: freight bills, vouchers out of the postings, inventory valuation, subscriptions."""

import json
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal

from fulfilment import freight_of
from retailer import Retailer, touch
from world import CHINA, LAST_DAY, REMOTE_FEE, SERVICES, moment, money

ZERO = money(0)
ACCOUNTS = {
    "1002": ("银行存款", "cash"), "1012": ("渠道资金", "cash"), "1402": ("在途物资", "other"),
    "1405": ("库存商品", "inventory"),
    "2202": ("应付账款", "payable"), "220201": ("暂估应付", "payable"), "2203": ("预收账款", "other"),
    "222101": ("进项税额", "tax"), "222102": ("销项税额", "tax"), "2241": ("其他应付款", "other"),
    "6001": ("主营业务收入", "revenue"),
    "6051": ("平台佣金收入", "revenue"), "6401": ("主营业务成本", "cogs"),
    "6601": ("支付手续费", "payment_fee"),
    "6602": ("运费", "freight_out"), "6603": ("平台佣金", "platform_fee"), "6711": ("盘盈盘亏", "other"),
}  # fmt: skip
SOURCE_TYPE = {  # kind of posting: what finance calls its source
    "receipt": "payment", "channel_fee": "payment", "commission": "payment", "refund_presale": "refund",
    "refund": "refund",
    "sale": "sales_order", "commission_income": "sales_order", "cost_of_sale": "sales_order",
    "dropship_cost": "sales_order",
    "return_cost": "refund", "goods_receipt": "goods_receipt", "return_to_vendor": "goods_receipt",
    "supplier_invoice": "supplier_invoice", "supplier_payment": "settlement", "transfer_out": "transfer",
    "transfer_in": "transfer", "count": "count", "freight": "freight_bill",
}  # fmt: skip
MONTHS = [
    (date(2026, 8, 1), date(2026, 9, 1)),
    (date(2026, 9, 1), date(2026, 10, 1)),
    (date(2026, 10, 1), date(2026, 11, 1)),
]


def freight_bills(r: Retailer, at) -> None:
    """Each carrier bills the parcels it took over since the last bill, once, by the rate card."""
    billed = {row["waybill_no"] for row in r.tables["logistics.freight_bill_line"]}
    for parcel in r.tables["logistics.shipment"]:
        if parcel["direction"] == "outbound" and parcel["outbound_id"] and parcel["waybill_no"] not in billed:
            _bill(r, at, parcel)


def _bill(r, at, parcel) -> None:
    service = next(s for s in SERVICES if (s.carrier_id, s.code) == (parcel["carrier_id"], parcel["service_code"]))
    fee, grams = freight_of(service, parcel["dest_zone"], parcel["actual_weight_g"], parcel["volume_cm3"])
    charges = [("freight", fee)] + ([("remote", REMOTE_FEE)] if parcel["dest_zone"] == "Z4" else [])
    period = f"{at.date() - timedelta(days=1):%Y%m}"
    for charge, amount in charges:
        r.add("logistics.freight_bill_line", at, carrier_id=service.carrier_id,
              bill_no=f"{service.carrier_id}-{period}",
              waybill_no=parcel["waybill_no"], charge_type=charge, line_no=1, bill_period=period,
              billed_at=at.date(),
              billed_weight_g=grams, billed_zone=parcel["dest_zone"], amount=amount, tax_amount=None,
              currency="CNY",
              dispute_status="none")  # fmt: skip
        r.book(at, "freight", ("6602", amount, {}), ("2241", -amount, {"carrier_id": service.carrier_id}))


def campaign_spend(r: Retailer, at) -> None:
    """What a campaign has cost so far, in discounts granted."""
    for campaign in r.tables["marketing.campaign"]:
        granted = [d for d in r.tables["marketing.discount_application"] if d["campaign_id"] == campaign["campaign_id"]]
        if granted:
            spent = sum((d["discount_amount"] for d in granted), ZERO)
            redeemed = len({d["order_id"] for d in granted}) if campaign["tool"] == "coupon" else None
            touch(campaign, granted[-1]["applied_at"], spent_amount=spent, redeemed_qty=redeemed)


def vouchers(r: Retailer) -> None:
    """One voucher per kind and half month; what is in no past half month yet is not posted."""
    groups: dict[tuple, dict] = defaultdict(lambda: defaultdict(Decimal))
    for at, kind, lines in r.postings:
        day = _posting_day(at.astimezone(CHINA).date())
        if day <= LAST_DAY:
            for account, amount, dims in lines:
                groups[day, kind][account, json.dumps(dims, sort_keys=True, separators=(",", ":"))] += amount
    for number, (day, kind) in enumerate(sorted(groups), 1):
        lines = [(key, amount) for key, amount in sorted(groups[day, kind].items()) if amount]
        for line_no, ((account, dims), amount) in enumerate(lines, 1):
            r.add("finance.voucher_line", moment(day, 23), ledger_id="MAIN", voucher_id=f"JZ{number:04d}",
                  line_no=line_no,
                  period=f"{day:%Y%m}", posted_at=day, account_code=account,
                  account_name=ACCOUNTS[account][0],
                  debit=max(amount, ZERO), credit=max(-amount, ZERO), currency="CNY", fx_rate="1", dims=dims,
                  source_type=SOURCE_TYPE[kind], source_id=None, is_reversal=False)  # fmt: skip


def _posting_day(day: date) -> date:
    if day.day <= 15:
        return day.replace(day=15)
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)


def accounts(r: Retailer) -> None:
    for code, (name, role) in ACCOUNTS.items():
        r.add("reference.account", moment(date(2026, 8, 10)), account_code=code, account_name=name, role=role)


def valuation(r: Retailer) -> None:
    """Moving average per warehouse and SKU for each month; October is not closed yet."""
    moves = defaultdict(list)
    for at, wh, sku_id, qty, amount in r.valued:
        moves[wh, sku_id].append((at.astimezone(CHINA).date(), qty, amount))
    for first, after in MONTHS:
        for wh, sku_id in sorted(moves):
            _valuation_row(r, first, after, wh, sku_id, moves[wh, sku_id])


def _valuation_row(r, first, after, wh, sku_id, moves) -> None:
    before = [m for m in moves if m[0] < first]
    month = [m for m in moves if first <= m[0] < after]
    ins, outs = [m for m in month if m[1] > 0], [m for m in month if m[1] < 0]
    qty, worth = sum(m[1] for m in before + month), sum((m[2] for m in before + month), ZERO)
    if before or month:
        r.add("finance.inventory_valuation", min(moment(after, 5), moment(LAST_DAY + timedelta(days=1), 5)),
              period=f"{first:%Y%m}", warehouse_id=wh, cost_center="", sku_id=sku_id, batch_no="",
              layer_id="",
              as_of=after - timedelta(days=1), method="moving_avg",
              opening_qty=sum(m[1] for m in before), in_qty=sum(m[1] for m in ins),
              out_qty=-sum(m[1] for m in outs),
              closing_qty=qty, opening_amount=sum((m[2] for m in before), ZERO),
              in_amount=sum((m[2] for m in ins), ZERO),
              out_amount=-sum((m[2] for m in outs), ZERO), closing_amount=worth,
              unit_cost=(worth / qty).quantize(Decimal("0.0001")) if qty else None, layer_received_at=None,
              writedown_amount=ZERO, is_closed=first < date(2026, 10, 1))  # fmt: skip


def subscriptions(r: Retailer) -> None:
    for number, (sku_id, qty, every, ahead) in enumerate(
        (("GEL-CI", 12, 30, 6), ("GEL-BE", 12, 30, 13), ("SK-BK-M", 2, 60, 20)), 1
    ):
        r.add("order.subscription", moment(date(2026, 9, 10), 10), subscription_id=f"SB{number}",
              sku_id=sku_id, shop_id="MINI",
              member_id=f"M{number:04d}", qty=qty, every_days=every, next_at=LAST_DAY + timedelta(days=ahead),
              ends_at=None,
              status="active")  # fmt: skip
