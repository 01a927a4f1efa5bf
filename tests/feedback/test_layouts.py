"""Files as the receiving systems would read them, with readers that share nothing with what wrote them."""

import csv
import io
import json
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby

import fastexcel
import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import ContractError, outbox
from contracts.layout import Layout, contract_layout, layouts, load_layout
from feedback.files import LayoutError, Sheet, check, file_key, sheet, written

BUY = {
    "suggestion_id": "BUY-0a", "idempotency_key": "k1", "schema_version": "1.0", "as_of": "2026-11-01T06:00:00+08:00",
    "tenant_id": "demo", "action": "buy", "supplier_id": "S1", "sku_id": "00123", "sku_name": "跑鞋 42",
    "ship_to_warehouse_id": "W1", "quantity": "24", "quantity_uom": "2", "uom_ratio_numerator": 12,
    "uom_ratio_denominator": 1, "purchase_uom": "BOX12", "unit_price": "4.2", "amount": "100.8", "currency": "CNY",
    "requested_date": "2026-11-09",
}  # fmt: skip
PAYLOADS = [
    "=1+1", "+1", "-2+3", "@SUM(1)", "\t=1", "\r=1", "\n=1", '=HYPERLINK("http://x","y")', "＝1+1", '"=1', " =1",
    "-", "_x0041_",
]  # fmt: skip


def buy(number: int = 0, **changes: object) -> dict[str, object]:
    return BUY | {"suggestion_id": f"BUY-{number}", "idempotency_key": f"k{number}"} | changes


def odoo() -> Layout:
    return layouts()["odoo_purchase_order"].translating({"picking_type_id/id": {"W1": "stock.picking_type_in"}})


def read_csv(layout: Layout, *bodies: dict[str, object]) -> list[dict[str, str]]:
    text = written(sheet(layout, bodies), "csv").decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def read_xlsx(content: bytes) -> list[tuple[object, ...]]:
    return list(openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True))


def test_odoo_reads_orders_with_their_lines_by_external_id() -> None:
    rows = read_csv(odoo(), buy(1), buy(2, sku_id="A"), buy(3, supplier_id="S2"))
    orders = [list(lines) for _, lines in groupby(rows, key=new_record_number("id"))]
    assert [[line["order_line/product_id/id"] for line in lines] for lines in orders] == [["00123", "A"], ["00123"]]
    assert rows[0] == {
        "id": rows[0]["id"], "partner_id/id": "S1", "currency_id": "CNY", "picking_type_id/id": "stock.picking_type_in",
        "origin": rows[0]["id"], "order_line/id": "BUY-1", "order_line/product_id/id": "00123",
        "order_line/product_qty": "2", "order_line/product_uom_id/id": "BOX12", "order_line/price_unit": "50.4",
        "order_line/date_planned": "2026-11-09 12:00:00",
    }  # fmt: skip
    # An external id holds no dot and no blank, and the order's own cells stand in its first line alone.
    assert rows[0]["id"].replace("_", "").isalnum() and rows[1]["partner_id/id"] == rows[1]["id"] == ""
    datetime.strptime(rows[0]["order_line/date_planned"], "%Y-%m-%d %H:%M:%S")


def new_record_number(column: str):
    """How Odoo and Frappe tell documents apart: a row with a value in the document's column begins one."""
    count = 0

    def number(row: dict[str, str]) -> int:
        nonlocal count
        count += bool(row[column])
        return count

    return number


def test_erpnext_reads_labels_of_the_order_and_its_items() -> None:
    rows = read_csv(layouts()["erpnext_purchase_order"], buy(1), buy(2, sku_id="A", purchase_uom=None))
    first = rows[0]
    assert first["ID"].startswith("SL-") and rows[1]["ID"] == rows[1]["Supplier"] == ""
    assert (first["Supplier"], first["Set Target Warehouse"], first["Required By (Items)"]) == (
        "S1",
        "W1",
        "2026-11-09",
    )
    # The rate is of one unit of the line's UOM, and so many stock units are in it.
    line = (
        first["Quantity (Items)"],
        first["UOM (Items)"],
        first["UOM Conversion Factor (Items)"],
        first["Rate (Items)"],
    )
    assert line == ("2", "BOX12", "12", "50.4") and rows[1]["UOM (Items)"] == "Nos"


def test_rows_that_lack_an_optional_value_go_in_a_file_without_its_column() -> None:
    priced, priceless = buy(1), buy(2, unit_price=None, amount=None)
    assert file_key(odoo(), priced) != file_key(odoo(), priceless)
    assert "order_line/price_unit" not in read_csv(odoo(), priceless)[0]


def test_a_supplier_gets_a_workbook_with_room_for_its_answer() -> None:
    layout = layouts()["supplier_order"]
    header, *lines = read_xlsx(written(sheet(layout, [buy(1), buy(2, sku_id="A")]), "xlsx"))
    assert header[-4:] == ("Answer", "Confirmed quantity", "Confirmed date", "Remark")
    line = dict(zip(header, lines[0], strict=True))
    assert (line["Line"], line["Our SKU"], line["Quantity"], line["Pieces"]) == ("BUY-1", "00123", 2, 24)
    assert line["Deliver on"] == datetime(2026, 11, 9) and line["Answer"] is None


def test_an_outlook_shows_twelve_weeks_side_by_side() -> None:
    layout = layouts()["supplier_outlook_weeks"]
    body = {"suggestion_id": "o", "supplier_id": "S1", "sku_id": "A", "ship_to_warehouse_id": "W1"}
    weeks = [date.fromordinal(date(2026, 11, 2).toordinal() + 7 * n) for n in range(12)]
    rows = [body | {"week_start": week.isoformat(), "expected_qty": str(n)} for n, week in enumerate(weeks)]
    header, *lines = read_xlsx(written(sheet(layout, [*rows, rows[3] | {"sku_id": "B"}]), "xlsx"))
    assert header[3:5] == ("Week of 2026-11-02", "Week of 2026-11-09") and len(header) == 15
    assert lines[0][1:] == ("A", "W1", *range(12)) and lines[1][6] == 3 and lines[1][3] is None
    with pytest.raises(LayoutError, match="12 places for 'week_start', found 13"):
        sheet(layout, [*rows, body | {"week_start": "2027-02-01", "expected_qty": "1"}])


def test_waves_are_listed_in_the_order_of_picking() -> None:
    layout = layouts()["wms_wave"]
    wave = {"wave_id": "W", "warehouse_id": "KS01", "order_count": 11, "planned_start_at": "2026-11-01T09:00:00+08:00"}
    rows = [wave | {"suggestion_id": f"WAV-{n}", "outbound_id": f"OB{n}", "sequence": n} for n in range(11, 0, -1)]
    read = read_csv(layout, *rows)
    assert [row["seq"] for row in read] == [str(n) for n in range(1, 12)] and read[9]["outbound_no"] == "OB10"


def test_a_parcel_asks_for_its_waybill_under_one_number() -> None:
    body = {
        "suggestion_id": "CAR-1", "outbound_id": "OB1", "parcel_no": 2, "warehouse_id": "KS01", "carrier_id": "SF",
        "service_code": "std", "billed_weight_g": 1250, "est_cost": "12.5", "currency": "CNY",
    }  # fmt: skip
    content = json.loads(written(sheet(layouts()["tms_waybill_request"], [body]), "json"))
    [row] = content["rows"]
    assert (row["customer_order_no"], row["weight_kg"], row["carrier_code"]) == ("OB1-2", "1.25", "SF")


@pytest.mark.parametrize("name", sorted(layouts()))
def test_every_layout_that_ships_writes_each_of_its_formats(name: str) -> None:
    layout = layouts()[name]
    layout = layout.translating({column.header: {"x": "X"} for column in layout.columns if column.translated})
    body = {column.name: "x" for column in outbox()[layout.decision].columns}
    numbers = {"int": 2, "qty": "2", "money": "3", "rate": "0.5", "number": "1", "date": "2026-11-02", "bool": True}
    body |= {c.name: numbers[c.type] for c in outbox()[layout.decision].columns if c.type in numbers}
    check(layout, body)
    for ending in layout.endings:
        assert written(sheet(layout, [body]), ending) == written(sheet(layout, [body]), ending)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_cell_of_a_workbook_is_a_formula_and_text_comes_back_exactly(payload: str) -> None:
    content = written(Sheet("a", ("text", "number"), [(payload, Decimal("-3.5"))]), "xlsx")
    cells = openpyxl.load_workbook(io.BytesIO(content)).active[2]
    assert [cell.data_type for cell in cells] == ["inlineStr", "n"] or [cell.data_type for cell in cells] == ["s", "n"]
    assert cells[1].value == -3.5 and cells[0].number_format == "@"
    other = fastexcel.read_excel(content).load_sheet(0).to_arrow().to_pylist()
    assert other == [{"text": payload, "number": -3.5}]


@pytest.mark.parametrize("payload", [payload for payload in PAYLOADS if payload not in ('"=1', "_x0041_")])
def test_text_that_a_spreadsheet_would_run_is_marked_as_text_in_a_csv(payload: str) -> None:
    text = written(Sheet("a", ("text", "number"), [(payload, Decimal("-3.5"))]), "csv").decode()
    [row] = csv.DictReader(io.StringIO(text, newline=""))
    assert row == {"text": "'" + payload, "number": "-3.5"}


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), min_size=1, max_size=4))
def test_any_text_comes_back_from_a_workbook(texts: list[str]) -> None:
    content = written(Sheet("a", tuple(f"c{n}" for n in range(len(texts))), [tuple(texts)]), "xlsx")
    [row] = fastexcel.read_excel(content).load_sheet(0, dtypes="string").to_arrow().to_pylist()
    assert list(row.values()) == texts
    assert all(cell.data_type != "f" for cell in openpyxl.load_workbook(io.BytesIO(content)).active[2])


def test_a_text_that_no_sheet_holds_is_refused() -> None:
    with pytest.raises(ValueError, match="cell A2 holds 32768 characters"):
        written(Sheet("a", ("text",), [("x" * 32_768,)]), "xlsx")


def test_a_layout_that_names_what_is_not_there_is_refused(tmp_path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(
        "{name: mine, title: t, decision: wave_plan, endings: [csv], columns: [{header: h, column: price_uom}]}"
    )
    with pytest.raises(ContractError, match="'price_uom' is no column of wave_plan"):
        load_layout(file)


def test_a_row_that_lacks_what_a_layout_needs_is_named() -> None:
    with pytest.raises(LayoutError, match="BUY-1: layout odoo_purchase_order needs 'order_line/product_qty'"):
        check(odoo(), buy(1, quantity_uom=None))
    assert contract_layout(outbox()["purchase_suggestions"]).columns[0].header == "suggestion_id"
