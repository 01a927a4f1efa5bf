"""A delivery written in the formats of real systems tells our ingestion what the canonical files tell it."""

from __future__ import annotations

import zipfile
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from reading import Reading
from statement_samples import LINE, statement_lines

from simulator.exports.arrow import rows_table
from simulator.exports.dialects import DIALECTS, deliver_foreign, speak
from simulator.exports.files import Delivery, write_file
from simulator.times import CHINA

AT = datetime(2026, 1, 6, tzinfo=CHINA)
DELIVERY = Delivery(AT - timedelta(days=1), AT)
ORDER, FREIGHT = "order.sales_order", "logistics.freight_bill_line"
STOCK = "inventory.stock_snapshot"


def at(hour: int, minute: int = 0, second: int = 0) -> datetime:
    return datetime(2026, 1, 5, hour, minute, second, tzinfo=CHINA)


def orders() -> list[dict]:
    states = ["pending_pay", "paid", "audited", "allocated", "shipped", "delivered", "completed", "closed", "cancelled"]
    return [
        {
            "order_id": f"O{1_000_000_000 + n}", "order_no": f"69{10**15 + n}", "shop_id": f"S{n % 3}",
            "order_type": "exchange" if n == 10 else "normal", "fulfil_mode": "dropship" if n == 11 else "own",
            "status": states[n % 9], "ordered_at": at(n, 59, n), "paid_at": at(n + 1) if n % 9 else None,
            "shipped_at": at(18, 0, n) if states[n % 9] == "shipped" else None, "currency": "CNY",
            "goods_amount": Decimal("822.24") + n, "freight_charged": Decimal(n), "discount_shop": Decimal("10.5"),
            "payable_amount": Decimal("811.74"), "paid_amount": Decimal("811.74") if n % 9 else None,
            "warehouse_id": "WH1" if n % 2 else None, "updated_at": at(20, 0, n),
        }
        for n in range(12)
    ]  # fmt: skip


def order_lines() -> list[dict]:
    return [
        {"order_line_id": f"OL{n}", "order_id": f"O{1_000_000_000 + n}", "sku_id": "A", "qty": 1, "updated_at": at(20)}
        for n in range(12)
    ]


def freight_lines() -> list[dict]:
    def line(n: int, charge: str, amount: str, carrier: str = "SF") -> dict:
        return {
            "carrier_id": carrier, "bill_no": f"{carrier}-202512", "waybill_no": f"Y{1_000_000_000 + n}",
            "charge_type": charge, "line_no": 1, "bill_period": "202512", "billed_at": date(2026, 1, 1),
            "billed_weight_g": 1500 + 123 * n, "amount": Decimal(amount), "currency": "CNY",
        }  # fmt: skip

    rows = [line(n, "freight", f"{10 + n}.25") for n in range(20)] + [line(n, "insured", "1.10") for n in (2, 5)]
    return [*rows, line(3, "remote", "5.00"), line(4, "return", "12.00"), line(0, "freight", "9.00", "ZTO")]


def products() -> dict[str, list[dict]]:
    spus = [
        {"spu_id": f"P{n}", "spu_name": f"跑鞋 {n}", "brand": "远足", "category_id": "RUN", "lifecycle": state}
        for n, state in enumerate(("active", "ended", "phase_out"))
    ]
    skus = [
        {"sku_id": f"P{n}-{size}", "spu_id": f"P{n}", "sku_name": f"跑鞋 {n} 黑 {size}", "barcode": f"0692{n}{size}",
         "weight_g": 300 + size, "status": "ended" if n == 1 else "active", "length_mm": 300}
        for n in range(3) for size in (41, 42)
    ]  # fmt: skip
    prices = [
        {"sku_id": sku["sku_id"], "price_type": "list", "valid_from": AT, "price": Decimal("499.00"), "currency": "CNY"}
        for sku in skus
    ]
    return {"product.spu": spus, "product.sku": skus, "product.price": prices}


def stock() -> list[dict]:
    return [
        {"warehouse_id": f"WH{n % 2}", "sku_id": f"P{n // 2}-41", "batch_no": "B1" if n == 5 else None,
         "stock_status": "defective" if n == 4 else "sellable", "owner_party_id": "self", "as_of": AT,
         "on_hand_qty": 10 + n, "locked_qty": n, "allocated_qty": 0, "available_qty": 10, "in_transit_po_qty": 0}
        for n in range(8)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def tables():
    rows = {
        ORDER: orders(), "order.sales_order_line": order_lines(), FREIGHT: freight_lines(), STOCK: stock(),
        LINE: statement_lines("wechat", "1900000001") + statement_lines("alipay", "2088000000000001")
        + statement_lines("jd", "1900000003"), **products(),
    }  # fmt: skip
    return {table: rows_table(table, found) for table, found in rows.items()}


def canonical(inbox, tables) -> Reading:
    inbox.mkdir()
    for table, rows in tables.items():
        write_file(inbox, table, rows, DELIVERY)
    return loaded(Reading(inbox))


def spoken(inbox, tables, names) -> Reading:
    inbox.mkdir()
    rest, files = speak(tables, DELIVERY, names)
    deliver_foreign(files, inbox, DELIVERY)
    for table, rows in rest.items():
        write_file(inbox, table, rows, DELIVERY)
    return loaded(Reading(inbox, names))


def loaded(reading: Reading) -> Reading:
    outcomes = reading.load()
    assert {(one.file_name, one.status, one.rows_quarantined) for one in outcomes} == {
        (one.file_name, "loaded", 0) for one in outcomes
    }, outcomes
    return reading


@pytest.fixture(scope="module")
def readings(tables, tmp_path_factory):
    """The same delivery read as canonical files, and with all dialects."""
    folder = tmp_path_factory.mktemp("dialects")
    return canonical(folder / "canonical", tables), spoken(folder / "spoken", tables, tuple(DIALECTS))


CARRIED = [(name, table) for name, dialect in DIALECTS.items() for table in dialect.carries]


@pytest.mark.parametrize(("name", "table"), CARRIED)
def test_a_dialect_reads_back_the_rows_of_the_canonical_file(readings, name, table):
    plain, foreign = readings
    columns = DIALECTS[name].carries[table]
    mine = f"source_system = '{name}' and _load_id in (select load_id from control.delivery where mapping = '{name}')"
    keys = [column for column in columns if column.endswith(("_id", "_no", "_kind", "_type"))]
    assert keys
    values = ", ".join(map(_unsigned, columns))
    found = foreign.rows(f"select {values} from raw.{table.replace('.', '__')} where {mine} order by all")
    same = ", ".join(columns)
    expected = plain.rows(f"select {values} from raw.{table.replace('.', '__')} order by all")
    assert found and set(found) <= set(expected), (same, set(found) - set(expected))


def _unsigned(column: str) -> str:
    # An account log writes money going out with a minus; the canonical file says so in `direction`.
    return f"abs({column})" if column == "settle_amount" else column


@pytest.mark.parametrize("table", [ORDER, "order.sales_order_line", LINE, FREIGHT, "product.sku", "product.spu", STOCK])
def test_no_row_is_lost_or_told_twice_where_dialects_take_part_of_a_table(readings, table):
    plain, foreign = readings
    key = {LINE: ["channel", "channel_txn_no", "line_kind"], FREIGHT: ["carrier_id", "waybill_no", "charge_type"]}
    keys = key.get(table, [name for name in _primary_key(table) if name != "source_system"])
    assert foreign.held(table, keys) == plain.held(table, keys)


def _primary_key(table: str) -> tuple[str, ...]:
    from contracts import table as contract

    return contract(table).primary_key


def test_headers_and_lines_of_a_system_that_speaks_a_dialect_meet_by_source(readings):
    _, foreign = readings
    [(orphans,)] = foreign.rows(
        "select count(*) from raw.order__sales_order_line "
        "anti join raw.order__sales_order using (source_system, order_id)"
    )
    assert orphans == 0


def test_what_a_format_cannot_say_stays_canonical(tables):
    rest, files = speak(tables, DELIVERY)
    assert rest[ORDER]["order_type"].to_pylist() == ["exchange", "normal"]
    assert rest[ORDER]["fulfil_mode"].to_pylist() == ["own", "dropship"]
    assert set(rest[LINE]["channel"].to_pylist()) == {"jd"}
    assert rest[FREIGHT]["charge_type"].to_pylist() == ["remote", "return", "freight"]
    assert rest["product.spu"]["lifecycle"].to_pylist() == ["phase_out"]
    assert [row["stock_status"] for row in rest[STOCK].to_pylist()] == ["defective", "sellable"]
    assert sorted(file.name for file in files) == [
        "alipay_acclog_2088000000000001_20260105.csv", "sf_freight_202512.xlsx", "shopify_inventory_20260106.csv",
        "shopify_products_20260106.csv", "wdt_orders_20260106T000000_1.jsonl", "wechat_trade_1900000001_20260105.csv",
    ]  # fmt: skip


def test_the_bills_look_as_their_systems_write_them(tables):
    files = {file.name.split("_")[0]: file.content for file in speak(tables, DELIVERY)[1]}
    wechat = files["wechat"].decode("utf-8")
    assert wechat.startswith("\ufeff交易时间,") and wechat.count("\r\n") == wechat.count("\n") == 13
    assert all(line.startswith("`") for line in wechat.split("\r\n")[1:11] + wechat.split("\r\n")[12:13])
    alipay = files["alipay"].decode("gb18030")
    assert alipay.startswith("#支付宝账务明细查询\r\n#账号：[2088000000000001]\r\n")
    assert "#支出合计：2笔，共-2510.00元\r\n#收入合计：8笔，共10035.00元\r\n" in alipay
    assert b"pay_time" not in files["wdt"].split(b"\n")[0]  # nobody has paid: the key is absent
    path = zipfile.ZipFile(__import__("io").BytesIO(files["sf"]))
    assert b'<mergeCell ref="E2:G2"/>' in path.read("xl/worksheets/sheet1.xml")


def test_the_same_delivery_gives_the_same_bytes(tables):
    assert speak(tables, DELIVERY)[1] == speak(tables, DELIVERY)[1]


def test_a_name_that_is_no_dialect_is_refused(tables):
    with pytest.raises(ValueError, match="no dialect is called 'kingdee'; there are wangdiantong, wechat_pay"):
        speak(tables, DELIVERY, ["kingdee"])
