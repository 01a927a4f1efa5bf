"""Settings of wave planning."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from forecasting.door import params_from_mapping


@dataclass(frozen=True)
class Params:
    """How waves are cut.

    Parameters
    ----------
    max_orders
        Most orders in a wave. Default 30.

    Raises
    ------
    ValueError
        When ``max_orders`` is below 1.
    """

    max_orders: int = 30

    def __post_init__(self) -> None:
        if self.max_orders < 1:
            raise ValueError(f"max_orders must be at least 1, found {self.max_orders!r}")

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> Self:
        """Build from a TOML table; a key that is not a parameter raises ``ValueError``."""
        return params_from_mapping(cls, mapping)
