"""One transaction on each of several connections."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import duckdb

__all__ = ["transactions"]


@contextmanager
def transactions(connections: Sequence[duckdb.DuckDBPyConnection]) -> Iterator[None]:
    """Begin one on each connection and commit them in order; where anything in them goes wrong, none is kept."""
    for connection in connections:
        connection.begin()
    try:
        yield
    except BaseException:
        for connection in connections:
            connection.rollback()
        raise
    for connection in connections:
        connection.commit()
