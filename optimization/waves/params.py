"""Settings of wave planning."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from forecasting.door import params_from_mapping

RELEASES = ("waves", "waveless")


@dataclass(frozen=True)
class Params:
    """How waves are cut.

    Parameters
    ----------
    max_orders
        Most orders in a wave; where it is set, it stands above the wave rules. Default: by the rules, else 30.
    identical_orders
        As many orders of the same basket of one SKU are picked in bulk, apart from the others. Default 6.
    identical_units
        Most units of such a wave where no rule of type ``batch`` says otherwise. Default 200.
    zones_apart
        Whether orders whose goods lie in one zone share carts only with others of that zone, where they fill
        one. Default true.
    release
        ``waves``, or ``waveless``: every cart is released by itself, cut from the most urgent orders. Default
        ``waves``.
    most_units
        Most units that are released; the most urgent orders go, and among orders alike in that those of the most units
        per aisle visited. The others wait for the next wave. Default: no limit.
    lookahead_orders
        Orders among which waveless carts are cut. Default 300.
    staff
        Share of the workers that the plan counts on, for asking what if. Default 1.
    cutoff_minutes
        Minutes by which every cut-off moves, for asking what if. Default 0.
    moves_per_order
        Moves tried in the search for carts, per order. Default 150.
    min_gain
        A plan replaces the one before it in a warehouse where it misses fewer cut-offs or saves this share of
        the labour. Default 0.01.

    Raises
    ------
    ValueError
        When a setting is outside its range.
    """

    max_orders: int | None = None
    identical_orders: int = 6
    identical_units: int = 200
    zones_apart: bool = True
    release: str = "waves"
    most_units: int | None = None
    lookahead_orders: int = 300
    staff: float = 1.0
    cutoff_minutes: float = 0.0
    moves_per_order: int = 150
    min_gain: float = 0.01

    def __post_init__(self) -> None:
        for name in ("max_orders", "most_units"):
            if getattr(self, name) is not None and getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, found {getattr(self, name)!r}")
        for name, least in (("identical_orders", 2), ("identical_units", 1), ("lookahead_orders", 1)):
            if getattr(self, name) < least:
                raise ValueError(f"{name} must be at least {least}, found {getattr(self, name)!r}")
        for name in ("staff", "moves_per_order", "min_gain"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must be zero or more, found {getattr(self, name)!r}")
        if self.release not in RELEASES:
            raise ValueError(f"release must be one of {RELEASES}, found {self.release!r}")

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> Self:
        """Build from a TOML table; a key that is not a parameter raises ``ValueError``."""
        return params_from_mapping(cls, mapping)
