"""The orders that earn most, over all candidates, suppliers and limits."""

from collections.abc import Callable

import numpy as np
import polars as pl

from optimization.replenishment.economics.offers import Offers, offers
from optimization.replenishment.economics.params import EconomicParams
from optimization.replenishment.economics.plan import ReplenishmentPlan
from optimization.replenishment.economics.problem import ReplenishmentProblem
from optimization.replenishment.economics.publish import bridge_frame, curve_frame, line_frame, order_frame
from optimization.replenishment.economics.selection import Selection
from optimization.replenishment.economics.shared_limits import Limits, select_within
from optimization.replenishment.economics.sourcing import best_options, bound_over_options
from optimization.replenishment.problem import KEY

WHY = (
    "Minus the money earned more than by doing nothing until the next review, expected over paths of demand and "
    "lead time. The bound prices the budget, shared limits and suppliers' minimums (Lagrangian)."
)


def solve(
    problem: ReplenishmentProblem,
    params: EconomicParams | None = None,
    stop: Callable[[], bool] | None = None,
    seed: int = 0,
) -> ReplenishmentPlan:
    """Choose supplier and quantity of every item so that all orders together earn most.

    Every candidate quantity is projected path by path (``futures``) and priced; the best of them under budget,
    minimums, capacities and room are selected with prices (``selection``, ``shared_limits``).

    Parameters
    ----------
    problem
        What to decide on.
    params
        Settings; defaults if None.
    stop, seed
        Part of every solver's face; this one is quick and without chance.

    Returns
    -------
    ReplenishmentPlan
    """
    params = params or EconomicParams()
    offered = offers(problem, params)
    chosen = _choose(problem, offered, params)
    return _published(problem, offered, chosen)


class _Choice:
    """Options and candidates chosen, per item."""

    def __init__(self, option: np.ndarray, second: np.ndarray, found: Selection, prices: list[np.ndarray]) -> None:
        self.option, self.second, self.found, self.prices = option, second, found, prices


def _choose(problem: ReplenishmentProblem, offered: Offers, params: EconomicParams) -> _Choice:
    """The best option of each item, then its candidate; once more where a supplier is not ordered from after all."""
    item, supplier = _rows(problem)
    terms = tuple(problem.suppliers[name].cast(pl.Float64).to_numpy() for name in ("minimum_value", "order_cost"))
    budget = np.inf if problem.budget is None else float(problem.budget)
    closed, price, best = np.zeros(item.size, dtype=bool), 0.0, None
    contested = bool((np.bincount(item, minlength=1) > 1).any())
    for _ in range(3 if contested else 1):
        option, second = best_options(offered.value, offered.spend, item, problem.items.height, price, closed)
        found, prices = _selected(problem, offered, option, supplier, terms, budget, params)
        if best is None or found.value > best.found.value:
            best = _Choice(option, second, found, prices)
        price = found.budget_price
        ordered = np.bincount(supplier[option[found.candidate > 0]], minlength=terms[0].size) > 0
        closed = ~ordered[supplier] & (terms[0] + terms[1] > 0)[supplier]
    if contested:
        bound = bound_over_options(offered.value, offered.spend, item, supplier, terms, budget)
        best.found = Selection(
            best.found.candidate, best.found.value, max(bound, best.found.value), best.found.budget_price
        )
    return best


def _selected(
    problem: ReplenishmentProblem,
    offered: Offers,
    option: np.ndarray,
    supplier: np.ndarray,
    terms: tuple[np.ndarray, np.ndarray],
    budget: float,
    params: EconomicParams,
) -> tuple[Selection, list[np.ndarray]]:
    value, spend = (np.where((option >= 0)[:, None], part[option], 0.0) for part in (offered.value, offered.spend))
    owner = np.where(option >= 0, supplier[option], 0) if supplier.size else np.zeros(option.size, dtype=np.int64)
    capacity = problem.suppliers["capacity_value"].cast(pl.Float64).fill_null(np.inf).to_numpy()
    limits = []
    if np.isfinite(capacity).any():
        limits.append(
            Limits(
                np.where(np.isfinite(capacity)[owner], owner, -1), spend, np.where(np.isfinite(capacity), capacity, 0.0)
            )
        )
    if problem.storage.height:
        places = problem.storage.select("location_id").with_row_index("place")
        joined = problem.items.join(places, on="location_id", how="left", maintain_order="left")
        place = joined["place"].cast(pl.Int64).fill_null(-1).to_numpy()
        yields = problem.options["yield_share"].cast(pl.Float64).to_numpy()[option]
        volume = offered.quantity[option] * (yields * problem.items["unit_volume"].cast(pl.Float64).to_numpy())[:, None]
        limits.append(Limits(place, volume, problem.storage["free_volume"].cast(pl.Float64).to_numpy()))
    return select_within(value, spend, owner, terms, budget, limits, params.rounds)


def _rows(problem: ReplenishmentProblem) -> tuple[np.ndarray, np.ndarray]:
    """Rows of each option's item and supplier."""
    items = problem.items.select(KEY).with_row_index("item")
    suppliers = problem.suppliers.select("supplier_id").with_row_index("supplier")
    joined = problem.options.join(items, on=KEY, how="left", maintain_order="left").join(
        suppliers, on="supplier_id", how="left", maintain_order="left"
    )
    return tuple(joined[name].cast(pl.Int64).to_numpy() for name in ("item", "supplier"))


def _published(problem: ReplenishmentProblem, offered: Offers, chosen: _Choice) -> ReplenishmentPlan:
    found = chosen.found
    lines = line_frame(problem, offered, chosen.option, chosen.second, found.candidate, found.budget_price)
    return ReplenishmentPlan(
        objective=-found.value,
        bound=-found.bound,
        why=WHY,
        lines=lines,
        bridge=bridge_frame(lines),
        curve=curve_frame(problem, offered, chosen.option),
        orders=order_frame(lines, problem),
        shadow_prices=_shadow_prices(problem, chosen),
    )


def _shadow_prices(problem: ReplenishmentProblem, chosen: _Choice) -> pl.DataFrame:
    rows = [("budget", "", chosen.found.budget_price)] if problem.budget is not None else []
    capped = problem.suppliers["capacity_value"].is_not_null().any()
    named = [("supplier_capacity", problem.suppliers["supplier_id"])] if capped else []
    named += [("storage", problem.storage["location_id"])] if problem.storage.height else []
    for (limit, names), prices in zip(named, chosen.prices, strict=True):
        rows += [(limit, name, float(price)) for name, price in zip(names, prices, strict=True) if price > 0]
    return pl.DataFrame(rows, schema={"limit": pl.String, "name": pl.String, "price": pl.Float64}, orient="row")
