"""Files read at arm's length: what the rest of ingestion knows of the process that does it."""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa

from contracts.profile import Profile
from pipelines.ingestion.delivery import Delivery, DeliveryRefusedError, split_name
from pipelines.ingestion.detect import Detected
from pipelines.ingestion.readers.delimited import read_delimited
from pipelines.ingestion.readers.raw import lines_of_text
from pipelines.ingestion.readers.relation import RAW_LINES, Batches, Ending, Part, RawLines, part_schema
from pipelines.ingestion.reading.conversation import Conversation
from pipelines.ingestion.reading.limits import Limits
from pipelines.ingestion.reading.process import ReadingProcess

QUICK = frozenset({"utf-8", "utf-8-sig", "utf-16", "gb18030", "gbk", "big5", "iso8859-1", "cp1252", "ascii"})
SMALL = 1 << 20  # bytes


class Reader:
    """Reads files in a process of its own, which it starts when it first needs it and ends when it is closed.

    Parameters
    ----------
    limits
        What reading one file may cost.
    """

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self._process: ReadingProcess | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.end()

    def parts(self, delivery: Delivery) -> Iterator[Part]:
        """The rows of a text or workbook; each part is to be read to its end before the next.

        Raises
        ------
        DeliveryRefusedError
            What its reader finds; `too_slow`, `too_large` or `unreadable` where it comes to no end.
        """
        if is_harmless(delivery):
            yield from read_delimited(delivery)
            return
        with self._asked("parts", delivery) as conversation:
            while (part := conversation.hear("part")) is not None:
                yield Part(part["names"], part["stated"], _batches(conversation, len(part["names"])), part["member"])

    def scan_parquet(self, delivery: Delivery) -> tuple[int, int]:
        """Rows and row groups of a Parquet file, every value of which has been read once.

        Raises
        ------
        DeliveryRefusedError
            As `parts`.
        """
        with self._asked("scan", delivery) as conversation:
            facts = conversation.hear("facts")
            conversation.hear("facts")
        return facts["rows"], facts["row_groups"]

    def detect(self, path: Path) -> Detected:
        """The layout of a file that no contract or mapping names, as `detect` states it.

        Raises
        ------
        DeliveryRefusedError
            As `detect`, and as `parts`.
        """
        unread = Delivery(path, "csv", "", (), None, None, "", "0", None)
        with self._asked("detect", unread) as conversation:
            facts = conversation.hear("facts")
            conversation.hear("facts")
        try:
            profile = Profile.model_validate(facts["profile"])
            return Detected(profile, tuple(map(str, facts["columns"])), tuple(map(str, facts["evidence"])))
        except (ValueError, KeyError, TypeError) as error:
            raise DeliveryRefusedError("unreadable", f"{path.name}: its reader says {type(error).__name__}.") from error

    def raw_lines(self, delivery: Delivery) -> RawLines:
        """What finds rows of the file again that was read last."""
        return partial(lines_of_text, delivery) if is_harmless(delivery) else partial(self._raw_lines, delivery)

    def _raw_lines(self, delivery: Delivery, wanted: Sequence[tuple[int, int]]) -> Iterator[pa.RecordBatch]:
        with self._asked("raw_lines", delivery, list(wanted)) as conversation:
            while (batch := conversation.hear("rows", schema=RAW_LINES)) is not None:
                yield batch

    @contextmanager
    def _asked(self, what: str, delivery: Delivery, *more: object) -> Iterator[Conversation]:
        """Ask the process; whoever does not hear it to the end finds another one the next time."""
        self._process = self._process or ReadingProcess(self.limits)
        self._process.ask(what, delivery, *more)
        conversation = Conversation(self._process, delivery, self.limits)
        try:
            yield conversation
        finally:
            if not conversation.is_over:
                self.close()


def _batches(conversation: Conversation, columns: int) -> Batches:
    schema = part_schema(columns)
    while isinstance(said := conversation.hear("rows", "ending", schema=schema), pa.RecordBatch):
        yield said
    place = said["first_undecodable"]
    return Ending(said["rows"], said["refused"], said["blank"], place and tuple(place), said["stated"])


def is_harmless(delivery: Delivery) -> bool:
    """Whether a file may be read without a process of its own: a small text of delimited values, not packed.

    Such a file cannot take much memory or time. It holds no more than 1 MB, a header of at most 2,000 columns and
    rows as wide as that header, so that there are no more cells than bytes; nothing in it refers to, unpacks to or
    nests anything. Patterns of a profile could be made to run for ever by a text that almost matches, and a few rare
    encodings take time by the square of their text: files with those are not among them. Most deliveries are such
    files, and a process for them would take longer than their reading.
    """
    profile = delivery.profile
    patterns = profile.preamble or profile.skip or profile.footer or profile.summary
    try:
        patterns = patterns or codecs.lookup(profile.encoding).name not in QUICK
    except (LookupError, ValueError):
        return False
    is_plain = split_name(delivery.path)[1] in (".csv", ".tsv", ".txt")
    return delivery.format == "csv" and is_plain and not patterns and delivery.path.stat().st_size < SMALL
