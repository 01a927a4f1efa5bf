"""The choice over a whole day: prices, tiers, whole parcels, until the gap is proven small."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from optimization.carriers.day.classes import Classes, gather
from optimization.carriers.day.prices import Bound, best_prices, bound_at
from optimization.carriers.day.problem import Day
from optimization.carriers.day.result import Choice, made
from optimization.carriers.day.tiers import TierChoice
from optimization.carriers.day.volume import Box, Piece, pieces, volume_cost
from optimization.carriers.day.whole import Whole, loads, whole_parcels

COARSE = (0.2, 0.05, 0.02, 0.01)
FIRST_LOOK = (0.02,)
CLOSE_LOOK = (0.02, 0.005, 0.001)
# Share of all cost: a choice of tiers so near the bound is carried out at once.
NEAR = 3e-5


@dataclass(frozen=True)
class Effort:
    """How long to try.

    Parameters
    ----------
    gap
        Proven gap (share of the objective) at which to stop. Default 0.0001.
    tier_choices
        Choices of tiers looked at, at most. Default 200.
    """

    gap: float = 1e-4
    tier_choices: int = 200


def choose(day: Day, effort: Effort | None = None, stop: Callable[[], bool] | None = None) -> Choice:
    """Choose a service for every parcel of a day, so that parcels and contracts together cost least.

    Parameters
    ----------
    day
        Parcels, quotes, terms, caps, and what is expected ahead.
    effort
        When to stop; defaults if None.
    stop
        Asked between choices of tiers; when it says so, the best found so far is returned.

    Returns
    -------
    Choice
        With objective and bound.
    """
    effort = effort or Effort()
    classes = gather(day)
    search = Search(classes)
    for _ in range(effort.tier_choices):
        has_learnt = search.look()
        if search.best is not None and (search.gap <= effort.gap or not has_learnt or (stop is not None and stop())):
            break
    if search.best is None:
        raise RuntimeError(f"no plan within {effort.tier_choices} choices of tiers")
    chosen, whole = search.best
    price = search.visited[chosen].price
    return made(day, classes, whole, search.objective, search.bound, price, search.box(chosen))


class Search:
    """What is known so far of a day's choices of tiers."""

    def __init__(self, classes: Classes) -> None:
        self.classes = classes
        self.pieces = [pieces(terms, most) for terms, most in zip(classes.accounts, classes.most, strict=True)]
        self.tiers = TierChoice(self.pieces, classes.count.sum(), np.concatenate(classes.member))
        # Any tier, nothing promised: where prices begin.
        free = [Piece(0.0, max(p.high for p in each), 0.0, each[0].fee, each[0].minimum, 0.0) for each in self.pieces]
        self.start = best_prices(classes, Box.of(free), np.zeros(classes.size), COARSE)
        self.tiers.add(self.start)
        self.visited: dict[tuple[int, ...], Bound] = {}
        self.tried: dict[tuple[int, ...], float] = {}
        self.best: tuple[tuple[int, ...], Whole] | None = None
        self.objective = np.inf
        self.bound = -np.inf

    def look(self) -> bool:
        """Take the choice of tiers that looks best and learn what it costs; false when there is nothing to learn."""
        expected = self.bound if np.isfinite(self.bound) else self.start.value
        chosen, bound = self.tiers.solve(expected)
        self.bound = max(self.bound, bound)
        if chosen not in self.visited:
            near = min(self.visited, key=lambda known: difference(known, chosen), default=None)
            begin = self.visited[near] if near else self.start
            self.learn(chosen, begin.price, FIRST_LOOK)
            if self.visited[chosen].value > bound + NEAR * (abs(bound) + self.classes.base):
                return True
        target = chosen if chosen not in self.tried else self.next_best()
        if target is None:
            return False
        self.carry_out(target)
        return True

    def learn(self, chosen: tuple[int, ...], price: np.ndarray, widths: tuple[float, ...]) -> None:
        """Raise the bound of a choice of tiers."""
        found = best_prices(self.classes, self.box(chosen), price, widths)
        self.keep(chosen, found)

    def keep(self, chosen: tuple[int, ...], found: Bound) -> None:
        """Remember a bound, and what it says of every choice of tiers."""
        self.tiers.add(found)
        known = self.visited.get(chosen)
        self.visited[chosen] = found if known is None or found.value > known.value else known

    def carry_out(self, chosen: tuple[int, ...]) -> None:
        """Whole parcels for a choice of tiers."""
        box = self.box(chosen)
        self.learn(chosen, self.visited[chosen].price, CLOSE_LOOK)
        whole = whole_parcels(self.classes, box, self.visited[chosen].price)
        self.keep(chosen, bound_at(self.classes, box, whole.price))
        self.tried[chosen] = self.cost(whole)
        if self.best is None or self.tried[chosen] < self.objective:
            self.objective, self.best = self.tried[chosen], (chosen, whole)

    def next_best(self) -> tuple[int, ...] | None:
        """The visited choice of tiers that may still beat the best plan and has not been carried out."""
        left = [known for known in self.visited if known not in self.tried]
        best = min(left, key=lambda known: self.visited[known].value, default=None)
        return best if best is not None and self.visited[best].value < self.objective else None

    @property
    def gap(self) -> float:
        """Proven gap of the best plan, a share of what it costs."""
        return (self.objective - self.bound) / max(abs(self.classes.base + self.objective), 1e-9)

    def box(self, chosen: tuple[int, ...]) -> Box:
        """The pieces of a choice of tiers."""
        return Box.of([each[index] for each, index in zip(self.pieces, chosen, strict=True)])

    def cost(self, whole: Whole) -> float:
        """What a plan costs (yuan above base): parcels, and contracts as they will be billed."""
        classes = self.classes
        cost = np.column_stack(
            [np.where(np.isfinite(classes.cost), classes.cost, 0.0), np.full(len(classes.cost), classes.held)]
        )
        total = float((cost[: classes.today] * whole.parcels).sum() + (cost[classes.today :, :-1] * whole.later).sum())
        volume, _ = loads(classes, np.vstack([whole.parcels[:, :-1], whole.later]))
        return total + sum(volume_cost(terms, v) for terms, v in zip(classes.accounts, volume, strict=True))


def difference(one: tuple[int, ...], other: tuple[int, ...]) -> int:
    """How far apart two choices of tiers are, in steps."""
    return sum(abs(a - b) for a, b in zip(one, other, strict=True))
