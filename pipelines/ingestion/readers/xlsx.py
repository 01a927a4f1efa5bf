"""A sheet of a workbook as rows of text: every cell, with its row."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import BinaryIO
from xml.etree.ElementTree import ParseError

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.ingestion.delivery import Delivery, DeliveryRefusedError
from pipelines.ingestion.readers.archive import (
    DAMAGED,
    members,
    open_bytes,
    refuse_explosion,
    refuse_unsafe,
    unreadable,
)
from pipelines.ingestion.readers.header import MAX_PREAMBLE, column_names, first_match, named_values, refuse_unfit_names
from pipelines.ingestion.readers.relation import CELLS_AT_ONCE, Batches, Ending, Part, empty_file, part_schema
from pipelines.ingestion.readers.workbook import Cells, first_column, refuse_unsafe_workbook, sheet_part, untold_cells

MAX_PACKED = 512 << 20  # bytes of a workbook that itself comes in a gzip or zip


def read_workbook(delivery: Delivery) -> Iterator[Part]:
    """The rows of one sheet. A cell that holds no value is NULL, a date is written as 2026-09-01 00:00:00.

    Raises
    ------
    DeliveryRefusedError
        `unreadable`, `too_large`, `unsafe_archive`, `unknown_sheet`, `empty_file` or `bad_header`.
    """
    try:
        with _source(delivery) as source:
            cells, first, untold = _cells(delivery, source)
    except (*DAMAGED, ParseError, KeyError, ValueError) as error:
        raise unreadable(delivery, error) from error
    names, below, stated = _header(delivery, cells)
    dates = {first + names.index(name) for name in delivery.profile.serial_dates if name in names}
    columns = _restored(cells, first, untold, dates)
    rows = _filled(delivery, [column.slice(below) for column in columns], below)
    yield Part(names, stated, _batches(rows, stated), None)


@contextmanager
def _source(delivery: Delivery) -> Iterator[BinaryIO]:
    """The workbook's bytes, in memory where they come packed once more."""
    if not delivery.path.name.lower().endswith((".gz", ".zip")):
        with delivery.path.open("rb") as raw:
            yield raw
        return
    [*names] = members(delivery)
    with open_bytes(delivery, names[0]) as raw:
        content = raw.read(MAX_PACKED + 1)
    refuse_explosion(delivery, len(content))
    if len(content) > MAX_PACKED or len(names) > 1:
        raise DeliveryRefusedError(
            "too_large" if len(names) == 1 else "unknown_member",
            f"{delivery.path.name}: holds {len(names)} workbooks of together more than is read. Send them unpacked.",
        )
    yield io.BytesIO(content)


def _cells(delivery: Delivery, source: BinaryIO) -> tuple[list[pa.Array], int, Cells]:
    """All columns of the sheet as text from its first row on, the first one's place, and what text does not tell."""
    import fastexcel  # 60 ms that only workbooks need

    with zipfile.ZipFile(source) as workbook, ThreadPoolExecutor(1) as beside:
        refuse_unsafe(delivery, workbook)
        refuse_unsafe_workbook(delivery, workbook)
        place, _, part = sheet_part(delivery, workbook)
        content = source.getvalue() if isinstance(source, io.BytesIO) else str(delivery.path)
        try:
            # Opening reads the list of texts; cells are not read before it is known how far they reach.
            opened = beside.submit(fastexcel.read_excel, content)
            first = first_column(delivery, workbook, part)
            sheets = opened.result()
            untold = beside.submit(untold_cells, workbook, part, bool(delivery.profile.serial_dates))
            sheet = sheets.load_sheet_eager(place, header_row=None, skip_rows=0, dtypes="string")
        except (fastexcel.FastExcelError, pa.ArrowException) as error:
            raise unreadable(delivery, error) from error
        return list(sheet.columns), first, untold.result()


def _restored(columns: list[pa.Array], first: int, untold: Cells, dates: set[int]) -> list[pa.Array]:
    """The columns with what their cells hold: damaged numbers, errors, and in `dates` days for plain numbers."""
    days = {cell: serial_date(number) for cell, number in untold.numbers.items() if cell[1] in dates}
    by_column: dict[int, dict[int, str]] = {}
    for (row, column), text in (untold.texts | days).items():
        by_column.setdefault(column - first, {})[row] = text
    restored = list(columns)
    for place, texts in by_column.items():
        rows = sorted(texts)
        mask = np.zeros(len(columns[place]), dtype=bool)
        mask[rows] = True
        values = pa.array([texts[row] for row in rows], pa.string())
        restored[place] = pc.replace_with_mask(columns[place].cast(pa.string()), pa.array(mask), values)
    return restored


def _header(delivery: Delivery, columns: list[pa.Array]) -> tuple[list[str], int, dict[str, str]]:
    """Names of the columns, how many rows stand above the table's own, and what those state."""
    profile = delivery.profile
    if not columns or not len(columns[0]):
        raise empty_file(delivery)
    above, stated = profile.header_row - 1, {}
    if profile.preamble:
        above, stated = _preamble(delivery, columns)
    if profile.columns:
        names, depth = list(profile.columns), 0
        if len(names) != len(columns):
            raise DeliveryRefusedError(
                "bad_header", f"{delivery.path.name}: has {len(columns)} columns, the profile names {len(names)}."
            )
    else:
        depth = profile.header_depth
        rows = [_row(columns, row) for row in range(above, min(above + depth, len(columns[0])))]
        if len(rows) < depth or not any(map(str.strip, rows[0])):
            raise DeliveryRefusedError(
                "empty_file", f"{delivery.path.name}: row {above + 1} should name the columns and is empty."
            )
        names = column_names(rows)
    refuse_unfit_names(names, delivery)
    return names, above + depth, stated


def _preamble(delivery: Delivery, columns: list[pa.Array]) -> tuple[int, dict[str, str]]:
    patterns = [re.compile(pattern) for pattern in delivery.profile.preamble]
    stated: dict[str, str] = {}
    for row in range(min(len(columns[0]), MAX_PREAMBLE)):
        text = "\t".join(filter(None, map(str.strip, _row(columns, row))))
        found = first_match(patterns, text)
        if found is None and text:
            return row, stated
        stated |= named_values(found)
    raise empty_file(delivery)


def _row(columns: list[pa.Array], row: int) -> list[str]:
    return [column[row].as_py() or "" for column in columns]


def _filled(delivery: Delivery, columns: list[pa.Array], below: int) -> pa.Table:
    """Rows that hold anything, each with its number in the sheet, `below` rows of which stand above."""
    count = len(columns[0])
    filled = np.zeros(count, dtype=bool)
    for column in columns:
        filled |= column.is_valid().to_numpy(zero_copy_only=False)
    if not filled.any():
        raise empty_file(delivery)
    lines = pa.array(np.arange(below + 1, below + 1 + count), pa.int64())
    texts = [column.cast(pa.string()) for column in columns]
    rows = pa.Table.from_arrays([lines, *texts], schema=part_schema(len(columns)))
    return rows if filled.all() else rows.filter(pa.array(filled))


def _batches(rows: pa.Table, stated: dict[str, str]) -> Batches:
    yield from rows.to_batches(max_chunksize=max(1, CELLS_AT_ONCE // rows.num_columns))
    return Ending(rows.num_rows, stated=stated)


def serial_date(days: str) -> str:
    """The instant that a spreadsheet's number of days stands for (1900 system, whose day 60 never was)."""
    serial = float(days)
    begin = datetime(1899, 12, 30) if serial >= 60 else datetime(1899, 12, 31)
    return (begin + timedelta(seconds=round(serial * 86400))).isoformat(sep=" ")
