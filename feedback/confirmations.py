"""A supplier's confirmation, read from the order that it got and filled in (layout `supplier_order`)."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

from feedback.acknowledgements import Acknowledged, AcknowledgementError, take_each
from feedback.journal import Journal, sent_message
from feedback.states import Event, State

# What each column of the contract may be headed by in a file that comes back.
HEADERS: Mapping[str, tuple[str, ...]] = {
    "suggestion_id": ("Line", "suggestion_id", "行号"),
    "status": ("Answer", "status", "答复"),
    "confirmed_quantity": ("Confirmed quantity", "confirmed_quantity", "确认数量"),
    "confirmed_date": ("Confirmed date", "confirmed_date", "确认日期"),
    "remark": ("Remark", "remark", "备注"),
}
WORDS: Mapping[str, tuple[str, ...]] = {
    "confirmed": ("confirmed", "confirm", "accepted", "ok", "yes", "y", "确认", "接受", "是"),
    "changed": ("changed", "partial", "part", "部分", "变更"),
    "rejected": ("rejected", "reject", "refused", "no", "n", "拒绝", "取消", "否"),
    "disputed": ("disputed", "dispute", "query", "有异议", "异议"),
}
MEANING = {word: status for status, words in WORDS.items() for word in words}
# An order of 5,000 lines unpacks to five million.
MOST_UNPACKED = 100_000_000
DAYS = ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y/%m/%d", "%Y年%m月%d日")


@dataclass(frozen=True)
class Cells:
    """One filled line: its row in the file, and its cells by the contract's column."""

    row: int
    values: Mapping[str, str]


class CellError(ValueError):
    """A cell does not say what its column asks for."""

    def __init__(self, column: str, found: str, wanted: str) -> None:
        super().__init__(f"column '{HEADERS[column][0]}' holds {found!r}; write {wanted}")


def is_confirmation(file: Path) -> bool:
    """Whether the file is an order that comes back, by its headers."""
    header = {head.strip() for head in _table(file)[0]} if file.suffix.lower() in (".csv", ".xlsx") else set()
    return bool(header & set(HEADERS["suggestion_id"][::2])) and bool(header & set(HEADERS["confirmed_quantity"]))


def confirm(journal: Journal, file: Path, at: datetime) -> Acknowledged:
    """Take up the answers of a filled order, CSV or XLSX; the same file again changes nothing.

    A line that nobody filled is no answer. The confirmed quantity is in the order's packs. More than was ordered, or
    an answer of "disputed", leaves the line disputed until a person resolves it.

    Raises
    ------
    AcknowledgementError
        If the file is neither, or lacks a column.
    """
    rows = ((f"{file.name} row {line.row}", line.values) for line in _filled(file))
    return take_each(journal, rows, lambda values: _event(journal, values, at), dated=False)


def _event(journal: Journal, values: Mapping[str, str], at: datetime) -> tuple[str, Event]:
    name = values["suggestion_id"]
    if not name:
        raise CellError("suggestion_id", name, "the line of the order that this answers, as we sent it")
    sent, state = sent_message(journal, name), journal.state(name)
    if sent is None or state is None:
        raise CellError("suggestion_id", name, "a line that was sent to you")
    key = sent.idempotency_key
    status, accepted = _accepted(values, state)
    payload: dict[str, object] = {"idempotency_key": key, "status": status, "accepted": accepted}
    if status == "disputed":
        payload["disputed"] = True
    if values["confirmed_date"]:
        payload["confirmed_date"] = _day(values["confirmed_date"])
    if values["remark"]:
        payload["message"] = values["remark"]
    return key, Event("acknowledge", name, str(state.facts.get("supplier_id") or "supplier"), at, payload)


def _accepted(values: Mapping[str, str], state: State) -> tuple[str, Decimal | str | None]:
    """What was answered, and base units taken: "all", or None if that was not said."""
    packs = _packs(values["confirmed_quantity"])
    units = None if packs is None else packs * _units_in_pack(state)
    word = values["status"].strip().lower()
    if word and word not in MEANING:
        raise CellError("status", values["status"], "one of confirmed, changed, rejected, disputed")
    status = (
        MEANING[word] if word else "rejected" if units == 0 else "confirmed" if units == state.approved else "changed"
    )
    if status == "rejected":
        if units:
            raise CellError("confirmed_quantity", values["confirmed_quantity"], "nothing or 0 for a rejected line")
        return status, Decimal(0)
    if status == "changed" and units is None and not values["confirmed_date"]:
        raise CellError("confirmed_quantity", "", "how many packs will come, or on which other day")
    if status == "disputed":
        return status, units
    return status, "all" if units is None or units == state.approved else units


def _units_in_pack(state: State) -> Decimal:
    return Decimal(str(state.facts.get("uom_ratio_numerator", 1))) / Decimal(
        str(state.facts.get("uom_ratio_denominator", 1))
    )


def _packs(text: str) -> Decimal | None:
    if not text:
        return None
    try:
        packs = Decimal(text.replace(",", ""))
    except InvalidOperation:
        packs = Decimal(-1)
    if not packs.is_finite() or packs < 0:
        raise CellError("confirmed_quantity", text, "a number of packs, 0 or more")
    return packs


def _day(text: str) -> date:
    for form in DAYS:
        try:
            return datetime.strptime(text, form).date()
        except ValueError:
            continue
    raise CellError("confirmed_date", text, "a day such as 2026-11-09")


def _filled(file: Path) -> Iterator[Cells]:
    """Lines in which the supplier wrote anything."""
    header, rows = _table(file)
    places = {}
    for column, names in HEADERS.items():
        found = [place for place, head in enumerate(header) if head.strip() in names]
        if not found and (column == "suggestion_id" or column == "confirmed_quantity"):
            raise AcknowledgementError(f"{file} has no column '{names[0]}'; it has {header}")
        places[column] = found[0] if found else None
    for number, row in rows:
        values = {column: row[place].strip() if place is not None else "" for column, place in places.items()}
        # A spreadsheet's mark of text, which some put before the line's name.
        values["suggestion_id"] = values["suggestion_id"].lstrip("'")
        if any(values[column] for column in HEADERS if column != "suggestion_id"):
            yield Cells(number, values)


def _table(file: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Header and rows, each with its number in the file, every cell as text."""
    content = file.read_bytes()
    if file.suffix.lower() == ".xlsx":
        return _workbook(file, content)
    try:
        reader = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
        rows = [(reader.line_num, row) for row in reader]
    except (UnicodeDecodeError, csv.Error) as reason:
        raise AcknowledgementError(f"{file} is no CSV in UTF-8 and no .xlsx: {reason}; ask for it again") from reason
    header = rows[0][1] if rows else []
    return header, [(number, row + [""] * (len(header) - len(row))) for number, row in rows[1:]]


def _workbook(file: Path, content: bytes) -> tuple[list[str], list[tuple[int, list[str]]]]:
    import fastexcel

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            unpacked = sum(entry.file_size for entry in book.infolist())
    except zipfile.BadZipFile as reason:
        raise AcknowledgementError(f"{file} cannot be read as a workbook: {reason}; ask for it again") from reason
    if unpacked > MOST_UNPACKED:
        raise AcknowledgementError(
            f"{file} unpacks to {unpacked} bytes, more than {MOST_UNPACKED}: no order is so large"
        )
    try:
        sheet = fastexcel.read_excel(content).load_sheet(0, header_row=None, skip_rows=0, dtypes="string")
    except fastexcel.FastExcelError as reason:
        raise AcknowledgementError(f"{file} cannot be read as a workbook: {reason}; ask for it again") from reason
    rows = [["" if cell is None else cell for cell in row.values()] for row in sheet.to_arrow().to_pylist()]
    return (rows[0] if rows else []), list(enumerate(rows[1:], start=2))
