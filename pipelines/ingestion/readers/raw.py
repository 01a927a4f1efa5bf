"""Rows as they stand in their file, found again by the number each was staged under."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import duckdb
import pyarrow as pa

from pipelines.ingestion.delivery import Delivery
from pipelines.ingestion.readers.archive import members
from pipelines.ingestion.readers.relation import (
    ELEMENT,
    LINE,
    MEMBER,
    RAW_LINE_CHARACTERS,
    RAW_LINES,
    Staged,
    Watched,
    unwrapped,
)
from pipelines.ingestion.schema import literal
from pipelines.ingestion.text import records_at

AT_ONCE = 10_000


def line_of(delivery: Delivery, number: str) -> str:
    """SQL for the line of the file that the row of this `number` stands on."""
    within = f"{number} % {MEMBER}"
    return f"({within}) // {ELEMENT}" if delivery.profile.explode else within


def part_of(delivery: Delivery, source: Staged, number: str) -> str:
    """SQL for the sheet, or the file of a zip, that the row of this `number` stands in; NULL where there is one."""
    if delivery.format == "xlsx":
        return literal(str(delivery.profile.sheet))
    names = source.members if delivery.profile.members else ()
    listed = ", ".join(literal(name) for name in names)
    return f"[{listed}][1 + {number} // {MEMBER}]" if names else "cast(null as varchar)"


def find_raw_lines(connection: duckdb.DuckDBPyConnection, delivery: Delivery, source: Staged) -> None:
    """Put the rows of `faults` as they stand in the file into `raw_lines`, by `member` and `line`.

    Where there are no lines to show, a row is JSON: of Parquet its columns, of a workbook its sheet, row and cells.
    """
    asked: list[tuple[int, int]] = []
    wanted = f"select distinct line_no // {MEMBER}, {line_of(delivery, 'line_no')} from faults where raw_line is null"
    if delivery.format in ("parquet", "xlsx"):
        row = "to_json(s)"
        if delivery.format == "xlsx":
            sheet = literal(str(delivery.profile.sheet))
            row = f"json_object('sheet', {sheet}, 'row', {LINE}, 'cells', to_json(s))"
        found = f"select 0 as member, {LINE} as line, cast({row} as varchar) as raw_line from staged as s"
    else:
        asked, found = connection.execute(wanted).fetchall(), "select * from lines"
    batches = Watched(RAW_LINES, source.raw_lines(asked) if asked else ())
    lines = batches.reader()  # noqa: F841 (the engine reads it by its name)
    with unwrapped(batches):
        connection.execute(
            f"""create or replace temp table raw_lines as
                select member, line, left(raw_line, {RAW_LINE_CHARACTERS}) as raw_line from ({found})
                where (member, line) in ({wanted})"""
        )


def lines_of_text(delivery: Delivery, wanted: Sequence[tuple[int, int]]) -> Iterator[pa.RecordBatch]:
    """The records of a text that begin on lines `wanted`, each given as the place of its file and its line."""
    for place, member in enumerate(members(delivery)):
        here = {line for of, line in wanted if of == place}
        records = records_at(delivery, here, member) if here else iter(())
        while some := list(itertools.islice(records, AT_ONCE)):
            lines, texts = zip(*some, strict=True)
            kept = [text[:RAW_LINE_CHARACTERS] for text in texts]
            yield pa.RecordBatch.from_arrays(
                [pa.array([place] * len(lines)), pa.array(lines), pa.array(kept)], schema=RAW_LINES
            )


def records_of_document(
    connection: duckdb.DuckDBPyConnection, wanted: Sequence[tuple[int, int]]
) -> Iterator[pa.RecordBatch]:
    """The records of JSON documents out of `json_records`, by the place of their file and their number in it."""
    asked = pa.table(list(zip(*wanted, strict=True)) or [[], []], names=["member", "line"])  # noqa: F841
    found = connection.execute(
        f"""select {LINE} // {MEMBER} as member, {LINE} % {MEMBER} as line,
                left(record, {RAW_LINE_CHARACTERS}) as raw_line
            from json_records where ({LINE} // {MEMBER}, {LINE} % {MEMBER}) in (select (member, line) from asked)"""
    )
    for batch in found.to_arrow_reader(AT_ONCE):
        yield batch.cast(RAW_LINES)
