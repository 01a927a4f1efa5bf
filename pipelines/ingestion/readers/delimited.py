"""CSV and its kin to the temporary table `staged`: every value as untouched text, with its line."""

from __future__ import annotations

import io
from collections.abc import Iterator

import duckdb
import pyarrow as pa
import pyarrow.csv

from pipelines.ingestion.delivery import Delivery, DeliveryRefusedError
from pipelines.ingestion.lines import LineNumbers
from pipelines.ingestion.readers.archive import members, open_bytes
from pipelines.ingestion.readers.cut import SEPARATOR, RowLines
from pipelines.ingestion.readers.header import Header, header_of
from pipelines.ingestion.readers.relation import LINE, MEMBER, RAW_LINE_CHARACTERS, Staged, empty_file
from pipelines.ingestion.schema import literal, quote
from pipelines.ingestion.text import Utf8Stream, records_at

BLOCK_BYTES = 4 << 20  # a line may not be longer


def stage_delimited(connection: duckdb.DuckDBPyConnection, delivery: Delivery) -> Staged:
    """Stage a text of delimited values, or all those of a zip.

    Raises
    ------
    DeliveryRefusedError
        `unreadable`, `empty_file`, `bad_header`, `wrong_encoding`, `unexpected_line` or `columns_differ`.
    """
    parts = [_stage_member(connection, delivery, place, member) for place, member in enumerate(members(delivery))]
    first = parts[0]
    if sum(part.rows for part in parts) == 0:
        raise empty_file(delivery)
    if len(parts) == 1:
        return first
    names = dict.fromkeys(name for part in parts for name in part.stated)
    return Staged(
        first.types,
        sum(part.rows for part in parts),
        pa.concat_tables(part.refused for part in parts),
        next((part.first_undecodable for part in parts if part.undecodable), None),
        {name: [value for part in parts for value in part.stated.get(name, [])] for name in names},
    )


def _stage_member(connection: duckdb.DuckDBPyConnection, delivery: Delivery, place: int, member: str | None) -> Staged:
    with open_bytes(delivery, member) as raw:
        stream = Utf8Stream(raw, delivery)
        header = header_of(stream, delivery)
        rows = RowLines(stream, delivery, header.lines + 1) if delivery.profile.is_cut else stream
        numbers = LineNumbers(place * MEMBER + header.lines + 1, RAW_LINE_CHARACTERS)
        try:
            # The parser knows the columns by their place: no name that a file may use is in its way.
            places = [f"c{place}" for place in range(len(header.names))]
            batches = _numbered(_open_csv(rows, places, delivery, numbers), places, numbers, stream)
            _write(connection, delivery, place, header, places, batches)
        except (pa.ArrowException, duckdb.InvalidInputException) as error:
            # The engine reports what broke the stream as an error of its own.
            if stream.failure is not None:
                raise stream.failure from error
            if isinstance(rows, RowLines) and rows.failure is not None:
                raise rows.failure from error
            if "Empty CSV" in str(error):
                raise empty_file(delivery) from error
            raise _broken(delivery, error) from error
        stated = header.stated
        if isinstance(rows, RowLines):
            rows.read_footer()
            stated = stated | rows.stated
    refused = numbers.refused()
    blank = _drop_blank_lines(connection, delivery, numbers.empty, place, member)
    count = numbers.rows + numbers.refused_rows - blank
    types = dict.fromkeys([*header.names, *header.stated], "VARCHAR")
    return Staged(types, count, refused, stream.first_undecodable, {name: [value] for name, value in stated.items()})


def _write(
    connection: duckdb.DuckDBPyConnection,
    delivery: Delivery,
    place: int,
    header: Header,
    places: list[str],
    batches: pa.RecordBatchReader,  # the engine reads it by its name
) -> None:
    named = [f"{place} as {quote(name)}" for place, name in zip(places, header.names, strict=True)]
    named += [f"{literal(value)} as {quote(name)}" for name, value in header.stated.items()]
    source = f"select {LINE}, {', '.join(named)} from batches"
    if place == 0:
        connection.execute(f"create or replace temp table staged as {source}")
        return
    before = {name for name, *_ in connection.execute("describe staged").fetchall()} - {LINE}
    if before != {*header.names, *header.stated}:
        differing = sorted(before ^ {*header.names, *header.stated})
        raise DeliveryRefusedError(
            "columns_differ",
            f"{delivery.path.name}: not all of its files have the column '{differing[0][:100]}'. Send them apart.",
        )
    connection.execute(f"insert into staged by name {source}")


def _drop_blank_lines(
    connection: duckdb.DuckDBPyConnection, delivery: Delivery, empty: list[int], place: int, member: str | None
) -> int:
    """Drop rows that are no more than a blank line, which the parser takes for a row of empty values."""
    if not empty:
        return 0
    lines = empty
    if not delivery.profile.is_cut:
        wanted = {line - place * MEMBER for line in empty}
        lines = [line + place * MEMBER for line, text in records_at(delivery, wanted, member) if not text.strip()]
    blank = pa.table({"line_no": pa.array(lines, pa.int64())})  # noqa: F841 (the engine reads it by its name)
    connection.execute(f"delete from staged where {LINE} in (select line_no from blank)")
    return len(lines)


def _open_csv(
    stream: io.RawIOBase, columns: list[str], delivery: Delivery, numbers: LineNumbers
) -> pyarrow.csv.CSVStreamingReader:
    profile = delivery.profile
    apart = bool(profile.prefix) or len(profile.delimiter) > 1
    return pyarrow.csv.open_csv(
        stream,
        # One thread: only then does the parser tell the number of a record it refuses.
        read_options=pyarrow.csv.ReadOptions(use_threads=False, block_size=BLOCK_BYTES, column_names=columns),
        parse_options=pyarrow.csv.ParseOptions(
            delimiter=SEPARATOR if apart else profile.delimiter,
            quote_char=False if apart else profile.quote or False,
            newlines_in_values=True,
            ignore_empty_lines=False,
            invalid_row_handler=numbers.refuse,
        ),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(columns, pa.string()), strings_can_be_null=False
        ),
    )


def _numbered(
    reader: pyarrow.csv.CSVStreamingReader, columns: list[str], numbers: LineNumbers, stream: Utf8Stream
) -> pa.RecordBatchReader:
    schema = pa.schema([(LINE, pa.int64()), *((name, pa.string()) for name in columns)])

    def batches() -> Iterator[pa.RecordBatch]:
        for batch in reader:
            lines = numbers.of(batch, may_span_lines=stream.quoted)
            yield pa.RecordBatch.from_arrays([lines, *batch.columns], schema=schema)

    return pa.RecordBatchReader.from_batches(schema, batches())


def _broken(delivery: Delivery, error: Exception) -> DeliveryRefusedError:
    found = str(error).splitlines()[0]
    if "straddl" in str(error) or "out of sync" in str(error):
        found = f"a line of more than {BLOCK_BYTES >> 20} MB, or a quote that is never closed"
    return DeliveryRefusedError(
        "unreadable", f"{delivery.path.name}: cannot be split into lines ({found}). Export it again."
    )
