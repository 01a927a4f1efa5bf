"""Known answers of inventory theory: ``python -m benchmarks.inventory_theory FOLDER``.

The folder holds `known_answers.json`, `stockpyl_instances.json` and `gsm_networks/`, tables of stages with published
or brute-force service times. Every answer is computed anew; the exit status is 1 if one differs.
"""

import argparse
import csv
import json
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl

from optimization.replenishment import theory
from optimization.replenishment.network import ServiceNetwork, solve
from optimization.replenishment.network.solve import place
from optimization.replenishment.theory.position_cost import poisson_pmf

Answer = tuple[str, object, object]

# Which known answer belongs to which table, and how the table is read. Of the first kind, a stage's cost is what it
# adds; of the second it is what its output costs. The costs that were changed for the second of two brute-force
# answers, and the lead times for which the food chain was solved, are no part of the folder: they were found from the
# answers, which no other choice of them gives to the last digit.
SOLVED = {
    "battery_solution": ("battery", {"rate": 0.25, "digits": 3}),
    "bulldozer_solution": ("bulldozer", {"rate": 0.3, "digits": 3}),
    "brute_force_battery_small_divergent_sol_1": ("battery_small_divergent", {}),
    "brute_force_battery_small_divergent_sol_2": ("battery_small_divergent", {"changed": ("Pack_SKU_A", 0.01)}),
    "brute_force_bulldozer_small_convergent_sol_1": ("bulldozer_small_convergent", {}),
    "brute_force_bulldozer_small_convergent_sol_2": ("bulldozer_small_convergent", {"changed": ("Case&Frame", 550.0)}),
    "brute_force_bulldozer_small_linear_sol_1": ("bulldozer_small_linear", {}),
    "brute_force_bulldozer_small_linear_sol_2": ("bulldozer_small_linear", {"changed": ("Main_Assembly", 1200.0)}),
    "brute_force_convergent_solutions": ("bulldozer_small_convergent", {"added_costs": False}),
    "brute_force_linear_solutions": ("bulldozer_small_linear", {"added_costs": False}),
    "reference_solution": ("bulldozer", {"added_costs": False, "rate": 0.3}),
    "reference_solution_coc_food": ("food", {"added_costs": False, "one_shorter": (
        "Manuf_0002", "Manuf_0003", "Manuf_0004", "Manuf_0005", "Part_0002", "Part_0004", "Part_0005", "Part_0007",
        "Part_0012", "Retail_0001", "Retail_0005", "Retail_0006", "Retail_0007",
    )}),
    "reference_solution_coc_toys": ("toys", {"added_costs": False}),
}  # fmt: skip


def answers(folder: Path) -> Iterator[Answer]:
    """Name, known and found value of every formula's answer."""
    known = json.loads((folder / "known_answers.json").read_text(encoding="utf-8"))
    instances = json.loads((folder / "stockpyl_instances.json").read_text(encoding="utf-8"))["instances"]
    data = {instance["name"]: instance["data"] for instance in instances}
    for name, values in known.items():
        if name != "note":
            found = answer(name, data)
            yield from ((f"{name}: {key}", value, found[key]) for key, value in values.items())


def answer(name: str, instances: dict) -> dict:
    """What the product's formulas say of the case that a name describes, by the names of its figures.

    Raises
    ------
    ValueError
        When no formula belongs to the name.
    """
    given = {key: float(value) for key, value in re.findall(r"(\w+)=(-?[\d.]+)", name)}
    costs = (given.get("h", 0.18), given.get("p", 0.70))
    if name.startswith("eoq_backorders"):
        found = theory.economic_order_with_backorders(given["K"], *costs, given["lam"])
        return dict(zip(("Q", "x", "cost"), found, strict=True))
    if name.startswith("eoq"):
        return dict(zip(("Q", "cost"), theory.economic_order(given["K"], given["h"], given["lam"]), strict=True))
    if name.startswith("newsvendor_normal"):
        found = theory.newsvendor_normal(*costs, 50, 8, given.get("lead_time", 0))
        return dict(zip(("S", "cost"), found, strict=True))
    if name.startswith("newsvendor_poisson"):
        return dict(zip(("S", "cost"), theory.newsvendor_poisson(*costs, given["mean"]), strict=True))
    if name.startswith("wagner_whitin"):
        demand = [float(units) for units in re.search(r"d=\[([^]]*)]", name)[1].split(",")]
        return dict(zip(("orders", "cost"), theory.wagner_whitin(given["K"], given["h"], demand), strict=True))
    if name.startswith("s_s"):
        found = theory.periodic_review(given["K"], *costs, poisson_pmf(given["mean"]))
        return dict(zip(("s", "S", "cost"), found, strict=True))
    if name.startswith("r_q"):
        found = theory.order_point_poisson(given["K"], *costs, given["lam"], given["L"])
        return dict(zip(("r", "Q", "cost"), found, strict=True))
    instance = re.search(r"(example_\w+|\w+_jrp)", name)
    if name.startswith("jrp"):
        given = instances[instance[1]]
        return vars(theory.joint_replenishment(
            given["shared_fixed_cost"], given["individual_fixed_costs"], given["holding_costs"], given["demand_rates"]
        ))  # fmt: skip
    if name.startswith("gsm"):
        return {"cost": solve(network_of_instance(instances[instance[1]])).objective}
    raise ValueError(f"known_answers.json: nothing computes {name!r}")


def network_of_instance(data: dict) -> ServiceNetwork:
    """A network from a tree in the notation of stockpyl."""
    stages, arcs = [], []
    for node in data["_nodes"]:
        sd = (node["demand_source"] or {}).get("standard_deviation") or 0
        stages.append({
            "stage_id": str(node["_index"]),
            "lead_time": node["processing_time"] or 0,
            # Its outbound promise binds only where goods leave the network.
            "max_service_time": None if node["_successor_indices"] else node["external_outbound_cst"] or 0,
            "inbound_time": node["external_inbound_cst"] or 0,
            "holding_cost": float(node["local_holding_cost"]),
            "demand_spread": float(sd) * float(node["demand_bound_constant"] or 0),
            "pooling": 2.0,
        })  # fmt: skip
        arcs += [(str(node["_index"]), str(other), 1.0) for other in node["_successor_indices"]]
    return ServiceNetwork(stage_frame(stages), arc_frame(arcs))


def networks(folder: Path) -> Iterator[Answer]:
    """Name, known and found value of every solved network, and the proof of every table without a known answer."""
    tables = folder / "gsm_networks"
    for answer_file in sorted(tables.glob("*.json")):
        name, reading = SOLVED[answer_file.stem]
        digits, rate = reading.get("digits", 12), reading.get("rate", 1.0)
        network = network_of_table(tables / f"{name}.txt", **{
            key: value for key, value in reading.items() if key not in ("digits", "rate")
        })  # fmt: skip
        promises, cost = known_placement(json.loads(answer_file.read_text(encoding="utf-8")))
        cost = rounded(cost, digits)
        found = solve(network)
        yield f"{answer_file.name}: cost", cost, rounded(rate * found.objective, digits)
        # Several placements may cost the same: theirs must be as cheap in our eyes as ours.
        yield f"{answer_file.name}: cost of its service times", cost, rounded(rate * cost_of(network, promises), digits)
        yield f"{answer_file.name}: faults and gap", ([], 0.0), (found.check(network), round(found.gap, 9))
    for table in sorted(tables.glob("*.txt")):
        network = network_of_table(table)
        found = solve(network)
        yield f"{table.name}: faults and gap", ([], 0.0), (found.check(network), round(found.gap, 9))


def known_placement(answer: dict | list) -> tuple[dict[str, int], float]:
    """Service times and cost of a known answer, in any of the folder's three notations."""
    if isinstance(answer, list):
        return {name: stage["s"] for name, stage in answer}, float(sum(stage["cost"] for _, stage in answer))
    policy = answer["policy"] if "policy" in answer else answer["optimal_solutions"][0]
    return {name: stage["s"] for name, stage in policy.items()}, answer["cost"]


def cost_of(network: ServiceNetwork, promises: dict[str, int]) -> float:
    """Cost of given service times, with inputs no later than the suppliers deliver them."""
    own = [promises[name] for name in network.stages["stage_id"]]
    inbound = [
        max((own[upstream] for upstream, downstream, _ in network.links if downstream == stage), default=0)
        for stage in range(len(own))
    ]
    return float(place(network, inbound, own)["cost"].sum())


def network_of_table(
    path: Path,
    added_costs: bool = True,
    changed: tuple[str, float] | None = None,
    one_shorter: tuple[str, ...] = (),
) -> ServiceNetwork:
    """A network from a table of stages.

    Parameters
    ----------
    path
        The table: stage, lead time, longest promise, cost, pooling, demand, then pairs of supplier and units.
    added_costs
        Whether a stage's cost is what it adds, so that its output costs that and all its inputs.
    changed
        A stage, and what its output costs instead; its customers' outputs cost what they did.
    one_shorter
        Stages whose lead time is one period less.
    """
    lines = list(csv.reader(path.read_text(encoding="utf-8").splitlines()))
    stages, arcs = [], []
    for line in lines[1:]:
        name, lead, limit, cost, pooling, _, sd, z, *inputs = [*line, "", ""]
        stages.append({
            "stage_id": name,
            "lead_time": int(lead) - (name in one_shorter),
            "max_service_time": int(limit) if limit else None,
            "inbound_time": 0,
            "holding_cost": float(cost),
            "demand_spread": float(sd or 0) * float(z or 0),
            "pooling": float(pooling or 1),
        })  # fmt: skip
        pairs = [cell for cell in inputs if cell]
        arcs += [(up, name, float(units)) for up, units in zip(pairs[::2], pairs[1::2], strict=True)]
    network = ServiceNetwork(stage_frame(stages), arc_frame(arcs))
    cost = network.stages["holding_cost"].to_numpy().copy()
    for stage in network.order if added_costs else ():
        cost[stage] += sum(units * cost[up] for up, down, units in network.links if down == stage)
    if changed:
        cost[network.index[changed[0]]] = changed[1]
    return ServiceNetwork(network.stages.with_columns(holding_cost=cost), network.arcs)


def stage_frame(stages: list[dict]) -> pl.DataFrame:
    """Stages as ``ServiceNetwork`` takes them."""
    return pl.DataFrame(stages, schema_overrides={"max_service_time": pl.Int64})


def arc_frame(arcs: list[tuple[str, str, float]]) -> pl.DataFrame:
    """Deliveries as ``ServiceNetwork`` takes them."""
    return pl.DataFrame(arcs, schema=["upstream_id", "downstream_id", "units"], orient="row")


def rounded(value: float, digits: int) -> float:
    """A value to so many significant digits."""
    return float(f"{value:.{digits}g}")


def same(known: object, found: object) -> bool:
    """Whether two values agree to twelve digits, which is what a double keeps through a sum of roots."""
    if isinstance(known, tuple):
        return known == found
    known, found = np.atleast_1d(known).astype(float), np.atleast_1d(found).astype(float)
    return known.shape == found.shape and bool(np.allclose(known, found, rtol=1e-12, atol=0))


def main() -> None:
    """Print every answer that differs, and how many agree."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    began, wrong, count = time.process_time(), 0, 0
    for name, known, found in [*answers(folder), *networks(folder)]:
        count += 1
        if not same(known, found):
            wrong += 1
            print(f"{name}: known {known}, found {found}")
    print(f"{count - wrong} of {count} answers agree, {time.process_time() - began:.1f} CPU-s")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
