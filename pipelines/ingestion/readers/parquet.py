"""A Parquet file looked at before it is opened: can all of it be read, and what does it come to."""

from __future__ import annotations

import duckdb
import pyarrow as pa
import pyarrow.parquet

from pipelines.ingestion.delivery import Delivery, DeliveryRefusedError
from pipelines.ingestion.readers.archive import refuse_explosion
from pipelines.ingestion.readers.header import refuse_unfit_names
from pipelines.ingestion.readers.relation import empty_file
from pipelines.ingestion.schema import literal, quote

VALUE_BYTES = 8  # of a value in memory, beside what a text holds


def scan_parquet(connection: duckdb.DuckDBPyConnection, delivery: Delivery) -> tuple[int, int]:
    """Read every value of the file once, with the engine that will load it; its rows and row groups.

    A damaged or hostile page ends this process and not the run.

    Raises
    ------
    DeliveryRefusedError
        `unreadable`, `empty_file`, `bad_header`, `too_many_columns` or `too_large`.
    """
    try:
        metadata = pyarrow.parquet.read_metadata(delivery.path)
        names = metadata.schema.to_arrow_schema().names
    except (pa.ArrowException, OSError) as error:
        raise DeliveryRefusedError(
            "unreadable", f"{delivery.path.name}: not a Parquet file ({error}). Export it again."
        ) from error
    refuse_unfit_names(names, delivery)
    if metadata.num_rows == 0:
        raise empty_file(delivery)
    # Packing repeats may be as bad as any archive: how many values there are is told before they are read.
    values = VALUE_BYTES * metadata.num_rows * len(names)
    refuse_explosion(delivery, values)
    (threads,) = connection.execute("select current_setting('threads')").fetchone()
    # One thread reads one row group; the others would only look for work.
    connection.execute(f"set threads = {min(threads, metadata.num_row_groups)}")
    rows, texts = _read(connection, delivery, names)
    if rows != metadata.num_rows:
        raise DeliveryRefusedError(
            "unreadable", f"{delivery.path.name}: says {metadata.num_rows:,} rows and holds {rows:,}. Export it again."
        )
    refuse_explosion(delivery, values + texts)
    return rows, metadata.num_row_groups


def _read(connection: duckdb.DuckDBPyConnection, delivery: Delivery, names: list[str]) -> tuple[int, int]:
    """Rows that can be read, and bytes of their texts."""
    source = f"(select * exclude (file_row_number) from {parquet_source(delivery)})"
    try:
        described = connection.execute(f"describe {source}").fetchall()
        columns = ", ".join(quote(name) for name, *_ in described)
        texts = [f"coalesce(strlen({quote(name)}), 0)" for name, kind, *_ in described if kind == "VARCHAR"]
        # A hash needs every value; counting would be content with statistics, which may lie.
        return connection.execute(
            f"select count(*) filter (hash({columns}) is not null), coalesce(sum({' + '.join(texts) or 0}), 0) "
            f"from {source}"
        ).fetchone()
    except (duckdb.InvalidInputException, duckdb.IOException, duckdb.ConversionException) as error:
        raise unreadable_parquet(delivery, error) from error


def parquet_source(delivery: Delivery) -> str:
    """SQL for the table function that reads the file, with `file_row_number`."""
    # The engine takes *, ? and [ in a name for a pattern.
    path = "".join(f"[{sign}]" if sign in "*?[" else sign for sign in str(delivery.path))
    return f"read_parquet({literal(path)}, file_row_number = true, hive_partitioning = false)"


def unreadable_parquet(delivery: Delivery, error: Exception) -> DeliveryRefusedError:
    return DeliveryRefusedError(
        "unreadable",
        f"{delivery.path.name}: cannot be read to its end ({str(error).splitlines()[0]}). Export it again.",
    )
