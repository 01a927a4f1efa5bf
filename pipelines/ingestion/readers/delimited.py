"""CSV and its kin: every value as untouched text, with its line."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.csv

from pipelines.ingestion.delivery import Delivery, DeliveryRefusedError
from pipelines.ingestion.lines import LineNumbers
from pipelines.ingestion.readers.archive import members, open_bytes, unreadable
from pipelines.ingestion.readers.cut import SEPARATOR, RowLines
from pipelines.ingestion.readers.header import Header, header_of
from pipelines.ingestion.readers.relation import (
    MEMBER,
    RAW_LINE_CHARACTERS,
    Batches,
    Ending,
    Part,
    empty_file,
    part_schema,
)
from pipelines.ingestion.text import Utf8Stream, records_at

BLOCK_BYTES = 4 << 20  # a line may not be longer


def read_delimited(delivery: Delivery) -> Iterator[Part]:
    """The rows of a text of delimited values, or of all those of a zip.

    Raises
    ------
    DeliveryRefusedError
        `unreadable`, `empty_file`, `bad_header`, `too_many_columns`, `wrong_encoding` or `unexpected_line`; of
        these, what the rows show is raised by the batches.
    """
    for place, member in enumerate(members(delivery)):
        with open_bytes(delivery, member) as raw:
            stream = Utf8Stream(raw, delivery)
            header = header_of(stream, delivery)
            yield Part(header.names, header.stated, _batches(delivery, stream, header, place, member), member)


def _batches(delivery: Delivery, stream: Utf8Stream, header: Header, place: int, member: str | None) -> Batches:
    rows = RowLines(stream, delivery, header.lines + 1) if delivery.profile.is_cut else stream
    numbers = LineNumbers(place * MEMBER + header.lines + 1, RAW_LINE_CHARACTERS)
    schema = part_schema(len(header.names))
    try:
        for batch in _open_csv(rows, schema.names[1:], delivery, numbers):
            lines = numbers.of(batch, may_span_lines=stream.quoted)
            yield pa.RecordBatch.from_arrays([lines, *batch.columns], schema=schema)
    except pa.ArrowException as error:
        # The parser reports what broke the stream as an error of its own.
        if isinstance(stream.failure, DeliveryRefusedError):
            raise stream.failure from error
        if stream.failure is not None:
            raise unreadable(delivery, stream.failure) from error
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
    blank = _blank_lines(delivery, numbers.empty, place, member)
    count = numbers.rows + numbers.refused_rows - len(blank)
    return Ending(count, refused, blank, stream.first_undecodable, stated)


def _blank_lines(delivery: Delivery, empty: list[int], place: int, member: str | None) -> list[int]:
    """Rows that are no more than a blank line, which the parser takes for a row of empty values."""
    if delivery.profile.is_cut or not empty:
        return empty
    wanted = {line - place * MEMBER for line in empty}
    return [line + place * MEMBER for line, text in records_at(delivery, wanted, member) if not text.strip()]


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


def _broken(delivery: Delivery, error: Exception) -> DeliveryRefusedError:
    found = str(error).splitlines()[0]
    if "straddl" in str(error) or "out of sync" in str(error):
        found = f"a line of more than {BLOCK_BYTES >> 20} MB, or a quote that is never closed"
    return DeliveryRefusedError(
        "unreadable", f"{delivery.path.name}: cannot be split into lines ({found}). Export it again."
    )
