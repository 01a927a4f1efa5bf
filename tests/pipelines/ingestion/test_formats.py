"""A profile says how a file is laid out; a file that does not fit it is refused with what was found."""

import gzip
import json
import stat
import zipfile
from io import BytesIO

import pytest

from tests.pipelines.ingestion.samples import workbook, zipped

NATIVE = "order.shop.all.20260901.1"
ROWS = "".join(f"S{n},Shop {n}\n" for n in range(6))


def mapping_of(map_from, pattern: str, profile: str, columns: str = "shop_id: Shop, shop_name: Name", more: str = ""):
    return map_from(f"""
  - pattern: "{pattern}"
    profile: {profile}
    {more}
    targets:
      - table: order.shop
        columns: {{{columns}}}
""")


LAYOUTS = {
    "UTF-16, little end first": ("{format: csv, encoding: utf-16}", ("Shop,Name\n" + ROWS).encode("utf-16")),
    "UTF-16, big end first": (
        "{format: csv, encoding: utf-16}", b"\xfe\xff" + ("Shop,Name\n" + ROWS).encode("utf-16-be")
    ),
    "a byte order mark": ("{format: csv}", ("\ufeffShop,Name\n" + ROWS).encode()),
    "a preamble by pattern": (
        '{format: csv, preamble: ["#.*", "Report of .*"]}', ("# by hand\n\nReport of it\nShop,Name\n" + ROWS).encode()
    ),
    "a preamble by count": ("{format: csv, header_row: 3}", ("one\ntwo\nShop,Name\n" + ROWS).encode()),
    "a header of two rows": (
        "{format: csv, header_depth: 2}", ("Shop,Name,Size,,Town\n,,m,f,\n" + ROWS.replace("\n", ",1,2,X\n")).encode()
    ),
    "no header": ("{format: csv, columns: [Shop, Name]}", ROWS.encode()),
    "lines between rows": (
        '{format: csv, skip: ["-- page .*"]}', ("Shop,Name\n" + ROWS.replace("S3", "-- page 2\nS3")).encode()
    ),
    "a footer": ('{format: csv, footer: ["end of .*"]}', ("Shop,Name\n" + ROWS + "end of report\n").encode()),
    "a delimiter of two signs": ('{format: csv, delimiter: "||"}', ("Shop,Name\n" + ROWS).replace(",", "||").encode()),
    "TABs without quoting": (
        '{format: csv, delimiter: "\\t", quote: ""}', ("Shop,Name\n" + ROWS).replace(",", "\t").encode()
    ),
    "values that a spreadsheet guards": (
        "{format: csv}", ("Shop,Name\n" + ROWS).replace("S3,", '="S3",').replace("S4,", "'S4\t,").encode()
    ),
}  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_text_is_read_as_its_profile_says(desk, map_from, layout):
    profile, content = LAYOUTS[layout]
    outcome = desk.deliver("shops.csv", content, mappings=[mapping_of(map_from, "shops.csv", profile)])
    assert (outcome.status, outcome.rows_in, outcome.rows_loaded) == ("loaded", 6, 6), outcome.reason
    assert desk.rows("select shop_id, shop_name from raw.order__shop order by 1") == [
        (f"S{n}", f"Shop {n}") for n in range(6)
    ]


def test_lines_keep_their_numbers_where_others_are_skipped(desk, map_from):
    mapping = mapping_of(map_from, "shops.csv", '{format: csv, skip: ["-- .*"], footer: ["end"]}')
    content = "Shop,Name\n" + ROWS + "-- page\n-- two\n7.0,Float\nend\n"
    assert desk.deliver("shops.csv", content, mappings=[mapping]).rows_loaded == 6
    assert desk.rows("select line_no, reason_code, raw_line from control.quarantine") == [(10, "float_id", "7.0,Float")]


def test_a_renamed_column_is_found_by_its_alias_an_unknown_one_is_kept_and_a_lost_key_refuses_the_file(desk, map_from):
    more = """required_columns: [Shop]
    optional_columns: [Name, Town]
    aliases: {Shop: [Branch, 店铺]}"""
    mapping = mapping_of(map_from, "shops*.csv", "{format: csv}", more=more)
    assert desk.deliver("shops1.csv", "店铺,Name,Size\nS1,One,5\n", mappings=[mapping]).status == "loaded"
    assert desk.rows("select shop_id, _extra from raw.order__shop") == [("S1", '{"Size":"5"}')]
    assert desk.rows("select kind, column_name, found from control.drift order by all") == [
        ("missing_optional", "Town", None), ("renamed_column", "Shop", "店铺"), ("unknown_column", "Size", None),
    ]  # fmt: skip
    outcome = desk.deliver("shops2.csv", "Filiale,Name\nS1,One\n", mappings=[mapping])
    assert (outcome.status, outcome.reason.split(":")[0]) == ("refused", "missing_column")
    assert "found Filiale, Name" in outcome.reason


ORDERS = [
    {"id": f"O{n}", "who": {"shop": "S1"}, "lines": [{"sku": f"A{k}", "qty": k + 1} for k in range(n % 3)]}
    for n in range(9)
]
LINES = """
  - pattern: "orders.json*"
    profile: {{format: {format}, explode: lines{more}}}
    targets:
      - table: order.sales_order_line
        where: '"lines.sku" is not null'
        columns: {{order_line_id: "id || '-' || \\"lines.sku\\"", order_id: id,
                   sku_id: '"lines.sku"', qty: '"lines.qty"'}}
        constants: {{fulfil_mode: own}}
      - table: order.shop
        where: '"lines.sku" is null'
        columns: {{shop_id: id, shop_name: "who->>'$.shop'"}}
"""


@pytest.mark.parametrize("kind", ["jsonl", "json"])
def test_an_order_with_its_lines_becomes_a_row_per_line_and_none_is_lost(desk, map_from, kind):
    mapping = map_from(LINES.format(format=kind, more=", records: data.orders" if kind == "json" else ""))
    broken = [{"id": "O9", "lines": [{"sku": "A1", "qty": "many"}]}, {"id": "O10", "lines": "none"}]
    records = [*ORDERS, *broken]
    content = json.dumps({"data": {"orders": records}}) if kind == "json" else "\n".join(map(json.dumps, records))
    lines, alone = desk.ingest(desk.file(f"orders.{kind}", content), mappings=[mapping])
    assert (lines.status, lines.rows_in, lines.rows_loaded, lines.rows_quarantined) == ("loaded", 14, 9, 2), (
        lines.reason
    )
    assert (alone.rows_loaded, lines.accounted, alone.accounted) == (3, 14, 14)
    two = "select order_line_id, qty::int from raw.order__sales_order_line where order_id = 'O2' order by 1"
    assert desk.rows(two) == [
        ("O2-A0", 1), ("O2-A1", 2),
    ]  # fmt: skip
    found = desk.rows("select line_no, reason_code, raw_line from control.quarantine order by 1")
    assert [(line, reason, json.loads(raw)) for line, reason, raw in found] == [
        (10, "not_a_quantity", broken[0]), (11, "not_a_list", broken[1]),
    ]  # fmt: skip


def test_long_ids_and_amounts_in_json_keep_every_digit(desk):
    content = '{"shop_id": 240000000000000000012, "commission_rate": 0.123456, "tax_included": true}\n'
    assert desk.deliver(NATIVE + ".jsonl", content).status == "loaded"
    assert desk.rows("select shop_id, commission_rate::varchar, tax_included from raw.order__shop") == [
        ("240000000000000000012", "0.123456", True)
    ]


def test_the_files_of_a_zip_are_one_delivery_whose_faults_name_their_file(desk, map_from):
    mapping = mapping_of(map_from, "shops*.zip", '{format: csv, members: "*.csv"}')
    files = {"a.csv": ("Shop,Name\n" + ROWS).encode(), "sub/b.csv": b"Shop,Name\n7.0,X\nS9,Nine\n", "readme.txt": b"x"}
    outcome = desk.deliver("shops.zip", zipped(files), mappings=[mapping])
    assert (outcome.status, outcome.rows_in, outcome.rows_loaded) == ("loaded", 8, 7), outcome.reason
    assert desk.rows("select sheet, line_no, raw_line from control.quarantine") == [("sub/b.csv", 2, "7.0,X")]
    assert desk.deliver(NATIVE + ".csv.zip", zipped({"x.csv": b"shop_id\nZ1\n"})).status == "loaded"


def linked() -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        entry = zipfile.ZipInfo("a.csv")
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(entry, "/etc/passwd")
    return buffer.getvalue()


UNSAFE = {
    "a path above": (zipped({"../a.csv": b"shop_id\nS1\n"}), "unsafe_archive"),
    "a path from the root": (zipped({"/etc/a.csv": b"shop_id\nS1\n"}), "unsafe_archive"),
    "a link": (linked(), "unsafe_archive"),
    "an archive inside": (zipped({"a.csv": zipped({"b.csv": b"shop_id\nS1\n"})}), "unsafe_archive"),
    "a gzip inside": (zipped({"a.csv.gz": gzip.compress(b"shop_id\nS1\n")}), "unsafe_archive"),
    "too many files": (zipped({f"{n}.csv": b"" for n in range(1_001)}), "unsafe_archive"),
    "a bomb": (zipped({"a.csv": b"0" * (80 << 20)}), "too_large"),
    "two files": (zipped({"a.csv": b"shop_id\nS1\n", "b.csv": b"shop_id\nS1\n"}), "unknown_member"),
    "nothing": (zipped({}), "unknown_member"),
    "no zip": (b"shop_id\nS1\n", "unreadable"),
}


@pytest.mark.parametrize("case", UNSAFE)
def test_a_zip_that_could_do_harm_is_refused_by_name(desk, case):
    content, reason = UNSAFE[case]
    outcome = desk.deliver(NATIVE + ".csv.zip", content)
    assert (outcome.status, outcome.reason.split(":")[0]) == ("refused", reason), outcome.reason


def test_a_gzip_that_unpacks_without_end_is_refused(desk):
    outcome = desk.deliver(NATIVE + ".csv.gz", gzip.compress(b"shop_id\n" + b"0\n" * (50 << 20)))
    assert (outcome.status, outcome.reason.split(":")[0]) == ("refused", "too_large")


def test_a_contract_file_may_be_a_workbook(desk):
    rows = [
        ["shop_id", "shop_name"],
        *([f"S{n}", f"Shop {n}"] for n in range(9)),
        [None, None],
        [2510000000000000000, "x"],
    ]
    outcome = desk.deliver(NATIVE + ".xlsx", workbook(rows))
    assert (outcome.status, outcome.rows_in, outcome.rows_loaded) == ("loaded", 10, 9), outcome.reason
    assert desk.faults() == [(12, "excel_truncated_id")]
    assert desk.deliver("order.shop.b.20260901.1.xlsx.zip", zipped({"a.xlsx": workbook(rows[:3])})).status == "loaded"


def test_a_sheet_that_spans_more_cells_than_memory_holds_is_refused(desk):
    book = workbook([["shop_id"], ["S1"]])
    far = book_with(book, b'<row r="2">', b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row><row r="2">')
    outcome = desk.deliver(NATIVE + ".xlsx", far)
    assert (outcome.status, outcome.reason.split(":")[0]) == ("refused", "too_large")


def test_a_sheet_is_taken_by_name_and_a_missing_one_is_named(desk, map_from):
    content = workbook([["Shop", "Name"], ["S1", "One"]], sheet="店铺")
    mapping = mapping_of(map_from, "shops.xlsx", "{format: xlsx, sheet: 店铺}")
    assert desk.deliver("shops.xlsx", content, mappings=[mapping]).status == "loaded"
    outcome = desk.deliver("shops.xlsx", workbook([["Shop", "Name"], ["S1", "One"]], sheet="x"), mappings=[mapping])
    assert outcome.reason.startswith("unknown_sheet: shops.xlsx: has no sheet '店铺' (found x)")


def book_with(book: bytes, old: bytes, new: bytes) -> bytes:
    with zipfile.ZipFile(BytesIO(book)) as archive:
        return zipped({name: archive.read(name).replace(old, new) for name in archive.namelist()})


@pytest.mark.parametrize(
    ("written", "value"),
    [("12,50", "12.5000"), ("1.234,50", "1234.5000"), ("-1.234,50 €", "-1234.5000"), ("(3,00)", "-3.0000"),
     ("7", "7.0000"),
     ("EUR 3,00", "3.0000"), ("1.234", "1234.0000"), ("12.50", None), ("1.23", None), ("3,00 USD", None)],
)  # fmt: skip
def test_amounts_are_read_with_the_declared_decimal_sign_and_currency(desk, map_from, written, value):
    mapping = map_from("""
  - pattern: "orders.csv"
    profile: {format: csv, delimiter: ";"}
    decimal: ","
    currency: EUR
    targets:
      - table: order.sales_order
        columns: {order_id: id, ordered_at: placed, goods_amount: total}
        constants: {shop_id: S}
""")
    rows = "".join(f"G{n};2026-09-01;1,00\n" for n in range(9))
    outcome = desk.deliver("orders.csv", f"id;placed;total\n{rows}A;2026-09-01;{written}\n", mappings=[mapping])
    assert outcome.status == "loaded"
    found = desk.rows("select goods_amount::varchar from raw.order__sales_order where order_id = 'A'")
    assert found == ([(value,)] if value else [])
    assert desk.faults() == ([] if value else [(11, "not_an_amount")])


def test_what_the_name_of_a_file_says_is_a_column_of_every_row(desk, map_from):
    mapping = map_from("""
      - pattern: "stock_*.csv"
        profile: {format: csv}
        from_name: "stock_(?P<day>[0-9]{8})[.]csv"
        targets:
          - table: inventory.stock_snapshot
            columns: {warehouse_id: place, sku_id: item, on_hand_qty: pieces, as_of: day}
            constants: {stock_status: sellable}
            formats: {as_of: ["%Y%m%d"]}
    """)
    content = "place,item,pieces\nW1,A,3\n"
    assert desk.deliver("stock_20250301.csv", content, mappings=[mapping]).status == "loaded"
    assert desk.rows("select distinct as_of::date::varchar from raw.inventory__stock_snapshot") == [("2025-03-01",)]
    refused = desk.deliver("stock_march.csv", content + "W1,B,4\n", mappings=[mapping])
    assert (refused.status, refused.reason.split(":")[0]) == ("refused", "bad_name")
