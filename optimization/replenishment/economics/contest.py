"""Whom each item is bought from where several would sell it, and what no choice can exceed.

Every item with several options gets a price, and so does money. Suppliers then decide for themselves (Lagrangian
decomposition): each takes the options that are worth their item's price, as far as its minimum asks and its capacity
allows, and orders if that is worth what the order costs. At any prices, those of the items and what the orders are
worth together are a bound. It is lowered by turns: suppliers rank their steps at the prices of items (one sort answers
every price of money), and items are auctioned one after the other among suppliers, who bid less by what their order is
still short of being worth placing. That is dual ascent (Erlenkotter 1978, Operations Research 26) with suppliers'
minimums, capacities and a budget.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimization.replenishment.economics import contest_loops as loops
from optimization.replenishment.economics.options import Options

TURNS = 24
LEANS = (0.0, 1.0, 0.5)  # prices to suppliers' advantage, to items', and between: by turns they move what is tied
SETTLED = 1e-5  # share of the bound by which a turn must lower it
ROUNDS = 6  # awards of items, each at the prices that the last one left
STEADY = 0.5  # share of the last award's price of money that the next one keeps


@dataclass(frozen=True)
class Awards:
    """Who delivers what.

    Parameters
    ----------
    option
        Shape (items,): option of each item; −1 where none is worth ordering from.
    bound
        No choice of options and candidates has a larger value.
    losses
        Shape (options, candidates): what a choice with this candidate in it falls short of the bound, at least.
    """

    option: np.ndarray
    bound: float
    losses: np.ndarray


def contest(options: Options, items: int) -> Awards:
    """Choose an option for every one of so many items, with a bound on every choice."""
    found = _Contest(options, items)
    bound = found.lower()
    losses = found.losses(options.value, options.spend)
    return Awards(found.award(), bound, losses)


class _Contest:
    """Options as envelopes, suppliers as ranked steps, and the prices of items between them."""

    def __init__(self, options: Options, items: int) -> None:
        item, supplier = self.item, self.supplier = options.item, options.supplier
        self.terms, self.budget = options.terms, options.budget
        self.paid, self.worth, self.count = loops.order_envelopes(options.value, options.spend)
        suppliers = self.terms[0].size
        self.members, self.member_first = _grouped(supplier, suppliers)
        self.offers, self.first = _grouped(item, items)
        self.slot = np.append(0, np.cumsum(np.bincount(supplier, self.count, suppliers).astype(np.int64)))
        self.steps = np.zeros(suppliers, dtype=np.int64), *(np.empty(self.slot[-1]) for _ in range(3))
        self.orders = tuple(np.zeros(suppliers) for _ in range(3))  # worth, spend, price of the last money
        rates = self.worth / np.maximum(self.paid, loops.NO_MONEY)
        # Where only free goods have a price above any, money has none.
        self.highest = float(rates[(self.paid > loops.NO_MONEY)].max(initial=0.0))
        self.price, self.net = np.zeros(items), np.zeros(item.size)

    def settled(self, price: np.ndarray, count: np.ndarray) -> float:
        """Let suppliers decide at prices of items; the price of money."""
        size, rate, spend, value = self.steps
        ranked = self.slot, size, rate, spend, value
        loops.rank_steps(
            self.members, self.member_first, self.paid, self.worth, count, price, self.item, self.slot, rate, spend,
            value, size,
        )  # fmt: skip
        return loops.settle_within(self.budget, self.highest, *ranked, *self.terms, *self.orders)

    def dual(self, money: float) -> float:
        """The bound at the prices as they are."""
        limit = money * self.budget if money > 0 else 0.0
        return limit + float(np.maximum(self.orders[0], 0.0).sum()) + float(self.price.sum())

    def lower(self) -> float:
        """Turn by turn lower the bound; prices of items and money are left at the best found."""
        best, kept = np.inf, self.price.copy()
        for _ in range(TURNS):
            bound = self.dual(self.settled(self.price, self.count))
            stalled = bound > best - SETTLED * abs(best)
            if bound < best:
                best, kept = bound, self.price.copy()
            if stalled and np.isfinite(best):
                break
            worth, _, last = self.orders
            loops.net_of_options(self.paid, self.worth, self.count, self.supplier, last, self.net)
            surplus = worth.copy()
            for lean in LEANS:
                loops.auction(self.price, self.net, surplus, self.offers, self.first, self.supplier, lean)
        self.price = kept
        self.settled(self.price, self.count)
        return best

    def losses(self, value: np.ndarray, spend: np.ndarray) -> np.ndarray:
        """``Awards.losses`` at the prices as they are."""
        worth, _, last = self.orders
        net = value - last[self.supplier][:, None] * spend - self.price[self.item][:, None]
        lacks = np.maximum(-worth, 0.0)[self.supplier]
        lost = np.zeros_like(net)
        lost[:, 1:] = (np.maximum(net[:, 1:].max(axis=1), 0.0) + lacks)[:, None] - net[:, 1:]
        return lost

    def award(self) -> np.ndarray:
        """Award items at the prices of money, close suppliers that lose by it, and again; the best award."""
        worth, _, last = (part.copy() for part in self.orders)
        is_open = np.isfinite(worth) & (
            worth >= -1e-6 * max(float(np.abs(worth[np.isfinite(worth)]).max(initial=0.0)), 1.0)
        )
        chosen = np.full(self.price.size, -1, dtype=np.int64)
        none, best = np.zeros_like(self.price), (-np.inf, chosen)
        for _ in range(ROUNDS):
            loops.net_of_options(self.paid, self.worth, self.count, self.supplier, last, self.net)
            loops.award(self.net, self.offers, self.first, self.supplier, is_open, chosen)
            for _ in range(2):
                awarded = np.zeros_like(self.count)
                some = chosen[chosen >= 0]
                awarded[some] = self.count[some]
                money = self.settled(none, awarded)
                found = (money * self.budget if money > 0 else 0.0) + float(np.maximum(self.orders[0], 0.0).sum())
                if found > best[0]:
                    best = found, chosen.copy()
                order = np.argsort(self.orders[0], kind="stable")
                closed = loops.close_losing(
                    order, self.orders[0], self.net, self.members, self.member_first, self.offers, self.first,
                    self.item, self.supplier, is_open, chosen,
                )  # fmt: skip
                if not closed:
                    break
            last = STEADY * last + (1 - STEADY) * self.orders[2]
        return best[1]


def _grouped(owner: np.ndarray, owners: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows sorted by owner, and the first place of each."""
    order = np.argsort(owner, kind="stable")
    return order, np.searchsorted(owner[order], np.arange(owners + 1))
