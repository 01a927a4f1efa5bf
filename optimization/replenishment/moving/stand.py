"""What moves are weighed against: a problem and its plan as they stand without them."""

from dataclasses import dataclass

import polars as pl

from optimization.replenishment.economics import ReplenishmentPlan, ReplenishmentProblem
from optimization.replenishment.economics.offers import Offers

ROUTE = ["from_location_id", "to_location_id"]


@dataclass(frozen=True)
class Stand:
    """A problem, what is offered in it, its plan, and the problem with what the plan orders from alone."""

    priced: ReplenishmentProblem
    offered: Offers
    plan: ReplenishmentPlan
    ordered: ReplenishmentProblem


def ends_of(moves: pl.DataFrame, *more: str) -> pl.DataFrame:
    """The items that goods leave and come to."""
    return pl.concat(moves.select("sku_id", *more, location_id=end) for end in ROUTE)
