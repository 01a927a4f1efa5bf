"""What a supplier wrote into its order comes back line by line; what cannot be read is named with row and column."""

import csv
import io
import random
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from contracts import outbox
from contracts.layout import layouts
from feedback.acknowledgements import AcknowledgementError
from feedback.confirmations import HEADERS, confirm, is_confirmation
from feedback.confirmed import ConfirmedLine
from feedback.identity import Need
from feedback.journal import Journal, open_store, verify
from feedback.message import freezer
from feedback.recognition import OrderLine
from feedback.sending import Files, LocalFolder, send
from feedback.states import Event

AT = datetime(2026, 11, 1, 9, tzinfo=UTC)
FACTS = {
    "supplier_id": "S1", "ship_to_warehouse_id": "W1", "uom_ratio_numerator": 12, "uom_ratio_denominator": 1,
    "requested_date": "2026-11-09", "as_of": "2026-11-01T06:00:00+08:00",
}  # fmt: skip


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    store = open_store(f"sqlite:///{tmp_path / 'decisions.db'}")
    yield Journal(store, freezer("demo", {"purchase_suggestions": "suppliers"}))
    store.dispose()


def ordered(journal: Journal, folder: Path, ending: str, *skus: str) -> tuple[Path, dict[str, str]]:
    """The supplier's order as it arrived, and its lines by SKU."""
    needs = [Need("buy", sku, "W1", Decimal(24), multiple=Decimal(12), facts=FACTS) for sku in skus]
    names = {change.need.sku_id: change.suggestion_id for change in journal.take(needs, {}, "plan", AT).new}
    journal.record([Event("approve", name, "ann", AT, {"quantity": "24"}, 1) for name in names.values()])
    layout = {"purchase_suggestions": layouts()["supplier_order"]}
    send(journal, {"suppliers": Files(LocalFolder(folder), layout, ending)}, lambda: AT, random.Random(1))
    [file] = folder.glob(f"*.{ending}")
    return file, names


def filled(file: Path, names: dict[str, str], answers: dict[str, dict[str, object]]) -> Path:
    """The same file with the supplier's answers by SKU, as a spreadsheet saves it."""
    if file.suffix == ".xlsx":
        book = openpyxl.load_workbook(file)
        header = [cell.value for cell in book.active[1]]
        for row in book.active.iter_rows(min_row=2):
            for head, value in answers.get(row[header.index("Our SKU")].value, {}).items():
                row[header.index(head)].value = value
        book.save(file)
        return file
    rows = list(csv.DictReader(io.StringIO(file.read_text(), newline="")))
    with file.open("w", newline="") as out:
        writer = csv.DictWriter(out, rows[0])
        writer.writeheader()
        writer.writerows(row | answers.get(row["Our SKU"], {}) for row in rows)
    return file


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_each_line_is_confirmed_changed_rejected_disputed_or_not_answered(
    journal: Journal, tmp_path: Path, ending: str
) -> None:
    file, names = ordered(journal, tmp_path / "out", ending, "A", "B", "C", "D", "E", "F")
    filled(
        file,
        names,
        {
            "A": {"Answer": "OK"},
            "B": {"Confirmed quantity": 1, "Confirmed date": "2026-11-12", "Remark": "rest in December"},
            "C": {"Answer": "拒绝", "Remark": "discontinued"},
            "D": {"Answer": "disputed", "Remark": "price is 4.40"},
            "E": {"Confirmed quantity": 3},
        },
    )
    assert is_confirmation(file)
    taken = confirm(journal, file, AT)
    assert (taken.applied, taken.repeated, taken.strange) == (5, 0, ())
    states = {sku: journal.state(name) for sku, name in names.items()}
    assert {sku: (s.status, s.in_flight, s.disputed) for sku, s in states.items()} == {
        "A": ("acknowledged", 24, False), "B": ("acknowledged", 12, False), "C": ("refused", 0, False),
        "D": ("acknowledged", 24, True), "E": ("acknowledged", 24, True), "F": ("exported", 24, False),
    }  # fmt: skip
    assert confirm(journal, file, AT).repeated == 5
    [answer] = [row for row in journal.events(names["B"]) if row["kind"] == "acknowledge"]
    assert '"confirmed_date":"2026-11-12"' in answer["payload"] and "rest in December" in answer["payload"]
    assert verify(journal) == []


def test_another_answer_later_is_taken_and_disputed_until_resolved(journal: Journal, tmp_path: Path) -> None:
    file, names = ordered(journal, tmp_path / "out", "xlsx", "A")
    confirm(journal, filled(file, names, {"A": {"Answer": "yes"}}), AT)
    confirm(journal, filled(file, names, {"A": {"Answer": None, "Confirmed quantity": 1}}), AT)
    state = journal.state(names["A"])
    assert (state.disputed, state.in_flight) == (True, 24)


def test_what_was_confirmed_is_known_of_the_order_lines_until_they_are_received(
    journal: Journal, tmp_path: Path
) -> None:
    file, names = ordered(journal, tmp_path / "out", "xlsx", "A", "B", "C", "D")
    answers = {
        "A": {"Confirmed quantity": 1, "Confirmed date": "2026-11-12"}, "B": {"Answer": "ok"},
        "C": {"Answer": "no"},
    }  # fmt: skip
    confirm(journal, filled(file, names, answers), AT)
    assert journal.confirmed() == [], "no export shows an order line yet"

    def seen(received: int = 0) -> list[ConfirmedLine]:
        lines = [
            OrderLine(f"erp:{sku}{part}", sku, "W1", "S1", Decimal(size), AT.date(), names[sku], Decimal(received))
            for sku, part, size in (("A", 1, 8), ("A", 2, 16), ("B", 1, 24), ("C", 1, 24), ("D", 1, 24))
        ]
        journal.recognise(lines, UTC, "exports", AT)
        return sorted(journal.confirmed(), key=lambda line: line.line_id)

    day, none = date(2026, 11, 12), Decimal(0)
    assert seen() == [
        # Twelve of A come: the first line and a part of the second.
        ConfirmedLine("erp:A1", names["A"], day, AT, none), ConfirmedLine("erp:A2", names["A"], day, AT, Decimal(12)),
        ConfirmedLine("erp:C1", names["C"], None, None, Decimal(24)),
    ]  # fmt: skip
    confirm(journal, filled(file, names, {"D": {"Answer": "ok", "Confirmed date": "2026-11-20"}}), AT)
    assert [line.day for line in seen() if line.line_id == "erp:D1"] == [date(2026, 11, 20)]
    assert verify(journal) == []


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ({"Answer": "maybe"}, "column 'Answer' holds 'maybe'; write one of confirmed, changed, rejected, disputed"),
        ({"Confirmed quantity": "two"}, "column 'Confirmed quantity' holds 'two'; write a number of packs"),
        ({"Confirmed quantity": "-1"}, "column 'Confirmed quantity' holds '-1'"),
        ({"Confirmed date": "9/11/26"}, "column 'Confirmed date' holds '9/11/26'; write a day such as 2026-11-09"),
        ({"Answer": "no", "Confirmed quantity": "2"}, "column 'Confirmed quantity' holds '2'; write nothing or 0"),
        ({"Answer": "partial"}, "column 'Confirmed quantity' holds ''; write how many packs will come"),
        ({"Line": "BUY-x", "Answer": "ok"}, "column 'Line' holds 'BUY-x'; write a line that was sent to you"),
    ],
)
def test_what_cannot_be_read_is_named_and_changes_nothing(
    journal: Journal, tmp_path: Path, cells: dict[str, str], told: str
) -> None:
    file, names = ordered(journal, tmp_path / "out", "xlsx", "A", "B")
    taken = confirm(journal, filled(file, names, {"A": {"Answer": "ok"}, "B": cells}), AT)
    assert taken.applied == 1 and len(taken.strange) == 1
    assert taken.strange[0].startswith(f"{file.name} row 3: {told}")
    assert journal.state(names["B"]).status == "exported"


def test_a_file_without_its_columns_is_refused(journal: Journal, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("Line,Answer\nBUY-1,ok\n")
    with pytest.raises(AcknowledgementError, match="has no column 'Confirmed quantity'"):
        confirm(journal, tmp_path / "a.csv", AT)
    (tmp_path / "a.xlsx").write_text("no workbook")
    with pytest.raises(AcknowledgementError, match="cannot be read as a workbook"):
        confirm(journal, tmp_path / "a.xlsx", AT)


def test_a_workbook_that_explodes_is_refused_before_it_is_unpacked(journal: Journal, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.xlsx", "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/worksheets/sheet1.xml", b"0" * 100_000_001)
    with pytest.raises(AcknowledgementError, match="unpacks to 100000001 bytes"):
        confirm(journal, tmp_path / "bomb.xlsx", AT)


def test_the_reader_and_the_contract_name_the_same_columns() -> None:
    contract = {column.name for column in outbox()["supplier_confirmation"].columns}
    assert set(HEADERS) | {"confirmed_at"} == contract
