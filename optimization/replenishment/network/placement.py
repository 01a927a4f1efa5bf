"""Where the safety stock is, and what it costs."""

from dataclasses import dataclass
from math import isclose, sqrt

import polars as pl

from optimization.proof import Proof
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
        given = {row["stage_id"]: row for row in network.stages.iter_rows(named=True)}
        found = {row["stage_id"]: row for row in self.stages.iter_rows(named=True)}
        if given.keys() != found.keys():
            return [f"the placement has the stages {sorted(found)}, the network {sorted(given)}"]
        faults = []
        for name, row in found.items():
            stage, promise = given[name], row["service_time"]
            covered = row["inbound_service_time"] + stage["lead_time"] - promise
            if promise < 0 or (stage["max_service_time"] is not None and promise > stage["max_service_time"]):
                faults.append(f"{name} promises {promise}, at most {stage['max_service_time']} is allowed")
            if row["inbound_service_time"] < stage["inbound_time"]:
                faults.append(f"{name} has its inputs sooner than in {stage['inbound_time']}")
            if covered < 0 or row["covered_time"] != covered:
                faults.append(f"{name} covers {row['covered_time']}, its times leave {covered}")
            elif not isclose(row["cost"], stage["holding_cost"] * row["safety_stock"], rel_tol=1e-9, abs_tol=1e-9):
                faults.append(f"{name} costs {row['cost']}, its stock of {row['safety_stock']} another amount")
            elif not isclose(row["safety_stock"], network.spread[network.index[name]] * sqrt(covered), rel_tol=1e-9):
                faults.append(f"{name} holds {row['safety_stock']}, not what {covered} periods need")
        for arc in network.arcs.iter_rows(named=True):
            promised = found[arc["upstream_id"]]["service_time"]
            if found[arc["downstream_id"]]["inbound_service_time"] < promised:
                faults.append(f"{arc['downstream_id']} has its inputs before {arc['upstream_id']} delivers")
        if not isclose(sum(row["cost"] for row in found.values()), self.objective, rel_tol=1e-9, abs_tol=1e-9):
            faults.append(f"the costs do not add up to {self.objective}")
        return faults
