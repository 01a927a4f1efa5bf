"""Copies of a journal, and the way back from one: what is restored sends nothing until a person lets it."""

from __future__ import annotations

import os
import sqlite3
from datetime import datetime
from pathlib import Path

from feedback.journal import Journal, open_store, verify
from feedback.sending.stop import stop


class BackupError(Exception):
    """A copy was not made or not taken; nothing was changed."""


def backup(journal: Journal, file: Path) -> None:
    """Write the journal as it is at one instant to a new SQLite file, whole and flushed.

    Raises
    ------
    BackupError
        If `file` exists, or the journal is not in SQLite: PostgreSQL has `pg_dump`.
    """
    if journal.store.dialect.name != "sqlite":
        raise BackupError("the journal is in PostgreSQL: copy it with pg_dump, which knows its transactions")
    if file.exists():
        raise BackupError(f"{file} exists; name a new file")
    aside = file.with_name(f".{file.name}.part")
    aside.unlink(missing_ok=True)
    with sqlite3.connect(journal.store.url.database) as source, sqlite3.connect(aside) as copy:
        source.backup(copy)
    source.close()
    copy.close()
    with aside.open("rb") as written:
        os.fsync(written.fileno())
    aside.rename(file)


def restore(file: Path, to: Path, actor: str, at: datetime) -> Journal:
    """Put a copy in the place of a journal that is gone, with sending stopped.

    The copy may be older than what was sent: its waiting messages may have arrived long ago. They have the same
    bytes and keys, so a receiver takes them once; still nobody sends before a person has looked.

    Raises
    ------
    BackupError
        If `to` exists, or the copy is not as it was written.
    """
    if to.exists():
        raise BackupError(f"{to} exists; move it away first, it may hold decisions that the copy lacks")
    with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as source, sqlite3.connect(to) as copy:
        source.backup(copy)
    source.close()
    copy.close()
    journal = Journal(open_store(f"sqlite:///{to}"))
    if broken := verify(journal):
        journal.store.dispose()
        to.unlink()
        raise BackupError(f"{file} is not as it was written: {broken[0].place}, {broken[0].what}")
    stop(journal, actor, at, f"restored from {file.name}")
    return journal
