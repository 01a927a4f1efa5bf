"""What readers leave: rows of text, part by part, and in the end the temporary table `staged`."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

import duckdb
import pyarrow as pa

from pipelines.ingestion.delivery import Delivery, DeliveryRefusedError
from pipelines.ingestion.lines import REFUSED_SCHEMA

LINE = "_line_no"
RAW_LINE_CHARACTERS = 100_000
CELLS_AT_ONCE = 1_000_000  # of a batch of rows
# A row's number must tell it from all others of its delivery. Where a zip holds several files, or a record of
# JSON several rows, the number holds the file's place and the element's place as well.
MEMBER = 10**15
ELEMENT = 10**6
RAW_LINES = pa.schema([("member", pa.int64()), ("line", pa.int64()), ("raw_line", pa.string())])


@dataclass(frozen=True)
class Ending:
    """What is known of a part when all its rows have been read.

    `rows` counts its records without the `blank` lines among the batches, which are no rows, and with the
    `refused` ones, which could not be taken apart (`line_no`, `reason`, and `text` where it cannot be read again).
    `first_undecodable` is the byte and line of the first bytes that were not in the encoding and stand as U+FFFD.
    """

    rows: int
    refused: pa.Table = field(default_factory=REFUSED_SCHEMA.empty_table)
    blank: Sequence[int] = ()
    first_undecodable: tuple[int, int] | None = None
    stated: dict[str, str] = field(default_factory=dict)


Batches = Generator[pa.RecordBatch, None, Ending]


class Watched:
    """Batches on their way into the engine, which wraps what ends them early: that is kept in `failure`."""

    def __init__(self, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> None:
        self._schema = schema
        self._batches = batches
        self.failure: DeliveryRefusedError | None = None

    def reader(self) -> pa.RecordBatchReader:
        return pa.RecordBatchReader.from_batches(self._schema, self._watched())

    def _watched(self) -> Iterator[pa.RecordBatch]:
        try:
            yield from self._batches
        except DeliveryRefusedError as refusal:
            self.failure = refusal
            raise


@contextmanager
def unwrapped(batches: Watched) -> Iterator[None]:
    """Raise what ended the batches early, and not what the engine makes of it."""
    try:
        yield
    except (pa.ArrowException, duckdb.InvalidInputException):
        if batches.failure is not None:
            raise batches.failure from None
        raise


class Part:
    """The rows of one file, or of one file of a zip: batches of `part_schema`, to be taken in order and to the end.

    Parameters
    ----------
    names
        Of the columns, which the batches know by their places.
    stated
        Columns that have one value in all rows.
    batches
        The rows; returns what is known of them in the end.
    member
        Name of the file inside a zip.
    """

    def __init__(self, names: Sequence[str], stated: dict[str, str], batches: Batches, member: str | None) -> None:
        self.names = list(names)
        self.stated = stated
        self.member = member
        self.ending: Ending | None = None
        self._batches = batches

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        self.ending = yield from self._batches


def part_schema(columns: int) -> pa.Schema:
    """Line number and `columns` texts, known by their places: no name that a file may use is in the way."""
    return pa.schema([(LINE, pa.int64()), *((f"c{place}", pa.string()) for place in range(columns))])


@dataclass(frozen=True)
class Drift:
    """A difference between a file's columns or values and the contract that loads all the same."""

    kind: str
    column: str
    found: str | None
    rows: int


class RawLines(Protocol):
    """Rows as they stand in their file, asked for by member and line: batches of `RAW_LINES`."""

    def __call__(self, wanted: Sequence[tuple[int, int]]) -> Iterable[pa.RecordBatch]: ...


@dataclass(frozen=True)
class Staged:
    """A delivery in the temporary table `staged`; `types` gives each source column's DuckDB type.

    `rows`, `refused` and `first_undecodable` are as in `Ending`, over all parts. `stated` is what preambles and
    footers say, by name, once for each file of a zip, and `members` names those; `unknown` are columns that the
    mapping does not know, `drift` other differences from what it expects. `raw_lines` looks into the file again.
    """

    types: dict[str, str]
    rows: int
    refused: pa.Table = field(default_factory=REFUSED_SCHEMA.empty_table)
    first_undecodable: tuple[int, int] | None = None
    stated: dict[str, list[str]] = field(default_factory=dict)
    members: tuple[str, ...] = ()
    raw_lines: RawLines = lambda wanted: iter(())
    unknown: tuple[str, ...] = ()
    drift: tuple[Drift, ...] = ()

    @property
    def undecodable(self) -> bool:
        return self.first_undecodable is not None


def empty_file(delivery: Delivery) -> DeliveryRefusedError:
    return DeliveryRefusedError(
        "empty_file", f"{delivery.path.name}: holds no rows. Export it again, or remove it from the inbox."
    )
