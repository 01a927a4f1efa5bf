"""A value is typed by its contract type or refused with a reason, never coerced (contract §0.1)."""

from datetime import UTC, date, datetime, time
from decimal import Decimal

import duckdb
import pytest

from contracts.model import Column
from contracts.types import DUCKDB_TYPES, LOGICAL_TYPES
from pipelines.ingestion.schema import quote
from pipelines.ingestion.typed import Rules, typed

SHANGHAI = Rules(tz="Asia/Shanghai")


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as made:
        made.execute("set TimeZone = 'UTC'")
        yield made


def column(kind: str, **limits: object) -> Column:
    return Column(
        name="x",
        type=kind,
        logical_type=LOGICAL_TYPES[kind],
        physical_type=DUCKDB_TYPES[kind],
        description="A column.",
        title_zh="列",
        **limits,
    )


def read(connection, of: Column, source: str, source_type: str, rules: Rules = SHANGHAI, parameters: tuple = ()):
    """Value and reason of the SQL expression `source`."""
    cell = typed(of, quote("source"), source_type, rules)
    named = [("$t", "t"), ("$p", "p"), ("$v", "v")]

    def sql(step: str | None) -> str:
        for mark, name in named:
            step = (step or "null").replace(mark, name)
        return step

    return connection.execute(
        f"""with source as (select {source} as source, false as is_deleted),
            texts as (select {cell.text} as t, is_deleted from source),
            parsed as (select *, {sql(cell.parsed)} as p from texts),
            valued as (select *, cast({sql(cell.value)} as {of.duckdb_type}) as v from parsed)
            select v, {sql(cell.reason)} from valued""",
        parameters,
    ).fetchone()


def read_text(connection, of: Column, text: str | None, rules: Rules = SHANGHAI):
    return read(connection, of, "cast(? as varchar)", "VARCHAR", rules, (text,))


LOADED = {
    "id": [
        ("00123", "00123"),
        ("  A-1\t", "A-1"),
        ('="00123"', "00123"),
        ("'00123", "00123"),
        ("`4200001234567890123456", "4200001234567890123456"),
        ("杭州 仓/1", "杭州 仓/1"),
        ("\u3000A\u00a0", "A"),
        ("1.5", "1.5"),
        ("   ", None),
        ('=""', None),
    ],
    "qty": [
        ("12", "12"),
        ("-3", "-3"),
        ("+3", "3"),
        ("1,234", "1234"),
        ("12.00", "12"),
        ("12.", "12"),
        (".00", "0"),
        ("(3)", "-3"),
        ("3-", "-3"),
        ("", None),
    ],
    "money": [
        ("1,234.50", "1234.50"),
        ("-3.00", "-3"),
        ("(3.00)", "-3"),
        ("3.00-", "-3"),
        ("￥3.00", "3"),
        ("¥ 1,234,567.89", "1234567.89"),
        ("-￥3", "-3"),
        ("￥-3", "-3"),
        ("(￥3)", "-3"),
        (".5", "0.5"),
        ("1.50000", "1.5"),
        ("1.776e-15", "0"),
        ("-1.776E-15", "0"),
        ("19.990000000000002", "19.99"),
        ("99999999999999.9999", "99999999999999.9999"),
    ],
    "rate": [
        ("0.13", "0.13"),
        ("13%", "0.13"),
        ("0.60%", "0.006"),
        ("-0.5", "-0.5"),
        ("130%", "1.3"),
        ("1", "1"),
        ("0", "0"),
    ],
}
REFUSED = {
    "id": [
        ("17850.0", "float_id"),
        ("1.23E+15", "excel_mangled_id"),
        ("5E+5", "excel_mangled_id"),
        ("A" * 65, "id_too_long"),
        ("A\x00B", "control_character"),
        ("A\nB", "control_character"),
    ],
    "qty": [
        ("1.5", "fractional_units"),
        ("0.0001", "fractional_units"),
        ("many", "not_a_quantity"),
        ("1e3", "not_a_quantity"),
        ("1e400", "not_a_quantity"),
        ("12,34", "not_a_quantity"),
        ("1 2", "not_a_quantity"),
        ("--3", "not_a_quantity"),
        ("1_000", "not_a_quantity"),
        ("1\x00", "not_a_quantity"),
        ("9" * 15, "out_of_range"),
    ],
    "money": [
        ("12.34.56", "not_an_amount"),
        ("12,34", "not_an_amount"),
        ("1.234,50", "not_an_amount"),
        ("12￥34", "not_an_amount"),
        ("(-3)", "not_an_amount"),
        ("-3-", "not_an_amount"),
        ("1.23456", "not_an_amount"),
        ("1e3", "not_an_amount"),
        ("1e-3", "not_an_amount"),
        ("NaN", "not_an_amount"),
        ("9" * 15, "not_an_amount"),
        ("free", "not_an_amount"),
    ],
    "rate": [
        ("13", "not_a_share"),
        ("1.01", "not_a_share"),
        ("a%", "not_a_share"),
        ("123456789012345%", "not_a_share"),
    ],
    "number": [
        ("1e400", "not_a_number"),
        ("nan", "not_a_number"),
        ("inf", "not_a_number"),
        ("1,5", "not_a_number"),
    ],
    "int": [("1.5", "not_a_whole_number"), ("1e3", "not_a_whole_number"), ("9" * 20, "not_a_whole_number")],
    "bool": [("maybe", "not_yes_or_no"), ("2", "not_yes_or_no")],
    "ts": [
        ("01/02/2026 10:00", "not_an_instant"),
        ("26-01-02 10:00:00", "not_an_instant"),
        ("2026-02-30 10:00:00", "not_an_instant"),
        ("1793491200", "not_an_instant"),
        ("yesterday", "not_an_instant"),
    ],
    "date": [
        ("01/02/2026", "not_a_date"),
        ("2026-02-30", "not_a_date"),
        ("46023", "not_a_date"),
        ("26-01-02", "not_a_date"),
    ],
    "time": [("25:00", "not_a_time"), ("ten", "not_a_time")],
    "text": [("a\x00b", "control_character")],
    "json": [("{'a': 1}", "not_json"), ("{", "not_json")],
}


@pytest.mark.parametrize(("kind", "text", "value"), [(k, t, v) for k, pairs in LOADED.items() for t, v in pairs])
def test_a_value_in_any_written_form_of_its_type_loads(connection, kind, text, value):
    expected = value if value is None or kind == "id" else Decimal(value)
    assert read_text(connection, column(kind), text) == (expected, None)


@pytest.mark.parametrize(("kind", "text", "reason"), [(k, t, r) for k, pairs in REFUSED.items() for t, r in pairs])
def test_a_value_that_breaks_its_type_has_a_reason_and_no_value(connection, kind, text, reason):
    found = read_text(connection, column(kind), text)
    assert found[1] == reason
    assert found[0] is None or kind in ("id", "text", "json")  # text is kept as it is; its row is not


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("number", "31.2304", 31.2304),
        ("number", "-1e3", -1000.0),
        ("int", "007", 7),
        ("int", "7.00", 7),
        ("time", "17:00", time(17)),
        ("time", "8:30:15", time(8, 30, 15)),
        ("json", '{"颜色": "红"}', '{"颜色": "红"}'),
        ("text", " two\nlines ", "two\nlines"),
        ("date", "2026-11-01", date(2026, 11, 1)),
        ("date", "1970-01-01", None),
        ("date", "2099-12-31", None),
    ],
)
def test_other_types_load_as_they_are_written(connection, kind, text, value):
    assert read_text(connection, column(kind), text) == (value, None)


@pytest.mark.parametrize("text", ["是", "Y", "yes", "1", "true", "T"])
def test_every_yes_is_true(connection, text):
    assert read_text(connection, column("bool"), text) == (True, None)


@pytest.mark.parametrize("text", ["否", "N", "no", "0", "FALSE", "f"])
def test_every_no_is_false(connection, text):
    assert read_text(connection, column("bool"), text) == (False, None)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2026-11-01 06:00:00", datetime(2026, 10, 31, 22, tzinfo=UTC)),
        ("2026-11-01T06:00:00.25", datetime(2026, 10, 31, 22, 0, 0, 250000, tzinfo=UTC)),
        ("2026-11-01", datetime(2026, 10, 31, 16, tzinfo=UTC)),
        ("2026-11-01T06:00:00Z", datetime(2026, 11, 1, 6, tzinfo=UTC)),
        ("2026-11-01 06:00:00+08:00", datetime(2026, 10, 31, 22, tzinfo=UTC)),
        ("2026-11-01 06:00:00-0530", datetime(2026, 11, 1, 11, 30, tzinfo=UTC)),
        ("1970-01-01 00:00:00", None),
        ("0000-00-00 00:00:00", None),
        ("2099-12-31 23:59:59", None),
    ],
)
def test_a_time_is_read_in_the_declared_zone_unless_it_names_its_own(connection, text, value):
    assert read_text(connection, column("ts"), text) == (value, None)


def test_a_declared_format_is_read_and_no_other(connection):
    english = Rules(tz="Europe/London", formats=("%d/%m/%Y %H:%M",))
    assert read_text(connection, column("ts"), "01/02/2026 10:00", english) == (
        datetime(2026, 2, 1, 10, tzinfo=UTC),
        None,
    )
    assert read_text(connection, column("ts"), "2026-02-01 10:00:00", english)[1] == "not_an_instant"
    day = Rules(tz="Europe/London", formats=("%m/%d/%Y",))
    assert read_text(connection, column("date"), "01/02/2026", day) == (date(2026, 1, 2), None)
    assert read_text(connection, column("date"), "13/02/2026", day)[1] == "not_a_date"


def test_an_unknown_enum_value_loads_marked_and_a_hard_one_does_not_load(connection):
    soft, hard = column("enum", values=("paid", "closed")), column("enum", values=("paid", "closed"), hard=True)
    mapped = Rules("UTC", enum_map={"已付款": "paid"})
    assert read_text(connection, soft, "已付款", mapped) == ("paid", None)
    assert read_text(connection, soft, "closed", mapped) == ("closed", None)
    assert read_text(connection, soft, "lost", mapped) == ("__unknown__", None)
    assert read_text(connection, hard, "lost", mapped) == (None, "unknown_value")
    assert read_text(connection, soft, "", mapped) == (None, None)


@pytest.mark.parametrize(
    ("kind", "source", "source_type", "found"),
    [
        ("id", "17850::bigint", "BIGINT", ("17850", None)),
        ("id", "17850::double", "DOUBLE", (None, "float_id")),
        ("qty", "12::double", "DOUBLE", (Decimal(12), None)),
        ("qty", "1.5::double", "DOUBLE", (None, "fractional_units")),
        ("qty", "'inf'::double", "DOUBLE", (None, "out_of_range")),
        ("qty", "1e300", "DOUBLE", (None, "out_of_range")),
        ("int", "2.5::double", "DOUBLE", (None, "not_a_whole_number")),
        ("money", "0.1::double + 0.2::double", "DOUBLE", (Decimal("0.3"), None)),
        ("money", "'nan'::double", "DOUBLE", (None, "not_an_amount")),
        ("money", "1.23456::double", "DOUBLE", (None, "not_an_amount")),
        ("money", "1.25::decimal(5, 2)", "DECIMAL(5,2)", (Decimal("1.25"), None)),
        ("rate", "0.13::double", "DOUBLE", (Decimal("0.13"), None)),
        ("rate", "13::double", "DOUBLE", (None, "not_a_share")),
        ("rate", "13::bigint", "BIGINT", (None, "not_a_share")),
        ("number", "'inf'::double", "DOUBLE", (None, "not_a_number")),
        ("bool", "true", "BOOLEAN", (True, None)),
        ("bool", "1::integer", "INTEGER", (True, None)),
        ("ts", "timestamp '2026-11-01 06:00:00'", "TIMESTAMP", (datetime(2026, 10, 31, 22, tzinfo=UTC), None)),
        ("ts", "timestamp '1970-01-01'", "TIMESTAMP", (None, None)),
        ("ts", "date '2099-12-31'", "DATE", (None, None)),
        (
            "ts", "timestamptz '2026-11-01 06:00:00Z'", "TIMESTAMP WITH TIME ZONE",
            (datetime(2026, 11, 1, 6, tzinfo=UTC), None),
        ),
        ("date", "timestamp '2026-11-01 06:00:00'", "TIMESTAMP", (date(2026, 11, 1), None)),
        ("date", "date '2099-12-31'", "DATE", (None, None)),
    ],
)  # fmt: skip
def test_parquet_is_judged_in_its_own_types(connection, kind, source, source_type, found):
    assert read(connection, column(kind), source, source_type) == found


def test_an_empty_required_value_has_a_reason_and_a_limit_is_kept(connection):
    assert read_text(connection, column("qty", required=True), "")[1] == "missing_value"
    key = column("id", required=True, hard=True, primary_key=True, primary_key_position=1)
    assert read_text(connection, key, " ")[1] == "missing_key"
    assert read_text(connection, column("money", minimum=Decimal(0)), "-1")[1] == "below_minimum"
    assert read_text(connection, column("qty", exclusive_minimum=Decimal(0)), "0")[1] == "below_minimum"


@pytest.mark.parametrize("written", ["1-5", "Mon", "Mon,Wed", "周一", "1, 3", "8", "1,3,", "135"])
def test_a_text_with_a_form_takes_no_other(connection, written):
    weekdays = column("text", pattern="[1-7](,[1-7])*")
    assert read_text(connection, weekdays, written)[1] == "not_in_form"
    assert read(connection, weekdays, f"'{written}'", "VARCHAR")[1] == "not_in_form"
    assert read_text(connection, weekdays, "1,3,5") == ("1,3,5", None)
    assert read_text(connection, weekdays, "") == (None, None)


def test_a_broken_key_part_is_not_taken_for_an_empty_one(connection):
    part = column("qty", primary_key=True, primary_key_position=1, key_default="1")
    assert read_text(connection, part, "one") == (None, "not_a_quantity")
    assert read_text(connection, part, "") == (None, None)
