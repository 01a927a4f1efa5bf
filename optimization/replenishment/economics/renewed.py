"""What is offered once the supply of some items has changed, the rest as it was."""

from dataclasses import fields, replace

import numpy as np
import polars as pl

from optimization.replenishment.economics.futures import Outcomes
from optimization.replenishment.economics.offers import Offers, offers
from optimization.replenishment.economics.params import EconomicParams
from optimization.replenishment.economics.problem import OPTION_KEY, ReplenishmentProblem
from optimization.replenishment.problem import KEY


def of_items(problem: ReplenishmentProblem, keys: pl.DataFrame) -> tuple[ReplenishmentProblem, np.ndarray]:
    """The part of a problem that some items are, without what orders share.

    Parameters
    ----------
    problem
        The problem.
    keys
        ``sku_id``, ``location_id``.

    Returns
    -------
    tuple
        The part, and which of the problem's options are in it.
    """
    rows = problem.items.with_row_index("row").join(keys, on=KEY, how="semi", maintain_order="left")
    options = problem.options.with_row_index("option").join(keys, on=KEY, how="semi", maintain_order="left")
    batches = problem.batches.with_row_index("batch").join(keys, on=KEY, how="semi", maintain_order="left")
    option = options["option"].to_numpy()
    part = ReplenishmentProblem(
        items=rows.drop("row"),
        options=options.drop("option"),
        demand=problem.demand[rows["row"].to_numpy()],
        lead_time=problem.lead_time[option],
        next_arrival=problem.covered_until()[option],
        batches=batches.drop("batch"),
        arrivals=problem.arrivals[batches["batch"].to_numpy()],
        suppliers=problem.suppliers,
        price_breaks=problem.price_breaks.join(options, on=OPTION_KEY, how="semi", maintain_order="left"),
        handling_units=problem.handling_units.join(options, on=OPTION_KEY, how="semi", maintain_order="left"),
        storage=problem.storage,
        as_of_date=problem.as_of_date,
    )
    return part, option


def renewed(problem: ReplenishmentProblem, params: EconomicParams, known: Offers, keys: pl.DataFrame) -> Offers:
    """``offers`` of a problem that differs from a known one in the supply of these items alone.

    Parameters
    ----------
    problem, params
        The problem as it is now.
    known
        What was offered before.
    keys
        ``sku_id``, ``location_id`` of the items that changed.
    """
    part, option = of_items(problem, keys)
    found = offers(part, params)

    def renew(old: np.ndarray, new: np.ndarray) -> np.ndarray:
        both = old.copy()
        both[option] = new
        return both

    changed = {
        each.name: renew(getattr(known, each.name), getattr(found, each.name))
        for each in fields(Offers)
        if each.name != "outcomes"
    }
    outcomes = {
        each.name: renew(getattr(known.outcomes, each.name), getattr(found.outcomes, each.name))
        for each in fields(Outcomes)
    }
    return replace(known, **changed, outcomes=Outcomes(**outcomes))
