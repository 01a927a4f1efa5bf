"""Faults of a placement of safety stock, found by arithmetic of its own: plain rows, demand pooled stage by stage."""

from functools import cache
from math import isclose, sqrt

import polars as pl

from optimization.replenishment.network.service_network import ServiceNetwork

NEAR = 1e-9


def faults(stages: pl.DataFrame, objective: float, network: ServiceNetwork) -> list[str]:
    """Everything in a placement that contradicts its network, in words.

    Parameters
    ----------
    stages
        As ``Placement`` documents them.
    objective
        Money per unit of time that the placement says it costs.
    network
        What it was made for.

    Returns
    -------
    list of str
        Empty when the placement is sound.
    """
    given = {row["stage_id"]: row for row in network.stages.iter_rows(named=True)}
    found = {row["stage_id"]: row for row in stages.iter_rows(named=True)}
    if given.keys() != found.keys():
        return [f"the placement has the stages {sorted(found)}, the network {sorted(given)}"]
    arcs = list(network.arcs.select("upstream_id", "downstream_id", "units").iter_rows())

    @cache
    def spread(stage: str) -> float:
        parts = [given[stage]["demand_spread"], *(units * spread(to) for name, to, units in arcs if name == stage)]
        largest, power = max(parts), given[stage]["pooling"]
        # In parts of the largest, or a high power would overflow.
        return largest and largest * sum((part / largest) ** power for part in parts) ** (1 / power)

    told = [fault for name, row in found.items() for fault in stage_faults(row, given[name], spread(name))]
    for upstream, downstream, _ in arcs:
        if found[downstream]["inbound_service_time"] < found[upstream]["service_time"]:
            told.append(f"{downstream} has its inputs before {upstream} delivers")
    if not isclose(sum(row["cost"] for row in found.values()), objective, rel_tol=NEAR, abs_tol=NEAR):
        told.append(f"the costs do not add up to {objective}")
    return told


def stage_faults(row: dict, stage: dict, spread: float) -> list[str]:
    """Faults of one stage, whose demand may exceed its mean by ``spread`` units in one period."""
    told, name, promise = [], stage["stage_id"], row["service_time"]
    covered = row["inbound_service_time"] + stage["lead_time"] - promise
    if promise < 0 or (stage["max_service_time"] is not None and promise > stage["max_service_time"]):
        told.append(f"{name} promises {promise}, at most {stage['max_service_time']} is allowed")
    if row["inbound_service_time"] < stage["inbound_time"]:
        told.append(f"{name} has its inputs sooner than in {stage['inbound_time']}")
    if covered < 0 or row["covered_time"] != covered:
        told.append(f"{name} covers {row['covered_time']}, its times leave {covered}")
    elif not isclose(row["cost"], stage["holding_cost"] * row["safety_stock"], rel_tol=NEAR, abs_tol=NEAR):
        told.append(f"{name} costs {row['cost']}, its stock of {row['safety_stock']} another amount")
    elif not isclose(row["safety_stock"], spread * sqrt(covered), rel_tol=NEAR):
        told.append(f"{name} holds {row['safety_stock']}, not what {covered} periods need")
    return told
