"""The orders that earn most, over all candidates, suppliers and limits."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import polars as pl

from optimization.replenishment.economics.choice import Choice, choose, lost_in
from optimization.replenishment.economics.offers import Offers, offers
from optimization.replenishment.economics.params import EconomicParams
from optimization.replenishment.economics.plan import ReplenishmentPlan
from optimization.replenishment.economics.problem import ReplenishmentProblem
from optimization.replenishment.economics.publish import bridge_frame, curve_frame, line_frame, order_frame
from optimization.replenishment.economics.sourcing import runs_short
from optimization.replenishment.economics.splits import left_to_others
from optimization.replenishment.problem import KEY

WHY = (
    "Minus the money earned more than by doing nothing until the next review, expected over paths of demand and "
    "lead time. The bound prices the budget, shared limits and suppliers' minimums (Lagrangian), with one supplier per "
    "line; where one cannot deliver all, what others add is bounded in the same way and added. What is lost while a "
    "slower supplier is waited for is taken off both alike."
)


def solve(
    problem: ReplenishmentProblem,
    params: EconomicParams | None = None,
    stop: Callable[[], bool] | None = None,
    seed: int = 0,
    offered: Offers | None = None,
) -> ReplenishmentPlan:
    """Choose supplier and quantity of every item so that all orders together earn most.

    Every candidate quantity is projected path by path (``futures``) and priced; the best of them under budget,
    minimums, capacities and room are selected with prices (``selection``, ``shared_limits``), orders fill their
    containers (``containers``) and reach what is agreed where that pays (``agreements``). What the chosen supplier
    cannot deliver is then offered to the others (``splits``).

    Parameters
    ----------
    problem
        What to decide on.
    params
        Settings; defaults if None.
    stop, seed
        Part of every solver's face; this one is quick and without chance.
    offered
        What ``offers`` of this problem found, where it is known already.

    Returns
    -------
    ReplenishmentPlan
    """
    params = params or EconomicParams()
    offered = offered or offers(problem, params)
    if problem.containers.height:
        first = choose(problem, offered, params)
        offered = offers(problem, params, _quantities(first, offered))
    return max(_plans(problem, offered, params), key=lambda found: found[0])[1]


def _plans(
    problem: ReplenishmentProblem, offered: Offers, params: EconomicParams
) -> Iterator[tuple[float, ReplenishmentPlan]]:
    """What plans earn, and the plans: first suppliers chosen for themselves, and for what others add to them."""
    contested = problem.options.select(pl.len().over(KEY) > 1).to_series().to_numpy()
    capacity = problem.options["capacity_qty"].cast(pl.Float64).fill_null(np.inf).to_numpy()
    scarce = contested & runs_short(offered.value, offered.quantity, capacity)
    for splitting in (False, True) if scarce.any() else (False,):
        chosen = choose(problem, offered, params, splitting)
        plan = _with_others(problem, _published(problem, offered, chosen), params)
        yield plan.value - lost_in(chosen, offered), plan


def _with_others(problem: ReplenishmentProblem, plan: ReplenishmentPlan, params: EconomicParams) -> ReplenishmentPlan:
    """The plan with what other suppliers deliver of what the chosen ones cannot."""
    rest = left_to_others(problem, plan)
    if rest is None:
        return plan
    second = solve(rest, params)
    if not (second.lines["suggested_qty"] > 0).any():
        return plan
    return replace(
        plan,
        objective=plan.objective + second.objective,
        bound=plan.bound + second.bound,
        second=(rest, second),
    )


def _quantities(chosen: Choice, offered: Offers) -> np.ndarray:
    """What is chosen of each option, zero for options that are not; shape (options,)."""
    found = np.zeros(len(offered.quantity), dtype=np.int64)
    some = np.flatnonzero(chosen.option >= 0)
    of = chosen.option[some]
    found[of] = offered.quantity[of, chosen.selected[some]]
    return found


def _published(problem: ReplenishmentProblem, offered: Offers, chosen: Choice) -> ReplenishmentPlan:
    found = chosen.found
    price = found.budget_price + _budget_prices(problem, chosen)
    lines = line_frame(problem, offered, chosen.option, chosen.second, found.candidate, chosen.selected, price)
    return ReplenishmentPlan(
        objective=-found.value,
        bound=-found.bound,
        why=WHY,
        lines=lines,
        bridge=bridge_frame(lines),
        curve=curve_frame(problem, offered, chosen.option),
        orders=order_frame(lines, problem),
        shadow_prices=_shadow_prices(problem, chosen),
        met=chosen.met,
    )


def _kinds(problem: ReplenishmentProblem) -> list[tuple[str, pl.Series]]:
    """Budgets of parts of the range by kind, in the order of their prices."""
    kinds = problem.budgets["kind"].unique().sort()
    return [(kind, problem.budgets.filter(kind=kind).sort("name")["name"]) for kind in kinds]


def _budget_prices(problem: ReplenishmentProblem, chosen: Choice) -> np.ndarray:
    """What money of its own part of the range costs each item; shape (items,)."""
    found, kinds = np.zeros(problem.items.height), _kinds(problem)
    for (kind, names), prices in zip(kinds, chosen.prices[len(chosen.prices) - len(kinds) :], strict=True):
        priced = pl.DataFrame({"name": names, "price": prices})
        own = problem.budgeted.filter(kind=kind).join(priced, on="name")
        joined = problem.items.select(KEY).join(own, on=KEY, how="left", maintain_order="left")
        found += joined["price"].fill_null(0.0).to_numpy()
    return found


def _shadow_prices(problem: ReplenishmentProblem, chosen: Choice) -> pl.DataFrame:
    rows = [("budget", "", chosen.found.budget_price)] if problem.budget is not None else []
    capped = problem.suppliers["capacity_value"].is_not_null().any()
    named = [("supplier_capacity", problem.suppliers["supplier_id"])] if capped else []
    named += [("storage", problem.storage["storage_id"])] if problem.storage.height else []
    named += [(f"{kind}_budget", names) for kind, names in _kinds(problem)]
    for (limit, names), prices in zip(named, chosen.prices, strict=True):
        rows += [(limit, name, float(price)) for name, price in zip(names, prices, strict=True) if price > 0]
    return pl.DataFrame(rows, schema={"limit": pl.String, "name": pl.String, "price": pl.Float64}, orient="row")
