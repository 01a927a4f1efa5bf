"""How long work takes: labour standards by stage."""

from dataclasses import dataclass

from optimization.waves.problem import SECONDS, Problem

STAGES = ("pick", "sort", "check", "pack")


@dataclass(frozen=True)
class Rate:
    """Seconds of work in one stage per tour, metre, pick, unit and order."""

    tour: float = 0.0
    metre: float = 0.0
    pick: float = 0.0
    unit: float = 0.0
    order: float = 0.0

    def minutes(self, *, tours: float = 0, metres: float = 0, picks: float = 0, units: float = 0, orders: float = 0):
        """Minutes that so much work takes."""
        seconds = self.tour * tours + self.metre * metres + self.pick * picks + self.unit * units + self.order * orders
        return seconds / 60


# What the contract says holds where a warehouse publishes no standards (policy.labour_standard).
ABSENT = {"pick": Rate(180, 1, 8, 2), "pack": Rate(order=15)}


def rates(problem: Problem, warehouse: str) -> dict[str, Rate]:
    """The standards of a warehouse by stage: its own, else those of all, else those of the contract.

    A stage without a standard takes no time. Sorting is work only for orders of several SKUs.
    """
    found: dict[str, Rate] = {}
    if problem.standards is not None:
        for name in ("*", warehouse):
            for row in problem.standards.filter(warehouse_id=name).iter_rows(named=True):
                if row["stage"] in STAGES:
                    found[row["stage"]] = Rate(*(row[column] or 0.0 for column in SECONDS))
    return found or ABSENT
