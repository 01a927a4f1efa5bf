"""Exports of real systems load whole: their rows typed, their footers tied out, what is damaged kept out by name."""

import gzip
import json

import pytest

from contracts.mapping import mappings
from tests.pipelines.ingestion import samples

ALL = tuple(mappings().values())
STATEMENT = "raw.payment__channel_statement_line"


def test_a_wechat_bill_ties_out_with_its_summary_and_keeps_commas_in_names(desk):
    rows = [samples.wechat_row(1, "跑鞋,男款白色42码"), samples.wechat_row(2), samples.wechat_row(3, refund="40.50")]
    content = samples.wechat(rows, 3, "200.00", "40.50", "0.60000")
    outcome = desk.deliver("wechat_trade_20250105.csv", content, mappings=ALL)
    assert (outcome.status, outcome.rows_in, outcome.rows_loaded) == ("loaded", 3, 3)
    found = desk.rows(f"select line_kind, settle_amount, refund_amount from {STATEMENT} order by _line_no")
    assert [(kind, str(paid), str(back)) for kind, paid, back in found] == [
        ("pay", "100.0000", "0.0000"),
        ("pay", "100.0000", "0.0000"),
        ("refund", "0.0000", "40.5000"),
    ]


@pytest.mark.parametrize(
    ("count", "amount", "reason"), [(3, "200.00", "totals_differ"), (2, "200.01", "totals_differ")]
)
def test_a_wechat_bill_that_lacks_a_row_or_a_cent_is_held(desk, count, amount, reason):
    content = samples.wechat([samples.wechat_row(1), samples.wechat_row(2)], count, amount, "0.00", "1.20000")
    outcome = desk.deliver("wechat_trade_20250105.csv", content, mappings=ALL)
    assert (outcome.status, outcome.reason.split(":")[0]) == ("held", reason)
    assert desk.rows(f"select count(*) from {STATEMENT}") == [(0,)]


def test_a_bill_that_was_cut_off_before_its_summary_is_held(desk):
    whole = samples.wechat([samples.wechat_row(n) for n in range(3)], 3, "300.00", "0.00", "1.80000")
    outcome = desk.deliver("wechat_trade_20250105.csv", whole[: whole.index("总交易单数".encode())], mappings=ALL)
    assert (outcome.status, outcome.reason.split(":")[0]) == ("held", "total_missing")


def test_a_row_that_cannot_be_taken_apart_is_quarantined_and_the_rest_of_the_bill_loads(desk):
    rows = [samples.wechat_row(n) for n in range(9)]
    content = samples.wechat([*rows, "`2025-01-05 09:00:00,`cut off"], 10, "1000.00", "0.00", "6.00000")
    outcome = desk.deliver("wechat_trade_20250105.csv", content, mappings=ALL)
    assert (outcome.status, outcome.rows_in, outcome.rows_loaded, outcome.rows_quarantined) == ("loaded", 10, 9, 1)
    assert desk.rows("select line_no, reason_code, raw_line from control.quarantine") == [
        (11, "wrong_column_count", "`2025-01-05 09:00:00,***")
    ]
    untied = desk.rows("select column_name from control.drift where kind = 'total_not_comparable' order by 1")
    assert ("应结订单总金额",) in untied and ("总交易单数",) not in untied


def test_a_row_that_is_missing_beside_one_that_cannot_be_taken_apart_is_noticed(desk):
    rows = [samples.wechat_row(n) for n in range(9)]
    content = samples.wechat([*rows, "`2025-01-05 09:00:00,`cut off"], 11, "1000.00", "0.00", "6.00000")
    outcome = desk.deliver("wechat_trade_20250105.csv", content, mappings=ALL)
    assert (outcome.status, outcome.reason.split(":")[0]) == ("held", "totals_differ")


@pytest.mark.parametrize(
    ("found", "broken", "reason"),
    [
        ("4200002345202501051234500003", "", "missing_key"),
        ("4200002345202501051234500003", "4.2E+27", "excel_mangled_id"),
        ("`CNY,`100.00", "`CNY,`1O0.00", "not_an_amount"),
        ("2025-01-05 09:00:03", "05/01/2025 09:00:03", "not_a_date"),
        ("`SUCCESS", "`WHAT", "unknown_value"),
    ],
)
def test_a_broken_cell_of_a_bill_keeps_its_row_out(desk, found, broken, reason):
    rows = [samples.wechat_row(n) for n in range(9)]
    assert found in rows[3]
    rows[3] = rows[3].replace(found, broken, 1)
    content = samples.wechat(rows, 9, "900.00", "0.00", "5.40000")
    outcome = desk.deliver("wechat_trade_20250105.csv", content, mappings=ALL)
    assert (outcome.status, outcome.rows_loaded, desk.faults()) == ("loaded", 8, [(5, reason)]), outcome.reason


def test_an_alipay_log_is_read_in_gb18030_with_its_preamble_and_footer(desk):
    rows = [
        samples.alipay_row(1, "1250.00"),
        samples.alipay_row(2, "51.90"),
        samples.alipay_row(3, "", "-242.12", "交易退款"),
    ]
    content = samples.alipay(rows, 2, "1,301.90", "242.12")
    outcome = desk.deliver("alipay_acclog_20250105.csv", content, mappings=ALL)
    assert (outcome.status, outcome.rows_in, outcome.rows_loaded) == ("loaded", 3, 3), outcome.reason
    [first, *_] = desk.rows(f"select merchant_account, channel_txn_no, direction from {STATEMENT} order by _line_no")
    assert first == ("20880000000000000156", "2025010522000000000001", "in")
    assert desk.rows(f"select line_kind, settle_amount::varchar from {STATEMENT} order by _line_no") == [
        ("pay", "1250.0000"), ("pay", "51.9000"), ("refund", "-242.1200"),
    ]  # fmt: skip


def test_a_file_in_another_encoding_than_its_mapping_says_is_refused_with_the_byte(desk):
    content = samples.alipay([samples.alipay_row(1, "1.00")], 1, "1.00", "0")
    as_utf8 = content.decode("gb18030").encode()
    outcome = desk.deliver("alipay_acclog_20250105.csv", as_utf8, mappings=ALL)
    assert (outcome.status, outcome.reason.split(":")[0]) == ("refused", "wrong_encoding")
    assert "byte 1 " in outcome.reason
    outcome = desk.deliver("wechat_trade_1.csv", samples.WECHAT_COLUMNS.encode("gbk") + b"\n`1\n", mappings=ALL)
    assert (outcome.status, outcome.reason.split(":")[0]) == ("refused", "wrong_encoding")
    assert "byte 0, on line 1" in outcome.reason


def test_a_line_in_a_footer_that_the_profile_does_not_know_refuses_the_file(desk):
    content = samples.alipay([samples.alipay_row(1, "1.00")], 1, "1.00", "0") + "\r\n#另有3行".encode("gb18030")
    outcome = desk.deliver("alipay_acclog_20250105.csv", content, mappings=ALL)
    assert (outcome.status, outcome.reason.split(":")[0]) == ("refused", "unexpected_line")
    assert "line 11" in outcome.reason


def test_a_settlement_with_decimal_commas_adds_up_to_its_first_row(desk):
    outcome = desk.deliver(
        "amazon_settlement_de.txt", samples.AMAZON.format(total="1.230,49", fee="-4,50"), mappings=ALL
    )
    assert (outcome.status, outcome.rows_in, outcome.rows_loaded) == ("loaded", 6, 6), outcome.reason
    [deposited] = desk.rows("select timestamptz '2025-01-17 00:00:00+00'")
    lines = f"select line_kind, settle_amount::varchar, currency, settled_at from {STATEMENT} order by _line_no limit 2"
    assert desk.rows(lines) == [("payout", "1230.4900", "EUR", *deposited), ("pay", "1229.9900", "EUR", *deposited)]


def test_an_amount_with_a_decimal_point_is_no_amount_where_commas_are_declared(desk):
    content = samples.AMAZON.format(total="1.230,49", fee="-4.50")
    outcome = desk.deliver("amazon_settlement_de.txt", content, mappings=ALL)
    assert (outcome.status, desk.faults()) == ("loaded", [(4, "not_an_amount")])


def test_a_freight_bill_keeps_out_ids_that_the_spreadsheet_damaged_and_ties_out(desk):
    rows = [[f"SF100000000{n:04d}", "2025/1/5", 1.2, 1.5, 10.25, "—", 10.25] for n in range(8)]
    rows += [
        [2510000000000000000, "2025/1/6", 1.2, 1.5, 5, "—", 5],
        ["SF1000000000009", 45663.375, 1.2, 1.5, "4.75", 1, "5.75"],
    ]
    freight, insured = desk.ingest(desk.file("sf_freight_202501.xlsx", samples.sf_bill(rows, 91.75)), mappings=ALL)
    assert (freight.status, freight.rows_in, freight.rows_loaded, freight.rows_set_aside) == ("loaded", 11, 9, 1)
    assert (insured.rows_loaded, insured.rows_elsewhere) == (1, 10)
    assert desk.faults() == [(12, "excel_truncated_id"), (14, "total_row")]
    raw = desk.rows("select raw_line, sheet from control.quarantine where line_no = 12")[0]
    assert (json.loads(raw[0])["row"], json.loads(raw[0])["cells"]["运单号码"], raw[1]) == (12, "2.51e+18", "0")
    dates = desk.rows("select distinct billed_at::varchar, bill_no from raw.logistics__freight_bill_line order by 1")
    assert dates == [("2025-01-05", "0200000000-2025-01"), ("2025-01-06", "0200000000-2025-01")]


def test_a_damaged_row_that_feeds_a_table_twice_stands_in_quarantine_once(desk):
    rows = [[f"SF100000000{n:04d}", "2025/1/5", 1.2, 1.5, 10.25, 1, 11.25] for n in range(8)]
    rows += [[2510000000000000000, "2025/1/6", 1.2, 1.5, 5, 1, 6]]
    freight, insured = desk.ingest(desk.file("sf_freight_202501.xlsx", samples.sf_bill(rows, 87)), mappings=ALL)
    assert (freight.rows_quarantined, insured.rows_quarantined) == (1, 1)
    [(found, different)] = desk.rows("select count(*), count(distinct quarantine_id) from control.quarantine")
    assert found == different == 2  # the row and the total


def test_a_freight_bill_whose_rows_miss_its_total_is_held(desk):
    rows = [[f"SF100000000{n:04d}", "2025/1/5", 1.2, 1.5, 10.25, "—", 10.25] for n in range(8)]
    outcome = desk.deliver("sf_freight_202501.xlsx", samples.sf_bill(rows, 82.01), mappings=ALL)
    assert (outcome.status, outcome.reason.split(":")[0]) == ("held", "totals_differ")


def test_an_error_cell_is_no_amount_and_no_id(desk):
    rows = [[f"SF100000000{n:04d}", "2025/1/5", 1.2, 1.5, 10, "—", 10] for n in range(12)]
    rows += [["SF2", "2025/1/5", 1.2, 1.5, "#DIV/0!", "—", 10], ["#N/A", "2025/1/5", 1.2, 1.5, 10, "—", 10]]
    outcome = desk.deliver("sf_freight_202501.xlsx", samples.sf_bill(rows, 130), mappings=ALL)
    assert outcome.status == "loaded", outcome.reason
    assert desk.faults() == [(16, "not_an_amount"), (17, "error_cell"), (18, "total_row")]


def test_cells_of_an_order_are_filled_down_to_its_other_lines(desk):
    outcomes = desk.ingest(desk.file("shopify_orders.csv", samples.SHOPIFY), mappings=ALL)
    assert [(one.status, one.rows_in, one.rows_loaded, one.rows_combined) for one in outcomes] == [
        ("loaded", 3, 3, 0), ("loaded", 3, 2, 1),
    ]  # fmt: skip
    lines = desk.rows("select order_line_id, sku_id, qty::int, updated_at from raw.order__sales_order_line order by 1")
    assert [line[:3] for line in lines] == [("#1001-1", "00100", 1), ("#1001-2", "00101", 2), ("#1002-1", "00102", 1)]
    assert lines[0][3] == lines[1][3]
    assert desk.rows("select order_id, payable_amount::varchar, status from raw.order__sales_order order by 1") == [
        ("#1001", "54.5000", "shipped"), ("#1002", "25.0000", "closed"),
    ]  # fmt: skip


def test_orders_of_wangdiantong_are_read_line_by_line_with_both_kinds_of_time(desk):
    orders = [
        {"trade_no": f"JY{n}", "src_tids": f"24{n:017d}", "trade_status": 95, "trade_time": "1736067600000",
         "pay_time": "2025-01-05 17:00:00", "receivable": "822.2400", "version_id": n,
         "modified": "2025-01-05 18:00:00"}
        for n in range(8)
    ]  # fmt: skip
    orders[0]["src_tids"] = ",".join([orders[0]["src_tids"]] * 2)
    orders[1]["new_field"] = {"a": 1}
    content = "\n".join(map(json.dumps, orders)) + '\n{"trade_no": "JY9"\n\n'
    outcome = desk.deliver("wdt_orders_20250105.jsonl.gz", gzip.compress(content.encode()), mappings=ALL)
    assert (outcome.status, outcome.rows_in, outcome.rows_loaded) == ("loaded", 9, 8), outcome.reason
    assert desk.rows("select line_no, reason_code, raw_line from control.quarantine") == [
        (9, "not_json", '{"trade_no": "JY9"')
    ]
    assert desk.rows(
        "select distinct ordered_at = paid_at, status, payable_amount::varchar from raw.order__sales_order"
    ) == [(True, "shipped", "822.2400")]
    assert desk.rows("select _extra from raw.order__sales_order where order_id = 'JY1'") == [
        ('{"new_field":"{\\"a\\":1}"}',)
    ]
    assert ("unknown_column", "new_field") in desk.rows("select kind, column_name from control.drift")
