"""Dirty exports of six systems from a seed, each with what is true of it: rows, totals to the cent, bad lines and why.

The dirt that is harmless stands in most rows (commas inside unquoted names, thousands, TABs behind ids, dashes, values
over two lines, absent keys); the dirt that is not stands in a few, which no loader may accept.
"""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from samples import ALIPAY_FOOT, ALIPAY_HEAD, WECHAT_COLUMNS, WECHAT_SUMMARY, workbook

NAMES = ("跑鞋", "跑鞋,男款白色42码", "袜子 龘", 'Runner, "Pro"', "T恤/XL", "𠮷野家 杯", "=1+1", "a;b|c")
NO_AMOUNTS = ("abc", "1,13", "1e400", "--5.00", "1.2.3", "5.00元元", "NaN")


@dataclass
class Truth:
    """What is true of a file: its rows, the figures of the good ones in cents or pieces, line to reason of the bad."""

    name: str
    mapping: str
    rows: int
    figures: dict[str, int] = field(default_factory=dict)
    bad: dict[int, set[str]] = field(default_factory=dict)
    content: bytes = b""


def dirty_exports(seed: int, bad_rows: int = 4, footer_off_by: int = 0) -> list[Truth]:
    """One export of each system; `footer_off_by` cents make a footer that is not true."""
    makers = (_wechat, _alipay, _amazon, _sf_express)
    return [make(random.Random(f"{seed} {make.__name__}"), bad_rows, footer_off_by) for make in makers] + [
        make(random.Random(f"{seed} {make.__name__}"), bad_rows) for make in (_shopify, _wangdiantong)
    ]


def _money(cents: int, comma: bool = False, apart: bool = False) -> str:
    text = f"{abs(cents) // 100:,}" if apart else f"{abs(cents) // 100}"
    return f"{'-' if cents < 0 else ''}{text}{',' if comma else '.'}{abs(cents) % 100:02d}"


def _chosen(draw: random.Random, rows: int, bad_rows: int, kinds: list) -> dict[int, Callable]:
    """Row to what is done to it: as many kinds as there are bad rows, the rows anywhere."""
    places = draw.sample(range(rows), bad_rows)
    return dict(zip(places, draw.sample(kinds, bad_rows), strict=True))


def _spoil(place: str, value: str, *reasons: str) -> tuple[str, str, set[str]]:
    return place, value, set(reasons)


def _wechat(draw: random.Random, bad_rows: int, off: int) -> Truth:
    rows, columns = draw.randint(40, 80), WECHAT_COLUMNS.split(",")
    kinds = [
        _spoil("应结订单金额", draw.choice(NO_AMOUNTS), "not_an_amount"),
        _spoil("微信订单号", "", "missing_key"), _spoil("微信订单号", "4.20E+27", "excel_mangled_id"),
        _spoil("微信订单号", "42000023.0", "float_id"), _spoil("微信订单号", "4" * 65, "id_too_long"),
        _spoil("交易时间", "2025-02-30 09:00:00", "not_a_date", "not_an_instant"), _spoil("货币种类", "",
        "missing_value"),
        _spoil("费率", "60", "not_a_share"), _spoil("", "cut", "wrong_column_count"),
    ]  # fmt: skip
    spoilt = _chosen(draw, rows, bad_rows, kinds)
    truth = Truth(
        f"wechat_trade_202501{draw.randint(10, 28)}.csv", "wechat_pay", rows, {"order": 0, "refund": 0, "fee": 0}
    )
    stated, lines = {"order": 0, "refund": 0, "fee": 0}, [WECHAT_COLUMNS]
    for n in range(rows):
        is_refund, cents = draw.random() < 0.1, draw.randint(1, 300_000)
        fee = round(cents * 0.006) * (-1 if is_refund else 1)
        said = {"order": 0 if is_refund else cents, "refund": cents if is_refund else 0, "fee": fee}
        cells = dict.fromkeys(columns, "") | {
            "交易时间": f"2025-01-05 09:{n % 60:02d}:00", "商户号": "1900000109",
            "微信订单号": f"42000023452025010512345{n:05d}",
            "商户订单号": f"20250105{n:08d}", "交易类型": "JSAPI", "交易状态": "REFUND" if is_refund else "SUCCESS",
            "付款银行": "OTHERS", "货币种类": "CNY", "应结订单金额": _money(said["order"]), "代金券金额": "0.00",
            "微信退款单号": f"5030{n}", "商户退款单号": f"R{n}", "退款金额": _money(said["refund"]), "费率": "0.60%",
            "商品名称": draw.choice(NAMES), "手续费": f"{_money(fee)}000", "订单金额": _money(said["order"]),
            "申请退款金额": _money(said["refund"]),
        }  # fmt: skip
        place, value, reasons = spoilt.get(n, ("", "", set()))
        cells |= {place: value} if place else {}
        line = "`" + ",`".join(cells[name] for name in columns)
        lines.append(",`".join(line.split(",`")[:12]) if value == "cut" else line)
        _count(truth, stated, said, n + 2, reasons)
    summary = [
        str(rows),
        _money(stated["order"] + off),
        _money(stated["refund"]),
        "0.00",
        f"{_money(stated['fee'])}000",
    ]
    lines += [WECHAT_SUMMARY, "`" + ",`".join([*summary, _money(stated["order"]), _money(stated["refund"])])]
    truth.content = ("\ufeff" + "\r\n".join(lines) + "\r\n").encode()
    return truth


def _count(truth: Truth, stated: dict[str, int], said: dict[str, int], line: int, reasons: set[str]) -> None:
    for name, value in said.items():
        stated[name] += value
        truth.figures[name] += 0 if reasons else value
    if reasons:
        truth.bad[line] = reasons


def _alipay(draw: random.Random, bad_rows: int, off: int) -> Truth:
    rows = draw.randint(40, 80)
    kinds = [
        _spoil("amount", draw.choice(("abc", "1e400", "--5.00", "1.2.3")), "not_an_amount"),
        _spoil("time", "2025/13/5 9:00", "not_an_instant"),
        _spoil("id", "", "missing_key"), _spoil("balance", "", "missing_value"), _spoil("balance", "much",
        "not_an_amount"),
        _spoil("id", "2.03E+27", "excel_mangled_id"), _spoil("", "cut", "wrong_column_count"),
        _spoil("name", "跑鞋\udcff", "undecodable"),
    ]  # fmt: skip
    spoilt = _chosen(draw, rows, bad_rows, kinds)
    truth = Truth(f"alipay_acclog_202501{draw.randint(10, 28)}.csv", "alipay", rows, {"income": 0, "expense": 0})
    stated, counts, lines = {"income": 0, "expense": 0}, {"income": 0, "expense": 0}, []
    head = ALIPAY_HEAD.count("\n")
    for n in range(rows):
        side, cents = "expense" if draw.random() < 0.1 else "income", draw.randint(1, 300_000)
        counts[side] += 1
        place, value, reasons = spoilt.get(n, ("", "", set()))
        amounts = {"income": "", "expense": ""} | {side: _money(cents if side == "income" else -cents)}
        if place == "amount":
            amounts[side] = value
        cells = [
            f"20250105{n:013d}\t", f"{value if place == 'id' else f'2025010522{n:012d}'}\t", f"T{n}\t",
            value if place == "name" else draw.choice(("跑鞋 龘", "袜子")),
            value if place == "time" else f"2025/1/5 9:{n % 60:02d}",
            "buyer***@qq.com\t", amounts["income"], amounts["expense"],
            value if place == "balance" else f'"{_money(draw.randint(100_000, 9_000_000), apart=True)}"',
            "支付宝", "交易退款" if side == "expense" else "在线支付", "",
        ]  # fmt: skip
        lines.append(",".join(cells[:6] if value == "cut" else cells))
        _count(truth, stated, {side: cents}, head + n + 1, reasons)
    foot = ALIPAY_FOOT.format(
        count=counts["income"], income=_money(stated["income"] + off), expense=_money(stated["expense"])
    ).replace("1笔，共-", f"{counts['expense']}笔，共-", 1)
    text = (ALIPAY_HEAD + "\n".join(lines) + "\n" + foot).replace("\n", "\r\n")
    truth.content = b"\xff".join(part.encode("gb18030") for part in text.split("\udcff"))
    return truth


def _amazon(draw: random.Random, bad_rows: int, off: int) -> Truth:
    columns = [
        "settlement-id",
        "settlement-start-date",
        "settlement-end-date",
        "deposit-date",
        "total-amount",
        "currency",
        "transaction-type",
        "order-id",
        "amount-type",
        "amount-description",
        "amount",
        "posted-date-time",
        "sku",
        "quantity-purchased",
    ]
    rows = draw.randint(40, 80)
    kinds = [
        _spoil("amount", "12.99", "not_an_amount"),
        _spoil("amount", "abc", "not_an_amount"), _spoil("posted-date-time", "31.02.2025 10:00:00 UTC",
        "not_an_instant"),
        _spoil("order-id", "3.02E+11", "excel_mangled_id"), _spoil("", "cut", "wrong_column_count"),
        _spoil("posted-date-time", "01/05/2025", "not_an_instant"),
    ]  # fmt: skip
    spoilt = _chosen(draw, rows, bad_rows, kinds)
    truth = Truth(f"amazon_settlement_de_{draw.randint(1, 99)}.txt", "amazon_settlement", rows + 1, {"total": 0})
    stated, lines = {"total": 0}, []
    for n in range(rows):
        refund, cents = draw.random() < 0.2, draw.randint(1, 250_000)
        kind = draw.choice((("ItemPrice", "Principal"), ("ItemFees", "Commission"), ("ItemPrice", "Shipping")))
        said = {"total": -cents if refund or kind[0] == "ItemFees" else cents}
        amount = _money(said["total"], comma=True)
        if cents >= 100_000 and draw.random() < 0.5:  # 1.229,99
            amount = amount.replace(str(cents // 100), f"{cents // 100:,}".replace(",", "."))
        cells = dict.fromkeys(columns, "") | {
            "settlement-id": "19800000011", "transaction-type": "Refund" if refund else "Order",
            "order-id": f"302-{n // 3:07d}",
            "amount-type": kind[0], "amount-description": kind[1], "amount": amount,
            "posted-date-time": f"05.01.2025 10:{n % 60:02d}:00 UTC", "sku": f"A-{n}",
        }  # fmt: skip
        place, value, reasons = spoilt.get(n, ("", "", set()))
        cells |= {place: value} if place else {}
        lines.append("\t".join(cells.values()) if value != "cut" else "19800000011\tOrder")
        _count(truth, stated, said, n + 3, reasons)
    total = "19800000011\t01.01.2025 00:00:00 UTC\t15.01.2025 00:00:00 UTC\t17.01.2025 00:00:00 UTC\t"
    total += f"{_money(stated['total'] + off, comma=True)}\tEUR" + "\t" * 8
    truth.content = ("\n".join(["\t".join(columns), total, *lines]) + "\n").encode()
    return truth


def _sf_express(draw: random.Random, bad_rows: int, off: int) -> Truth:
    rows = draw.randint(40, 80)
    kinds = [
        _spoil("id", 2.51e18, "excel_truncated_id"), _spoil("id", 7.13e17, "excel_truncated_id"), _spoil("id", None,
        "missing_key"),
        _spoil("weight", "heavy", "not_a_whole_number"), _spoil("fee", "#N/A", "not_an_amount"),
        _spoil("fee", "—", "not_an_amount"), _spoil("day", "soon", "not_a_date"), _spoil("id", "#REF!", "error_cell"),
    ]  # fmt: skip
    spoilt = _chosen(draw, rows, bad_rows, kinds)
    truth = Truth(f"sf_freight_2025{draw.randint(10, 12)}.xlsx", "sf_express", rows + 1, {"freight": 0})
    stated, body = {"freight": 0}, []
    for n in range(rows):
        cents = draw.randint(800, 9_000)
        place, value, reasons = spoilt.get(n, ("", None, set()))
        fee = _money(cents) if draw.random() < 0.2 else cents / 100
        cells = {
            "id": f"SF1{draw.randint(0, 10**8):08d}{n:04d}", "day": draw.choice((f"2025/1/{n % 27 + 1}",
            45_658 + n % 20)),
            "actual": 1.2, "weight": 1.5, "fee": fee, "insured": draw.choice(("—", 1, "-", None)), "due": fee,
            "note": None,
        }  # fmt: skip
        cells |= {place: value} if place else {}
        body.append(list(cells.values()))
        # What a spoilt cell hides is still in the sender's own total, unless it is the charge itself.
        _count(truth, stated, {"freight": 0 if place == "fee" else cents}, n + 4, reasons)
    head = [
        ["顺丰月结账单 2025-01 月结卡号 0200000000"],
        ["运单号码", "寄件日期", "重量(kg)", None, "费用(元)", None, None, "备注"],
        [None, None, "实际", "计费", "运费", "保价", "应付", None],
    ]
    truth.content = workbook([*head, *body, ["合计", None, None, None, (stated["freight"] + off) / 100]])
    return truth


def _shopify(draw: random.Random, bad_rows: int) -> Truth:
    orders = draw.randint(20, 40)
    head = (
        "Name,Email,Financial Status,Paid at,Fulfillment Status,Currency,Subtotal,Shipping,Taxes,Total,Discount Amount,"
        "Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Refunded Amount,Notes\n"
    )
    kinds = [
        _spoil("qty", "1.5", "fractional_units"), _spoil("qty", "0", "below_minimum"), _spoil("qty", "",
        "missing_value"),
        _spoil("qty", "two", "not_a_quantity"), _spoil("price", "abc", "not_an_amount"), _spoil("sku", "1.0E+11",
        "excel_mangled_id"),
        _spoil("sku", "100.0", "float_id"), _spoil("qty", "-1", "below_minimum"),
    ]  # fmt: skip
    sizes = [draw.randint(1, 4) for _ in range(orders)]
    truth = Truth(
        f"shopify_orders_{draw.randint(1, 99)}.csv", "shopify", sum(sizes), {"orders": orders, "lines": 0, "pieces": 0}
    )
    spoilt = _chosen(draw, sum(sizes), bad_rows, kinds)
    text, n = head, 0
    for order, size in enumerate(sizes):
        for place_in_order in range(size):
            place, value, reasons = spoilt.get(n, ("", "", set()))
            line = text.count("\n") + 1
            pieces = draw.randint(1, 3)
            item = {"qty": str(pieces), "price": "25.00", "sku": f"00{n:03d}"} | ({place: value} if place else {})
            order_cells = f"u{order}@ex.com,paid,2025-01-05 10:00:00 +0800,fulfilled,USD,50.00,5.00,4.50,59.50,0.00,"
            order_cells += "2025-01-05 09:59:00 +0800" if not place_in_order else ""
            cells = order_cells if not place_in_order else f"u{order}@ex.com" + "," * 10
            name = draw.choice(('"Runner, ""Pro""\nwide"', "Socks", '"a\n\nb"'))
            notes = draw.choice(('"line1\nline2"', "", '"He said ""hi"""'))
            text += f"#{1001 + order},{cells},{item['qty']},{name},{item['price']},{item['sku']},,{notes}\n"
            if reasons:
                truth.bad[line] = reasons
            else:
                truth.figures["lines"] += 1
                truth.figures["pieces"] += pieces
            n += 1
    truth.content = text.encode()
    return truth


def _wangdiantong(draw: random.Random, bad_rows: int) -> Truth:
    rows = draw.randint(40, 80)
    kinds = [
        _spoil("trade_no", "", "missing_key"), _spoil("modified", "2025-13-01 10:00:00", "not_an_instant"),
        _spoil("receivable", "x", "not_an_amount"), _spoil("version_id", "a", "not_a_whole_number"),
        _spoil("trade_time", "12", "not_an_instant"), _spoil("", "cut", "not_json"), _spoil("modified", "",
        "missing_value"),
        _spoil("trade_no", "JY\u0001", "control_character"),
    ]  # fmt: skip
    spoilt = _chosen(draw, rows, bad_rows, kinds)
    truth = Truth(
        f"wdt_orders_202501{draw.randint(10, 28)}.jsonl.gz",
        "wangdiantong",
        rows,
        {"orders": 0, "receivable": 0, "merged": 0},
    )
    lines = []
    for n in range(rows):
        cents, merged = draw.randint(100, 200_000), draw.random() < 0.15
        ids = [f"24{n:016d}{part}" for part in range(2 if merged else 1)]
        order = {
            "trade_no": f"JY{n:012d}", "src_tids": ",".join(ids), "trade_status": draw.choice((6, 30, 55, 95, 110)),
            "trade_time": str(1_736_067_600_000 + n * 60_000), "pay_time": f"2025-01-05 09:{n % 60:02d}:00",
            "receivable": f"{_money(cents)}00", "version_id": n, "modified": "2025-01-05 12:00:00",
        }  # fmt: skip
        if draw.random() < 0.5:
            order["warehouse_no"] = "WH1"
        place, value, reasons = spoilt.get(n, ("", "", set()))
        order |= {place: value} if place else {}
        line = json.dumps(order, ensure_ascii=draw.random() < 0.5)
        lines.append(line[: len(line) // 2] if value == "cut" else line)
        if reasons:
            truth.bad[n + 1] = reasons
        else:
            truth.figures["orders"] += 1
            truth.figures["receivable"] += cents
            truth.figures["merged"] += merged
    truth.content = gzip.compress("\n".join(lines).encode(), mtime=0)
    return truth
