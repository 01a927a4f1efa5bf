"""What stands above the rows: preamble and header, and what they state."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass

from pipelines.ingestion.delivery import Delivery, DeliveryRefusedError
from pipelines.ingestion.text import MAX_HEADER_BYTES, REPLACEMENT, Utf8Stream

MAX_PREAMBLE = 1_000  # lines
MAX_COLUMNS = 2_000
MAX_NAME = 1_000  # characters
RESERVED = frozenset({"_line_no", "file_row_number"})


@dataclass(frozen=True)
class Header:
    """Names of a text's columns, how many `lines` they and what stands above take, and what that states."""

    names: list[str]
    lines: int
    stated: dict[str, str]


def header_of(stream: Utf8Stream, delivery: Delivery) -> Header:
    """Read the lines above the rows.

    Raises
    ------
    DeliveryRefusedError
        `empty_file` without any line, `bad_header` for names that cannot be read or told apart,
        `wrong_encoding` for names that are not in the file's encoding.
    """
    profile = delivery.profile
    above, text, stated = _above(stream, delivery)
    if profile.columns:
        stream.put_back(text)
        return Header(list(profile.columns), above, stated)
    rows, lines = [], 0
    for _ in range(profile.header_depth):
        text, spanned = _whole_record(text or stream.read_line(), stream, delivery)
        _refuse_unreadable_names(text, above + lines + 1, stream, delivery)
        rows.append(split_record(text.rstrip("\r\n"), delivery))
        text, lines = "", lines + spanned
    names = column_names(rows)
    refuse_unfit_names(names, delivery)
    return Header(names, above + lines, stated)


def _above(stream: Utf8Stream, delivery: Delivery) -> tuple[int, str, dict[str, str]]:
    """How many lines stand above the header, the line that it begins with, and what they state."""
    profile = delivery.profile
    if not profile.preamble:
        for _ in range(profile.header_row - 1):
            stream.read_line()
        return profile.header_row - 1, stream.read_line(), {}
    patterns = [re.compile(pattern) for pattern in profile.preamble]
    stated: dict[str, str] = {}
    for count in range(MAX_PREAMBLE):
        line = stream.read_line()
        found = first_match(patterns, line)
        if line == "" or (found is None and line.strip()):
            return count, line, stated
        stated |= named_values(found)
    raise DeliveryRefusedError(
        "bad_header",
        f"{delivery.path.name}: its first {MAX_PREAMBLE} lines all belong above a header. Mend the profile's preamble.",
    )


def first_match(patterns: list[re.Pattern], line: str) -> re.Match | None:
    """The match of the first pattern that takes the whole line, blanks at its ends aside."""
    bare = line.strip()
    return next((found for pattern in patterns if (found := pattern.fullmatch(bare))), None)


def named_values(found: re.Match | None) -> dict[str, str]:
    return {name: value for name, value in found.groupdict().items() if value is not None} if found else {}


def _whole_record(text: str, stream: Utf8Stream, delivery: Delivery) -> tuple[str, int]:
    """A header line with the lines that a quoted name spans, and how many they are."""
    lines, quote = 1, delivery.profile.quote if not delivery.profile.prefix else ""
    while quote and text.count(quote) % 2 and len(text) < MAX_HEADER_BYTES:
        more = stream.read_line()
        if not more:
            break
        text += more
        lines += 1
    return text, lines


def _refuse_unreadable_names(text: str, line: int, stream: Utf8Stream, delivery: Delivery) -> None:
    name = delivery.path.name
    if "\0" in text or len(text) >= MAX_HEADER_BYTES:
        raise DeliveryRefusedError(
            "bad_header",
            f"{name}: line {line} names no columns "
            f"({'it holds NUL bytes, as UTF-16 does' if chr(0) in text else 'it is longer than 1 MB'}). "
            "Name the file's encoding in its mapping or manifest, or export it again.",
        )
    if not text.strip():
        raise DeliveryRefusedError("empty_file", f"{name}: line {line} should name the columns and is empty.")
    if REPLACEMENT in text and stream.first_undecodable:
        byte, at = stream.first_undecodable
        raise DeliveryRefusedError(
            "wrong_encoding",
            f"{name}: is not in {delivery.encoding}: byte {byte}, on line {at}, cannot be read. "
            "Name its encoding (gb18030?) in the mapping's profile or in the manifest, or export it again.",
        )


def column_names(rows: list[list[str]]) -> list[str]:
    """Names out of the one or two rows of a header; a merged cell is written in its first column alone."""
    if len(rows) == 1:
        return [name.strip() or f"unnamed_{place}" for place, name in enumerate(rows[0], start=1)]
    top, bottom = ([cell.strip() for cell in row] for row in rows)
    width = max(len(top), len(bottom))
    top, bottom = (row + [""] * (width - len(row)) for row in (top, bottom))
    names, group = [], ""
    for place, (upper, lower) in enumerate(zip(top, bottom, strict=True), start=1):
        # What stands over an empty cell is merged down, so that no column to the right belongs to it.
        group = (upper or group) if lower else ""
        names.append("/".join(part for part in ((group, lower) if lower else (upper,)) if part) or f"unnamed_{place}")
    return names


def split_record(text: str, delivery: Delivery) -> list[str]:
    """Values of a line that stands outside the rows, without their prefix.

    Raises
    ------
    DeliveryRefusedError
        `bad_header`.
    """
    profile = delivery.profile
    if profile.prefix and text.startswith(profile.prefix):
        return text[1:].split(profile.delimiter + profile.prefix)
    if len(profile.delimiter) > 1:
        return text.split(profile.delimiter)
    quoting = {"quotechar": profile.quote} if profile.quote else {"quoting": csv.QUOTE_NONE}
    try:
        return next(csv.reader([text], delimiter=profile.delimiter, **quoting), [])
    except csv.Error as error:
        raise DeliveryRefusedError(
            "bad_header",
            f"{delivery.path.name}: '{text[:80]}' cannot be read as column names ({error}). Export it again.",
        ) from error


def refuse_unfit_names(names: list[str], delivery: Delivery) -> None:
    """Refuse columns that are too many, differ in case alone, are endless or called as the loader calls its own.

    Any other name will do, `select` and `a"); drop table x; --` among them: a name is never part of a statement.

    Raises
    ------
    DeliveryRefusedError
        `too_many_columns` or `bad_header`.
    """
    if len(names) > MAX_COLUMNS:
        raise DeliveryRefusedError(
            "too_many_columns",
            f"{delivery.path.name}: has {len(names):,} columns, the last called '{names[-1][:80]}'; at most "
            f"{MAX_COLUMNS:,} are read. Most likely rows and columns are swapped; export it again.",
        )
    seen: dict[str, str] = {}
    for place, name in enumerate(names, start=1):
        if len(name) > MAX_NAME:
            raise DeliveryRefusedError(
                "bad_header",
                f"{delivery.path.name}: column {place}, '{name[:80]}…', has a name of {len(name):,} characters, "
                f"at most {MAX_NAME:,} are read. Name it in the export, or look for a quote that is never closed.",
            )
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
