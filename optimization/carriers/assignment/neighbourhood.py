"""Better assignments by integer programs over some agents at a time, two at once."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from optimization.carriers.assignment.program import Found, assign

if TYPE_CHECKING:
    from optimization.carriers.assignment.bound import Regret
    from optimization.carriers.assignment.problem import Assignment

# HiGHS lets go of the interpreter: two programs run on two cores.
WORKERS = 2
# Agents per item that are looked at, on average.
ARCS = 3.0
# Seconds in which a neighbourhood should be solved: quicker ones grow, slower ones shrink.
QUICK, SLOW = 0.15, 0.6
# With fewer possible pairs per item than this all items are taken at once, for this share of the time left.
ALL_AT_ONCE, WHOLE_SHARE = 3.0, 0.6
# Whether any assignment costs so little is asked first where so few pairs per item can be in one, for this share of the
# time left; the other worker takes all items at once on the most likely pairs.
RUNG_ARCS, RUNG_SHARE, DIVE_SHARE = 5.0, 0.8, 0.4
# Neighbourhoods in a row that gain nothing before more time and more agents are given to each.
PATIENCE = 25


def least_regret(regret: Regret, arcs: float) -> np.ndarray:
    """``bool[m, n]``: the pairs with least regret, so many per item on average, and the best of each item."""
    wanted = int(min(arcs * regret.loss.shape[1], regret.loss.size)) - 1
    limit = np.partition(regret.loss.ravel(), wanted)[wanted]
    return (regret.loss <= limit) | (regret.loss == regret.loss.min(axis=0))


class Search:
    """The best assignment so far, and how large neighbourhoods are by now.

    Parameters
    ----------
    problem
        Items and agents.
    agent
        An assignment, ``int64[n]``.
    regret
        The bound and what each pair loses.
    """

    def __init__(self, problem: Assignment, agent: np.ndarray, regret: Regret) -> None:
        self.problem, self.regret = problem, regret
        self.agent, self.best = agent, problem.total(agent)
        self.likely = least_regret(regret, ARCS)
        self.size, self.slow, self.patience = 4.0, SLOW, 0
        self.covered = np.inf
        # No assignment costs less.
        self.floor = int(np.ceil(regret.bound - 1e-6))
        self.lock = threading.Lock()

    def run(self, end: float, seed: int) -> None:
        """Improve until the end (by ``time.perf_counter``), or until nothing better can exist."""
        with ThreadPoolExecutor(WORKERS) as pool:
            for worker in [
                pool.submit(self.work, end, np.random.default_rng([seed, k]), k == 0) for k in range(WORKERS)
            ]:
                worker.result()

    def climb(self, end: float) -> None:
        """Raise the floor cost by cost: is there an assignment that costs no more, on pairs that lose no more?

        Where the bound is near, few pairs are left, and the first cost for which the answer is yes is the least.
        """
        everything = np.arange(self.problem.items)
        while (left := end - time.perf_counter()) > 0.1 and not self.is_done():
            possible = self.possible(self.floor)
            if not self.is_near():
                return
            before = self.agent
            found = Found(None, True)
            if possible.any(axis=0).all():
                found = assign(self.problem, everything, possible, RUNG_SHARE * left, self.floor)
            if not found.is_finished:
                return
            if found.agent is not None:
                self.take(everything, found, before)
                return
            self.floor += 1

    def dive(self, end: float) -> None:
        """All items at once, each on the agents where it loses least."""
        everything, before = np.arange(self.problem.items), self.agent
        if self.is_near() and not self.is_done():
            allowed = least_regret(self.regret, ALL_AT_ONCE)
            left = end - time.perf_counter()
            self.take(everything, assign(self.problem, everything, allowed, DIVE_SHARE * left, self.best - 1), before)

    def possible(self, cost: float) -> np.ndarray:
        """``bool[m, n]``: pairs that an assignment of this cost can have."""
        return self.regret.loss <= cost - self.regret.bound + 1e-6

    def is_near(self) -> bool:
        """Whether few pairs can be in an assignment that costs no more than the floor."""
        return self.possible(self.floor).sum() <= RUNG_ARCS * self.problem.items

    def work(self, end: float, rng: np.random.Generator, is_climber: bool) -> None:
        """One worker: all items at once where few pairs are possible, else those of some agents."""
        if is_climber:
            self.climb(end)
        else:
            self.dive(end)
        while (left := end - time.perf_counter()) > 0.1 and not self.is_done():
            with self.lock:
                agent, best = self.agent, self.best
                possible = self.possible(best - 1)
                is_whole = possible.sum() < min(ALL_AT_ONCE * self.problem.items, self.covered)
                if is_whole:
                    self.covered = possible.sum()
            if is_whole:
                everything = np.arange(self.problem.items)
                found = assign(self.problem, everything, possible, WHOLE_SHARE * left, best - 1)
                self.take(everything, found, agent)
                if found.is_finished and found.agent is None:
                    self.floor = max(self.floor, int(best))
            else:
                self.look(agent, self.likely & possible, left, rng)

    def is_done(self) -> bool:
        """Whether no better assignment exists."""
        return self.best <= self.floor

    def look(self, agent: np.ndarray, allowed: np.ndarray, left: float, rng: np.random.Generator) -> None:
        """Assign the items of some agents again."""
        count = int(min(max(self.size + rng.random(), 2), self.problem.agents))
        chosen = near_agents(agent, allowed, count, rng)
        items = np.flatnonzero(np.isin(agent, chosen))
        mask = np.zeros((self.problem.agents, len(items)), bool)
        mask[chosen] = allowed[np.ix_(chosen, items)]
        mask[agent[items], np.arange(len(items))] = True
        now = self.problem.cost[agent[items], items].sum()
        begun = time.perf_counter()
        found = assign(self.problem, items, mask, min(4 * self.slow, left), now - 1)
        took = time.perf_counter() - begun
        is_better = self.take(items, found, agent)
        with self.lock:
            self.patience = 0 if is_better else self.patience + 1
            if self.patience >= PATIENCE:
                self.slow, self.patience = self.slow * 1.6, 0
                self.likely = least_regret(self.regret, ARCS * self.slow / SLOW)
            if not found.is_finished or took > self.slow:
                self.size = max(2.0, self.size - 0.5)
            elif took < QUICK / SLOW * self.slow:
                self.size = min(float(self.problem.agents), self.size + (0.2 if took > 0.02 else 1.0))

    def take(self, items: np.ndarray, found: Found, before: np.ndarray) -> bool:
        """Keep an answer if it improves the best; what the other worker found meanwhile is kept where both fit."""
        if found.agent is None:
            return False
        with self.lock:
            for base in (self.agent, before):
                candidate = base.copy()
                candidate[items] = found.agent
                total = self.problem.total(candidate)
                if total < self.best and not self.problem.check(candidate):
                    self.agent, self.best = candidate, total
                    return True
        return False


def near_agents(agent: np.ndarray, allowed: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Some agent and those that its items would rather go to, with some chance in it."""
    begin = rng.integers(len(allowed))
    mine = agent == begin
    liking = allowed[:, mine].sum(axis=1) / max(mine.sum(), 1) + rng.random(len(allowed))
    liking[begin] = np.inf
    return np.sort(np.argsort(-liking)[:count])
