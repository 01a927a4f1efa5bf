"""What the reading process and its parent say to each other: JSON, and rows in Arrow's IPC format.

The reading process may have been taken over by the file that it reads. What it says is therefore never
unpickled, and rows are checked before anybody looks at them.
"""

from __future__ import annotations

import json
from multiprocessing.connection import Connection

import pyarrow as pa

MAX_MESSAGE = 1 << 30  # bytes


def tell(connection: Connection, kind: str, **facts: object) -> None:
    connection.send_bytes(json.dumps([kind, facts]).encode())


def understood(message: bytes) -> tuple[str, dict]:
    kind, facts = json.loads(message)
    return kind, facts


def packed(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


def unpacked(message: bytes, schema: pa.Schema) -> pa.Table:
    with pa.ipc.open_stream(message) as reader:
        table = reader.read_all()
    _check(table, schema)
    return table


def send_batch(connection: Connection, batch: pa.RecordBatch) -> None:
    tell(connection, "rows")
    connection.send_bytes(batch.serialize())


def unpacked_batch(message: bytes, schema: pa.Schema) -> pa.RecordBatch:
    batch = pa.ipc.read_record_batch(pa.py_buffer(message), schema)
    _check(batch, schema)
    return batch


def _check(rows: pa.Table | pa.RecordBatch, schema: pa.Schema) -> None:
    if rows.schema != schema:
        raise pa.ArrowInvalid("rows of another schema")
    rows.validate(full=True)
