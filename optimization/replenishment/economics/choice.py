"""From offers to one supplier and candidate per item, under everything that orders share."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from optimization.replenishment.economics.agreements import Agreement, Choices, reaching
from optimization.replenishment.economics.branch import branch
from optimization.replenishment.economics.containers import Containers, Loads, container_costs, in_containers
from optimization.replenishment.economics.contest import Awards, contest
from optimization.replenishment.economics.offers import Offers
from optimization.replenishment.economics.options import Options
from optimization.replenishment.economics.params import EconomicParams
from optimization.replenishment.economics.problem import ReplenishmentProblem
from optimization.replenishment.economics.rule_credit import rule_credit
from optimization.replenishment.economics.selection import EXACT, EXACT_GAP, EXACT_SIZE, Selection
from optimization.replenishment.economics.shared_limits import TOLERANCE, Limits, select_within
from optimization.replenishment.economics.sourcing import best_options, with_the_rest, worth_of_options
from optimization.replenishment.problem import KEY

TRIES = 3  # times that items with several suppliers choose: as awarded, and again at the prices found


@dataclass(frozen=True)
class Choice:
    """Options and candidates chosen, per item, and what they are worth together.

    Parameters
    ----------
    option, second
        Shape (items,): option chosen, and the best of the others; −1 for none.
    found
        Candidates, their value (less what orders and containers cost, with bonuses) and the bound.
    selected
        Shape (items,): candidates before orders were made to fill containers.
    prices
        Price of each resource of each limit.
    met
        Names of the agreements that the orders reach.
    """

    option: np.ndarray
    second: np.ndarray
    found: Selection
    selected: np.ndarray
    prices: list[np.ndarray]
    met: tuple[str, ...]


@dataclass(frozen=True)
class Market:
    """A problem as arrays for choosing: rows of items and suppliers, terms, limits.

    Parameters
    ----------
    item, supplier
        Shape (options,): rows of each option's item and supplier.
    terms
        Minimum and fixed cost of each supplier.
    budget
        Largest spend in all.
    capacity
        Shape (suppliers,): largest value of an order; infinity for none.
    containers, agreements
        What orders are shipped in, and earn together.
    volume, weight, stored
        Shape (options, candidates): what candidates take of a container, and of a room once here.
    place, free_volume
        Row of each item's room (−1 for none), and what is free in each.
    budgets
        Of each kind of budget, the row that each item takes its money from (−1 for none), and what each holds.
    """

    item: np.ndarray
    supplier: np.ndarray
    terms: tuple[np.ndarray, np.ndarray]
    budget: float
    capacity: np.ndarray
    containers: Containers
    agreements: list[Agreement]
    volume: np.ndarray
    weight: np.ndarray
    stored: np.ndarray
    place: np.ndarray
    free_volume: np.ndarray
    budgets: list[tuple[np.ndarray, np.ndarray]]

    @classmethod
    def of(cls, problem: ReplenishmentProblem, offered: Offers) -> Market:
        """Lay out a problem and what is offered."""
        items = problem.items.select(KEY).with_row_index("item")
        suppliers = problem.suppliers.select("supplier_id").with_row_index("supplier")
        joined = problem.options.join(items, on=KEY, how="left", maintain_order="left").join(
            suppliers, on="supplier_id", how="left", maintain_order="left"
        )
        item, supplier = (joined[name].cast(pl.Int64).to_numpy() for name in ("item", "supplier"))
        volume, weight = (
            offered.quantity * problem.items[name].cast(pl.Float64).to_numpy()[item][:, None]
            for name in ("unit_volume", "unit_weight")
        )
        rooms = problem.storage.select("storage_id").with_row_index("place")
        placed = problem.items.select("storage_id").join(rooms, on="storage_id", how="left", maintain_order="left")
        return cls(
            item=item,
            supplier=supplier,
            terms=tuple(_numbers(problem.suppliers, name, 0.0) for name in ("minimum_value", "order_cost")),
            budget=np.inf if problem.budget is None else float(problem.budget),
            capacity=_numbers(problem.suppliers, "capacity_value", np.inf),
            containers=_containers(problem),
            agreements=_agreements(problem),
            volume=volume,
            weight=weight,
            stored=volume * problem.options["yield_share"].cast(pl.Float64).to_numpy()[:, None],
            place=placed["place"].cast(pl.Int64).fill_null(-1).to_numpy(),
            free_volume=_numbers(problem.storage, "free_volume", 0.0),
            budgets=_budgets(problem),
        )

    def charges(self, spend: np.ndarray, prices: list[np.ndarray]) -> np.ndarray:
        """What candidates of all options cost at the prices of the limits; shape (options, candidates)."""
        rows, charged = np.arange(self.item.size), np.zeros_like(spend)
        for limit, price in zip(self.limits(spend, rows), prices, strict=True):
            charged += limit.charge(price)
        return charged

    def limits(self, spend: np.ndarray, option: np.ndarray) -> list[Limits]:
        """Limits beside the budget on these options: suppliers' capacity, and ``shared`` ones."""
        shared = self.shared(spend, option)
        if not np.isfinite(self.capacity).any():
            return shared
        owner = np.where(option >= 0, self.supplier[option], -1)
        limited = np.append(np.isfinite(self.capacity), False)[owner]
        room = np.where(np.isfinite(self.capacity), self.capacity, 0.0)
        return [Limits(np.where(limited, owner, -1), spend, room), *shared]

    def shared(self, spend: np.ndarray, option: np.ndarray) -> list[Limits]:
        """Limits on these options that no supplier sets: room, budgets of parts of the range."""
        found, some = [], option >= 0
        if self.free_volume.size:
            place = np.where(some, self.place[self.item[option]], -1)
            found.append(Limits(place, np.where(some[:, None], self.stored[option], 0.0), self.free_volume))
        for purse, amount in self.budgets:
            found.append(Limits(np.where(some, purse[self.item[option]], -1), spend, amount))
        return found

    @property
    def bonus(self) -> float:
        """What all agreements together can bring."""
        return sum(agreement.bonus for agreement in self.agreements)


def choose(problem: ReplenishmentProblem, offered: Offers, params: EconomicParams, splitting: bool = False) -> Choice:
    """The best option of each item, then its candidate; again at the prices found, while items have a choice.

    With ``splitting``, a supplier who cannot deliver all is worth what others add, too.
    """
    market = Market.of(problem, offered)
    items, options = problem.items.height, np.arange(market.item.size)
    if not (np.bincount(market.item, minlength=1) > 1).any():
        option, second = best_options(
            worth_of_options(offered.judged), market.item, items, np.zeros(options.size, dtype=bool)
        )
        return replace(_selected(market, offered, option, params), second=second)
    limits, capacity = (
        market.shared(offered.spend, options),
        problem.options["capacity_qty"].cast(pl.Float64).fill_null(np.inf),
    )
    awards, best = _awards(market, offered, items, np.zeros_like(offered.spend)), None
    bound, taken = awards.bound, None if splitting else awards.option
    price, charged = 0.0, np.zeros_like(offered.spend)
    closed = np.zeros(options.size, dtype=bool)
    for _ in range(TRIES):
        net = offered.judged - charged - price * offered.spend
        worth = worth_of_options(net)
        if splitting:
            worth = with_the_rest(net, offered.quantity, worth, market.item, capacity.to_numpy())
        by_worth, other = best_options(worth, market.item, items, closed)
        option = by_worth if taken is None else np.where(taken >= 0, taken, by_worth)
        found = _selected(market, offered, option, params)
        if best is None or found.found.value > best.found.value:
            best = replace(found, second=np.where(option == by_worth, other, by_worth))
        price, taken = found.found.budget_price, None
        charged = market.charges(offered.spend, found.prices)
        ordered = np.bincount(market.supplier[option[found.found.candidate > 0]], minlength=market.terms[0].size) > 0
        closed = ~ordered[market.supplier] & (market.terms[0] + market.terms[1] > 0)[market.supplier]
        paid = found.prices[len(found.prices) - len(limits) :]
        if any((each > 0).any() for each in paid):
            shares = [limit.charge(each) for limit, each in zip(limits, paid, strict=True)]
            priced = _awards(market, offered, items, np.sum(shares, axis=0))
            limit = sum(float((each * limit.room).sum()) for limit, each in zip(limits, paid, strict=True))
            bound = min(bound, priced.bound + limit)
            taken = None if splitting else priced.option
    if not splitting:
        best, bound = _branched(market, offered, best, awards, bound)
    waiting = lost_in(best, offered)
    value, bound = best.found.value + waiting, bound + market.bonus + waiting
    return replace(best, found=replace(best.found, value=value, bound=max(bound, value)))


def _branched(market: Market, offered: Offers, best: Choice, awards: Awards, bound: float) -> tuple[Choice, float]:
    """The choice and the bound after branch and bound, where few candidates can be in a better choice."""
    gap = bound - best.found.value
    plain = not (market.containers.used().any() or market.agreements or market.free_volume.size or market.budgets)
    if not plain or offered.by_rule.any() or gap <= EXACT_GAP * abs(bound) or offered.judged.size > EXACT_SIZE:
        return best, bound
    near = (awards.losses <= gap + awards.bound - bound) & (offered.spend >= 0)
    if near[:, 1:].sum() > EXACT:
        return best, bound
    terms = *market.terms, market.capacity
    exact = branch(Options(offered.judged, offered.spend, market.item, market.supplier, terms, market.budget), near)
    bound = min(bound, max(exact.bound, best.found.value))
    if exact.option is None:
        return best, bound
    option, candidate = best.option.copy(), np.zeros_like(best.option)
    some = np.flatnonzero(exact.option >= 0)
    option[some], candidate[some] = exact.option[some], exact.candidate[some]
    at = exact.option[some], exact.candidate[some]
    owner = market.supplier[exact.option[some]]
    value = float(offered.judged[at].sum()) - float(market.terms[1][np.unique(owner)].sum())
    paid = np.bincount(owner, offered.spend[at], market.capacity.size)
    within = (paid <= market.capacity * (1 + TOLERANCE)) & ((paid == 0) | (paid >= market.terms[0] * (1 - TOLERANCE)))
    if value <= best.found.value or not within.all() or paid.sum() > market.budget * (1 + TOLERANCE):
        return best, bound
    # The runner-up is whoever else was looked at first.
    second = np.where(option == best.option, best.second, best.option)
    found = replace(best.found, candidate=candidate, value=value)
    return replace(best, option=option, second=second, found=found, selected=candidate), bound


def lost_in(choice: Choice, offered: Offers) -> float:
    """Sales lost while the orders of a choice are waited for, more than with the quickest suppliers."""
    ordered = np.flatnonzero(choice.found.candidate > 0)
    at = choice.option[ordered], choice.found.candidate[ordered]
    return float((offered.value[at] - offered.judged[at]).sum())


def _awards(market: Market, offered: Offers, items: int, charged: np.ndarray) -> Awards:
    """Items awarded to suppliers, with what candidates are charged for limits; shape (options, candidates)."""
    net = offered.judged - charged - _carriage(market.containers, market.supplier, market.volume)
    minimum, fixed = market.terms
    credit = rule_credit(net, offered.spend, market.supplier, offered.by_rule, market.terms)
    terms = minimum, fixed - credit, market.capacity
    return contest(Options(net, offered.spend, market.item, market.supplier, terms, market.budget), items)


def _selected(market: Market, offered: Offers, option: np.ndarray, params: EconomicParams) -> Choice:
    """Candidates of one option per item."""
    some = option >= 0
    value, spend, volume, weight = (
        np.where(some[:, None], part[option], 0.0)
        for part in (offered.judged, offered.spend, market.volume, market.weight)
    )
    owner = np.where(some, market.supplier[option], 0) if market.supplier.size else np.zeros(option.size, np.int64)
    loads, limits, shared = (
        Loads(value, spend, volume, weight),
        market.limits(spend, option),
        market.shared(spend, option),
    )
    # Containers are paid in part while goods are chosen, and in whole ones afterwards.
    net = value - _carriage(market.containers, owner, volume)
    by_rule = some & offered.by_rule[option]
    credit = rule_credit(net, spend, owner, by_rule, market.terms)
    terms = market.terms[0], market.terms[1] - credit, market.capacity
    found, prices = select_within(net, spend, owner, terms, market.budget, shared, params.rounds)
    bound = found.bound - float(credit[_ordered(found.candidate, owner, credit.size)].sum())
    asked = np.bincount(owner, by_rule, credit.size) > 0

    def finished(candidate: np.ndarray) -> tuple[np.ndarray, float, tuple[str, ...]]:
        left = market.budget - float(spend[np.arange(candidate.size), candidate].sum())
        price = found.budget_price
        whole = in_containers(candidate, loads, owner, market.containers, (market.terms[0], asked), price, left, limits)
        return whole, *_worth(whole, loads, owner, market)

    selected = found.candidate
    candidate, worth, met = finished(selected)
    before = Choices(found, prices)
    for agreement in market.agreements:
        if agreement.name in met or agreement.bonus <= 0:
            bound += agreement.bonus
            continue
        other, more = reaching(agreement, before, net, spend, owner, terms, market.budget, shared, params.rounds)
        bound += min(more, agreement.bonus)
        if other is None:
            continue
        filled, value_then, met_then = finished(other)
        if value_then > worth:
            selected, candidate, worth, met = other, filled, value_then, met_then
    result = replace(found, candidate=candidate, value=worth, bound=max(bound, worth))
    capped = [found.capacity_price] if np.isfinite(market.capacity).any() else []
    return Choice(option, option, result, selected, capped + prices, met)


def _worth(candidate: np.ndarray, loads: Loads, owner: np.ndarray, market: Market) -> tuple[float, tuple[str, ...]]:
    """Value of a choice less the cost of orders and containers, with the bonuses it earns; which those are."""
    rows, size = np.arange(candidate.size), market.terms[0].size
    spent = np.bincount(owner, loads.spend[rows, candidate], size)
    met = [agreement for agreement in market.agreements if agreement.is_met(spent)]
    earned = float(loads.value[rows, candidate].sum()) - float(market.terms[1][_ordered(candidate, owner, size)].sum())
    earned -= float(container_costs(candidate, loads, owner, market.containers)[1].sum())
    return earned + sum(agreement.bonus for agreement in met), tuple(agreement.name for agreement in met)


def _ordered(candidate: np.ndarray, owner: np.ndarray, suppliers: int) -> np.ndarray:
    """Suppliers that something is ordered from; shape (suppliers,), bool."""
    return np.bincount(owner, candidate > 0, suppliers) > 0


def _carriage(containers: Containers, owner: np.ndarray, volume: np.ndarray) -> np.ndarray:
    """The share of a container's cost that candidates take by volume."""
    per_volume = np.where(np.isfinite(containers.volume), containers.cost / containers.volume, 0.0)
    return volume * per_volume[owner][:, None]


def _containers(problem: ReplenishmentProblem) -> Containers:
    told = problem.suppliers.select("supplier_id").join(
        problem.containers, on="supplier_id", how="left", maintain_order="left"
    )
    return Containers(
        volume=_numbers(told, "volume", np.inf),
        weight=_numbers(told, "weight", np.inf),
        least_fill=_numbers(told, "least_fill", 0.0),
        cost=_numbers(told, "cost", 0.0),
    )


def _budgets(problem: ReplenishmentProblem) -> list[tuple[np.ndarray, np.ndarray]]:
    """Row of each item's budget (−1 for none) and the amounts, kind by kind."""
    found = []
    for kind in problem.budgets["kind"].unique().sort():
        of_kind = problem.budgets.filter(kind=kind).sort("name").with_row_index("purse")
        named = problem.budgeted.filter(kind=kind).join(of_kind, on="name").select(*KEY, "purse")
        joined = problem.items.select(KEY).join(named, on=KEY, how="left", maintain_order="left")
        purse = joined["purse"].cast(pl.Int64).fill_null(-1).to_numpy()
        found.append((purse, _numbers(of_kind, "amount", 0.0)))
    return found


def _agreements(problem: ReplenishmentProblem) -> list[Agreement]:
    """The agreements, the dearest first."""
    names = problem.suppliers["supplier_id"]
    found = [
        Agreement(
            str(group["agreement"][0]),
            names.is_in(group["supplier_id"].to_list()).to_numpy(),
            float(group["missing_value"][0]),
            float(group["bonus"][0]),
        )
        for group in problem.agreements.sort("agreement").partition_by("agreement")
    ]
    return sorted(found, key=lambda agreement: (-agreement.bonus, agreement.name))


def _numbers(frame: pl.DataFrame, column: str, missing: float) -> np.ndarray:
    return frame[column].cast(pl.Float64).fill_null(missing).to_numpy()
