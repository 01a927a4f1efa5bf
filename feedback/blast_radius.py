"""How far a change of policy or of a forecast reaches, as whoever decided was shown it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation


@dataclass(frozen=True)
class BlastRadius:
    """What would become otherwise: SKUs, suggestions, base units and money more (or less, below nought)."""

    skus: int
    suggestions: int
    quantity: Decimal
    amount: Decimal
    currency: str

    @classmethod
    def read(cls, payload: object) -> BlastRadius:
        """The radius that a decision carries under `blast_radius`.

        Raises
        ------
        ValueError
            Naming the entry that is missing, strange or does not fit, and what would.
        """
        if not isinstance(payload, Mapping) or set(payload) != set(cls.__dataclass_fields__):
            raise ValueError(f"'blast_radius' holds {', '.join(cls.__dataclass_fields__)}; found {payload!r}")
        counts = {name: payload[name] for name in ("skus", "suggestions")}
        for name, count in counts.items():
            if not isinstance(count, int) or isinstance(count, bool) or count < 0:
                raise ValueError(f"'{name}' of a blast radius must be a count, found {count!r}")
        amounts = {name: _decimal(name, payload[name]) for name in ("quantity", "amount")}
        if not isinstance(payload["currency"], str) or len(payload["currency"]) != 3:
            raise ValueError(f"'currency' of a blast radius must be three letters, found {payload['currency']!r}")
        return cls(**counts, **amounts, currency=payload["currency"])


def _decimal(name: str, value: object) -> Decimal:
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or isinstance(value, bool):
        raise ValueError(f"'{name}' of a blast radius must be a decimal as text, found {value!r}")
    return found
