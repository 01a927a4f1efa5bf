"""How many threads the engine works with, for a while."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb


@contextmanager
def threads_of_engine(connection: duckdb.DuckDBPyConnection, threads: int) -> Iterator[None]:
    """Let the engine, and with it every connection to it, work with so many threads."""
    (before,) = connection.execute("select current_setting('threads')").fetchone()
    if before == threads:
        yield
        return
    connection.execute(f"set threads = {threads}")
    try:
        yield
    finally:
        connection.execute(f"set threads = {before}")
