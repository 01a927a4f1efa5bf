"""File to staged relation: CSV as untouched text with line numbers, Parquet in its own types.

Text is never guessed into numbers or dates here: `conform` types it by the contract.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import duckdb
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from pipelines.ingestion.delivery import Delivery, DeliveryRefusedError
from pipelines.ingestion.lines import LineNumbers
from pipelines.ingestion.schema import literal
from pipelines.ingestion.text import Utf8Stream, header_of, open_bytes

BLOCK_BYTES = 4 << 20
LINE = "_line_no"


@dataclass(frozen=True)
class RefusedLine:
    """A line that the parser could not take apart."""

    line_no: int
    text: str


@dataclass(frozen=True)
class Staged:
    """`relation` is SQL to select from; `types` gives each source column's DuckDB type.

    `rows` counts every record of the file, the `refused` ones included. `undecodable` says that
    some bytes were not in the file's encoding and stand as U+FFFD.
    """

    relation: str
    types: dict[str, str]
    rows: int
    refused: list[RefusedLine] = field(default_factory=list)
    undecodable: bool = False


@contextmanager
def staged(connection: duckdb.DuckDBPyConnection, delivery: Delivery) -> Iterator[Staged]:
    """Stage a delivery for the time of its load.

    Raises
    ------
    DeliveryRefusedError
        `unreadable`, `empty_file` or `bad_header`.
    """
    yield (_stage_parquet if delivery.format == "parquet" else _stage_csv)(connection, delivery)
    connection.execute("drop table if exists staged")  # after a failure the rollback has dropped it


def _stage_parquet(connection: duckdb.DuckDBPyConnection, delivery: Delivery) -> Staged:
    path = delivery.path
    try:
        pyarrow.parquet.read_schema(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise DeliveryRefusedError(
            "unreadable", f"{path.name}: not a Parquet file ({error}). Export it again."
        ) from error
    # file_row_number counts from 0, and a Parquet file has no header line.
    relation = (
        f"(select * exclude (file_row_number), file_row_number + 1 as {LINE} "
        f"from read_parquet({literal(str(path))}, file_row_number = true))"
    )
    described = connection.execute(f"describe select * from {relation}").fetchall()
    rows = connection.execute(f"select count(*) from {relation}").fetchone()[0]
    if rows == 0:
        raise _empty(delivery)
    return Staged(relation, {name: kind for name, kind, *_ in described if name != LINE}, rows)


def _stage_csv(connection: duckdb.DuckDBPyConnection, delivery: Delivery) -> Staged:
    with open_bytes(delivery) as raw:
        stream = Utf8Stream(raw, delivery.encoding)
        header, header_lines = header_of(stream, delivery)
        numbers = LineNumbers(first_line=header_lines + 1)
        try:
            batches = _numbered(_open_csv(stream, header, delivery, numbers), header, numbers, stream)
            connection.execute("create or replace temp table staged as select * from batches")
        except pa.ArrowInvalid as error:
            if "Empty CSV" in str(error):
                raise _empty(delivery) from error
            raise DeliveryRefusedError(
                "unreadable", f"{delivery.path.name}: not a CSV file ({error}). Export it again."
            ) from error
        except OSError as error:
            raise DeliveryRefusedError(
                "unreadable", f"{delivery.path.name}: cannot be read to its end ({error}). Send it again."
            ) from error
    refused = [RefusedLine(line, text) for line, text in numbers.refused_lines()]
    if numbers.rows + len(refused) == 0:
        raise _empty(delivery)
    types = dict.fromkeys(header, "VARCHAR")
    return Staged("staged", types, numbers.rows + len(refused), refused, stream.undecodable)


def _open_csv(
    stream: Utf8Stream, header: list[str], delivery: Delivery, numbers: LineNumbers
) -> pyarrow.csv.CSVStreamingReader:
    return pyarrow.csv.open_csv(
        stream,
        # One thread: only then does the parser tell the number of a record it refuses.
        read_options=pyarrow.csv.ReadOptions(use_threads=False, block_size=BLOCK_BYTES, column_names=header),
        parse_options=pyarrow.csv.ParseOptions(
            delimiter=delivery.delimiter,
            newlines_in_values=True,
            ignore_empty_lines=False,
            invalid_row_handler=numbers.refuse,
        ),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types={name: pa.string() for name in header}, strings_can_be_null=False
        ),
    )


def _numbered(
    reader: pyarrow.csv.CSVStreamingReader, header: list[str], numbers: LineNumbers, stream: Utf8Stream
) -> pa.RecordBatchReader:
    schema = pa.schema([(LINE, pa.int64()), *((name, pa.string()) for name in header)])

    def batches() -> Iterator[pa.RecordBatch]:
        for batch in reader:
            lines = numbers.of(batch, may_span_lines=stream.quoted)
            yield pa.RecordBatch.from_arrays([lines, *batch.columns], schema=schema)

    return pa.RecordBatchReader.from_batches(schema, batches())


def _empty(delivery: Delivery) -> DeliveryRefusedError:
    return DeliveryRefusedError(
        "empty_file", f"{delivery.path.name}: holds no rows. Export it again, or remove it from the inbox."
    )
