"""A sheet as bytes: CSV, XLSX or JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal

from contracts.layout import Ending
from feedback.files.formula import as_text
from feedback.files.sheet import Cell, Sheet
from feedback.files.xlsx import xlsx


def written(sheet: Sheet, ending: Ending) -> bytes:
    """The file's content. The same sheet gives the same bytes, and no text in it runs as a formula."""
    return _WRITERS[ending](sheet)


def _csv(sheet: Sheet) -> bytes:
    out = io.StringIO()
    # CR LF (RFC 4180): only then is a carriage return inside a value quoted as well.
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(map(as_text, sheet.headers))
    writer.writerows(map(_csv_cell, row) for row in sheet.rows)
    return out.getvalue().encode()


def _csv_cell(cell: Cell) -> str | int | None:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return as_text(cell) if isinstance(cell, str) else _plain(cell)


def _json(sheet: Sheet) -> bytes:
    rows = [dict(zip(sheet.headers, map(_plain, row), strict=True)) for row in sheet.rows]
    return (json.dumps({"name": sheet.name, "rows": rows}, ensure_ascii=False, indent=1) + "\n").encode()


def _plain(cell: Cell) -> str | int | bool | None:
    """Decimals as exact text, dates in ISO; in a CSV the writer leaves an absent value empty."""
    if isinstance(cell, Decimal):
        return f"{cell.normalize() + 0:f}"
    return cell.isoformat() if isinstance(cell, date) else cell


_WRITERS: Mapping[Ending, Callable[[Sheet], bytes]] = {"csv": _csv, "xlsx": xlsx, "json": _json}
