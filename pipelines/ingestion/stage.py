"""File to staged relation: untyped files as untouched text with line numbers, Parquet in its own types.

Text is never guessed into numbers or dates here: `conform` types it by the contract.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb
import pyarrow as pa
import pyarrow.parquet

from pipelines.ingestion.columns import fit_columns
from pipelines.ingestion.delivery import Delivery, DeliveryRefusedError
from pipelines.ingestion.readers.delimited import stage_delimited
from pipelines.ingestion.readers.header import refuse_ambiguous
from pipelines.ingestion.readers.json import stage_json, stage_jsonl
from pipelines.ingestion.readers.relation import LINE, RAW_LINE_CHARACTERS, Staged, empty_file
from pipelines.ingestion.readers.xlsx import stage_workbook
from pipelines.ingestion.schema import literal
from pipelines.ingestion.totals import define_amount

__all__ = ["LINE", "RAW_LINE_CHARACTERS", "Staged", "staged"]

READERS = {
    "csv": stage_delimited,
    "json": stage_json,
    "jsonl": stage_jsonl,
    "xlsx": stage_workbook,
}


@contextmanager
def staged(connection: duckdb.DuckDBPyConnection, delivery: Delivery) -> Iterator[Staged]:
    """Stage a delivery for the time of its load.

    Raises
    ------
    DeliveryRefusedError
        `unreadable`, `empty_file`, `bad_header` and what else its reader may find.
    """
    try:
        read = READERS.get(delivery.format, _stage_parquet)
        if delivery.file_mapping is not None:
            define_amount(connection, delivery)
        yield fit_columns(connection, delivery, read(connection, delivery))
    finally:
        connection.execute("drop table if exists staged")
        connection.execute("drop table if exists json_records")


def _stage_parquet(connection: duckdb.DuckDBPyConnection, delivery: Delivery) -> Staged:
    try:
        metadata = pyarrow.parquet.read_metadata(delivery.path)
    except (pa.ArrowException, OSError) as error:
        raise DeliveryRefusedError(
            "unreadable", f"{delivery.path.name}: not a Parquet file ({error}). Export it again."
        ) from error
    refuse_ambiguous(metadata.schema.to_arrow_schema().names, delivery)
    if metadata.num_rows == 0:
        raise empty_file(delivery)
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
    return Staged(types, metadata.num_rows)


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
