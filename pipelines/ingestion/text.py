"""Bytes of a text export, decoded on the way: gzip opened, encoding turned into UTF-8, header read."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import re
import zlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import BinaryIO

from pipelines.ingestion.delivery import Delivery, DeliveryRefusedError

CHUNK_BYTES = 1 << 20
MAX_HEADER_BYTES = 1 << 20
MAX_RECORD_CHARACTERS = 1 << 20
REPLACEMENT = "�"  # stands where bytes were not in the declared encoding
LINE_BREAK = re.compile(rb"\r\n|\n|\r")
RESERVED = frozenset({"_line_no", "file_row_number"})


@contextmanager
def open_bytes(delivery: Delivery) -> Iterator[BinaryIO]:
    """Open the file's bytes, gunzipped when its name ends in `.gz`.

    Raises
    ------
    DeliveryRefusedError
        `unreadable` for a file that cannot be opened or is no gzip.
    """
    zipped = delivery.path.name.lower().endswith(".gz")
    try:
        with gzip.open(delivery.path, "rb") if zipped else delivery.path.open("rb") as raw:
            raw.peek(1)
            yield raw
    except (OSError, EOFError, zlib.error) as error:
        raise DeliveryRefusedError(
            "unreadable",
            f"{delivery.path.name}: cannot be read to its end ({error}). Check the file and send it again.",
        ) from error


class Utf8Stream(io.RawIOBase):
    """Reads bytes of any encoding as UTF-8; bytes that are not text become U+FFFD and are remembered.

    Raises
    ------
    DeliveryRefusedError
        `unknown_encoding`.
    """

    def __init__(self, raw: BinaryIO, delivery: Delivery) -> None:
        self._raw = raw
        self._decoder = _decoder(delivery)
        self._quote = delivery.quote
        self._pending = b""
        self._started = False
        self.undecodable = False
        self.quoted = False
        self.failure: Exception | None = None  # what ended the reading early

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:
        if not self._pending:
            self._pending = self._next_chunk()
        count = min(len(buffer), len(self._pending))
        buffer[:count] = self._pending[:count]
        self._pending = self._pending[count:]
        return count

    def read_line(self) -> str:
        """The text up to and with the next line break (LF, CR LF or CR; all of the rest if there is none)."""
        while True:
            # A CR at the very end may be half of a CR LF.
            found = LINE_BREAK.search(self._pending)
            if found and (found.end() < len(self._pending) or found[0] != b"\r"):
                break
            chunk = self._next_chunk() if len(self._pending) <= MAX_HEADER_BYTES else b""
            if not chunk:
                break
            self._pending += chunk
        cut = found.end() if found else len(self._pending)
        line, self._pending = self._pending[:cut], self._pending[cut:]
        return line.decode("utf-8")

    def _next_chunk(self) -> bytes:
        while True:
            try:
                chunk = self._raw.read(CHUNK_BYTES)
            except (OSError, EOFError, zlib.error) as error:
                self.failure = error
                raise
            text = self._decoder.decode(chunk, final=not chunk)
            if not self._started:
                text = text.removeprefix("\ufeff")
            self._started = self._started or bool(text)
            self.undecodable = self.undecodable or REPLACEMENT in text
            self.quoted = self.quoted or (self._quote != "" and self._quote in text)
            if text or not chunk:
                return text.encode("utf-8")


def _decoder(delivery: Delivery) -> codecs.IncrementalDecoder:
    try:
        return codecs.getincrementaldecoder(delivery.encoding)(errors="replace")
    except LookupError as error:
        raise DeliveryRefusedError(
            "unknown_encoding",
            f"{delivery.path.name}: encoding '{delivery.encoding}' is not known. "
            "Write one such as utf-8 or gb18030 in its mapping or manifest.",
        ) from error


def header_of(stream: Utf8Stream, delivery: Delivery) -> tuple[list[str], int]:
    """Column names from the header line, and how many lines it and what stands above it take.

    Raises
    ------
    DeliveryRefusedError
        `empty_file` without any line, `bad_header` for names that cannot be read or told apart.
    """
    above = delivery.header_row - 1
    for _ in range(above):
        stream.read_line()
    text = stream.read_line()
    lines = 1
    # A quoted name may hold a line break.
    while delivery.quote and text.count(delivery.quote) % 2 and len(text) < MAX_HEADER_BYTES:
        more = stream.read_line()
        if not more:
            break
        text += more
        lines += 1
    if "\0" in text or len(text) >= MAX_HEADER_BYTES:
        raise DeliveryRefusedError(
            "bad_header",
            f"{delivery.path.name}: line {above + 1} names no columns "
            f"({'it holds NUL bytes, as UTF-16 does' if chr(0) in text else 'it is longer than 1 MB'}). "
            "Name the file's encoding in its mapping or manifest, or export it again.",
        )
    if not text.strip():
        raise DeliveryRefusedError(
            "empty_file", f"{delivery.path.name}: line {above + 1} should name the columns and is empty."
        )
    names = [
        name.strip() or f"unnamed_{position}"
        for position, name in enumerate(_split(text.rstrip("\r\n"), delivery), start=1)
    ]
    refuse_ambiguous(names, delivery)
    return names, above + lines


def _split(text: str, delivery: Delivery) -> list[str]:
    quoting = {"quotechar": delivery.quote} if delivery.quote else {"quoting": csv.QUOTE_NONE}
    try:
        return next(csv.reader([text], delimiter=delivery.delimiter, **quoting))
    except csv.Error as error:
        raise DeliveryRefusedError(
            "bad_header",
            f"{delivery.path.name}: line {delivery.header_row} cannot be read as column names ({error}). "
            "Export it again.",
        ) from error


def refuse_ambiguous(names: list[str], delivery: Delivery) -> None:
    """Refuse columns that differ in case alone, or are called as the loader calls its own.

    Raises
    ------
    DeliveryRefusedError
        `bad_header`.
    """
    seen: dict[str, str] = {}
    for name in names:
        if name.casefold() in RESERVED:
            raise DeliveryRefusedError(
                "bad_header",
                f"{delivery.path.name}: column '{name}' is called as the loader calls its own. "
                "Rename it in the export.",
            )
        twin = seen.setdefault(name.casefold(), name)
        if twin is not name:
            raise DeliveryRefusedError(
                "bad_header",
                f"{delivery.path.name}: columns '{twin[:80]}' and '{name[:80]}' cannot be told apart. "
                "Rename one of them in the export.",
            )


def records_at(delivery: Delivery, wanted: Collection[int]) -> Iterator[tuple[int, str]]:
    """Line and text of the records that begin on the lines `wanted`, each over all the lines its quotes span."""
    with open_bytes(delivery) as raw:
        stream = io.BufferedReader(Utf8Stream(raw, delivery), CHUNK_BYTES)
        lines = enumerate(io.TextIOWrapper(stream, encoding="utf-8", newline=""), start=1)
        for number, text in lines:
            if number in wanted:
                while delivery.quote and text.count(delivery.quote) % 2 and len(text) < MAX_RECORD_CHARACTERS:
                    text += next(lines, (0, delivery.quote))[1]
                yield number, text.rstrip("\r\n")
