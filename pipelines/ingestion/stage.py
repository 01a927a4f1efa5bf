"""File to staged relation: untyped files as untouched text with line numbers, Parquet in its own types.

Text is never guessed into numbers or dates here: `conform` types it by the contract.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace

import duckdb
import pyarrow as pa

from pipelines.ingestion.columns import fit_columns
from pipelines.ingestion.delivery import Delivery, DeliveryRefusedError
from pipelines.ingestion.readers.parquet import parquet_source, unreadable_parquet
from pipelines.ingestion.readers.relation import (
    LINE,
    RAW_LINE_CHARACTERS,
    Part,
    Staged,
    Watched,
    empty_file,
    part_schema,
    unwrapped,
)
from pipelines.ingestion.reading.reader import Reader
from pipelines.ingestion.schema import literal, quote
from pipelines.ingestion.totals import define_amount

__all__ = ["LINE", "RAW_LINE_CHARACTERS", "Staged", "staged"]


@contextmanager
def staged(connection: duckdb.DuckDBPyConnection, delivery: Delivery, reader: Reader) -> Iterator[Staged]:
    """Stage a delivery for the time of its load.

    Raises
    ------
    DeliveryRefusedError
        `unreadable`, `empty_file`, `bad_header` and what else its reader may find.
    """
    try:
        if delivery.file_mapping is not None:
            define_amount(connection, delivery)
        if delivery.format == "parquet":
            found = _stage_parquet(connection, delivery, *reader.scan_parquet(delivery))
        else:
            with closing(reader.parts(delivery)) as parts:
                found = _stage_parts(connection, delivery, parts)
            found = replace(found, raw_lines=reader.raw_lines(delivery))
        yield fit_columns(connection, delivery, found)
    finally:
        connection.execute("drop table if exists staged")


def _stage_parts(connection: duckdb.DuckDBPyConnection, delivery: Delivery, parts: Iterator[Part]) -> Staged:
    """Write the rows of all parts, one below the other.

    Raises
    ------
    DeliveryRefusedError
        What the readers find, `empty_file`, or `columns_differ`.
    """
    taken: list[Part] = []
    for part in parts:
        _write(connection, delivery, part, is_first=not taken)
        taken.append(part)
    endings = [part.ending for part in taken]
    rows = sum(end.rows for end in endings)
    if rows == 0:
        raise empty_file(delivery)
    stated = dict.fromkeys(name for end in endings for name in end.stated)
    return Staged(
        dict.fromkeys([*taken[0].names, *taken[0].stated], "VARCHAR"),
        rows,
        pa.concat_tables(end.refused for end in endings),
        next((end.first_undecodable for end in endings if end.first_undecodable), None),
        {name: [end.stated[name] for end in endings if name in end.stated] for name in stated},
        tuple(part.member for part in taken if part.member is not None),
    )


def _write(connection: duckdb.DuckDBPyConnection, delivery: Delivery, part: Part, is_first: bool) -> None:
    named = [f"c{place} as {quote(name)}" for place, name in enumerate(part.names)]
    named += [f"{literal(value)} as {quote(name)}" for name, value in part.stated.items()]
    source = f"select {LINE}, {', '.join(named)} from batches"
    if not is_first:
        _refuse_other_columns(connection, delivery, part)
    rows = Watched(part_schema(len(part.names)), part)
    batches = rows.reader()  # noqa: F841 (the engine reads it by its name)
    written = "create or replace temp table staged as" if is_first else "insert into staged by name"
    with unwrapped(rows):
        connection.execute(f"{written} {source}")
    if part.ending.blank:
        blank = pa.table({"line_no": pa.array(part.ending.blank, pa.int64())})  # noqa: F841
        connection.execute(f"delete from staged where {LINE} in (select line_no from blank)")


def _refuse_other_columns(connection: duckdb.DuckDBPyConnection, delivery: Delivery, part: Part) -> None:
    before = {name for name, *_ in connection.execute("describe staged").fetchall()} - {LINE}
    differing = sorted(before ^ {*part.names, *part.stated})
    if differing:
        raise DeliveryRefusedError(
            "columns_differ",
            f"{delivery.path.name}: not all of its files have the column '{differing[0][:100]}'. Send them apart.",
        )


def _stage_parquet(connection: duckdb.DuckDBPyConnection, delivery: Delivery, rows: int, groups: int) -> Staged:
    """Stage a Parquet file; its values have all been read once by another process, so that nothing in it can harm."""
    threads = connection.execute("select current_setting('threads')").fetchone()[0]
    source = _ranges(delivery, rows, threads if groups < threads else 1)
    try:
        connection.execute(f"create or replace temp table staged as {source}")
    except (duckdb.InvalidInputException, duckdb.IOException) as error:
        raise unreadable_parquet(delivery, error) from error
    described = connection.execute("describe staged").fetchall()
    types = {name: kind for name, kind, *_ in described if name != LINE}
    return Staged(types, rows)


def _ranges(delivery: Delivery, rows: int, scans: int) -> str:
    """SQL that reads a Parquet file in `scans` ranges of rows.

    One thread reads one row group, and many files are a single one. They are read in ranges and copied,
    so that what is done with the rows keeps every core busy.
    """
    # file_row_number counts from 0, and a Parquet file has no header line.
    source = parquet_source(delivery)
    selected = f"select * exclude (file_row_number), file_row_number + 1 as {LINE} from {source}"
    bounds = itertools.pairwise(rows * scan // scans for scan in range(scans + 1))
    return " union all ".join(
        f"{selected} where file_row_number >= {low} and file_row_number < {high}" for low, high in bounds
    )
