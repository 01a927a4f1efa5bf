"""A value that is written plainly comes out of a cast as it comes out of the rules."""

import re

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.types import DUCKDB_TYPES
from pipelines.ingestion import plain
from pipelines.ingestion.plain import LOOK, plain_forms, typed_by_look, typed_plainly
from pipelines.ingestion.typed import Rules, Typed, by_rules
from tests.pipelines.ingestion.test_typing import column

RULES = [
    Rules("Asia/Shanghai"),
    Rules("America/New_York", ("%Y-%m-%d %H:%M:%S", "%Y/%m/%d")),
    Rules("Europe/Berlin", ("%Y-%m-%d",), {"ja": "yes", "no": "yes"}, ",", "EUR"),
    Rules("UTC", ("%d.%m.%Y", "%Y-%m-%d %H:%M:%S")),
]
TYPES = sorted(set(DUCKDB_TYPES) - {"json", "time"})
# What is nearly plain, and what is, of every type.
NEARLY = (
    r"[0-9]{1,16}|-?[0-9]{1,15}[.,][0-9]{0,7}|-?0?[.,][0-9]{1,7}|[+-]?1[.,]0{0,7}|[0-9]{1,3},[0-9]{3}"
    r"|[0-9]E\+[0-9]{1,3}|[0-9]{1,3}\.0",
    r"(19|20)[0-9][0-9]-[0-1][0-9]-[0-3][0-9]([ T][0-2][0-9]:[0-6][0-9]:[0-6][0-9](\.[0-9]{1,3})?"
    r"( ?Z|[+-][01][0-9](:?[0-9][0-9])?)?)?",
    r"(1970-01-01|0000-00-00|2099-12-31|2000-02-29|2100-02-29|2026-02-29)( 00:00:00)?",
    r"[ \t`='仓A-Za-z0-9*:/#._-]{1,8}|[0-9A-Za-z]{60,70}|件|yes|no|ja|true|N|Y|是|0|1|#N/A| yes|yes\t",
    r"[\x00-\x20\xa0\u3000a\n]{1,3}",
)
texts = st.one_of(*(st.from_regex(re.compile(pattern), fullmatch=True) for pattern in NEARLY))


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as made:
        made.execute("set TimeZone = 'Asia/Shanghai'; set threads = 1; pragma disable_optimizer")
        yield made


def outcome(connection, kind: str, cell: Typed, listed: list[str], look: str = "false") -> list[tuple]:
    """Value and reason of every text, in order."""

    def named(sql: str | None) -> str:
        for mark, name in (("$t", "t"), ("$p", "p"), ("$v", "v"), (LOOK, "o")):
            sql = (sql or "null").replace(mark, name)
        return sql

    return connection.execute(
        f"""with source as (select unnest(?::varchar[]) as source, generate_subscripts(?::varchar[], 1) as n),
            looked as (select *, {look.replace("$t", "source")} as o from source),
            texts as (select n, o, {named(cell.text)} as t from looked),
            parsed as (select *, {named(cell.parsed)} as p from texts),
            valued as (select *, cast({named(cell.value)} as {DUCKDB_TYPES[kind]}) as v from parsed)
            select cast(v as varchar), {named(cell.reason)} from valued order by n""",
        [listed, listed],
    ).fetchall()


@pytest.mark.parametrize("kind", TYPES)
@settings(max_examples=25, deadline=None)
@given(listed=st.lists(texts, min_size=30, max_size=60), rules=st.sampled_from(RULES))
def test_looking_first_changes_no_value_and_no_reason(connection, kind, listed, rules):
    of = column(kind, values=("yes", "no", "other")) if kind == "enum" else column(kind)
    base = by_rules(of, "source", "VARCHAR", rules)
    for form in plain_forms(of, rules):
        look = form.test.replace("$t", "source")
        judged = outcome(connection, kind, base, listed)
        assert outcome(connection, kind, typed_by_look(base, form, "source"), listed, look) == judged
        is_plain = connection.execute(
            f"select {look} from (select unnest($x) as source, generate_subscripts($x, 1) as n) order by n",
            {"x": listed},
        ).fetchall()
        some = [text for text, (plainly,) in zip(listed, is_plain, strict=True) if plainly]
        expected = [of for of, (plainly,) in zip(judged, is_plain, strict=True) if plainly]
        assert outcome(connection, kind, typed_plainly(base, form, "source"), some) == expected
        assert all(reason is None for _, reason in expected)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("id", "00123"), ("id", "仓-1"), ("text", "尺码偏小"), ("enum", "yes"), ("qty", "12"), ("money", "-3.05"),
        ("rate", "0.13"), ("number", "120.5"), ("int", "7"), ("bool", "Y"), ("ts", "2026-09-01 10:00:00"),
        ("date", "2026-02-28"),
    ],
)  # fmt: skip
def test_what_most_exports_write_is_plain(connection, kind, text):
    of = column(kind, values=("yes", "no")) if kind == "enum" else column(kind)
    [form, *_] = plain_forms(of, RULES[0])
    looked = connection.execute(f"select {form.test.replace('$t', '$x')}", {"x": text}).fetchone()
    assert looked == (True,)


def test_days_that_do_not_exist_are_not_plain():
    for day in ("2026-02-29", "2026-02-30", "2026-04-31", "2026-13-01", "2099-01-01", "1970-01-01"):
        assert not re.fullmatch(plain.DAY, day)
