"""The layout of an unknown file, with what speaks for it: a proposal to confirm, never used to load."""

from __future__ import annotations

import codecs
import csv
import gzip
import json
import re
import zipfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from contracts.profile import Profile
from pipelines.ingestion.delivery import Delivery, DeliveryRefusedError
from pipelines.ingestion.readers.archive import DAMAGED, members, open_bytes
from pipelines.ingestion.readers.header import column_names

SAMPLE_BYTES = 1 << 20
DELIMITERS = (",", "\t", ";", "|", "||", "^")
PREFIXES = "`'"
SAMPLE_LINES = 20_000
MAX_SPAN = 20  # lines of one value
MAX_BELOW = 50  # lines of a footer
SECTION = re.compile(r"#.*|-{3,}.*|={3,}.*|\*{3,}.*")
MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@dataclass(frozen=True)
class Detected:
    """A profile that a file's first megabyte fits, its columns, and what was seen for each setting."""

    profile: Profile
    columns: tuple[str, ...]
    evidence: tuple[str, ...]


def detect(path: Path) -> Detected:
    """State the layout of a file.

    Raises
    ------
    DeliveryRefusedError
        `unreadable`, `unsafe_archive` or `unknown_member`, and `unknown_format` for what is no table.
    """
    begin = _begin(path)
    if begin.startswith(b"PAR1"):
        return Detected(Profile(format="parquet"), (), ("begins with PAR1, the mark of Parquet",))
    if begin.startswith(b"PK\x03\x04"):
        return _workbook(path)
    encoding, seen = _encoding(begin)
    text = codecs.getincrementaldecoder(encoding)(errors="replace").decode(begin).removeprefix("\ufeff")
    if not text.strip() or "\0" in text:
        raise DeliveryRefusedError("unknown_format", f"{path.name}: holds no text, workbook or Parquet.")
    found = _json(text, encoding) or _delimited(text, encoding)
    return Detected(found.profile, found.columns, (seen, *found.evidence))


def _begin(path: Path) -> bytes:
    """The first bytes of a file, or of the only one in its archive."""
    try:
        if path.name.lower().endswith(".gz"):
            with gzip.open(path) as raw:
                return raw.read(SAMPLE_BYTES)
        if path.name.lower().endswith(".zip"):
            unread = Delivery(path, "csv", "", (), None, None, "", "0", None)
            with open_bytes(unread, members(unread)[0]) as raw:
                return raw.read(SAMPLE_BYTES)
        with path.open("rb") as raw:
            return raw.read(SAMPLE_BYTES)
    except DAMAGED as error:
        raise DeliveryRefusedError("unreadable", f"{path.name}: cannot be read ({error}).") from error


def _encoding(begin: bytes) -> tuple[str, str]:
    for mark, name in MARKS:
        if begin.startswith(mark):
            return name, f"encoding {name}: begins with its byte order mark"
    for name in ("utf-8", "gb18030"):
        try:
            codecs.getincrementaldecoder(name)().decode(begin)
        except UnicodeDecodeError as error:
            refused = f"byte {error.start} is not utf-8"
            continue
        if name == "utf-8":
            return name, f"encoding {name}: all of the first {len(begin):,} bytes are"
        return name, f"encoding {name}: {refused}, and all bytes are letters in {name}"
    return "latin-1", f"encoding latin-1, by default: {refused}, nor gb18030"


def _json(text: str, encoding: str) -> Detected | None:
    lines = [line for line in text.splitlines()[:50] if line.strip()]
    records = [record for line in lines[:-1] or lines if isinstance(record := _loaded(line), dict)]
    # A document may stand on one line: then its records are in a list.
    is_document = len(lines) == 1 and any(_is_list(value) for record in records for value in record.values())
    if records and len(records) == len(lines[:-1] or lines) and not is_document:
        names = tuple(dict.fromkeys(name for record in records for name in record))
        nested = [n for n in names if any(_is_list(record.get(n)) for record in records)]
        settings = {"explode": nested[0]} if nested else {}
        seen = [f"format jsonl: each of the first {len(records)} lines is a JSON object"]
        seen += [f"explode {nested[0]}: it holds lists of objects"] if nested else []
        return Detected(Profile(format="jsonl", encoding=encoding, **settings), names, tuple(seen))
    if text.lstrip()[:1] not in ("{", "["):
        return None
    found = re.match(r'\s*\{\s*(?:"[^"]*"\s*:\s*(?:"[^"]*"|[\w.+-]+)\s*,\s*)*"(\w+)"\s*:\s*\[', text)
    records_at = found[1] if found else ""
    seen = f"format json: begins as a document, with records at '{records_at or 'its top'}'"
    return Detected(Profile(format="json", encoding=encoding, records=records_at), (), (seen,))


def _loaded(line: str) -> object:
    try:
        return json.loads(line)
    except ValueError:
        return None


def _is_list(value: object) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def _delimited(text: str, encoding: str) -> Detected:
    lines = [line for line in text.splitlines() if line.strip()]
    prefix = _prefix([line for line in lines if not SECTION.fullmatch(line.strip())])
    tried = [_split_by(sign, quote, prefix, lines) for sign in DELIMITERS for quote in ('"', "")]
    best = max(tried, key=lambda split: split.agreement)
    lines, width = best.lines, best.width
    header = _header_place(best, prefix)
    names = tuple(column_names([_values(lines[header], best.delimiter, best.quote, "")]))
    above = [line.strip() for line in lines[:header]]
    below = _below(best, header, prefix)
    evidence = [
        f"delimiter {best.delimiter!r}: {best.share:.0%} of the lines have {width} values by it",
        f"header on line {len(above) + 1} of those that are not blank: {', '.join(names)[:200]}",
    ]
    settings = {"delimiter": best.delimiter, "quote": "" if prefix else best.quote, "prefix": prefix}
    if above:
        settings["preamble"] = tuple(dict.fromkeys(_pattern(line) for line in above))
        evidence.append(f"preamble of {len(above)} lines above the header")
    if below:
        settings |= _footer(below, best.delimiter)
        evidence.append(f"{len(below)} lines below the rows, from {below[0][:80]!r} on")
    if prefix:
        evidence.append(f"prefix {prefix!r}: values of the rows begin with it")
    return Detected(Profile(format="csv", encoding=encoding, **settings), names, tuple(evidence))


@dataclass(frozen=True)
class Split:
    """A text's lines taken apart in one way, and how far they agree on a number of values."""

    delimiter: str
    quote: str
    lines: list[str]
    widths: list[int]
    width: int
    share: float

    @property
    def agreement(self) -> tuple[float, bool]:
        """Most lines of one width first; of equals the wider, then the quoted."""
        return self.share * (self.width > 1) * (1 + self.width / 1_000), self.quote != ""


def _split_by(delimiter: str, quote: str, prefix: str, lines: list[str]) -> Split:
    whole = (_joined(lines, quote) if quote and not prefix else lines)[:SAMPLE_LINES]
    widths = [len(_values(line, delimiter, quote, prefix)) for line in whole]
    [(width, count)] = Counter([w for w in widths if w > 1] or widths).most_common(1)
    # A line that begins as a comment does is one if it has not the values of a row: #1001 may be an order.
    comments = sum(w != width and bool(SECTION.fullmatch(t.strip())) for t, w in zip(whole, widths, strict=True))
    return Split(delimiter, quote, whole, widths, width, count / max(1, len(whole) - comments))


def _joined(lines: list[str], quote: str) -> list[str]:
    """Lines with those that a quoted value spans put together; a stray quote takes no more than a few."""
    joined: list[str] = []
    spans = 0
    for line in lines:
        if joined and spans and spans < MAX_SPAN:
            joined[-1] += "\n" + line
            spans = 0 if joined[-1].count(quote) % 2 == 0 else spans + 1
        else:
            joined.append(line)
            spans = line.count(quote) % 2
    return joined


def _header_place(split: Split, prefix: str) -> int:
    if prefix:
        # The header's own values have no prefix.
        for place, line in enumerate(split.lines):
            if len(line.split(split.delimiter)) == split.width and not line.startswith(prefix):
                return place
    return next((place for place, width in enumerate(split.widths) if width == split.width), 0)


def _prefix(lines: list[str]) -> str:
    for sign in PREFIXES:
        if sum(line.startswith(sign) for line in lines) > len(lines) / 2:
            return sign
    return ""


def _values(line: str, delimiter: str, quote: str, prefix: str) -> list[str]:
    if prefix and line.startswith(prefix):
        return line[1:].split(delimiter + prefix)
    if len(delimiter) > 1 or not quote:
        return line.split(delimiter)
    try:
        return next(csv.reader([line], delimiter=delimiter, quotechar=quote), [])
    except csv.Error:  # a line break that no quotes hold
        return [line]


def _below(split: Split, header: int, prefix: str) -> list[str]:
    """Lines at the end that are no rows."""
    below: list[str] = []
    for line, width in zip(reversed(split.lines), reversed(split.widths), strict=True):
        if width == split.width or len(below) == MAX_BELOW or len(below) == len(split.lines) - header - 1:
            break
        below.insert(0, line.strip())
    return below if len(below) < MAX_BELOW and len(split.lines) < SAMPLE_LINES else []


def _footer(below: list[str], delimiter: str) -> dict[str, object]:
    if len(below) == 2 and below[0].count(delimiter) == below[1].count(delimiter) > 0:
        return {"summary": _pattern(below[0])}
    return {"footer": tuple(dict.fromkeys(_pattern(line) for line in below))}


def _pattern(line: str) -> str:
    """A regular expression for a line and its like on other days: its words stay, its numbers do not."""
    escaped = re.sub(r"([\\.^$*+?{}\[\]|()])", r"\\\1", line.strip())
    ruled = re.sub(r"([-=_*#])\1{3,}", r"\1+", escaped)
    return re.sub(r"(?:\\?[.,:-])*\d(?:\\?[\d.,:-])*", r"[\\d.,:-]+", ruled)


def _workbook(path: Path) -> Detected:
    """The sheet's header is the first row that fills most columns; of two such rows with gaps both are."""
    import fastexcel

    try:
        with zipfile.ZipFile(path) as archive:
            if "xl/workbook.xml" not in archive.namelist():
                raise DeliveryRefusedError("unknown_format", f"{path.name}: is an archive and no workbook.")
        book = fastexcel.read_excel(str(path))
        sheet = book.load_sheet(0, header_row=None, skip_rows=0, n_rows=100, dtypes="string").to_arrow()
    except (*DAMAGED, fastexcel.FastExcelError) as error:
        raise DeliveryRefusedError("unreadable", f"{path.name}: cannot be read ({error}).") from error
    rows = [[cell or "" for cell in row.values()] for row in sheet.to_pylist()]
    filled = [sum(map(bool, row)) for row in rows]
    typical = Counter(count for count in filled if count).most_common(1)[0][0]
    header = next((at for at, count in enumerate(filled) if count > 1 and count >= typical / 2), 0)
    depth = 2 if _is_merged(rows[header : header + 2]) else 1
    names = tuple(column_names(rows[header : header + depth]))
    settings: dict[str, object] = {"header_depth": depth}
    above = ["\t".join(filter(None, map(str.strip, row))) for row in rows[:header]]
    if any(above):
        settings["preamble"] = tuple(dict.fromkeys(_pattern(line) for line in above if line))
    evidence = (
        f"format xlsx, sheet 0 of {', '.join(book.sheet_names)[:200]}",
        f"header in row {header + 1}{' and the next, merged' if depth == 2 else ''}: {', '.join(names)[:200]}",
        *([f"preamble of {header} rows above it"] if any(above) else []),
    )
    return Detected(Profile(format="xlsx", sheet=0, **settings), names, evidence)


def _is_merged(rows: list[list[str]]) -> bool:
    """Whether the second row names what the gaps of the first one leave open, and numbers nothing."""
    if len(rows) < 2:
        return False
    top, bottom = rows
    gaps = [lower for upper, lower in zip(top, bottom, strict=True) if not upper]
    complete = all(upper or lower for upper, lower in zip(top, bottom, strict=True))
    numbers = any(re.fullmatch(r"[\d.,:/ -]+", cell) for cell in bottom if cell)
    return complete and any(gaps) and not numbers and not all(bottom)
