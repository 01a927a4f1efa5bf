"""What the choice over a day decided."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from optimization.carriers.day.check import faults
from optimization.proof import Proof

if TYPE_CHECKING:
    from optimization.carriers.day.classes import Classes
    from optimization.carriers.day.problem import Day
    from optimization.carriers.day.whole import Whole

WHY = (
    "Expected cost of all parcels (yuan) with shortfall fees and rebates. The bound is the least over all choices of "
    "tiers of Lagrangian bounds on every service of every parcel."
)


@dataclass(frozen=True)
class Choice(Proof):
    """A service for every parcel of the day.

    Parameters
    ----------
    assignment
        ``parcel_id``, ``service_id``: one row per parcel, in the order of the day; null where the caps leave
        it none.
    """

    assignment: pl.DataFrame
    price: np.ndarray

    def check(self, day: Day) -> list[str]:
        """Faults of this choice against its day, in words; empty when there are none."""
        return faults(day, self.assignment, float(self.objective), float(self.bound))


def made(day: Day, classes: Classes, whole: Whole, objective: float, bound: float, price: np.ndarray) -> Choice:
    """The choice that whole parcels of each class make."""
    order = np.argsort(classes.group, kind="stable")
    number = np.empty(len(order), np.int32)
    number[order] = np.repeat(np.tile(np.arange(whole.parcels.shape[1]), classes.today), whole.parcels.ravel())
    names = pl.Series([*classes.services, None], dtype=pl.String)
    assignment = day.parcels.select("parcel_id").with_columns(service_id=names.gather(number))
    return Choice(
        objective=classes.base + objective, bound=classes.base + bound, why=WHY, assignment=assignment, price=price
    )
