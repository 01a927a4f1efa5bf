"""What is wrong with a file is one clear reason that names it; the other files load and nothing is touched."""

import gzip
import hashlib
import io
import json

import pyarrow as pa
import pyarrow.parquet
import pytest

SHOPS = "shop_id,shop_name,platform\n" + "".join(f"S{n},Shop {n},jd\n" for n in range(9))
GOOD = "order.shop.good.20260901.1.csv"
BAD = "order.shop.bad.20260901.1.csv"


def parquet(columns: dict[str, list]) -> bytes:
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(pa.table(columns), buffer)
    return buffer.getvalue()


def manifest(**stated: object) -> dict:
    return {"contract": "order.shop", **stated}


# Name of the case: file name, content, manifest, status, reason.
CASES = {
    "no contract has such a table": ("order.shops.all.20260901.1.csv", SHOPS, None, "refused", "unknown_file"),
    "nothing names such a file": ("shops.csv", SHOPS, None, "refused", "unknown_file"),
    "a format that is not read": ("order.shop.all.20260901.1.xls", b"PK", None, "refused", "unknown_format"),
    "no workbook": ("order.shop.bad.20260901.1.xlsx", b"PK", None, "refused", "unreadable"),
    "no byte": (BAD, "", None, "refused", "empty_file"),
    "nothing but line breaks": (BAD, "\n\n\n", None, "refused", "empty_file"),
    "a header and no row": (BAD, "shop_id,shop_name\n", None, "refused", "empty_file"),
    "a header and blank lines": (BAD, "shop_id,shop_name\n\n \n\n", None, "refused", "empty_file"),
    "a column that comes twice": (BAD, "shop_id,Shop_ID\nS1,S2\n", None, "refused", "bad_header"),
    "a column of the loader's own": (BAD, "shop_id,_line_no\nS1,2\n", None, "refused", "bad_header"),
    "a header without an end": (BAD, "shop_id," + "x" * 2_000_000, None, "refused", "bad_header"),
    "no key column": (BAD, "shop_name,platform\nShop,jd\n", None, "refused", "missing_column"),
    "a quote that is never closed": (BAD, SHOPS + 'S9,"Shop' + "x\n" * 5_000_000, None, "refused", "unreadable"),
    "a line that is too long": (BAD, SHOPS + "S9," + "x" * 9_000_000 + ",jd\n", None, "refused", "unreadable"),
    "no gzip": (BAD + ".gz", SHOPS, None, "refused", "unreadable"),
    "half a gzip": (BAD + ".gz", gzip.compress(SHOPS.encode() * 9)[:100], None, "refused", "unreadable"),
    "half a large gzip": (
        BAD + ".gz",
        gzip.compress(b"shop_id\n" + b"".join(b"%d\n" % (n * 7919) for n in range(900_000)))[:-500_000],
        None,
        "refused",
        "unreadable",
    ),
    "no Parquet": ("order.shop.bad.20260901.1.parquet", SHOPS, None, "refused", "unreadable"),
    "half a Parquet": (
        "order.shop.bad.20260901.1.parquet",
        parquet({"shop_id": ["S1"]})[:-20],
        None,
        "refused",
        "unreadable",
    ),
    "a Parquet without rows": (
        "order.shop.bad.20260901.1.parquet",
        parquet({"shop_id": pa.array([], pa.string())}),
        None,
        "refused",
        "empty_file",
    ),
    "a manifest that is no JSON object": (BAD, SHOPS, ["order.shop"], "refused", "bad_manifest"),
    "a manifest of another table": (BAD, SHOPS, {"contract": "order.sales_order"}, "refused", "bad_manifest"),
    "a zone that does not exist": (BAD, SHOPS, manifest(tz="Asia/Shangai"), "refused", "bad_manifest"),
    "an extraction at no time": (BAD, SHOPS, manifest(extracted_at="yesterday"), "refused", "bad_manifest"),
    "a window of no times": (BAD, SHOPS, manifest(window=["then", "now"]), "refused", "bad_manifest"),
    "an encoding that does not exist": (BAD, SHOPS, manifest(encoding="utf-99"), "refused", "unknown_encoding"),
    "another content": (BAD, SHOPS, manifest(sha256="0" * 64), "refused", "content_differs"),
    "another number of rows": (BAD, SHOPS, manifest(rows=10), "refused", "rows_differ"),
    "another total": (
        "order.subscription.bad.20260901.1.csv",
        "subscription_id,sku_id,qty,every_days\nA,B,2,7\n",
        {"contract": "order.subscription", "control_totals": {"qty": "3"}},
        "held",
        "totals_differ",
    ),
    "a total of text": (BAD, SHOPS, manifest(control_totals={"shop_name": "3"}), "held", "bad_manifest"),
    "too many bad rows": (BAD, SHOPS + ",nameless,jd\n" * 3, None, "held", "held_over_threshold"),
    "nothing but another encoding": (BAD, SHOPS.encode("utf-16"), None, "refused", "wrong_encoding"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_bad_file_has_one_reason_that_names_it_and_the_good_one_loads(desk, case):
    name, content, stated, status, reason = CASES[case]
    before = desk.known("order.shop")
    [outcome] = desk.ingest(desk.file(name, content, stated))
    assert (outcome.status, outcome.reason.split(":")[0]) == (status, reason)
    assert name in outcome.reason
    assert len(outcome.reason) < 800
    assert desk.known("order.shop") == before
    [recorded] = desk.rows("select status, reason, file_sha256, loaded_at is not null from control.delivery")
    assert recorded == (status, outcome.reason, hashlib.sha256((desk.inbox / name).read_bytes()).hexdigest(), True)
    good = desk.file(GOOD, SHOPS)
    assert [one.status for one in desk.ingest(desk.inbox / name, good)] == ["loaded"]
    assert desk.rows("select count(*) from raw.order__shop") == [(9,)]


def test_a_file_that_is_not_there_any_more_is_named(desk):
    outcomes = desk.ingest(desk.inbox / BAD, desk.inbox / GOOD, desk.file("order.shop.all.20260901.1.csv", SHOPS))
    assert [one.status for one in outcomes] == ["refused", "refused", "loaded"]
    assert outcomes[0].reason.startswith(f"unreadable: {BAD}")
    assert outcomes[1].reason.startswith(f"unreadable: {GOOD}")


def test_two_refused_files_of_the_same_content_are_both_named(desk):
    outcomes = desk.ingest(desk.file("one.csv", "x"), desk.file("two.csv", "x"))
    assert [(one.file_name, one.status) for one in outcomes] == [("one.csv", "refused"), ("two.csv", "refused")]
    assert desk.ingest(desk.inbox / "one.csv", desk.inbox / "two.csv") == []


def test_a_mended_manifest_lets_the_file_load(desk):
    assert desk.deliver(BAD, SHOPS, manifest(rows=10)).status == "refused"
    assert desk.deliver(BAD, SHOPS, manifest(rows=9)).status == "loaded"


def test_of_a_held_file_the_bad_rows_are_in_quarantine_and_none_in_the_table(desk):
    outcome = desk.deliver(BAD, SHOPS + ",nameless,jd\n" * 2 + "S,too,many,columns\n")
    assert (outcome.status, outcome.rows_in, outcome.rows_quarantined) == ("held", 12, 3)
    assert desk.faults() == [(11, "missing_key"), (12, "missing_key"), (13, "wrong_column_count")]
    assert desk.rows("select count(*) from raw.order__shop") == [(0,)]


def test_a_file_of_nothing_but_bad_rows_is_counted_whole_and_kept_in_part(desk):
    outcome = desk.deliver(BAD, SHOPS + "".join(f"{n},ragged\n" for n in range(30_000)))
    assert (outcome.status, outcome.rows_in, outcome.rows_quarantined) == ("held", 30_009, 30_000)
    assert desk.rows("select count(*), max(line_no) from control.quarantine") == [(10_000, 10_010)]


def test_each_kind_of_bad_row_is_in_quarantine_with_its_reason_and_in_no_table(desk):
    rows = {
        "A1,S1,2026-09-01 10:00:00,paid,ten,,": "not_an_amount",
        ",S1,2026-09-01 10:00:00,paid,1,,": "missing_key",
        "   ,S1,2026-09-01 10:00:00,paid,1,,": "missing_key",
        "A2,S1,01/09/2026,paid,1,,": "not_an_instant",
        "A3,S1,,paid,1,,": "missing_value",
        "A4,S1,2026-09-01 10:00:00,paid,1e400,,": "not_an_amount",
        "A5,S1,2026-09-01 10:00:00,paid,1,,,,": "wrong_column_count",
        "A\x006,S1,2026-09-01 10:00:00,paid,1,,": "control_character",
        "12.0,S1,2026-09-01 10:00:00,paid,1,,": "float_id",
        "A7,S1,2026-09-01 10:00:00,paid,1,,perhaps": "not_yes_or_no",
    }
    header = "order_id,shop_id,ordered_at,status,goods_amount,updated_at,is_deleted\n"
    good = "".join(f"G{n},S1,2026-09-01 10:00:00,paid,1.00,,\n" for n in range(60))
    gbk = "A8,店,2026-09-01 10:00:00,paid,1,,\n".encode("gbk")
    content = (header + good + "\n".join(rows) + "\n").encode() + gbk
    outcome = desk.deliver("order.sales_order.all.20260901.1.csv", content)
    assert (outcome.status, outcome.rows_in, outcome.rows_loaded, outcome.rows_quarantined) == ("loaded", 71, 60, 11)
    expected = [(line, reason) for line, reason in enumerate(rows.values(), start=62)]
    assert desk.faults() == [*expected, (72, "undecodable")]
    kept = desk.rows("select raw_line, length(file_sha256) from control.quarantine order by line_no")
    assert kept[:-1] == [(row, 64) for row in rows]
    assert desk.rows("select count(*) from raw.order__sales_order where order_id not like 'G%'") == [(0,)]


def test_headers_are_names_and_never_statements(desk):
    names = ["shop_id", 'a"); drop table raw.order__shop; --', "select", "备\u3000注", "x" * 1_000, "店铺 名", "'"]
    quoted = ",".join('"' + name.replace('"', '""') + '"' for name in names)
    outcome = desk.deliver(GOOD, quoted + "\nS1,1,2,3,4,5,6\n")
    assert outcome.status == "loaded"
    [(extra,)] = desk.rows("select _extra from raw.order__shop")
    assert list(map(str, range(1, 7))) == list(json.loads(extra).values())
    unknown = desk.rows("select column_name from control.drift where kind = 'unknown_column' order by all")
    assert {name for (name,) in unknown} == {name[:200] for name in names[1:]}


@pytest.mark.parametrize(
    "name", ["order.shop.o'brien.20260901.1", 'order.shop.a"b.20260901.1', "order.shop.杭州 仓[1]*?.20260901.1"]
)
def test_a_file_may_be_called_anything(desk, name):
    assert desk.deliver(name + ".csv", SHOPS).status == "loaded"
    shops = parquet({"shop_id": ["P1", "P2"], "shop_name": ["a", "b"]})
    other = parquet({"shop_id": ["X"]})
    desk.file(name.replace("[1]*?", "1ab") + "x.parquet", other)  # what a pattern would find as well
    assert desk.deliver(name + ".parquet", shops).status == "loaded"
    assert desk.rows("select count(*) from raw.order__shop") == [(11,)]


def test_a_folder_that_looks_like_a_partition_adds_no_column(desk):
    folder = desk.inbox / "platform=jd"
    folder.mkdir()
    path = folder / "order.shop.all.20260901.1.parquet"
    path.write_bytes(parquet({"shop_id": ["P1"]}))
    assert desk.ingest(path)[0].status == "loaded"
    assert desk.rows("select platform from raw.order__shop") == [(None,)]


def test_a_file_in_another_encoding_is_read_as_its_manifest_says(desk):
    assert (
        desk.deliver(GOOD, SHOPS.replace("Shop", "店铺").encode("gb18030"), manifest(encoding="gb18030")).status
        == "loaded"
    )
    assert (
        desk.deliver(BAD, SHOPS.replace("Shop", "门店").encode("utf-16"), manifest(encoding="utf-16")).status
        == "loaded"
    )
    assert desk.rows(
        "select distinct left(shop_name, 2) from history.order__shop "
        "union select distinct left(shop_name, 2) from raw.order__shop order by 1"
    ) == [("店铺",), ("门店",)]


MAPPING = """
  - pattern: "tills*.csv"
    profile: {{format: csv}}
    targets:
      - table: order.shop
        {where}columns: {{shop_id: Shop, shop_name: "{name}"}}
"""


@pytest.mark.parametrize(
    ("where", "name", "reason"),
    [
        ("", "Nickname", "bad_mapping"),
        ("", "upper(Name", "bad_mapping"),
        ("where: Town = 'X'\n        ", "Name", "bad_mapping"),
        ("group_by: [Shop]\n        ", "sum(Name::int)", "not_computable"),
    ],
)
def test_a_mapping_that_does_not_fit_refuses_the_file_and_the_next_one_loads(desk, map_from, where, name, reason):
    mapping = map_from(MAPPING.format(where=where, name=name))
    outcome = desk.deliver("tills.csv", "Shop,Name\nS1,One\nS2,Two\n", mappings=[mapping])
    assert (outcome.status, outcome.reason.split(":")[0]) == ("refused", reason)
    assert "tills.csv" in outcome.reason
    assert "corner_shop" in outcome.reason
    assert desk.deliver(GOOD, SHOPS).status == "loaded"
    assert desk.rows("select current_setting('threads')") == [(2,)]


def test_an_expression_that_fails_on_a_row_quarantines_the_row(desk, map_from):
    mapping = map_from(MAPPING.format(where="", name="'Shop ' || (Name::int + 1)"))
    rows = "".join(f"S{n},{n}\n" for n in range(9)) + "S9,nine\nS10,\n"
    outcome = desk.deliver("tills.csv", "Shop,Name\n" + rows, mappings=[mapping])
    assert (outcome.status, outcome.rows_loaded, outcome.rows_quarantined) == ("loaded", 9, 2)
    assert desk.faults() == [(11, "not_computable"), (12, "not_computable")]
    assert desk.rows("select shop_name from raw.order__shop where shop_id = 'S3'") == [("Shop 4",)]


def test_an_unknown_value_of_a_soft_enum_loads_marked_with_a_record_of_what_was_found(desk):
    assert (
        desk.deliver(GOOD, SHOPS.replace("Shop 3,jd", "Shop 3,moon").replace("Shop 4,jd", "Shop 4,mars")).status
        == "loaded"
    )
    assert desk.rows("select count(*) from raw.order__shop where platform = '__unknown__'") == [(2,)]
    drift = desk.rows("select column_name, found, rows from control.drift where kind = 'unknown_value'")
    assert drift == [("platform", "mars, moon", 2)]


def test_weekdays_in_other_words_are_set_aside_with_their_line_and_not_taken_for_any_day(desk):
    name = "supplier.supplier.all.20260902.1.csv"
    written = ['"1,3,5"', "", "1-5", "2", "3", "4", "5"]
    lines = [f"V{n},Supplier {n},brand,{days},2026-09-01 10:00:00+08:00" for n, days in enumerate(written)]
    desk.deliver(name, "\n".join(["supplier_id,supplier_name,supplier_type,order_weekdays,updated_at", *lines]) + "\n")
    [told] = desk.rows("select file_name, line_no, columns, reason_code, raw_line from control.quarantine")
    assert told == (name, 4, ["order_weekdays"], "not_in_form", lines[2])
    assert dict(desk.rows("select supplier_id, order_weekdays from raw.supplier__supplier")) == {
        "V0": "1,3,5", "V1": None, "V3": "2", "V4": "3", "V5": "4", "V6": "5",
    }  # fmt: skip
