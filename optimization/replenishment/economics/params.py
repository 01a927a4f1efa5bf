"""Settings of economic replenishment."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from forecasting.door import params_from_mapping


@dataclass(frozen=True)
class EconomicParams:
    """How economic replenishment plans.

    Parameters
    ----------
    candidates
        Quantities looked at per option, nothing included. Default 16.
    most_expiring_share
        An order may not let more than this share of it expire unsold, expired stock that it pushes aside
        included. Default 0.05.
    change_cost_share
        Price of changing what the last plan suggested, as a share of what the changed units cost. Default 0.
    rounds
        Rounds of prices for storage and suppliers' capacity. Default 12.

    Raises
    ------
    ValueError
        When a setting is outside its domain.
    """

    candidates: int = 16
    most_expiring_share: float = 0.05
    change_cost_share: float = 0.0
    rounds: int = 12

    def __post_init__(self) -> None:
        if self.candidates < 2:
            raise ValueError(f"candidates must be at least 2, found {self.candidates!r}")
        for name in ("most_expiring_share", "change_cost_share"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} must lie between 0 and 1, found {getattr(self, name)!r}")
        if self.rounds < 1:
            raise ValueError(f"rounds must be at least 1, found {self.rounds!r}")

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> Self:
        """Build from a TOML table; a key that is not a parameter raises ``ValueError``."""
        return params_from_mapping(cls, mapping)
