"""Where files go and answers lie: a folder here, or one behind SFTP."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from feedback.outbox import replace_file
from feedback.sending.destination import UnreachableError

# An order of 5,000 lines that comes back has half of one.
MOST_BYTES = 20_000_000


class TooLargeError(Exception):
    """A file is larger than any answer; nothing of the folder was read."""


def plain_name(name: str) -> bool:
    """Whether this is a name and no path: a server's listing may hold anything."""
    return not name.startswith(".") and not {"/", "\\", "\0"} & set(name)


def check_size(name: str, size: int) -> None:
    """Refuse what is larger than any answer.

    Raises
    ------
    TooLargeError
        If it is.
    """
    if size > MOST_BYTES:
        raise TooLargeError(f"{name} has {size} bytes, more than {MOST_BYTES}; take it away and ask what it is")


class Place(Protocol):
    """A folder of files."""

    def put(self, files: Sequence[tuple[str, bytes]]) -> None:
        """Write files by name, one after the other, each whole; one that is there with the same bytes stays.

        Raises
        ------
        UnreachableError
            If a file is not known to be there.
        """
        ...

    def read(self, pattern: str) -> list[tuple[str, bytes]]:
        """Files whose names match, with what they hold, in the order of their names.

        What is hidden, or is named like a place elsewhere, is left alone.

        Raises
        ------
        UnreachableError
            If the folder cannot be read.
        TooLargeError
            If a file is larger than `MOST_BYTES`.
        """
        ...


@dataclass(frozen=True)
class LocalFolder:
    """A folder of this machine, or mounted on it."""

    folder: Path

    def put(self, files: Sequence[tuple[str, bytes]]) -> None:
        """Each written aside, flushed and renamed."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            for name, content in files:
                replace_file(self.folder / name, content)
        except OSError as error:
            raise UnreachableError(f"{self.folder} was not written to: {error}") from error

    def read(self, pattern: str) -> list[tuple[str, bytes]]:
        """Nothing where the folder is missing: its receiver has not answered yet."""
        try:
            files = [file for file in sorted(self.folder.glob(pattern)) if file.is_file() and plain_name(file.name)]
            for file in files:
                check_size(file.name, file.stat().st_size)
            return [(file.name, file.read_bytes()) for file in files]
        except OSError as error:
            raise UnreachableError(f"{self.folder} cannot be read: {error}") from error
