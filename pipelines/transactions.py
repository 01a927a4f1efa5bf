"""One transaction on each of several connections."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import duckdb

__all__ = ["transactions"]


@contextmanager
def transactions(connections: Sequence[duckdb.DuckDBPyConnection]) -> Iterator[None]:
    """Begin one on each connection and commit them in order; where anything in them goes wrong, none is kept.

    A commit that itself fails leaves those before it: what the last one notes is what says that all of it is there.
    """
    for connection in connections:
        connection.begin()
    left = list(connections)
    try:
        yield
        while left:
            left.pop(0).commit()
    except BaseException:
        for connection in left:
            connection.rollback()
        raise
