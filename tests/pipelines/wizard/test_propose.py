"""Unknown orders, stock and purchases are placed by names and values; what cannot be known is asked."""

import json

import duckdb
import pytest

from pipelines.ingestion.detect import detect
from pipelines.wizard.answers import Answers
from pipelines.wizard.dates import dates_of
from pipelines.wizard.observe import observed
from pipelines.wizard.propose import propose
from tests.pipelines.ingestion import samples

ORDERS = """订单编号,店铺,下单日期,收货省,收货人,手机号,商家编码,数量,单价,实付金额,订单状态,备注
2025010500000000001,天猫店,2025-01-05 10:00:00,浙江,张三,13800138000,00123,1,99.00,219.00,已发货,快点
2025010500000000001,天猫店,2025-01-05 10:00:00,浙江,张三,13800138000,00124,2,60.00,219.00,已发货,快点
2025010500000000002,天猫店,2025-01-06 11:00:00,江苏,李四,13900139000,00123,1,99.00,99.00,交易成功,
"""
STOCK = [
    ["仓库", "货号", "品名", "实际库存", "可用库存", "成本价", "品质", "盘点日期"],
    *(["WH1", f"{n:05d}", "跑鞋", n + 3, n + 1, 12.5, "残品" if n else "正品", f"2025/3/{n + 12}"] for n in range(8)),
]
PURCHASES = "\n".join(
    json.dumps({"PONumber": f"PO{n}", "Vendor": f"S{n % 2}", "PO Date": f"2025-01-{n + 10}", "Item Code": f"00{n}",
                "Qty Ordered": n + 1, "Unit Price": "3.50", "Qty Received": n, "Due Date": "2025-02-01"})
    for n in range(8)
)  # fmt: skip


@pytest.fixture
def proposed(tmp_path):
    def make(name, content, **answers):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        with duckdb.connect() as connection:
            connection.execute("set TimeZone = 'Asia/Shanghai'")
            with observed(connection, path, detect(path).profile) as file:
                return propose(connection, file, Answers(**answers))

    return make


def places(proposal):
    return {(p.source, f"{p.table.split('.')[1]}.{p.column}") for p in proposal.placements}


def test_chinese_order_lines_become_orders_and_lines(proposed):
    found = proposed("export.csv", ORDERS)
    assert places(found) == {
        ("订单编号", "sales_order_line.order_id"), ("订单编号", "sales_order.order_id"),
        ("店铺", "sales_order.shop_id"),
        ("下单日期", "sales_order.ordered_at"), ("收货省", "sales_order.dest_province"),
        ("商家编码", "sales_order_line.sku_id"), ("数量", "sales_order_line.qty"),
        ("单价", "sales_order_line.unit_price"),
        ("实付金额", "sales_order.paid_amount"), ("订单状态", "sales_order.status"),
    }  # fmt: skip
    assert set(found.unread) == {"收货人", "手机号", "备注"}
    [status] = [p for p in found.placements if p.column == "status"]
    assert status.enum_map == {"已发货": "shipped", "交易成功": "completed"}
    assert [q.key for q in found.questions] == ["fulfil_mode"]
    [line, header] = found.drafts
    assert (line.group_by, header.group_by) == (None, "订单编号")
    assert "商家编码" in line.made["order_line_id"].sql


def test_a_workbook_of_stock_is_a_snapshot_with_its_day_and_quality(proposed):
    found = proposed("whatever.xlsx", samples.workbook(STOCK))
    assert {"inventory.stock_snapshot"} == {draft.table.qualified for draft in found.drafts}
    assert {target for _, target in places(found)} == {
        f"stock_snapshot.{name}"
        for name in ("warehouse_id", "sku_id", "on_hand_qty", "available_qty", "unit_cost", "stock_status", "as_of")
    }
    assert found.questions == ()
    [day] = [p for p in found.placements if p.column == "as_of"]
    assert day.formats == ("%Y/%m/%d",)


def test_english_purchases_in_json_lines_become_orders_and_lines(proposed):
    found = proposed("purchases.jsonl", PURCHASES)
    assert places(found) == {
        ("PONumber", "purchase_order_line.po_id"), ("PONumber", "purchase_order.po_id"),
        ("Vendor", "purchase_order.supplier_id"), ("PO Date", "purchase_order.ordered_at"),
        ("Item Code", "purchase_order_line.sku_id"), ("Qty Ordered", "purchase_order_line.ordered_qty"),
        ("Unit Price", "purchase_order_line.unit_price"), ("Qty Received", "purchase_order_line.received_qty"),
        ("Due Date", "purchase_order_line.requested_date"),
    }  # fmt: skip
    assert found.questions == ()


def test_the_samples_of_real_systems_are_placed_for_the_greater_part(tmp_path):
    from benchmarks.mapping_proposals import score
    from contracts.mapping import mappings

    right = columns = slips = 0
    for mapping, name, content in samples.exports():
        (tmp_path / name).write_bytes(content)
        one = score(tmp_path / name, mappings()[mapping].file_for(name))
        right, columns, slips = right + one.right, columns + one.columns, slips + one.certain_wrong
    assert right / columns > 0.8, f"{right} of {columns}"
    assert slips <= 2


def test_columns_that_go_by_other_names_find_their_place_all_the_same(proposed):
    renamed = {"Lineitem sku": "货号", "Lineitem quantity": "购买数量", "Lineitem price": "成交价", "Total": "应付金额",
               "Created at": "下单时间", "Name": "订单号", "Shipping": "邮费"}  # fmt: skip
    content = samples.SHOPIFY
    for old, new in renamed.items():
        content = content.replace(f"{old},", f"{new},", 1)
    found = dict(places(proposed("a.csv", content)) - {("订单号", "sales_order_line.order_id")})
    assert {new: found[new].split(".")[1] for new in renamed.values()} == {
        "货号": "sku_id", "购买数量": "qty", "成交价": "unit_price", "应付金额": "payable_amount",
        "下单时间": "ordered_at", "订单号": "order_id", "邮费": "freight_charged",
    }  # fmt: skip


def test_days_and_months_that_could_change_places_are_asked(proposed):
    content = ORDERS.replace("2025-01-05 10:00:00", "05/01/2025").replace("2025-01-06 11:00:00", "06/01/2025")
    keys = {q.key: q.suggested for q in proposed("a.csv", content).questions}
    assert keys["下单日期.format"] == ""
    answered = proposed("a.csv", content, formats={"下单日期": "%d/%m/%Y"}, values={"fulfil_mode": "own"})
    assert answered.questions == ()
    assert [p.formats for p in answered.placements if p.column == "ordered_at"] == [("%d/%m/%Y",)]
    # A day beyond the twelfth tells.
    told = proposed("a.csv", content.replace("06/01/2025", "16/01/2025"))
    assert [q.key for q in told.questions] == ["fulfil_mode"]


def test_a_dotted_date_is_no_clearer_than_one_with_slashes():
    both = {"%d.%m.%Y": 1.0, "%m.%d.%Y": 1.0}
    assert dates_of(both).either
    assert not dates_of({"%d.%m.%Y": 1.0, "%m.%d.%Y": 0.4}).either


def test_amounts_with_decimal_commas_are_seen_and_undecided_ones_asked(proposed):
    file = proposed("a.csv", "货号;仓库;库存;成本价\nA1;W;5;12,50\nA2;W;6;1.003,20\n").file
    assert (file.decimal, file.decimal_is_certain) == (",", True)
    found = proposed("a.csv", "货号;仓库;库存;成本价\nA1;W;5;12,500\nA2;W;6;1,003\n")
    assert "decimal" in {q.key for q in found.questions}


def test_a_column_whose_values_reach_people_is_not_read_whatever_it_is_called(proposed):
    content = ORDERS.replace("手机号", "字段九")
    assert "字段九" in proposed("a.csv", content).unread


def test_a_file_that_could_be_several_things_asks_what_it_is(proposed):
    found = proposed("a.csv", "商品编码,数量\nA1,1\nA2,2\n")
    assert [q.key for q in found.questions] == ["table"]
    assert not any(placement.certain for placement in found.placements)
