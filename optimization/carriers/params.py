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
    prefer_on_time
        Whether a service that keeps the promised date goes before a cheaper one that does not. Default
        True; false is plain rate shopping.
    """

    prefer_on_time: bool = True

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> Self:
        """Build from a TOML table; a key that is not a parameter raises ``ValueError``."""
        return params_from_mapping(cls, mapping)
