"""Settings of carrier choice."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from forecasting.door import params_from_mapping


@dataclass(frozen=True)
class Params:
    """How carriers are chosen.

    Parameters
    ----------
    late_penalty
        What a parcel that arrives after its promised date costs (in yuan) beside its freight: service calls,
        vouchers, customers who do not come back. Default 12.
    """

    late_penalty: float = 12.0

    def __post_init__(self) -> None:
        if not 0 <= self.late_penalty <= 10_000:
            raise ValueError(f"late_penalty must be between 0 and 10000 yuan, found {self.late_penalty}")

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> Self:
        """Build from a TOML table; a key that is not a parameter raises ``ValueError``."""
        return params_from_mapping(cls, mapping)
