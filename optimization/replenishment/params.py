"""Settings of replenishment."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from forecasting.door import params_from_mapping


@dataclass(frozen=True)
class Params:
    """How replenishment plans.

    Parameters
    ----------
    stock_out_horizon_days
        A stock-out expected later than this (in days from the as-of date) has no date. Default 365.
    overstock_days
        A suggestion after which position covers more than this (in days of mean demand) is marked
        ``overstock``: packs and minimum orders, not demand, made it large. Default 180.

    Raises
    ------
    ValueError
        When a setting is not positive.
    """

    stock_out_horizon_days: int = 365
    overstock_days: int = 180

    def __post_init__(self) -> None:
        for name in ("stock_out_horizon_days", "overstock_days"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be positive, found {getattr(self, name)!r}")

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> Self:
        """Build from a TOML table; a key that is not a parameter raises ``ValueError``."""
        return params_from_mapping(cls, mapping)
