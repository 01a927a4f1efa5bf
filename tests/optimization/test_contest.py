"""Several suppliers for an item, with minimums, capacities and a budget: the choice and its bound against HiGHS."""

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from optimization.replenishment.economics.branch import branch
from optimization.replenishment.economics.contest import contest
from optimization.replenishment.economics.options import Options
from optimization.replenishment.economics.selection import select

ITEMS, SUPPLIERS, CANDIDATES = 24, 4, 4


def drawn(seed: int) -> tuple[dict, tuple[np.ndarray, np.ndarray, np.ndarray], float]:
    """Two offers for each item; a third of the suppliers can deliver little, and money is scarce for most seeds."""
    random = np.random.default_rng(seed)
    item = np.tile(np.arange(ITEMS), 2)
    first = random.integers(0, SUPPLIERS, ITEMS)
    supplier = np.append(first, (first + random.integers(1, SUPPLIERS, ITEMS)) % SUPPLIERS)
    quantity = np.arange(CANDIDATES) * random.integers(1, 10, ITEMS)[item][:, None]
    cost = np.tile(random.uniform(1, 5, ITEMS), 2) * np.append(np.ones(ITEMS), random.uniform(0.9, 1.1, ITEMS))
    spend = quantity * cost[:, None]
    value = np.tile(random.uniform(1, 2, ITEMS), 2)[:, None] * np.sqrt(quantity) * 8 - 0.4 * spend
    freely = np.bincount(supplier, spend[np.arange(item.size), value.argmax(axis=1)], SUPPLIERS)
    minimum, room = freely * random.uniform(0.1, 0.6, SUPPLIERS), freely * random.uniform(0.2, 0.5, SUPPLIERS)
    capacity = np.where(random.random(SUPPLIERS) < 0.33, np.maximum(room, minimum), np.inf)
    budget = freely.sum() / 2 * [1.0, 0.5, 0.25][seed % 3]
    return (
        {"value": value, "spend": spend, "item": item, "supplier": supplier},
        (minimum, freely * 0.01, capacity),
        budget,
    )


def exact(offered: dict, terms: tuple[np.ndarray, np.ndarray, np.ndarray], budget: float) -> tuple[float, float]:
    """The best value that HiGHS finds, and its own bound."""
    minimum, fixed, capacity = terms
    option, candidate = np.nonzero(offered["spend"] > 0)
    paid, owner = offered["spend"][option, candidate], offered["supplier"][option]
    size, place = option.size, np.arange(option.size)
    opened = size + np.arange(SUPPLIERS)

    def rows(entries: list, at: list, columns: list, count: int) -> coo_array:
        parts = (np.concatenate(part) for part in (entries, at, columns))
        found, row, column = parts
        return coo_array((found, (row, column)), shape=(count, size + SUPPLIERS))

    offers, bound = np.arange(offered["item"].size), np.where(np.isfinite(capacity), capacity, paid.sum())
    limits = [
        LinearConstraint(rows([np.ones(size)], [offered["item"][option]], [place], ITEMS), -np.inf, 1),
        LinearConstraint(
            rows([np.ones(size), -np.ones(offers.size)], [option, offers], [place, size + offered["supplier"]],
                 offers.size), -np.inf, 0,
        ),
        LinearConstraint(rows([paid, -minimum], [owner, opened - size], [place, opened], SUPPLIERS), 0, np.inf),
        LinearConstraint(rows([paid, -bound], [owner, opened - size], [place, opened], SUPPLIERS), -np.inf, 0),
        LinearConstraint(np.append(paid, np.zeros(SUPPLIERS))[None], -np.inf, budget),
    ]  # fmt: skip
    objective = np.append(-offered["value"][option, candidate], fixed)
    whole = np.ones(objective.size)
    found = milp(objective, constraints=limits, integrality=whole, bounds=Bounds(0, 1), options={"mip_rel_gap": 1e-3})
    return -found.fun, -found.mip_dual_bound


@pytest.mark.parametrize("seed", range(6))
def test_no_choice_of_suppliers_beats_the_bound_and_every_order_keeps_its_suppliers_terms(seed: int) -> None:
    offered, terms, budget = drawn(seed)
    found = contest(Options(**offered, terms=terms, budget=budget), ITEMS)
    best, proven = exact(offered, terms, budget)
    assert best <= found.bound * (1 + 1e-9)
    option = found.option
    value, spend = (np.where(option[:, None] >= 0, offered[name][option], 0.0) for name in ("value", "spend"))
    owner = offered["supplier"][option]
    minimum, fixed, capacity = terms
    chosen = select(value, spend, owner, minimum, fixed, budget, capacity)
    assert 0 < chosen.value <= proven + 1e-6
    paid = np.bincount(owner, spend[np.arange(ITEMS), chosen.candidate], SUPPLIERS)
    assert ((paid == 0) | ((paid >= minimum * (1 - 1e-9)) & (paid <= capacity * (1 + 1e-9)))).all()
    assert paid.sum() <= budget * (1 + 1e-9)


@pytest.mark.parametrize("seed", range(6))
def test_what_prices_rule_out_is_in_no_best_choice(seed: int) -> None:
    offered, terms, budget = drawn(seed)
    best, _ = exact(offered, terms, budget)
    found = contest(Options(**offered, terms=terms, budget=budget), ITEMS)
    near = found.losses <= (found.bound - best) * (1 + 1e-9)
    kept = branch(Options(**offered, terms=terms, budget=budget), near)
    assert kept.bound >= best - 1e-6
    assert offered["value"][kept.option, kept.candidate].sum() > 0
