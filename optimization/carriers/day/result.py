"""What the choice over a day decided."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from optimization.carriers.day.check import faults
from optimization.carriers.day.problem import place_of
from optimization.proof import Proof

if TYPE_CHECKING:
    from optimization.carriers.day.classes import Classes
    from optimization.carriers.day.problem import Day
    from optimization.carriers.day.volume import Box
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
        it none. Unassigned parcels stand in the objective with a cost above any way to carry them.
    ahead_carried
        ``float64[rows ahead]``, share of each row ahead of the day that has a service.
    contracts
        One row per terms and cap of the day: ``kind`` (``terms``, ``cap``), ``number`` (its place in the day's
        list), ``service_id``, ``price`` (yuan that one more parcel, or kilogram, of it adds to each choice; a cap's
        is zero while it has room, terms' is below zero where a rebate or a minimum pulls parcels in). What a parcel
        pays on a service is the sum of the prices of all that it counts in.
    offsets
        One row per service and combination of warehouse and province that some contract tells apart (null where none
        does): ``service_id``, ``warehouse_id``, ``province_id``, ``per_parcel``, ``per_kg`` (yuan). A label system
        that adds them to the expected cost of each service and takes the cheapest chooses as this plan does.
    """

    assignment: pl.DataFrame
    ahead_carried: np.ndarray
    contracts: pl.DataFrame
    offsets: pl.DataFrame

    def check(self, day: Day) -> list[str]:
        """Faults of this choice against its day, in words; empty when there are none."""
        return faults(day, self.assignment, float(self.objective), float(self.bound))


def made(
    day: Day, classes: Classes, whole: Whole, objective: float, bound: float, price: np.ndarray, box: Box
) -> Choice:
    """The choice that whole parcels of each class make, and the prices behind it, inside a box of volumes."""
    order = np.argsort(classes.group, kind="stable")
    number = np.empty(len(order), np.int32)
    number[order] = np.repeat(np.tile(np.arange(whole.parcels.shape[1]), classes.today), whole.parcels.ravel())
    names = pl.Series([*classes.services, None], dtype=pl.String)
    return Choice(
        objective=classes.base + objective,
        bound=classes.base + min(objective, bound),
        why=WHY,
        assignment=day.parcels.select("parcel_id").with_columns(service_id=names.gather(number)),
        ahead_carried=(whole.later.sum(axis=1) / classes.count[classes.today :])[classes.later_group],
        contracts=contract_prices(day, classes, price, box),
        offsets=lane_offsets(classes, price),
    )


def contract_prices(day: Day, classes: Classes, price: np.ndarray, box: Box) -> pl.DataFrame:
    """``Choice.contracts``."""
    accounts = len(classes.accounts)
    of_terms = price[:accounts].tolist()
    of_cap = {
        limit.cap: float(value)
        for limit, value in zip(classes.limits, price[accounts:], strict=True)
        if not limit.is_ahead
    }
    # A cap of just the parcels that some terms count has no price of its own: it is the upper end of their volume.
    # Beyond the slope of what that volume costs, their price is the cap's.
    account = {(each.services, place_of(each)): n for n, each in reversed(list(enumerate(day.terms)))}
    for number, cap in sorted(enumerate(day.caps), key=lambda each: each[1].limit):
        here = account.get((cap.services, place_of(cap)))
        if (
            number not in of_cap
            and here is not None
            and cap.limit <= classes.most[here] + 1e-6 <= box.high[here] + 2e-6
        ):
            of_cap[number] = max(of_terms[here] - float(box.slope[here]), 0.0)
            of_terms[here] -= of_cap[number]
    rows = [("terms", number, each.service_id, of_terms[number]) for number, each in enumerate(day.terms)]
    rows += [("cap", number, each.service_id, of_cap.get(number, 0.0)) for number, each in enumerate(day.caps)]
    schema = {"kind": pl.String, "number": pl.Int64, "service_id": pl.String, "price": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def lane_offsets(classes: Classes, price: np.ndarray) -> pl.DataFrame:
    """``Choice.offsets``."""
    per_parcel, per_kg = classes.spread(price)
    rows = [
        (name, text(warehouse), text(province), float(per_parcel[place, service]), float(per_kg[place, service]))
        for place, (warehouse, province, is_ahead) in enumerate(classes.places)
        for service, name in enumerate(classes.services)
        if not is_ahead
    ]
    schema = {"service_id": pl.String, "warehouse_id": pl.String, "province_id": pl.String}
    return pl.DataFrame(rows, schema=schema | {"per_parcel": pl.Float64, "per_kg": pl.Float64}, orient="row")


def text(name: str | int | None) -> str | None:
    """A warehouse or province as text."""
    return None if name is None else str(name)
