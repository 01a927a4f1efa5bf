"""Values that break their contract type, and the reason each must be quarantined for (contract §0.1)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from simulator.tables import contract_of

if TYPE_CHECKING:
    from contracts.model import Column

__all__ = ["GBK", "SURPLUS", "Spoiling", "spoilings"]

GBK = "\ue000"  # stands for bytes that are not in the file's encoding until the file is rendered
SURPLUS = "surplus"  # kind of a row with a value too many
_WRONG_TYPE = {
    "money": ("abc", "not_an_amount"), "qty": ("twelve", "not_a_quantity"), "int": ("7.5", "not_a_whole_number"),
    "rate": ("13", "not_a_share"), "number": ("n/a", "not_a_number"), "bool": ("maybe", "not_yes_or_no"),
    "json": ("{broken", "not_json"), "time": ("25:99", "not_a_time"),
}  # fmt: skip
_BAD_DATE = {"date": ("2026-02-30", "not_a_date"), "ts": ("2026-13-01 00:00:00", "not_an_instant")}
_TOO_LARGE = {
    "money": "not_an_amount", "qty": "not_a_quantity", "int": "not_a_whole_number", "number": "not_a_number",
}  # fmt: skip
_IDS = {
    "float_id": ("17850.0", "float_id"), "mangled_id": ("3.1E+10", "excel_mangled_id"),
    "truncated_id": ("4.2e+18", "excel_truncated_id"), "long_id": ("X" * 65, "id_too_long"),
    "control_character": ("A\x00B", "control_character"),
}  # fmt: skip


@dataclass(frozen=True)
class Spoiling:
    """One way to break a row; a row with a value too many has no column."""

    kind: str
    column: str | None
    value: str
    reason: str


@lru_cache
def spoilings(qualified: str, present: frozenset[str]) -> dict[str, tuple[Spoiling, ...]]:
    """By kind, what can be broken in a table whose file has the columns `present`."""
    columns = [c for c in contract_of(qualified).columns if c.name in present and c.personal is None]
    found: dict[str, list[Spoiling]] = {SURPLUS: [Spoiling(SURPLUS, None, SURPLUS, "wrong_column_count")]}
    for column in columns:
        for kind, value, reason in _of(column):
            found.setdefault(kind, []).append(Spoiling(kind, column.name, value, reason))
    return {kind: tuple(some) for kind, some in found.items()}


def _of(column: Column) -> Iterator[tuple[str, str, str]]:
    if column.type in _WRONG_TYPE:
        yield "wrong_type", *_WRONG_TYPE[column.type]
    if column.type in _BAD_DATE:
        yield "bad_date", *_BAD_DATE[column.type]
    if column.type in _TOO_LARGE:
        yield "too_large", "1e400", _TOO_LARGE[column.type]
    if column.type == "qty":
        yield "fraction", "1.5", "fractional_units"
    if column.minimum is not None or column.exclusive_minimum is not None:
        yield "negative", "-1", "below_minimum"
    if column.type == "enum" and column.hard:
        yield "unknown_value", "???", "unknown_value"
    if column.type == "id":
        yield from ((kind, value, reason) for kind, (value, reason) in _IDS.items())
    if column.type in ("id", "text"):
        yield "undecodable", GBK, "undecodable"
    yield from _empty(column)


def _empty(column: Column) -> Iterator[tuple[str, str, str]]:
    if column.primary_key and column.key_default is None:
        yield "missing_key", "", "missing_key"
        if column.type == "id":
            yield "whitespace_id", " \u3000\t", "missing_key"
    elif column.required and not column.primary_key:
        yield "missing_value", "", "missing_value"
