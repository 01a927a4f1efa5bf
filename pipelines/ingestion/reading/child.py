"""The child: reads the files it is told to, within limits that it cannot raise again.

``python -m pipelines.ingestion.reading.child DESCRIPTOR SETTINGS`` is started by `ReadingProcess` alone.
"""

from __future__ import annotations

import ctypes
import json
import os
import pickle
import resource
import signal
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from multiprocessing.connection import Connection

import duckdb
import pyarrow as pa

from pipelines.ingestion.delivery import Delivery, DeliveryRefusedError
from pipelines.ingestion.detect import detect
from pipelines.ingestion.personal import without_values
from pipelines.ingestion.readers.delimited import read_delimited
from pipelines.ingestion.readers.json import stage_json, stage_jsonl
from pipelines.ingestion.readers.parquet import scan_parquet
from pipelines.ingestion.readers.raw import lines_of_text, records_of_document
from pipelines.ingestion.readers.relation import CELLS_AT_ONCE, LINE, Batches, Ending, Part, Staged, part_schema
from pipelines.ingestion.readers.xlsx import read_workbook
from pipelines.ingestion.reading.wire import packed, send_batch, tell
from pipelines.ingestion.schema import quote

STAGES = {"json": stage_json, "jsonl": stage_jsonl}
OPEN_FILES = 256
PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS = 1, 38
NO_MEMORY = (MemoryError, duckdb.OutOfMemoryException, pa.ArrowMemoryError)


def main(descriptor: int, settings: dict) -> None:
    """Answer the parent's requests until it hangs up."""
    limit(settings)
    connection, desk = Connection(descriptor), Desk(settings)
    while True:
        try:
            what, delivery, *more = pickle.loads(connection.recv_bytes())
        except EOFError:
            return
        try:
            for message in getattr(desk, what)(delivery, *more):
                send(connection, message)
            tell(connection, "done")
        except DeliveryRefusedError as refusal:
            tell(connection, "refused", reason=refusal.reason, message=str(refusal))
        except NO_MEMORY:
            tell(connection, "out_of_memory")
        except Exception as error:
            found = without_values(str(error)).partition("\n")[0][:200]
            tell(connection, "failed", found=f"{type(error).__name__}: {found}")


def limit(settings: dict) -> None:
    """Take from this process what a reader of files does not need."""
    prctl = ctypes.CDLL(None).prctl
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != settings["parent"]:  # it died before it could be watched
        sys.exit(1)
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    # What is mapped without being written to, such as libraries, is not counted.
    for kind, most in (
        (resource.RLIMIT_DATA, settings["memory"]),
        (resource.RLIMIT_FSIZE, settings["spilled"]),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        ceiling = resource.getrlimit(kind)[1]
        most = most if ceiling == resource.RLIM_INFINITY else min(most, ceiling)
        resource.setrlimit(kind, (most, most))


class Desk:
    """Where one file after the other is read; of the last one, records can be looked up."""

    def __init__(self, settings: dict) -> None:
        self._settings = settings
        self._open = ExitStack()
        self._engine: duckdb.DuckDBPyConnection | None = None

    def parts(self, delivery: Delivery) -> Iterator[Part]:
        """The rows of a file."""
        self._open.close()
        if delivery.format == "csv":
            yield from read_delimited(delivery)
            return
        if delivery.format == "xlsx":
            yield from read_workbook(delivery)
            return
        self._engine = self._open.enter_context(self._connect())
        staged = STAGES[delivery.format](self._engine, delivery)
        yield Part(list(staged.types), {}, self._batches(staged), None)

    def scan(self, delivery: Delivery) -> Iterator[dict]:
        """Rows and row groups of a Parquet file that can be read."""
        self._open.close()
        with self._connect() as engine:
            rows, row_groups = scan_parquet(engine, delivery)
        yield {"rows": rows, "row_groups": row_groups}

    def detect(self, delivery: Delivery) -> Iterator[dict]:
        """The layout of a file that no contract or mapping names."""
        found = detect(delivery.path)
        profile = found.profile.model_dump(mode="json", exclude_defaults=True)
        yield {"profile": profile, "columns": list(found.columns), "evidence": list(found.evidence)}

    def raw_lines(self, delivery: Delivery, wanted: list[tuple[int, int]]) -> Iterable[pa.RecordBatch]:
        """Rows as they stand in the file."""
        if delivery.format != "json":
            return lines_of_text(delivery, wanted)
        return records_of_document(self._engine, wanted)

    def _batches(self, staged: Staged) -> Batches:
        names, schema = list(staged.types), part_schema(len(staged.types))
        columns = ", ".join(f"{quote(name)} as c{place}" for place, name in enumerate(names))
        rows = self._engine.execute(f"select {LINE}, {columns} from staged")
        for batch in rows.to_arrow_reader(max(1, CELLS_AT_ONCE // len(names))):
            yield batch.cast(schema)
        stated = {name: values[0] for name, values in staged.stated.items()}
        return Ending(staged.rows, staged.refused, (), staged.first_undecodable, stated)

    def _connect(self) -> duckdb.DuckDBPyConnection:
        return duckdb.connect(
            config={
                "memory_limit": f"{self._settings['memory'] // 2}B",
                "threads": self._settings["threads"],
                "temp_directory": self._settings["spill"],
                "max_temp_directory_size": f"{self._settings['spilled']}B",
                "preserve_insertion_order": False,
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
            }
        )


def send(connection: Connection, message: Part | pa.RecordBatch | dict) -> None:
    if isinstance(message, dict):
        tell(connection, "facts", **message)
    elif isinstance(message, pa.RecordBatch):
        send_batch(connection, message)
    else:
        tell(connection, "part", names=message.names, stated=message.stated, member=message.member)
        for batch in message:
            send_batch(connection, batch)
        end = message.ending
        tell(
            connection, "ending", rows=end.rows, blank=list(end.blank), stated=end.stated,
            first_undecodable=end.first_undecodable,
        )  # fmt: skip
        connection.send_bytes(packed(end.refused))


if __name__ == "__main__":
    main(int(sys.argv[1]), json.loads(sys.argv[2]))
