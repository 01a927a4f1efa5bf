"""One sender at a time: the kernel or PostgreSQL holds the fence, and frees it when its holder dies."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, text

SENDER_LOCK = 7_310_002


class HeldElsewhereError(Exception):
    """Another sender is at work; nothing was sent."""


@contextmanager
def sender_fence(store: Engine) -> Iterator[None]:
    """Hold the right to send from this journal.

    Raises
    ------
    HeldElsewhereError
        If another process holds it.
    """
    fence = _file_fence if store.dialect.name == "sqlite" else _postgres_fence
    with fence(store):
        yield


@contextmanager
def _file_fence(store: Engine) -> Iterator[None]:
    path = Path(f"{store.url.database}.sender")
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise HeldElsewhereError(f"process {file.read() or '?'} is sending from {store.url.database}") from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


@contextmanager
def _postgres_fence(store: Engine) -> Iterator[None]:
    # A connection of its own: the lock lives as long as its session.
    with store.connect() as connection:
        if not connection.execute(text("select pg_try_advisory_lock(:lock)"), {"lock": SENDER_LOCK}).scalar_one():
            raise HeldElsewhereError(f"another process is sending from {store.url.render_as_string()}")
        try:
            yield
        finally:
            connection.execute(text("select pg_advisory_unlock(:lock)"), {"lock": SENDER_LOCK})
