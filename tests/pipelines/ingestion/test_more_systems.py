"""Exports of ERPs, shops and platforms load whole by the mappings that ship; what is none of their rows is named."""

import json

import pytest

from contracts.mapping import mappings
from tests.pipelines.ingestion import samples

ALL = tuple(mappings().values())


def by_table(desk, name, content):
    outcomes = desk.ingest(desk.file(name, content), mappings=ALL)
    assert all(one.status == "loaded" and one.accounted == one.rows_in for one in outcomes), outcomes
    return {one.contract.split(".")[1]: one for one in outcomes}


@pytest.mark.parametrize("name", samples.ADVENTUREWORKS)
def test_every_headerless_table_of_adventureworks_loads_whole(desk, name):
    rows = samples.ADVENTUREWORKS[name].count("\n")
    for outcome in by_table(desk, name, samples.ADVENTUREWORKS[name]).values():
        assert (outcome.rows_in, outcome.rows_quarantined) == (rows, 0)


def test_purchases_of_adventureworks_tie_out_to_their_lines(desk):
    for name in ("PurchaseOrderHeader.csv", "PurchaseOrderDetail.csv"):
        by_table(desk, name, samples.ADVENTUREWORKS[name])
    assert desk.rows(
        """select o.po_id, status, goods_amount - (select sum(ordered_qty * unit_price) from
            raw.procurement__purchase_order_line as l where l.po_id = o.po_id) as rest, source_seq
            from raw.procurement__purchase_order as o order by 1"""
    ) == [("1", "closed", 0, 5), ("2", "submitted", 0, 5)]
    assert desk.rows(
        """select received_qty::int, accepted_qty::int, rejected_qty::int
            from raw.procurement__goods_receipt_line order by receipt_line_id"""
    ) == [(3, 3, 0), (3, 3, 0), (3, 1, 2)]


def test_stock_of_adventureworks_is_kept_by_bin_and_added_up(desk):
    by_table(desk, "ProductInventory.csv", samples.ADVENTUREWORKS["ProductInventory.csv"])
    assert desk.rows("select bin_id, on_hand_qty::int from raw.inventory__bin_stock order by 1") == [
        ("1-A-1", 408), ("50-A-5", 353), ("6-B-5", 324),
    ]  # fmt: skip
    assert desk.rows("select on_hand_qty::int, as_of::date::varchar from raw.inventory__stock_snapshot") == [
        (1085, "2025-08-08")
    ]


def test_a_jd_order_is_as_many_lines_as_it_has_fees_with_the_sign_of_its_own_column(desk):
    found = by_table(desk, "jd_settlement_20250105.csv", samples.JD.encode("gb18030"))["channel_statement_line"]
    assert (found.rows_in, found.rows_loaded, found.rows_quarantined, found.rows_set_aside) == (6, 5, 0, 1)
    lines = desk.rows(
        """select channel_txn_no, line_kind, settle_amount::varchar, direction, line_no
            from raw.payment__channel_statement_line order by _line_no"""
    )
    assert lines == [
        ("300000000001", "pay", "199.0000", "in", 1), ("300000000001", "commission", "-9.9500", "out", 2),
        ("300000000001", "fee", "-1.1900", "out", 3), ("300000000002", "pay", "50.0000", "in", 1),
        ("300000000002", "refund", "-50.0000", "out", 2),
    ]  # fmt: skip
    goods = "select distinct _extra->>'$.商品编号', _extra->>'$.商品数量' from raw.payment__channel_statement_line"
    assert desk.rows(f"{goods} order by 1") == [("10001", "1"), ("10002", "1")]


def test_an_amount_of_jd_that_holds_a_remark_is_quarantined(desk):
    rows = "".join(f"30000000{n:04d},已完成,1000{n},鞋,1,1.00,货款,收入,,\n" for n in range(9))
    content = samples.JD.splitlines()[0] + "\n" + rows + "300000000099,已完成,1,鞋,1,199.00(已退款50.00),货款,收入,,\n"
    desk.ingest(desk.file("jd_settlement_20250106.csv", content.encode("gb18030")), mappings=ALL)
    assert desk.faults() == [(11, "not_an_amount")]


def test_what_shopify_does_not_stock_is_set_aside_and_the_day_is_in_the_files_name(desk):
    found = by_table(desk, "shopify_inventory_20250105.csv", samples.SHOPIFY_INVENTORY)["stock_snapshot"]
    assert (found.rows_in, found.rows_loaded, found.rows_set_aside) == (4, 2, 2)
    columns = "warehouse_id, sku_id, on_hand_qty::int, available_qty::int"
    assert desk.rows(f"select {columns} from raw.inventory__stock_snapshot order by 1") == [
        ("Main", "00100", 12, 10), ("Outlet", "00100", 0, 0)
    ]  # fmt: skip


def test_variants_of_shopify_take_their_products_cells_and_images_are_no_variants(desk):
    found = by_table(desk, "shopify_products_20250105.csv", samples.SHOPIFY_PRODUCTS)
    assert (found["sku"].rows_loaded, found["sku"].rows_set_aside, found["spu"].rows_loaded) == (3, 1, 2)
    assert desk.rows("select sku_id, spu_id, sku_name, status from raw.product__sku order by 1") == [
        ("00100", "runner", "Runner 42 white", "active"), ("00101", "runner", "Runner 43 white", "active"),
        ("00200", "socks", "Socks", "stopped"),
    ]  # fmt: skip
    assert desk.rows("select price::varchar from raw.product__price where sku_id = '00101'") == [("99.0000",)]


def test_an_odoo_order_fills_its_cells_down_to_its_lines(desk):
    found = by_table(desk, "odoo_purchase_order.csv", samples.ODOO_PURCHASES)
    assert (found["purchase_order_line"].rows_loaded, found["purchase_order"].rows_loaded) == (3, 2)
    assert desk.rows("select po_id, supplier_id, status, currency from raw.procurement__purchase_order order by 1") == [
        ("__export__.purchase_order_7_a1", "base.res_partner_1", "confirmed", "EUR"),
        ("__export__.purchase_order_8_b2", "base.res_partner_2", "draft", "EUR"),
    ]
    columns = "po_id, ordered_qty::int, received_qty::int"
    lines = desk.rows(f"select {columns} from raw.procurement__purchase_order_line order by po_line_id")
    assert lines[:2] == [
        ("__export__.purchase_order_7_a1", 10, 4), ("__export__.purchase_order_7_a1", 5, 0)
    ]  # fmt: skip
    # A line that came of ours is known by its external id, whatever module Odoo put before it.
    came = desk.rows("select suggestion_id from raw.procurement__purchase_order_line where suggestion_id is not null")
    assert came == [("BUY-0123456789abcdef0123",)]


def test_odoo_stock_leaves_out_places_that_are_not_ours_and_adds_up_bins(desk):
    found = by_table(desk, "odoo_stock_quant_20250105.csv", samples.ODOO_QUANTS)
    assert (found["bin_stock"].rows_loaded, found["bin_stock"].rows_set_aside) == (3, 1)
    columns = "sku_id, on_hand_qty::int, locked_qty::int"
    assert desk.rows(f"select {columns} from raw.inventory__stock_snapshot order by 1") == [
        ("product.a", 15, 2), ("product.b", 7, 0)
    ]  # fmt: skip


def test_an_erpnext_order_in_boxes_is_loaded_in_stock_units(desk):
    found = by_table(desk, "erpnext_purchase_order.csv", samples.ERPNEXT_PURCHASES)
    assert (found["purchase_order_line"].rows_loaded, found["purchase_order"].rows_loaded) == (2, 1)
    assert desk.rows(
        """select sku_id, ordered_qty::int, purchase_uom, uom_ratio::int, unit_price::varchar, received_qty::int
            from raw.procurement__purchase_order_line order by 1"""
    ) == [("00100", 120, "Box", 12, "2.5000", 60), ("00101", 3, "Nos", 1, "4.0000", 0)]


def test_the_total_of_an_erpnext_stock_balance_is_set_aside(desk):
    found = by_table(desk, "erpnext_stock_balance_20250105.csv", samples.ERPNEXT_STOCK)["stock_snapshot"]
    assert (found.rows_loaded, found.rows_set_aside) == (2, 1)


def test_stock_of_wangdiantong_tells_good_from_defective(desk):
    rows = [{"spec_no": f"00{n}", "warehouse_no": "WH1", "stock_num": 3 + n, "defect": n == 1, "lock_num": 1,
             "available_send_stock": 2, "modified": 1681106995000, "remark": "x"} for n in range(3)]  # fmt: skip
    by_table(desk, "wdt_stock_20250105.jsonl", "\n".join(map(json.dumps, rows)))
    assert desk.rows("select sku_id, stock_status, on_hand_qty::int from raw.inventory__stock_snapshot order by 1") == [
        ("000", "sellable", 3), ("001", "defective", 4), ("002", "sellable", 5),
    ]  # fmt: skip


def test_a_purchase_order_of_wangdiantong_is_a_row_per_line(desk):
    lines = [{"rec_id": 10 + n, "spec_no": f"00{n}", "num": 4, "stockin_num": n, "price": 2.5,
              "purchase_unit_name": "箱", "modified": "2023-01-12 16:27:55"} for n in range(2)]  # fmt: skip
    order = {"purchase_no": "CG1", "provider_no": "G1", "status": 50, "settle_status": 1, "warehouse_no": "WH1",
             "created": 1673511761000, "check_time": "2023-01-12 17:00:00", "modified": 1673511761000, "total_fee": 20,
             "expect_arrive_time": "2023-01-17 16:27:55", "purchaser_name": "张三", "detail_list": lines}  # fmt: skip
    found = by_table(desk, "wdt_purchase_20250105.jsonl", json.dumps(order) + "\n")
    assert (found["purchase_order_line"].rows_loaded, found["purchase_order"].rows_loaded) == (2, 1)
    assert desk.rows("select status, settle_status, approved_at > ordered_at from raw.procurement__purchase_order") == [
        ("part_received", "unsettled", True)
    ]
    received = (
        "select received_qty::int, expected_date::varchar from raw.procurement__purchase_order_line order by po_line_id"
    )
    assert desk.rows(received) == [(0, "2023-01-17"), (1, "2023-01-17")]


def test_a_stock_out_order_of_wangdiantong_keeps_no_person(desk):
    lines = [{"rec_id": 20 + n, "spec_no": f"00{n}", "num": 1, "src_order_detail_id": 7 + n} for n in range(2)]
    order = {"order_no": "CK1", "warehouse_no": "WH1", "status": 110, "stock_check_time": 1673511761000,
             "weight": 1.234, "consign_time": "2023-01-12 18:00:00", "logistics_no": "SF1", "logistics_code": "SF",
             "details_list": lines, "receiver_name": "张三", "receiver_mobile": "13800138000",
             "modified": "2023-01-12 18:00:00"}  # fmt: skip
    found = by_table(desk, "wdt_stockout_20250105.jsonl", json.dumps(order) + "\n")
    assert (found["outbound_line"].rows_loaded, found["outbound_order"].rows_loaded) == (2, 1)
    assert desk.rows("select status, actual_weight_g, waybill_no from raw.warehouse__outbound_order") == [
        ("shipped", 1234, "SF1")
    ]
    assert "张三" not in str(desk.everything())
