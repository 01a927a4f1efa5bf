"""A workbook looked at before it is opened: is it safe, and which cells lost what they held.

A workbook's cell is a number or a text, which its rows as text no longer tell. A number has fifteen digits: an
identifier that a spreadsheet took for one is damaged beyond them.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import BinaryIO
from xml.etree import ElementTree

import numpy as np

from pipelines.ingestion.delivery import Delivery, DeliveryRefusedError

MAX_UNPACKED = 2 << 30  # bytes of all parts
MAX_CELLS = 30_000_000  # of the rectangle that a sheet spans, which is held in memory
MAX_PARTS = 5 << 20  # bytes of the parts that list the sheets
CHUNK = 4 << 20
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"

LONG_NUMBER = re.compile(rb"<v>(-?\d{16,}(?:\.\d+)?|-?\d+(?:\.\d+)?[eE]\+?\d+)</v>")
ERROR = re.compile(rb"""<c [^>]*?t=["']e["'][^>]*>(?:<f[^>]*/>|<f[^>]*>[^<]*</f>)?<v>([^<]*)</v>""")
CELL = re.compile(rb"""<c [^>]*?\br=["']([A-Za-z]{1,3})(\d{1,9})["']([^>]*)>""")
ROW = re.compile(rb"""<row [^>]*?\br=["'](\d{1,9})["']""")
PLACE = re.compile(rb"""\br=["']([A-Za-z]{1,7})(\d{1,9})["']""")
PLAIN_NUMBER = re.compile(rb"(?:<f[^>]*/>|<f[^>]*>[^<]*</f>)?<v>(\d{1,6}(?:\.\d+)?)</v>")
WIDE = re.compile(rb"""r=["'][A-Za-z]{2}""")


@dataclass
class Cells:
    """Cells of a sheet by row and column, counted from 0, whose text does not tell what they hold.

    `texts` says what does, `numbers` are plain numbers that may be days.
    """

    texts: dict[tuple[int, int], str] = field(default_factory=dict)
    numbers: dict[tuple[int, int], str] = field(default_factory=dict)


def refuse_unsafe_workbook(delivery: Delivery, workbook: zipfile.ZipFile) -> None:
    """Refuse a workbook that unpacks to more than memory holds, or is none.

    Raises
    ------
    DeliveryRefusedError
        `too_large` or `unreadable`.
    """
    unpacked = sum(entry.file_size for entry in workbook.infolist())
    if unpacked > MAX_UNPACKED:
        raise DeliveryRefusedError(
            "too_large",
            f"{delivery.path.name}: unpacks to {unpacked:,} bytes, at most {MAX_UNPACKED:,} are read. "
            "Export it as CSV, or in parts.",
        )


def sheet_part(delivery: Delivery, workbook: zipfile.ZipFile) -> tuple[int, str, str]:
    """Place from 0, name, and part of the sheet that the profile names.

    Raises
    ------
    DeliveryRefusedError
        `unknown_sheet`.
    """
    sheets = [node for node in _xml(workbook, "xl/workbook.xml").iter() if node.tag.endswith("}sheet")]
    wanted = delivery.profile.sheet
    names = [node.get("name", "") for node in sheets]
    place = wanted if isinstance(wanted, int) else names.index(wanted) if wanted in names else len(names)
    if not 0 <= place < len(sheets):
        raise DeliveryRefusedError(
            "unknown_sheet",
            f"{delivery.path.name}: has no sheet {wanted!r} (found {', '.join(names)[:300]}). "
            "Name it by `sheet` in the mapping's profile.",
        )
    relation = sheets[place].get(RELATION)
    targets = {node.get("Id"): node.get("Target", "") for node in _xml(workbook, "xl/_rels/workbook.xml.rels")}
    target = targets.get(relation, "")
    part = target.lstrip("/") if target.startswith("/") else str(PurePosixPath("xl") / target)
    return place, names[place], part


def _xml(workbook: zipfile.ZipFile, part: str) -> ElementTree.Element:
    if workbook.getinfo(part).file_size > MAX_PARTS:
        raise zipfile.BadZipFile(f"{part} is larger than {MAX_PARTS >> 20} MB")
    text = workbook.read(part)
    if b"<!DOCTYPE" in text:
        raise zipfile.BadZipFile(f"{part} declares entities")
    return ElementTree.fromstring(text)


def first_column(delivery: Delivery, workbook: zipfile.ZipFile, part: str) -> int:
    """Place from 0 of the first column of a sheet that is in use.

    Raises
    ------
    DeliveryRefusedError
        `too_large` for a sheet that spans more cells than are read.
    """
    first, last_row, columns = 1 << 14, 0, 0
    with workbook.open(part) as raw:
        for block in _blocks(raw):
            begin, width, deepest = _extent(block, first)
            first, columns = min(first, begin), max(columns, width)
            last_row = max(last_row, deepest, max(map(int, ROW.findall(block)), default=0))
            if last_row * columns > MAX_CELLS:
                raise _too_many_cells(delivery, last_row, columns)
    return first % (1 << 14)


def untold_cells(workbook: zipfile.ZipFile, part: str, plain_numbers: bool) -> Cells:
    """Find damaged numbers and errors on a sheet; with `plain_numbers`, those that may be days too."""
    found = Cells()
    with workbook.open(part) as raw:
        for block in _blocks(raw):
            if _may_hold_long_number(block):
                _note_long_numbers(block, found)
            if b't="e"' in block or b"t='e'" in block:
                for error in ERROR.finditer(block):
                    _note(found.texts, block, error.start(), error[1].decode())
            if plain_numbers:
                _note_plain_numbers(block, found)
    return found


def _may_hold_long_number(block: bytes) -> bool:
    """Whether sixteen digits stand in a row, or an e behind a digit: dearer to search for than to rule out."""
    signs = np.frombuffer(block, np.uint8)
    digit = (signs - 48) < 10
    exponent = ((signs[1:] | 32) == ord("e")) & digit[:-1]
    run = digit
    for length in (1, 2, 4, 8):
        run = run[length:] & run[:-length]
    return bool(run.any() or exponent.any())


def _blocks(raw: BinaryIO) -> Iterator[bytes]:
    """The sheet's XML in parts that end between cells."""
    carry, prefix = b"", None
    while chunk := raw.read(CHUNK):
        text = carry + chunk
        if prefix is None:
            named = re.search(rb"<(\w+:)worksheet\b", text)
            prefix = named[1] if named else b""
        if prefix:
            text = text.replace(b"<" + prefix, b"<").replace(b"</" + prefix, b"</")
        cut = max(text.rfind(b"<c "), text.rfind(b"<row "), 0)
        yield text[:cut]
        carry = text[cut:]
        if len(carry) > CHUNK:
            raise zipfile.BadZipFile("a cell is longer than 4 MB")
    yield carry


def _extent(block: bytes, first_known: int) -> tuple[int, int, int]:
    """First used column from 0, number of columns and of rows that a part of a sheet reaches to.

    Most sheets end before column AA, which is quickly seen; then only the first column is sought.
    """
    if first_known == 0 and not WIDE.search(block):
        return 0, 26, 0
    if not WIDE.search(block) and b'r="A' in block:
        return 0, 26, 0
    places = PLACE.findall(block)
    columns = [_column(letters) for letters in {letters for letters, _ in places}]
    rows = max((int(row) for _, row in places), default=0)
    return min(columns, default=1 << 14), max(columns, default=-1) + 1, rows


def _note_long_numbers(block: bytes, found: Cells) -> None:
    for number in LONG_NUMBER.finditer(block):
        start = block.rfind(b"<c ", 0, number.start())
        opening = block[max(start, 0) : block.find(b">", max(start, 0)) + 1]
        is_text = re.search(rb"""\bt=["'](?:s|str|inlineStr|e)["']""", opening)
        if not is_text and abs(float(number[1])) >= 1e15:
            # The small e tells a spreadsheet's number from one that was written so.
            mantissa, exponent = f"{float(number[1]):.14e}".split("e")
            _note(found.texts, block, start, f"{mantissa.rstrip('0').rstrip('.')}e{exponent}")


def _note_plain_numbers(block: bytes, found: Cells) -> None:
    for cell in CELL.finditer(block):
        value = PLAIN_NUMBER.match(block, cell.end())
        if value and not re.search(rb"\bt=", cell[0]):
            found.numbers[int(cell[2]) - 1, _column(cell[1])] = value[1].decode()


def _note(texts: dict[tuple[int, int], str], block: bytes, start: int, text: str) -> None:
    cell = CELL.match(block, max(start, 0))
    if cell is None:
        raise zipfile.BadZipFile("a cell does not say where it stands")
    texts[int(cell[2]) - 1, _column(cell[1])] = text


def _column(letters: bytes) -> int:
    """Place from 0 of a column called A, B, …, AA."""
    place = 0
    for letter in letters.upper():
        place = place * 26 + letter - 64
    return place - 1


def _too_many_cells(delivery: Delivery, rows: int, columns: int) -> DeliveryRefusedError:
    return DeliveryRefusedError(
        "too_large",
        f"{delivery.path.name}: its sheet reaches to row {rows:,} and column {columns:,}; at most {MAX_CELLS:,} cells "
        "are read. Delete stray cells far from the table, or export it as CSV.",
    )
