"""Orders in whole steps that keep to a supplier's limit: the best there is, by trying all of them."""

from itertools import product

import numpy as np
import pytest

from optimization.replenishment.economics.hulls import envelope_steps
from optimization.replenishment.economics.open_sets import search
from optimization.replenishment.economics.selection import select
from optimization.replenishment.economics.supplier_groups import rank
from optimization.replenishment.economics.whole_orders import whole_orders

ITEMS, CANDIDATES = 6, 4


def drawn(seed: int) -> tuple[np.ndarray, np.ndarray, float]:
    """Values, spends and the spend of the free optimum; steps are large against the whole."""
    random = np.random.default_rng(seed)
    spend = np.arange(CANDIDATES) * random.integers(3, 40, ITEMS)[:, None].astype(float)
    value = random.uniform(2, 6, ITEMS)[:, None] * np.sqrt(spend) - 0.6 * spend
    return value, spend, float(spend[np.arange(ITEMS), value.argmax(axis=1)].sum())


def best_by_trying(value: np.ndarray, spend: np.ndarray, price: float, least: float, most: float) -> float:
    """The most that any whole order within the limits is worth at a price of money."""
    rows = np.arange(ITEMS)
    orders = (np.array(each) for each in product(range(CANDIDATES), repeat=ITEMS))
    return max(
        value[rows, each].sum() - price * spend[rows, each].sum()
        for each in orders
        if least <= spend[rows, each].sum() <= most
    )


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("side", [1, -1])
def test_a_whole_order_at_its_suppliers_limit_is_the_best_there_is(seed: int, side: int) -> None:
    value, spend, freely = drawn(seed)
    price, rows = 0.05, np.arange(ITEMS)
    limit = (freely + spend[:, -1].sum()) / 2 if side > 0 else freely / 2
    steps, owner = envelope_steps(value, spend), np.zeros(ITEMS, dtype=np.int64)
    least, most = (limit, np.inf) if side > 0 else (0.0, limit)
    groups = rank(steps, owner, (np.zeros(ITEMS), np.zeros(ITEMS)), *(np.array([part]) for part in (least, 0.0, most)))
    begun = np.full(ITEMS, CANDIDATES - 1) if side > 0 else np.zeros(ITEMS, dtype=np.int64)
    found, lost = whole_orders(
        begun, value, spend, (rows, np.array([0, ITEMS])), (np.array([limit]), np.array([side])),
        groups.rate_at(price), price,
    )  # fmt: skip
    worth = value[rows, found].sum() - price * spend[rows, found].sum()
    assert worth == pytest.approx(best_by_trying(value, spend, price, least, most))
    assert least <= spend[rows, found].sum() <= most
    assert lost[0] == pytest.approx(groups.worth_at(price)[0] - worth, abs=1e-6)


@pytest.mark.parametrize("seed", range(3))
def test_the_best_set_of_suppliers_under_a_budget_is_found_and_none_beats_the_bound(seed: int) -> None:
    random = np.random.default_rng(seed)
    suppliers, each = 5, 4
    owner = np.repeat(np.arange(suppliers), each)
    spend = np.arange(5) * random.uniform(1, 9, owner.size)[:, None]
    value = random.uniform(0.5, 2, owner.size)[:, None] * np.sqrt(spend)
    minimum = np.bincount(owner, spend[:, 3]) * random.uniform(0.4, 1.2, suppliers)
    groups = rank(
        envelope_steps(value, spend),
        owner,
        (np.zeros(owner.size), np.zeros(owner.size)),
        minimum,
        np.full(suppliers, 0.5),
    )
    budget = minimum.sum() * 0.45

    def judge(is_open: np.ndarray) -> float:
        """What a set is worth: only its own items, no budget too small for its minimums."""
        if minimum[is_open].sum() > budget:
            return -np.inf
        some = is_open[owner]
        found = select(
            value[some], spend[some], np.unique(owner[some], return_inverse=True)[1], minimum[is_open],
            groups.fixed[is_open], budget,
        )  # fmt: skip
        return found.value

    tried = [judge(np.array(each)) for each in product([False, True], repeat=suppliers) if any(each)]
    found = search(groups, (np.zeros(suppliers), 0.1), budget, np.ones(suppliers, dtype=bool), judge, 300, 1, [])
    assert judge(found.sets[0][0]) >= max(tried) * (1 - 1e-3)
    assert found.bound >= max(tried) - 1e-9
