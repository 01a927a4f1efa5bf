"""Files that are there whole or not at all, and names as SQL writes them."""

from __future__ import annotations

import os
from pathlib import Path


def write_text(path: Path, text: str) -> None:
    """Replace `path` so that a reader, or whoever starts after a crash, sees the old file or the new one."""
    aside = path.with_name(f".{path.name}.part")
    aside.write_text(text, encoding="utf-8")
    sync(aside)
    aside.replace(path)
    sync(path.parent)


def sync(path: Path) -> None:
    """Make a file, or the names in a folder, durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def name_of(column: str) -> str:
    """A column as SQL names it."""
    return '"' + column.replace('"', '""') + '"'


def quoted(text: str | None) -> str:
    """A text as SQL writes it."""
    return "null" if text is None else "'" + text.replace("'", "''") + "'"


def first_line(error: Exception) -> str:
    """What a fault says, without its details."""
    return str(error).strip().partition("\n")[0]
