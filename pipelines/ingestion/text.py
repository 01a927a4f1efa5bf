"""Text of an export, decoded on the way: any encoding turned into UTF-8."""

from __future__ import annotations

import codecs
import io
import re
import zlib
from collections.abc import Collection, Iterator
from typing import BinaryIO

from pipelines.ingestion.delivery import Delivery, DeliveryRefusedError
from pipelines.ingestion.readers.archive import open_bytes, refuse_explosion

CHUNK_BYTES = 1 << 20
MAX_HEADER_BYTES = 1 << 20
MAX_RECORD_BYTES = 1 << 20
REPLACEMENT = "�"  # stands where bytes were not in the declared encoding
LINE_BREAK = re.compile(rb"\r\n|\n|\r")
MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


class Utf8Stream(io.RawIOBase):
    """Reads bytes of any encoding as UTF-8; bytes that are not text become U+FFFD and are remembered.

    Raises
    ------
    DeliveryRefusedError
        `unknown_encoding`.
    """

    def __init__(self, raw: BinaryIO, delivery: Delivery) -> None:
        self._raw = raw
        self._delivery = delivery
        self._decoder = decoder(delivery)
        self._quote = delivery.profile.quote
        self._pending = b""
        self._started = False
        self._bytes = 0  # read so far
        self._lines = 1  # on which what is read next begins
        self.first_undecodable: tuple[int, int] | None = None  # its byte from 0, its line from 1
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

    @property
    def undecodable(self) -> bool:
        return self.first_undecodable is not None

    def put_back(self, line: str) -> None:
        """Let `line`, the last one read, be read again."""
        self._pending = line.encode("utf-8") + self._pending

    def _next_chunk(self) -> bytes:
        while True:
            try:
                chunk = self._raw.read(CHUNK_BYTES)
                refuse_explosion(self._delivery, self._bytes + len(chunk))
            except (OSError, EOFError, zlib.error, DeliveryRefusedError) as error:
                self.failure = error
                raise
            if not self._bytes:
                refuse_other_encoding(chunk, self._delivery)
            before = self._decoder.getstate()
            text = self._decoder.decode(chunk, final=not chunk)
            if REPLACEMENT in text and not self.undecodable:
                self.first_undecodable = self._place(chunk, text, before)
            self._bytes += len(chunk)
            if not self._started:
                text = text.removeprefix("\ufeff")
            self._started = self._started or bool(text)
            self.quoted = self.quoted or (self._quote != "" and self._quote in text)
            if not self.undecodable:
                self._lines += text.count("\n")
            if text or not chunk:
                return text.encode("utf-8")

    def _place(self, chunk: bytes, text: str, before: tuple[bytes, int]) -> tuple[int, int]:
        """Byte and line of the first byte of `chunk` that is not in the encoding."""
        line = self._lines + text.count("\n", 0, text.index(REPLACEMENT))
        strict = codecs.getincrementaldecoder(self._delivery.encoding)(errors="strict")
        strict.setstate(before)
        try:
            strict.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            return self._bytes - len(before[0]) + error.start, line
        return self._bytes + text.encode(self._delivery.encoding, "ignore").find(b"\xef\xbf\xbd"), line


def decoder(delivery: Delivery) -> codecs.IncrementalDecoder:
    """Decoder of the file's encoding that puts U+FFFD where bytes are not in it.

    Raises
    ------
    DeliveryRefusedError
        `unknown_encoding`.
    """
    try:
        "".encode(delivery.encoding)  # Python's codecs pack bytes as well
        return codecs.getincrementaldecoder(delivery.encoding)(errors="replace")
    except (LookupError, ValueError) as error:
        raise DeliveryRefusedError(
            "unknown_encoding",
            f"{delivery.path.name}: encoding '{delivery.encoding}' is not known. "
            "Write one such as utf-8 or gb18030 in its mapping or manifest.",
        ) from error


def refuse_other_encoding(begin: bytes, delivery: Delivery) -> None:
    """Refuse a text whose first bytes show that it is in another encoding than stated.

    Nearly every byte is a letter in GB18030 and in single-byte encodings, so that another encoding
    would be read as nonsense without any error.

    Raises
    ------
    DeliveryRefusedError
        `wrong_encoding`.
    """
    stated = codecs.lookup(delivery.encoding).name
    shown = next((name for mark, name in MARKS if begin.startswith(mark)), None)
    if shown is None and stated == "utf-16":
        found = "it does not begin with a byte order mark"
    elif shown is not None and not stated.startswith(shown):
        found = f"it begins with the byte order mark of {shown}"
    elif shown is None and not stated.startswith("utf") and _is_utf8(begin):
        found = f"byte {_first_beyond_ascii(begin)} and what follows are utf-8"
    else:
        return
    raise DeliveryRefusedError(
        "wrong_encoding",
        f"{delivery.path.name}: is not in {delivery.encoding}: {found}. "
        "Name its encoding in the mapping's profile or in the manifest, or export it again.",
    )


def _first_beyond_ascii(begin: bytes) -> int:
    return next((place for place, byte in enumerate(begin) if byte > 127), len(begin))


def _is_utf8(begin: bytes) -> bool:
    """Whether bytes are UTF-8 beyond ASCII; text of two letters or so may be so by chance."""
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(begin)
    except UnicodeDecodeError:
        return False
    return sum(letter > "\x7f" for letter in text) >= 4


def records_at(delivery: Delivery, wanted: Collection[int], member: str | None = None) -> Iterator[tuple[int, str]]:
    """Line and text of the records that begin on the lines `wanted`, each over all the lines its quotes span."""
    profile = delivery.profile
    quote = profile.quote if profile.format == "csv" and not profile.prefix else ""
    sign = quote.encode()
    ahead = sorted(wanted, reverse=True)
    begun: tuple[int, bytes] | None = None
    with open_bytes(delivery, member) as raw:
        for first, lines in _blocks_of_lines(Utf8Stream(raw, delivery)):
            place = 0  # in `lines`
            while place < len(lines) and (begun or ahead):
                if begun is None:
                    while ahead and ahead[-1] < first + place:  # inside a record that began before
                        ahead.pop()
                    if not ahead or ahead[-1] >= first + len(lines):
                        break
                    place = ahead[-1] - first
                    begun = ahead.pop(), b""
                begun = begun[0], begun[1] + lines[place]
                place += 1
                if not (sign and begun[1].count(sign) % 2 and len(begun[1]) < MAX_RECORD_BYTES):
                    yield begun[0], begun[1].decode("utf-8").rstrip("\r\n")
                    begun = None
            if begun is None and not ahead:
                return
    if begun is not None:
        yield begun[0], begun[1].decode("utf-8").rstrip("\r\n")


def _blocks_of_lines(stream: Utf8Stream) -> Iterator[tuple[int, list[bytes]]]:
    """The lines of a text with their ends, many at once, and the number of the first of them."""
    first, rest = 1, b""
    while chunk := stream.read(CHUNK_BYTES):
        rest += chunk
        # A CR at the very end may be half of a CR LF.
        cut = max(rest.rfind(b"\n"), rest.rfind(b"\r", 0, -1)) + 1
        lines = rest[:cut].splitlines(keepends=True)
        yield first, lines
        first, rest = first + len(lines), rest[cut:]
    yield first, rest.splitlines(keepends=True)
