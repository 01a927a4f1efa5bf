"""Whether a row is as its outbox contract says: present, of its type, in its list, within its bounds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from contracts.model import Column, Table
from contracts.types import NUMERIC_TYPES


def misfit(contract: Table, row: Mapping[str, object]) -> str | None:
    """The first thing that does not fit, in words; None for a row that fits.

    Values are as a frozen message holds them, or as a plan gives them: texts, numbers, dates.
    """
    strange = sorted(set(row) - {column.name for column in contract.columns})
    if strange:
        return f"'{strange[0]}' is no column of {contract.name}"
    for column in contract.columns:
        value = row.get(column.name)
        if value is None:
            if column.required:
                return f"{contract.name} needs '{column.name}', which the plan did not give"
        elif wanted := _wanted(column, value):
            return f"'{column.name}' of {contract.name} holds {value!r}; it must be {wanted}"
    return None


def _wanted(column: Column, value: object) -> str | None:
    """What the column asks for, if `value` is not that."""
    if column.type == "bool":
        return None if isinstance(value, bool) else "true or false"
    if column.type in NUMERIC_TYPES:
        return _wanted_number(column, value)
    if column.type in ("date", "ts"):
        return _wanted_time(column, value)
    if not isinstance(value, str) or not value:
        return "a text that is not empty"
    return f"one of {', '.join(column.values)}" if column.values and value not in column.values else None


def _wanted_number(column: Column, value: object) -> str | None:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        number = Decimal("NaN")
    if isinstance(value, bool) or not number.is_finite():
        return "a number"
    if column.type == "int" and number != number.to_integral_value():
        return "a whole number"
    if column.exclusive_minimum is not None and number <= column.exclusive_minimum:
        return f"more than {column.exclusive_minimum}"
    return f"{column.minimum} or more" if column.minimum is not None and number < column.minimum else None


def _wanted_time(column: Column, value: object) -> str | None:
    kind = date if column.type == "date" else datetime
    try:
        found = value if isinstance(value, date) else kind.fromisoformat(str(value))
    except ValueError:
        found = None
    if column.type == "date":
        return None if found is not None and not isinstance(found, datetime) else "a day such as 2026-11-09"
    known = isinstance(found, datetime) and found.tzinfo is not None
    return None if known else "an instant with its offset, such as 2026-11-01T06:00:00+08:00"
