"""Of a thousand rows with 37 bad ones each bad row is kept with where it stood and why, and every row is counted."""

import hashlib
from collections.abc import Callable

import pytest

from contracts import table
from contracts.model import Column, Table

FEEDS = (
    "product.price", "supplier.supplier_sku", "procurement.purchase_order_line", "inventory.stock_ledger",
    "warehouse.outbound_order", "logistics.shipment", "order.sales_order", "payment.payment_txn",
    "aftersales.rma_line", "marketing.discount_application", "finance.voucher_line",
)  # fmt: skip
ROWS, BAD = 1_000, 37
VALUES = {
    "qty": "2", "money": "3.50", "rate": "0.10", "number": "1.5", "int": "7", "bool": "true", "text": "text",
    "ts": "2026-09-01 10:00:00", "date": "2026-09-01", "time": "06:00", "json": "[]",
}  # fmt: skip
NUMBERS, TIMES = ("qty", "money", "number", "int", "rate"), ("ts", "date")
Row = dict[str, str]


def good(of: Table, number: int) -> Row:
    return {
        column.name: f"{column.name}-{number}"
        if column.type == "id"
        else column.values[0]
        if column.type == "enum"
        else VALUES[column.type]
        for column in of.columns
    }


def first(of: Table, fits: Callable[[Column], bool]) -> str | None:
    return next((column.name for column in of.columns if fits(column)), None)


def faults(of: Table) -> dict[str, tuple[str | None, str, set[str]]]:
    """Name of the fault: the column it is put into, the value, and the rules that may name it."""
    key = first(of, lambda column: column.primary_key and column.type == "id" and column.key_default is None)
    number = first(of, lambda column: column.type in NUMBERS)
    no_number = {"not_a_quantity", "not_an_amount", "not_a_share", "not_a_number", "not_a_whole_number"}
    return {
        "wrong type": (number, "lots", no_number),
        "beyond all numbers": (number, "1e400", no_number | {"out_of_range", "fractional_units"}),
        "bad date": (first(of, lambda c: c.type in TIMES), "31/31/2026", {"not_an_instant", "not_a_date"}),
        "negative": (first(of, lambda c: c.minimum is not None and c.minimum >= 0), "-5", {"below_minimum"}),
        "empty id": (key, "", {"missing_key"}),
        "blank id": (key, "   ", {"missing_key"}),
        "full-width blank id": (key, "\u3000", {"missing_key"}),
        "NUL byte": (key, "A\x00B", {"control_character"}),
        "GBK bytes": (key, "店".encode("gbk").decode("utf-8", "surrogateescape"), {"undecodable"}),
        "lone surrogate": (key, "\ud800", {"undecodable"}),
        "too many columns": (list(of.columns)[-1].name, "1,2,3", {"wrong_column_count"}),
    }


def encoded(text: str) -> bytes:
    return b"".join(
        char.encode("utf-8", "surrogateescape" if "\udc80" <= char <= "\udcff" else "surrogatepass") for char in text
    )


def content(of: Table, rows: list[Row]) -> bytes:
    lines = [",".join(column.name for column in of.columns), *(",".join(row.values()) for row in rows)]
    return encoded("\n".join(lines) + "\n")


@pytest.mark.parametrize("feed", FEEDS)
def test_a_feed_with_bad_rows_accounts_for_each_and_its_corrected_file_clears_them(desk, feed):
    of = table(feed)
    name = f"{feed}.all.20260902.1.csv"
    rows = [good(of, number) for number in range(ROWS)]
    kinds = {kind: fault for kind, fault in faults(of).items() if fault[0] is not None}
    bad = range(11, ROWS, ROWS // BAD)[:BAD]
    spoilt, rules = [dict(row) for row in rows], {}
    for place, row in enumerate(bad):
        column, value, rule = list(kinds.values())[place % len(kinds)]
        spoilt[row][column], rules[row + 2] = value, rule
    assert len(kinds) >= 10 and len(rules) == BAD
    raw = content(of, spoilt)

    outcome = desk.deliver(name, raw)
    assert (outcome.status, outcome.rows_in, outcome.rows_quarantined) == ("loaded", ROWS, BAD), outcome
    assert outcome.rows_loaded + outcome.rows_quarantined + outcome.rows_duplicate == ROWS
    kept = desk.rows("select line_no, file_sha256, reason_code, raw_line from control.quarantine order by 1")
    assert [line for line, *_ in kept] == sorted(rules)
    assert {sha256 for _, sha256, *_ in kept} == {hashlib.sha256(raw).hexdigest()}
    lines = raw.split(b"\n")
    for line, _, reason, text in kept:
        assert reason in rules[line], (line, reason)
        # What stood in the file, but for the cells that hold a person.
        cells = zip(text.split(","), lines[line - 1].decode("utf-8", "replace").split(","), strict=True)
        assert all(cell in (before, "***") for cell, before in cells)

    outcome = desk.deliver(name, content(of, rows))
    assert (outcome.rows_loaded, outcome.rows_duplicate, outcome.accounted) == (BAD, ROWS - BAD, ROWS)
    assert desk.rows("select distinct status from control.quarantine") == [("superseded",)]
    assert desk.rows(f"select count(*) from raw.{of.raw_name}") == [(ROWS,)]
