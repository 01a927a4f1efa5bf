"""A workbook of one sheet, written from nothing but its cells: no clock, no user, no formula can get in.

Text stands in the cells themselves (inline strings), in format "@", so that a cell stays text when somebody edits it.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from xml.sax.saxutils import escape

from feedback.files.sheet import Cell, Sheet

# Limits of the format (ECMA-376; Microsoft, Excel specifications and limits).
MAX_ROWS, MAX_COLUMNS, MAX_TEXT = 1_048_576, 16_384, 32_767
# Day 0 of a sheet: 1899-12-30, since the format takes 1900 for a leap year.
DAY_ZERO = date(1899, 12, 30).toordinal()
# Characters that XML does not hold are written _xHHHH_ (ECMA-376 part 1, 22.9.2.19); what looks like it is escaped too.
STRANGE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
MARKUP = re.compile("[&<>\r]|" + STRANGE.pattern)

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
# Cell styles by place: 0 number, 1 text, 2 day, 3 header.
STYLES = (
    f'{HEAD}<styleSheet xmlns="{MAIN}">'
    '<numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="4">'
    '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="49" fontId="1" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1"/>'
    '</cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)
SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
CONTENT_TYPES = (
    f'{HEAD}<Types xmlns="{PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{SHEET_TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{SHEET_TYPE}.worksheet+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{SHEET_TYPE}.styles+xml"/></Types>'
)
ROOT = (
    f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
)
PARTS = (
    f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{RELATIONS}/styles" Target="styles.xml"/></Relationships>'
)


def xlsx(sheet: Sheet) -> bytes:
    """The workbook; the same sheet gives the same bytes.

    Raises
    ------
    ValueError
        If it has more rows or columns, or a longer text, than the format holds.
    """
    if len(sheet.rows) >= MAX_ROWS or len(sheet.headers) > MAX_COLUMNS:
        raise ValueError(f"{len(sheet.rows)} rows × {len(sheet.headers)} columns do not fit a sheet; send CSV instead")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as book:
        _add(book, "[Content_Types].xml", CONTENT_TYPES)
        _add(book, "_rels/.rels", ROOT)
        _add(book, "xl/workbook.xml", _workbook(sheet.name))
        _add(book, "xl/_rels/workbook.xml.rels", PARTS)
        _add(book, "xl/styles.xml", STYLES)
        _add(book, "xl/worksheets/sheet1.xml", "".join(_sheet(sheet)))
    return out.getvalue()


def _add(book: zipfile.ZipFile, name: str, content: str) -> None:
    # A date of its own, the first that the format knows: the clock would make every file another.
    entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    entry.create_system, entry.compress_type = 0, zipfile.ZIP_DEFLATED
    book.writestr(entry, content.encode(), compresslevel=1)


def _workbook(name: str) -> str:
    return (
        f'{HEAD}<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets>'
        f'<sheet name="{escape(name)}" sheetId="1" r:id="rId1"/></sheets></workbook>'
    )


def _sheet(sheet: Sheet) -> Iterator[str]:
    letters = [_letters(place) for place in range(len(sheet.headers))]
    yield (
        f'{HEAD}<worksheet xmlns="{MAIN}"><sheetViews><sheetView workbookViewId="0">'
        '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><sheetData>'
    )
    yield f'<row r="1">{"".join(_text(f"{a}1", head, 3) for a, head in zip(letters, sheet.headers, strict=True))}</row>'
    # Column by column: a million cells pass in half the time, since a column's cells are of one kind.
    columns = [_column(letter, cells) for letter, cells in zip(letters, zip(*sheet.rows, strict=True), strict=False)]
    for number, row in enumerate(zip(*columns, strict=True), start=2):
        yield f'<row r="{number}">{"".join(row)}</row>'
    yield "</sheetData></worksheet>"


def _column(letter: str, cells: Sequence[Cell]) -> list[str]:
    kinds = {type(cell) for cell in cells}
    if kinds == {str} and max(map(len, cells)) <= MAX_TEXT:
        together = "".join(cells)
        # One look at the column: most hold nothing that has to be written otherwise.
        if not MARKUP.search(together):
            kept = "" if together.isalnum() else ' xml:space="preserve"'
            return [
                f'<c r="{letter}{number}" s="1" t="inlineStr"><is><t{kept}>{cell}</t></is></c>'
                for number, cell in enumerate(cells, start=2)
            ]
    if kinds == {Decimal}:
        return [f'<c r="{letter}{number}"><v>{cell:f}</v></c>' for number, cell in enumerate(cells, start=2)]
    return [_cell(f"{letter}{number}", cell) for number, cell in enumerate(cells, start=2)]


def _cell(place: str, cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case str():
            return _text(place, cell, 1)
        case bool():
            return f'<c r="{place}" t="b"><v>{cell:d}</v></c>'
        case date():
            return f'<c r="{place}" s="2"><v>{cell.toordinal() - DAY_ZERO}</v></c>'
        case Decimal():
            return f'<c r="{place}"><v>{cell:f}</v></c>'
        case _:
            return f'<c r="{place}"><v>{cell}</v></c>'


def _text(place: str, text: str, style: int) -> str:
    if len(text) > MAX_TEXT:
        raise ValueError(
            f"cell {place} holds {len(text)} characters, more than the {MAX_TEXT} of a sheet; send CSV instead"
        )
    if MARKUP.search(text):
        text = STRANGE.sub(lambda found: f"_x{ord(found[0]):04X}_", text)
        # As a reference: a bare carriage return would be read back as a line feed.
        text = escape(text, {"\r": "&#13;"})
    return f'<c r="{place}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


def _letters(place: int) -> str:
    """A, B, … Z, AA, … for 0, 1, … 25, 26, …"""
    return ("" if place < 26 else _letters(place // 26 - 1)) + chr(ord("A") + place % 26)
