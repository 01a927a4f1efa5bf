"""File to staged relation: CSV as untouched text with line numbers, Parquet in its own types.

Text is never guessed into numbers or dates here: `conform` types it by the contract.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from pipelines.ingestion.delivery import Delivery, DeliveryRefusedError
from pipelines.ingestion.lines import REFUSED_SCHEMA, LineNumbers
from pipelines.ingestion.schema import literal, quote
from pipelines.ingestion.text import Utf8Stream, header_of, open_bytes, records_at, refuse_ambiguous

BLOCK_BYTES = 4 << 20  # a line may not be longer
RAW_LINE_CHARACTERS = 100_000
LINE = "_line_no"


@dataclass(frozen=True)
class Staged:
    """A delivery in the temporary table `staged`; `types` gives each source column's DuckDB type.

    `rows` counts every record of the file, the `refused` ones included, which could not be taken
    apart (`line_no`, and `text` where it spans lines). `undecodable` says that some bytes were not
    in the file's encoding and stand as U+FFFD.
    """

    types: dict[str, str]
    rows: int
    refused: pa.Table
    undecodable: bool = False


@contextmanager
def staged(connection: duckdb.DuckDBPyConnection, delivery: Delivery) -> Iterator[Staged]:
    """Stage a delivery for the time of its load.

    Raises
    ------
    DeliveryRefusedError
        `unreadable`, `empty_file` or `bad_header`.
    """
    try:
        yield (_stage_parquet if delivery.format == "parquet" else _stage_csv)(connection, delivery)
    finally:
        connection.execute("drop table if exists staged")


def _stage_parquet(connection: duckdb.DuckDBPyConnection, delivery: Delivery) -> Staged:
    try:
        metadata = pyarrow.parquet.read_metadata(delivery.path)
    except (pa.ArrowException, OSError) as error:
        raise DeliveryRefusedError(
            "unreadable", f"{delivery.path.name}: not a Parquet file ({error}). Export it again."
        ) from error
    refuse_ambiguous(metadata.schema.to_arrow_schema().names, delivery)
    if metadata.num_rows == 0:
        raise _empty(delivery)
    threads = connection.execute("select current_setting('threads')").fetchone()[0]
    source = _parquet_source(delivery, metadata.num_rows, threads if metadata.num_row_groups < threads else 1)
    try:
        connection.execute(f"create or replace temp table staged as {source}")
    except (duckdb.InvalidInputException, duckdb.IOException) as error:
        raise DeliveryRefusedError(
            "unreadable",
            f"{delivery.path.name}: cannot be read to its end ({str(error).splitlines()[0]}). Export it again.",
        ) from error
    described = connection.execute("describe staged").fetchall()
    types = {name: kind for name, kind, *_ in described if name != LINE}
    return Staged(types, metadata.num_rows, REFUSED_SCHEMA.empty_table())


def _parquet_source(delivery: Delivery, rows: int, scans: int) -> str:
    """SQL that reads a Parquet file in `scans` ranges of rows.

    One thread reads one row group, and many files are a single one. They are read in ranges and copied,
    so that what is done with the rows keeps every core busy.
    """
    # The engine takes *, ? and [ in a name for a pattern.
    path = "".join(f"[{sign}]" if sign in "*?[" else sign for sign in str(delivery.path))
    source = f"read_parquet({literal(path)}, file_row_number = true, hive_partitioning = false)"
    # file_row_number counts from 0, and a Parquet file has no header line.
    selected = f"select * exclude (file_row_number), file_row_number + 1 as {LINE} from {source}"
    bounds = itertools.pairwise(rows * scan // scans for scan in range(scans + 1))
    return " union all ".join(
        f"{selected} where file_row_number >= {low} and file_row_number < {high}" for low, high in bounds
    )


def _stage_csv(connection: duckdb.DuckDBPyConnection, delivery: Delivery) -> Staged:
    with open_bytes(delivery) as raw:
        stream = Utf8Stream(raw, delivery)
        header, header_lines = header_of(stream, delivery)
        numbers = LineNumbers(header_lines + 1, RAW_LINE_CHARACTERS)
        try:
            # The parser knows the columns by their place: no name that a file may use is in its way.
            places = [f"c{place}" for place in range(len(header))]
            batches = _numbered(_open_csv(stream, places, delivery, numbers), places, numbers, stream)  # noqa: F841
            named = ", ".join(f"{place} as {quote(name)}" for place, name in zip(places, header, strict=True))
            connection.execute(f"create or replace temp table staged as select {LINE}, {named} from batches")
        except (pa.ArrowException, duckdb.InvalidInputException) as error:
            # The engine reports what broke the stream as an error of its own.
            if stream.failure is not None:
                raise stream.failure from error
            if "Empty CSV" in str(error):
                raise _empty(delivery) from error
            raise _broken(delivery, error) from error
    refused = numbers.refused()
    rows = numbers.rows + numbers.refused_rows - _drop_blank_lines(connection, delivery, numbers.empty)
    if rows == 0:
        raise _empty(delivery)
    return Staged(dict.fromkeys(header, "VARCHAR"), rows, refused, stream.undecodable)


def _drop_blank_lines(connection: duckdb.DuckDBPyConnection, delivery: Delivery, empty: list[int]) -> int:
    """Drop rows that are no more than a blank line, which the parser takes for a row of empty values."""
    if not empty:
        return 0
    lines = [line for line, text in records_at(delivery, set(empty)) if not text.strip()]
    blank = pa.table({"line_no": pa.array(lines, pa.int64())})  # noqa: F841 (the engine reads it by its name)
    connection.execute(f"delete from staged where {LINE} in (select line_no from blank)")
    return len(lines)


def _open_csv(
    stream: Utf8Stream, columns: list[str], delivery: Delivery, numbers: LineNumbers
) -> pyarrow.csv.CSVStreamingReader:
    return pyarrow.csv.open_csv(
        stream,
        # One thread: only then does the parser tell the number of a record it refuses.
        read_options=pyarrow.csv.ReadOptions(use_threads=False, block_size=BLOCK_BYTES, column_names=columns),
        parse_options=pyarrow.csv.ParseOptions(
            delimiter=delivery.delimiter,
            quote_char=delivery.quote or False,
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


def _empty(delivery: Delivery) -> DeliveryRefusedError:
    return DeliveryRefusedError(
        "empty_file", f"{delivery.path.name}: holds no rows. Export it again, or remove it from the inbox."
    )


def _broken(delivery: Delivery, error: Exception) -> DeliveryRefusedError:
    found = str(error).splitlines()[0]
    if "straddl" in str(error) or "out of sync" in str(error):
        found = f"a line of more than {BLOCK_BYTES >> 20} MB, or a quote that is never closed"
    return DeliveryRefusedError(
        "unreadable", f"{delivery.path.name}: cannot be split into lines ({found}). Export it again."
    )
