"""What somebody changed in an exported list: differences and faults, row by row; pure."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from planner.exchange.sheet import CHANGED

NEEDED = ("suggestion_id", "version", CHANGED)
MOST_ROWS = 100_000
LARGEST = Decimal(10) ** 12


@dataclass(frozen=True)
class Change:
    """One line whose quantity was changed, in base units."""

    suggestion_id: str
    version: int
    before: Decimal
    after: Decimal


@dataclass(frozen=True)
class Fault:
    """One row that cannot be read back: which, what was found, and what to do."""

    row: int
    column: str
    why: str


def changes(content: str, standing: Mapping[str, tuple[int, Decimal, bool]]) -> tuple[list[Change], list[Fault]]:
    """Differences between a CSV and what stands now.

    Parameters
    ----------
    content
        The file as text, with the columns that the export gave it; others may be gone, and rows too.
    standing
        By suggestion id: the version now, its quantity, and whether it can still be decided on.

    Raises
    ------
    ValueError
        If a column that is needed is missing, or the file is no CSV.
    """
    try:
        rows = list(_rows(content))
    except csv.Error as error:
        raise ValueError(f"the file is no CSV: {error}") from error
    found: dict[str, Change] = {}
    faults = []
    for number, row in rows:
        made = _read(number, row, standing)
        if isinstance(made, Fault):
            faults.append(made)
        elif made is not None and made.suggestion_id in found:
            faults.append(Fault(number, "suggestion_id", f"{made.suggestion_id} is in the file twice; leave one row"))
        elif made is not None:
            found[made.suggestion_id] = made
    return list(found.values()), faults


def _rows(content: str) -> Iterator[tuple[int, Mapping[str, str]]]:
    reader = csv.DictReader(io.StringIO(content.removeprefix("\ufeff"), newline=""))
    missing = [name for name in NEEDED if name not in (reader.fieldnames or ())]
    if missing:
        raise ValueError(f"column '{missing[0]}' is missing; export the list, change '{CHANGED}' and keep the header")
    for row in reader:
        if reader.line_num > MOST_ROWS:
            raise ValueError(f"the file has more than {MOST_ROWS} lines; bring it in parts")
        yield reader.line_num, row


def _read(
    number: int, row: Mapping[str, str | None], standing: Mapping[str, tuple[int, Decimal, bool]]
) -> Change | Fault | None:
    """The change of a row, what is wrong with it, or None if it changes nothing."""
    name, told = row["suggestion_id"] or "", row[CHANGED] or ""
    if name not in standing:
        return Fault(number, "suggestion_id", f"{name!r} is not in the list of now")
    version, quantity, decidable = standing[name]
    try:
        wanted = Decimal(told.strip().replace(",", ""))
    except InvalidOperation:
        wanted = Decimal("NaN")
    if not wanted.is_finite() or not 0 <= wanted <= LARGEST:
        return Fault(number, CHANGED, f"{told!r} is no number of base units, 0 or more")
    if wanted == quantity:
        return None
    if not decidable:
        return Fault(number, CHANGED, f"{name} is decided already and cannot be changed to {wanted}")
    if (row["version"] or "").strip() != str(version):
        return Fault(number, "version", f"{name} was changed by somebody since the export: it is {quantity} now")
    return Change(name, version, quantity, wanted)


def seal_of(found: Iterable[Change]) -> str:
    """Which changes a preview showed."""
    told = "\n".join(f"{each.suggestion_id} {each.version} {each.after}" for each in found)
    return hashlib.sha256(told.encode()).hexdigest()
