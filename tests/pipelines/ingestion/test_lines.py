"""Every row in quarantine names the line it stands on, whatever the lines before it hold."""

import gzip
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

HEADER = "shop_id,shop_name,platform"
BREAKS = st.sampled_from(["\n", "\r\n", "\r"])


@dataclass(frozen=True)
class Record:
    """Text of a record as it stands in the file, and what should become of it (None: it loads)."""

    text: str
    reason: str | None


@st.composite
def records(draw) -> list[Record]:
    """Good rows, rows that break their contract, ragged and blank lines, values over several lines."""
    made = []
    for number in range(draw(st.integers(21, 40))):
        kind = draw(st.sampled_from(["plain"] * 9 + ["quoted", "spanning", "spanning", "blank", "blank"]))
        inside = draw(BREAKS)
        name = {
            "plain": f"Shop {number}",
            "quoted": f'"Shop ""{number}"", a, b"',
            "spanning": f'"Shop{inside}{number}{inside}{inside}end"',
            "blank": "",
        }[kind]
        made.append(Record("", None) if kind == "blank" else Record(f"S{number},{name},jd", None))
    # At most a fifth of a file may be bad before all of it is held.
    for place in draw(st.sets(st.integers(0, 20), max_size=3)):
        broken = draw(
            st.sampled_from(
                [
                    Record(f"S{place},too,many,columns", "wrong_column_count"),
                    Record(f'S{place},"too{draw(BREAKS)}many",jd,"more{draw(BREAKS)}x"', "wrong_column_count"),
                    Record(f"S{place}", "wrong_column_count"),
                    Record(",nameless,jd", "missing_key"),
                    Record(f'{place}.0,"a float{draw(BREAKS)}of an id",jd', "float_id"),
                ]
            )
        )
        made.insert(place, broken)
    return made


def write(rows: list[Record], line_break: str, ends: bool) -> str:
    return line_break.join([HEADER, *(row.text for row in rows)]) + (line_break if ends else "")


def lines_of(rows: list[Record]) -> list[int]:
    """The line each record begins on, counted by the text that stands before it."""
    begins, line = [], 2
    for row in rows:
        begins.append(line)
        line += len(row.text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    return begins


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    rows=records(), line_break=BREAKS, ends=st.booleans(), mark=st.sampled_from(["", "\ufeff"]), zipped=st.booleans()
)
def test_every_fault_names_its_line_and_keeps_its_text(shared_desk, rows, line_break, ends, mark, zipped):
    shared_desk.empty("order.shop")
    content = (mark + write(rows, line_break, ends)).encode()
    name = "order.shop.all.20260901.1.csv"
    outcome = (
        shared_desk.deliver(name + ".gz", gzip.compress(content)) if zipped else shared_desk.deliver(name, content)
    )
    assert outcome.status == "loaded", outcome.reason
    expected = [(line, row.reason, row.text) for line, row in zip(lines_of(rows), rows, strict=True) if row.reason]
    found = shared_desk.rows("select line_no, reason_code, raw_line from control.quarantine order by 1")
    assert found == expected
    loaded = [line for line, row in zip(lines_of(rows), rows, strict=True) if row.text and not row.reason]
    assert [line for (line,) in shared_desk.rows("select _line_no from raw.order__shop order by 1")] == loaded
    assert outcome.rows_in == outcome.accounted == len(loaded) + len(expected)


def test_lines_hold_over_many_blocks_of_a_large_file(desk):
    rows, bad, line = [], [], 2
    for number in range(150_000):
        if number % 5_000 == 4_999:
            rows.append(f'S{number},"ragged\n\n{number}",jd,more')
            bad.append((line, "wrong_column_count"))
            line += 3
        elif number % 1_000 == 500:
            rows.append(f'S{number},"on\ntwo lines {"x" * 60}",jd')
            line += 2
        elif number % 7_000 == 3:
            rows.append("")
            line += 1
        else:
            rows.append(f"S{number},Shop {number} {'x' * 60},jd")
            line += 1
    content = "\n".join([HEADER, *rows, "1.5E+5,mangled,jd"]) + "\n"
    assert len(content) > 10_000_000  # several blocks of the parser
    outcome = desk.deliver("order.shop.all.20260901.1.csv", content)
    assert (outcome.status, outcome.accounted) == ("loaded", outcome.rows_in)
    assert desk.faults() == [*bad, (line, "excel_mangled_id")]


def test_names_of_columns_may_span_lines_and_stand_below_other_lines(desk, map_from):
    mapping = map_from("""
  - pattern: "tills*.csv"
    profile: {format: csv, header_row: 3, delimiter: ";", quote: "'"}
    targets:
      - table: order.shop
        columns: {shop_id: shop, shop_name: "\\"the\\nname\\""}
""")
    rows = "".join(f"S{n};'Shop; {n}'\n" for n in range(9))
    outcome = desk.deliver("tills.csv", "Tills\n\nshop;'the\nname'\n" + rows + "E;E;E\n", mappings=[mapping])
    assert (outcome.status, outcome.rows_loaded, desk.faults()) == ("loaded", 9, [(14, "wrong_column_count")])
    assert desk.rows("select shop_name from raw.order__shop where shop_id = 'S3'") == [("Shop; 3",)]


@pytest.mark.parametrize("content", ["shop_id\n\n\nA\n\nB\n\n", "shop_id\r\n\r\n\r\nA\r\n\r\nB\r\n"])
def test_a_blank_line_is_no_row_even_of_a_single_column(desk, content):
    outcome = desk.deliver("order.shop.all.20260901.1.csv", content)
    assert (outcome.rows_in, outcome.rows_loaded) == (2, 2)
    assert desk.rows("select shop_id, _line_no from raw.order__shop order by 1") == [("A", 4), ("B", 6)]
