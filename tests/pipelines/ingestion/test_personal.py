"""Personal data stay at the door: nothing of them is in the tables, in quarantine or in what is told of a file."""

import hashlib
import hmac
import json
import re

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.ingestion.personal import NoKeyError, cleaned, hashed, is_personal, use_key, without_reach

KEY = bytes(range(32))
ORDERS = "order_id,shop_id,ordered_at,status,goods_amount,member_id,receiver_name,receiver_mobile,gift_note\n"
NAME = "order.sales_order.all.20260901.1.csv"
REACH = [
    "13800138000",
    "+86 138-0013-8000",
    "008613900139000",
    "0755-26888888",
    "(010)12345678",
    "１３８００１３８０００",
]
REACH += ["11010119900307757X", "li.ming@example.com.cn"]


@pytest.fixture(scope="module")
def engine():
    with duckdb.connect() as connection:
        use_key(connection, KEY)
        yield connection


def stored(desk) -> str:
    """All that the warehouse holds after a load, as text."""
    tables = desk.rows("select schema_name, table_name from duckdb_tables() where not temporary")
    return "\n".join(repr(desk.rows(f"select * from {schema}.{table}")) for schema, table in tables)


def order(number: int, amount: str = "10.00", member: str = "M1", note: str = "") -> str:
    return f"O{number},S1,2026-09-01 09:00:00,paid,{amount},{member},张小三,13800138000,{note}\n"


def test_the_hash_is_hmac_sha256_under_the_workspace_key(engine):
    said = engine.execute(f"select {hashed('m')} from (select unnest(['M1', '会员', null]) as m)").fetchall()
    wanted = [hmac.new(KEY, text.encode(), hashlib.sha256).hexdigest()[:32] for text in ("M1", "会员")]
    assert said == [(wanted[0],), (wanted[1],), (None,)]


def test_members_are_stored_as_one_hash_everywhere_and_never_as_they_came(desk):
    desk.deliver(NAME, ORDERS + order(1, member="MEMBER-77"))
    use = "discount_id,applied_at,member_id,discount_amount\nD1,2026-09-01 09:00:00, MEMBER-77 ,1.00\n"
    desk.deliver("marketing.discount_application.all.20260901.1.csv", use)
    [(one,)] = desk.rows("select member_id from raw.order__sales_order")
    assert desk.rows("select member_id from raw.marketing__discount_application") == [(one,)]
    assert re.fullmatch("[0-9a-f]{32}", one) and "MEMBER-77" not in stored(desk)


def test_unknown_columns_of_a_person_are_not_kept_and_others_are_without_numbers(desk):
    desk.deliver(NAME, ORDERS + order(1, note="送礼 13900139000 谢谢"))
    [(extra,)] = desk.rows("select _extra from raw.order__sales_order")
    assert json.loads(extra) == {"gift_note": "送礼 *** 谢谢"}
    assert not re.search("张小三|13800138000|13900139000", stored(desk))


def test_quarantine_keeps_a_bad_row_without_the_person(desk):
    desk.deliver(NAME, ORDERS + "".join(map(order, range(8))) + order(9, amount="ten") + "O10,张小三,13800138000\n")
    lines = dict(desk.rows("select line_no, raw_line from control.quarantine"))
    assert lines[10].startswith("O9,S1,2026-09-01 09:00:00,paid,ten,***,***,***,")
    assert lines[11] == "O10,***,***"  # torn: what could be a name is not kept
    assert not re.search("张小三|13800138000|M1", stored(desk))


def test_a_json_row_is_kept_without_the_person_at_any_depth(desk, map_from):
    mapping = map_from("""
  - pattern: "orders*.jsonl"
    profile: {format: jsonl}
    targets:
      - table: order.shop
        columns: {shop_id: id, shop_name: "coalesce(note, '')", commission_rate: rate}
""")
    rows = [{"id": f"S{n}", "note": "好", "rate": "0.1", "buyer_nick": "小三"} for n in range(9)]
    bad = {"id": "S9", "note": "打13800138000", "rate": "lots", "to": {"receiver_name": "张小三", "city": "深圳"}}
    desk.deliver("orders1.jsonl", "".join(json.dumps(row) + "\n" for row in [*rows, bad]), mappings=[mapping])
    [(raw,)] = desk.rows("select raw_line from control.quarantine")
    assert json.loads(raw)["to"] == {"receiver_name": "***", "city": "深圳"} and json.loads(raw)["id"] == "S9"
    assert not re.search("张小三|小三|13800138000", stored(desk))


def test_without_the_key_nothing_personal_is_loaded_and_another_key_is_refused(desk):
    desk.deliver(NAME, ORDERS + order(1))
    use_key(desk.connection, b"another key of thirty-two bytes!")
    with pytest.raises(NoKeyError, match="not the one"):
        desk.deliver(NAME, ORDERS + order(2))
    desk.connection.execute("reset variable personal_inner")
    with pytest.raises(NoKeyError, match="no key"):
        desk.deliver(NAME, ORDERS + order(2))
    assert desk.rows("select order_id from raw.order__sales_order") == [("O1",)]


@pytest.mark.parametrize("reach", REACH)
@pytest.mark.parametrize("text", ["{}", "打{}谢谢", "{0},{0};{0}", "a {} b", "电话：{}。"])
def test_what_reaches_a_person_is_found_in_free_text_by_engine_and_python_alike(engine, reach, text):
    text = text.format(reach)
    [(found,)] = engine.execute(f"select {without_reach('t')} from (select ? as t)", [text]).fetchall()
    assert found == cleaned(text) and "***" in found and not re.search(r"[0-9０-９]{7}|@", found)


@pytest.mark.parametrize(
    "text", ["SKU 6901234567892", "订单20260101138001380001234", "3 pcs at 12.50", "2026-09-01 10:00:00"]
)
def test_codes_and_dates_are_not_taken_for_a_person(engine, text):
    assert cleaned(text) == text
    assert engine.execute(f"select {without_reach('t')} from (select ? as t)", [text]).fetchall() == [(text,)]


@given(st.text(alphabet="0138 -+,A@.张ｱ１９３", max_size=40))
def test_engine_and_python_agree_on_any_text(engine, text):
    assert engine.execute(f"select {without_reach('t')} from (select ? as t)", [text]).fetchall() == [(cleaned(text),)]


def test_names_of_columns_tell_persons_from_things():
    persons = [
        "receiver_name",
        "Shipping Phone",
        "收货人姓名",
        "手机号",
        "Email",
        "buyer_nick",
        "用户标识",
        "联系电话",
        "Notes",
    ]
    things = [
        "shop_name",
        "sku_name",
        "Shipping Province",
        "商品名称",
        "carrier_name",
        "shipping_fee",
        "warehouse name",
    ]
    assert [name for name in persons if not is_personal(name)] == []
    assert [name for name in things if is_personal(name)] == []
