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
        What a parcel that arrives after its promised date costs (in yuan) beside its freight, where policy does not
        say: service calls, vouchers, customers who do not come back. Default 12.
    explore_share
        Share of parcels whose service is drawn by chance, so that what is learnt of services does not rest on
        parcels that some rule gave them. Default 0: none.
    explore_most
        So much dearer in expectation than its cheapest (in yuan) a drawn service may be. Default 3.
    insure_from
        Declared value (in yuan) from which a parcel must travel insured; below it one is where that is expected to
        pay. Default 0: none must.
    """

    late_penalty: float = 12.0
    explore_share: float = 0.0
    explore_most: float = 3.0
    insure_from: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.late_penalty <= 10_000:
            raise ValueError(f"late_penalty must be between 0 and 10000 yuan, found {self.late_penalty}")
        if not 0 <= self.explore_share <= 0.05:
            raise ValueError(f"explore_share must be a share between 0 and 0.05, found {self.explore_share}")
        if not 0 <= self.explore_most <= 100:
            raise ValueError(f"explore_most must be between 0 and 100 yuan, found {self.explore_most}")
        if not 0 <= self.insure_from <= 10**8:
            raise ValueError(f"insure_from must be between 0 and 100000000 yuan, found {self.insure_from}")

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> Self:
        """Build from a TOML table; a key that is not a parameter raises ``ValueError``."""
        return params_from_mapping(cls, mapping)
