"""Where the safety stock is, and what it costs."""

from dataclasses import dataclass

import polars as pl

from optimization.proof import Proof
from optimization.replenishment.network.check import faults
from optimization.replenishment.network.service_network import ServiceNetwork


@dataclass(frozen=True)
class Placement(Proof):
    """Service times and the stock that keeps them.

    Parameters
    ----------
    stages
        One row per stage, in the order of the network's: ``stage_id`` (str), ``inbound_service_time``,
        ``service_time``, ``covered_time`` (int, periods: how long the stock must last), ``safety_stock``
        (float, units), ``cost`` (float, money per unit of time).
    """

    stages: pl.DataFrame

    def check(self, network: ServiceNetwork) -> list[str]:
        """Faults of this placement against its network, in words; empty when there are none."""
        return faults(self.stages, self.objective, network)
