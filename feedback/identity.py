"""Identity of suggestions and of what is sent: the same thing has the same name in every run."""

import hashlib
import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

PREFIXES = {
    "buy": "BUY",
    "transfer": "TRF",
    "expedite": "EXP",
    "defer": "DEF",
    "increase": "INC",
    "reduce": "RED",
    "cancel": "CAN",
    "clear": "CLR",
    "pick": "WAV",
    "ship": "CAR",
}

ACTS_ON_ORDER_LINE = frozenset({"expedite", "defer", "increase", "reduce", "cancel"})


def suggestion_id(action: str, sku_id: str, destination_id: str, target: str | None = None, generation: int = 0) -> str:
    """Id of a living suggestion, from its key (action, SKU, destination, target).

    A later run that finds the same need finds the same id and revises it. Export freezes a suggestion: a
    need that arises later takes the next generation.

    Parameters
    ----------
    action
        One of ``PREFIXES``.
    sku_id, destination_id
        Ids as the systems write them; ``00123`` and ``123`` are different.
    target
        The purchase-order line that the action is about: required for expedite, defer, increase, reduce and
        cancel, otherwise none.
    generation
        How many earlier suggestions of this key have been exported. Default 0.

    Returns
    -------
    str
        The action's prefix, a hyphen and 20 hexadecimal digits of a SHA-256.

    Raises
    ------
    ValueError
        When the action is unknown, an id is empty, the target is missing or out of place, or the generation
        is negative.
    """
    if action not in PREFIXES:
        raise ValueError(f"unknown action {action!r}; known are {sorted(PREFIXES)}")
    for name, value in (("sku_id", sku_id), ("destination_id", destination_id)):
        if not isinstance(value, str) or not value:
            raise ValueError(f"{name} must be a text that is not empty, found {value!r}")
    if action in ACTS_ON_ORDER_LINE and not target:
        raise ValueError(f"{action!r} needs the purchase-order line it acts on as target, found {target!r}")
    if action not in ACTS_ON_ORDER_LINE and target is not None:
        raise ValueError(f"{action!r} acts on no purchase-order line, found target {target!r}")
    if generation < 0:
        raise ValueError(f"generation must be zero or more, found {generation!r}")
    # A JSON list keeps ("A", "BC") and ("AB", "C") apart, which joined text would not.
    key = json.dumps([action, sku_id, destination_id, target, generation], ensure_ascii=False)
    return f"{PREFIXES[action]}-{hashlib.sha256(key.encode()).hexdigest()[:20]}"


def frozen_body(decision: Mapping[str, Any]) -> bytes:
    """The bytes of a decision, equal for equal decisions: JSON, keys sorted, decimals and dates as text.

    Raises
    ------
    ValueError
        When a value is a float (money and quantities are exact here) or of a type that has no text.
    """

    def exact(value: Any, path: str) -> Any:
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
            return {str(key): exact(item, f"{path}.{key}") for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [exact(item, f"{path}[{place}]") for place, item in enumerate(value)]
        raise ValueError(f"{path} cannot be frozen: {value!r} is a {type(value).__name__}")

    text = json.dumps(exact(decision, "decision"), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode()


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
