"""What a plan says about how good it is."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Proof:
    """Objective of a plan and how far from the best it can be.

    Parameters
    ----------
    objective
        Value of the plan in the unit that ``why`` names; smaller is better.
    bound
        No plan has a smaller objective than this; None where nothing is proven.
    why
        What was minimised, how, and why the bound is what it is.
    """

    objective: Decimal | float
    bound: Decimal | float | None
    why: str

    @property
    def gap(self) -> float | None:
        """(objective − bound) / objective, a share; 0 for an objective of 0, None without a bound."""
        if self.bound is None:
            return None
        return float((self.objective - self.bound) / self.objective) if self.objective else 0.0
