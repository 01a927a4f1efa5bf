"""Bytes of a text export, decoded on the way: gzip opened, encoding turned into UTF-8, header read."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from pipelines.ingestion.delivery import Delivery, DeliveryRefusedError

CHUNK_BYTES = 1 << 20
MAX_HEADER_BYTES = 1 << 20
REPLACEMENT = "�"  # stands where bytes were not in the declared encoding


@contextmanager
def open_bytes(delivery: Delivery) -> Iterator[BinaryIO]:
    """Open the file's bytes, gunzipped when its name ends in `.gz`.

    Raises
    ------
    DeliveryRefusedError
        `unreadable` for a file that cannot be opened or is no gzip.
    """
    try:
        raw = (
            gzip.open(delivery.path, "rb") if delivery.path.name.endswith(".gz") else delivery.path.open("rb")
        )
        with raw:
            raw.peek(1)
            yield raw
    except (OSError, EOFError, zlib.error) as error:
        raise DeliveryRefusedError(
            "unreadable", f"{delivery.path.name}: cannot be read ({error}). Check the file and send it again."
        ) from error


class Utf8Stream(io.RawIOBase):
    """Reads bytes of any encoding as UTF-8; bytes that are not text become U+FFFD and are remembered."""

    def __init__(self, raw: BinaryIO, encoding: str) -> None:
        self._raw = raw
        self._decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
        self._pending = b""
        self._started = False
        self.undecodable = False
        self.quoted = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:
        if not self._pending:
            self._pending = self._next_chunk()
        count = min(len(buffer), len(self._pending))
        buffer[:count] = self._pending[:count]
        self._pending = self._pending[count:]
        return count

    def readline_bytes(self) -> bytes:
        """The bytes up to and with the next line feed (all of the rest if there is none)."""
        line = b""
        while b"\n" not in self._pending and len(line) + len(self._pending) <= MAX_HEADER_BYTES:
            chunk = self._next_chunk()
            if not chunk:
                break
            self._pending += chunk
        cut = self._pending.find(b"\n") + 1 or len(self._pending)
        line, self._pending = self._pending[:cut], self._pending[cut:]
        return line

    def _next_chunk(self) -> bytes:
        while True:
            chunk = self._raw.read(CHUNK_BYTES)
            text = self._decoder.decode(chunk, final=not chunk)
            if not self._started:
                text = text.removeprefix("\ufeff")
            self._started = self._started or bool(text)
            self.undecodable = self.undecodable or REPLACEMENT in text
            self.quoted = self.quoted or '"' in text
            if text or not chunk:
                return text.encode("utf-8")


def header_of(stream: Utf8Stream, delivery: Delivery) -> tuple[list[str], int]:
    """Column names from the header line, and how many lines it and what stands above it take.

    Raises
    ------
    DeliveryRefusedError
        `empty_file` without any line, `bad_header` for names that cannot be told apart.
    """
    above = delivery.header_row - 1
    for _ in range(above):
        stream.readline_bytes()
    line = stream.readline_bytes()
    while line.count(b'"') % 2 and len(line) < MAX_HEADER_BYTES:  # a quoted name may hold a line feed
        more = stream.readline_bytes()
        if not more:
            break
        line += more
    text = line.decode("utf-8").rstrip("\r\n")
    if not text.strip():
        raise DeliveryRefusedError(
            "empty_file", f"{delivery.path.name}: line {above + 1} should name the columns and is empty."
        )
    names = [
        name.strip() or f"unnamed_{position}"
        for position, name in enumerate(next(csv.reader([text], delimiter=delivery.delimiter)), start=1)
    ]
    _refuse_ambiguous(names, delivery)
    return names, above + line.count(b"\n") + (not line.endswith(b"\n"))


def _refuse_ambiguous(names: list[str], delivery: Delivery) -> None:
    seen: dict[str, str] = {}
    for name in names:
        twin = seen.setdefault(name.casefold(), name)
        if twin is not name:
            raise DeliveryRefusedError(
                "bad_header",
                f"{delivery.path.name}: columns '{twin[:80]}' and '{name[:80]}' cannot be told apart. "
                "Rename one of them in the export.",
            )
