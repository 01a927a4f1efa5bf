"""The rows of a text cut out of what stands between and below them."""

from __future__ import annotations

import io
import re

from pipelines.ingestion.delivery import Delivery, DeliveryRefusedError
from pipelines.ingestion.readers.header import first_match, named_values, split_record
from pipelines.ingestion.text import CHUNK_BYTES, Utf8Stream

SEPARATOR = "\x1f"  # the unit separator of ASCII, which no export holds in a value
MAX_FOOTER = 1 << 20  # characters


class RowLines(io.RawIOBase):
    """The bytes of `stream` from its place on, up to the footer, with each row's values apart by one sign.

    A line keeps its number: what is no row becomes a blank line. A delimiter of several signs, or one with a
    prefix behind it, becomes `SEPARATOR`. What the footer states is in `stated` once all is read.
    """

    def __init__(self, stream: Utf8Stream, delivery: Delivery, first_line: int) -> None:
        self._stream = stream
        self._delivery = delivery
        profile = delivery.profile
        endings = [pattern for pattern in (*profile.footer, profile.summary) if pattern]
        # A literal line break ahead lets the search run from line to line; ^ would be tried at every sign.
        self._footer = re.compile(rf"\n(?:{'|'.join(endings)})[ \t]*\r?(?=\n|$)") if endings else None
        self._skip = re.compile(rf"\n(?:{'|'.join(profile.skip)})[ \t]*\r?(?=\n|$)") if profile.skip else None
        self._carry = ""
        self._pending = b""
        self._tail: str | None = None
        self._line = first_line
        self.stated: dict[str, str] = {}
        self.failure: DeliveryRefusedError | None = None  # what ended the reading early

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:
        while not self._pending:
            chunk = self._stream.read(CHUNK_BYTES)
            self._pending = self._rows(self._whole_lines(chunk.decode("utf-8"), ends=not chunk))
            if not chunk:
                break
        count = min(len(buffer), len(self._pending))
        buffer[:count] = self._pending[:count]
        self._pending = self._pending[count:]
        return count

    def _whole_lines(self, text: str, ends: bool) -> str:
        text = self._carry + text
        cut = len(text) if ends else text.rfind("\n") + 1
        self._carry = text[cut:]
        return text[:cut]

    def _rows(self, text: str) -> bytes:
        if self._tail is not None:
            self._keep_tail(text)
            return b""
        # Every line has a line break before it here, the first one too.
        text = "\n" + text
        found = self._footer.search(text) if self._footer else None
        if found:
            self._tail = ""
            self._line += text.count("\n", 0, found.start())
            self._keep_tail(text[found.start() + 1 :])
            text = text[: found.start() + 1]
        else:
            self._line += text.count("\n") - 1
        if self._skip:
            text = self._skip.sub("\n", text)
        return self._apart(text)[1:].encode("utf-8")

    def _apart(self, text: str) -> str:
        profile = self._delivery.profile
        if profile.prefix:
            text = text.replace(profile.delimiter + profile.prefix, SEPARATOR)
            return text.replace("\n" + profile.prefix, "\n")
        return text.replace(profile.delimiter, SEPARATOR) if len(profile.delimiter) > 1 else text

    def _keep_tail(self, text: str) -> None:
        self._tail += text
        if len(self._tail) > MAX_FOOTER:
            self.failure = _unexpected(self._delivery, self._line, self._tail[:100], "a footer of less than 1 MB")
            raise self.failure

    def read_footer(self) -> None:
        """Take what the lines below the rows state; call after the last row.

        Raises
        ------
        DeliveryRefusedError
            `unexpected_line` for one that the profile does not know.
        """
        patterns = [re.compile(pattern) for pattern in self._delivery.profile.footer]
        summary = self._delivery.profile.summary
        lines = enumerate((self._tail or "").splitlines(), start=self._line)
        for number, line in lines:
            found = first_match(patterns, line)
            if found:
                self.stated |= named_values(found)
            elif summary and re.fullmatch(summary, line.strip()):
                self._take_summary(number, line, next(lines, (number + 1, ""))[1])
            elif line.strip():
                raise _unexpected(self._delivery, number, line, "a line of the footer that the profile names")

    def _take_summary(self, number: int, names: str, values: str) -> None:
        named, given = (split_record(line.strip(), self._delivery) for line in (names, values))
        if len(named) != len(given):
            raise _unexpected(self._delivery, number + 1, values, f"the {len(named)} values that line {number} names")
        self.stated |= dict(zip(named, given, strict=True))


def _unexpected(delivery: Delivery, number: int, line: str, expected: str) -> DeliveryRefusedError:
    return DeliveryRefusedError(
        "unexpected_line",
        f"{delivery.path.name}: line {number} is {line.strip()[:100]!r}, expected {expected}. "
        "Mend the export, or the footer of the mapping's profile.",
    )
