"""Frozen bytes of what is sent, and the key under which a receiver takes them once."""

import hashlib
import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

# Made once: to make it takes as long as to write a decision.
_JSON = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def frozen_body(decision: Mapping[str, Any]) -> bytes:
    """The bytes of a decision, equal for equal decisions: JSON, keys sorted, decimals and dates as text.

    Raises
    ------
    ValueError
        When a value is a float (money and quantities are exact here) or of a type that has no text.
    """
    return canonical(plain(decision)).encode()


def canonical(value: object) -> str:
    """JSON with one spelling for one value."""
    return _JSON.encode(value)


def plain(value: Any, path: str = "decision") -> Any:
    """`value` in what JSON can hold without loss: decimals, dates and instants as text, tuples as lists.

    Raises
    ------
    ValueError
        As `frozen_body`; `path` names the place.
    """
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise ValueError(f"{path} is not a finite decimal: {value!r}")
        # 12.50 and 12.5 are the same money; zero has one sign.
        return f"{value.normalize() + 0:f}"
    if isinstance(value, datetime) and value.tzinfo is None:
        raise ValueError(f"{path} is an instant without a zone: {value!r}")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): plain(item, f"{path}.{key}") for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item, f"{path}[{place}]") for place, item in enumerate(value)]
    raise ValueError(f"{path} cannot be frozen: {value!r} is a {type(value).__name__}")


def idempotency_key(receiver: str, body: bytes) -> str:
    """Key under which a receiver takes a frozen body once, however often it is posted.

    Parameters
    ----------
    receiver
        Name of the system that acts on the decision; the same body for two receivers has two keys.
    body
        The frozen bytes, as they are sent.

    Returns
    -------
    str
        64 hexadecimal digits of a SHA-256.

    Raises
    ------
    ValueError
        When the receiver or the body is empty.
    """
    if not receiver or not body:
        raise ValueError(f"receiver and body must not be empty, found {receiver!r} and {len(body)} bytes")
    return hashlib.sha256(len(receiver.encode()).to_bytes(4) + receiver.encode() + body).hexdigest()
