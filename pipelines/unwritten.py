"""Letting the engine log what changes without writing it into the tables, while several connections are at work.

The engine writes tables (a checkpoint) at whatever commit finds its log long enough. Since 1.5 it does so while others
delete and append. That is the likeliest cause of a merge that, beside another file's, left 1,054 orders next to their
newer versions: it had seen the table's first rows and none that came after them, which the file now holds and finds.
The test of the contract told and the run stopped. So tables are written when nobody else is at work.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

__all__ = ["NEVER", "unwritten"]

NEVER = "1TB"  # of log


@contextmanager
def unwritten(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Write no tables while this is open, on whichever connection to the same warehouse."""
    [(before,)] = connection.execute("select current_setting('checkpoint_threshold')").fetchall()
    connection.execute(f"set checkpoint_threshold = '{NEVER}'")
    try:
        yield
    finally:
        connection.execute(f"set checkpoint_threshold = '{before}'")
