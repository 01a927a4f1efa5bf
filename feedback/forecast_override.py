"""Forecast overrides: what planners know better of demand, and what such a decision must say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

# What an override may be about; the member of `series` is `sku@warehouse`, that of `total` is `total`.
LEVELS = ("total", "category", "brand", "spu", "sku", "warehouse", "series")
# Times the quantity, the quantity more in total, or the quantity in total.
KINDS = ("factor", "add", "total")


@dataclass(frozen=True)
class ForecastOverride:
    """One override as its last version known at an instant leaves it.

    Parameters
    ----------
    override_id
        The journal's subject.
    author, reason, made_at
        Who decided, why and when.
    expires_on
        From this day on it no longer holds; None for never.
    level, member
        One of ``LEVELS``, and which member of it.
    first_week, last_week
        A day of the first and of the last week that it is about.
    kind, quantity
        One of ``KINDS``, and how much: base units, or a factor.
    """

    override_id: str
    author: str
    reason: str
    made_at: datetime
    expires_on: date | None
    level: str
    member: str
    first_week: date
    last_week: date
    kind: str
    quantity: Decimal

    @classmethod
    def read(cls, override_id: str, author: str, made_at: datetime, payload: Mapping[str, object]) -> ForecastOverride:
        """The override that a payload describes.

        Raises
        ------
        ValueError
            Naming the entry that is missing or does not fit, and what would.
        """
        level, kind = _one_of(payload, "level", LEVELS), _one_of(payload, "kind", KINDS)
        expires = None if payload.get("expires_on") in (None, "") else _day(payload, "expires_on")
        first, last = _day(payload, "first_week"), _day(payload, "last_week")
        if last < first:
            raise ValueError(f"'last_week' {last} lies before 'first_week' {first}")
        quantity = _quantity(payload)
        if quantity < 0 and kind != "add":
            raise ValueError(f"'quantity' of a {kind} must be zero or more, found {quantity}")
        reason, member = _text(payload, "reason"), _text(payload, "member")
        return cls(override_id, author, reason, made_at, expires, level, member, first, last, kind, quantity)


def _text(payload: Mapping[str, object], name: str) -> str:
    value = payload.get(name)
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"'{name}' must be a text, found {value!r}")
    return value


def _one_of(payload: Mapping[str, object], name: str, known: tuple[str, ...]) -> str:
    value = payload.get(name)
    if value not in known:
        raise ValueError(f"'{name}' must be one of {', '.join(known)}; found {value!r}")
    return str(value)


def _day(payload: Mapping[str, object], name: str) -> date:
    try:
        return date.fromisoformat(str(payload.get(name)))
    except ValueError as error:
        raise ValueError(f"'{name}' must be a date such as 2026-11-09, found {payload.get(name)!r}") from error


def _quantity(payload: Mapping[str, object]) -> Decimal:
    try:
        found = Decimal(str(payload.get("quantity")))
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite():
        raise ValueError(f"'quantity' must be a decimal as text, found {payload.get('quantity')!r}")
    return found
