"""Carts of the least walking."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from optimization.waves.carts.anneal import Carts as State
from optimization.waves.carts.anneal import length_of, merge_by_savings, place_alone
from optimization.waves.carts.cooling import HOT, WARM, by_moves, cool
from optimization.waves.carts.floor import Floor, floor_of
from optimization.waves.carts.partition import better_partition
from optimization.waves.carts.prices import LEAST, Near, Prices, reduced_costs
from optimization.waves.carts.problem import CartProblem
from optimization.waves.carts.relaxation import Relaxation, distinct, listed
from optimization.waves.carts.seen import Seen, nothing_seen
from optimization.waves.routing.exact import exact_tour

TABLE_BITS = 20
# Carts taken from that table at once, into the relaxation and into the choice of whole ones.
SEEN_AT_ONCE, ALSO = 400, 10_000
# Shares of the effort: the first annealing, each later one, and what is spent before whole carts are chosen.
FIRST, POLISH, CHOICES = 0.1, 0.08, (0.5, 0.85)
# Moves between two looks at the clock.
MOVES = 20_000
# Annealing begins again from dives that are at most so many times the best.
CLOSE = 1.06
# Farther from the relaxation than this share, too many carts are near it for a choice.
FAR = 0.01


@dataclass(frozen=True)
class Carts:
    """Which orders share a cart, and how it is walked.

    Parameters
    ----------
    orders
        For each cart its orders, ascending.
    tours
        For each cart its distinct picks (aisle, metres along it) in walking order.
    lengths
        Metres of the tours.
    """

    orders: tuple[tuple[int, ...], ...]
    tours: tuple[tuple[tuple[int, float], ...], ...]
    lengths: tuple[float, ...]

    @property
    def length(self) -> float:
        """Metres of all tours."""
        return sum(self.lengths)


def solve_carts(
    problem: CartProblem, moves: int, seed: int = 0, seconds: float = 5.0, table_bits: int = TABLE_BITS,
    dives: int | None = 1, spent: Callable[[], float] | None = None,
) -> Carts:  # fmt: skip
    """Savings and annealing, the best partition of carts near the relaxation, then annealing from there.

    Parameters
    ----------
    problem
        Orders, up to a hundred or so, and what a cart holds.
    moves
        Moves tried in all annealing together.
    seed
        Of the annealing.
    seconds
        Limit of the choice among carts.
    table_bits
        Of the table of carts seen, which holds three quarters of two to that power.
    dives
        Most partitions made from the relaxation, each as long as a few hundred thousand moves; None: no limit.
    spent
        The share of the time that is used up, asked where `moves` are not to tell when to end.
    """
    if not problem.orders:
        return Carts((), (), ())
    t, slots = floor_of(problem), problem.most_orders
    seen = nothing_seen(len(problem.orders), slots, table_bits, np.random.default_rng(seed))
    state = place_alone(len(problem.orders), slots, t, seen)
    merge_by_savings(state, problem.capacity, slots, t, seen)
    search = _Search(problem, t, slots, seen, groups_of(state.cart), float(state.lengths.sum()), moves, seed, spent)
    if len(search.best) > 1 and search.length > 0:
        search.run(seconds, dives)
    return _walked(problem, search.best)


@dataclass
class _Search:
    """The best partition so far and its metres; carts of all partitions met."""

    problem: CartProblem
    t: Floor
    slots: int
    seen: Seen
    best: list[tuple[int, ...]]
    length: float
    moves: int
    seed: int
    spent: Callable[[], float] | None
    moved: int = 0
    met: set[tuple[int, ...]] = field(default_factory=set)

    def run(self, seconds: float, dives: int | None) -> None:
        """Anneal, relax, then dive and anneal from there; between, one choice among all carts near the relaxation."""
        self.anneal(self.best, HOT, FIRST)
        relaxed = self._relaxed()
        draw, dived, chosen = np.random.default_rng(self.seed), 0, 0
        # The relaxation may be mistaken for want of carts, and where there is time it is used.
        is_guess = self.spent is not None or relaxed.least_carts > self.problem.fewest_carts
        while self._share() < 1.0 and (is_guess or self.length > relaxed.bound + LEAST):
            begin, hot, more = self.best, HOT, FIRST
            if dives is None or dived < dives:
                dive = self._taken(relaxed.dive(draw if dived else None))
                dived += 1
                if self._metres(dive) < self.length * CLOSE:
                    begin, hot, more = dive, WARM, POLISH
            self.anneal(begin, hot, min(self._share() + more, 1.0))
            if chosen < len(CHOICES) and self._share() >= CHOICES[chosen]:
                chosen += 1
                self._choose(relaxed, seconds)

    def anneal(self, begin: list[tuple[int, ...]], hot: float, until: float) -> None:
        """From a partition, until that share of the effort is spent."""
        state = state_of(begin, self.slots, self.t, self.seen)
        steps = by_moves(math.ceil(until * self.moves) - self.moved) if self.spent is None else self._by_clock(until)
        cart, moved = cool(
            state, steps, hot, self.seed + self.moved, self.problem.capacity, self.slots, self.t, self.seen
        )
        self.moved += moved
        self._taken(groups_of(cart))

    def _by_clock(self, until: float) -> Iterator[tuple[int, float]]:
        begun = now = self._share()
        while now < until:
            yield MOVES, (now - begun) / (until - begun)
            now = self._share()

    def _share(self) -> float:
        if self.spent:
            return self.spent()
        return self.moved / self.moves if self.moves else 1.0

    def _relaxed(self) -> Relaxation:
        """Prices by a relaxation over no fewer carts than the best partition has."""
        known = listed([*((order,) for order in range(len(self.t.loads))), *self.best], self.slots, self.t)
        # Parts of carts would carry all orders on fewer, and lead astray.
        relaxed = Relaxation(self.t, self.problem.capacity, len(self.best), distinct(known))
        relaxed.converge(lambda prices: self._seen_below(prices, -LEAST, SEEN_AT_ONCE))
        return relaxed

    def _choose(self, relaxed: Relaxation, seconds: float) -> None:
        """Take the best partition of carts near the relaxation, or met before, if it is better."""
        gap = self.length - relaxed.bound
        if gap > FAR * self.length:
            return
        met = listed(sorted(self.met), self.slots, self.t)
        met.reduced[:] = reduced_costs(met.members, met.counts, met.lengths, relaxed.prices)
        below = met.reduced <= gap
        also = [self._seen_below(relaxed.prices, gap, ALSO), Near(*(column[below] for column in met))]
        both = Near(*(np.concatenate(pair) for pair in zip(*also, strict=True)))
        found = better_partition(relaxed, both, self.seen.names, self.length, seconds)
        if found is not None:
            self._taken(found)

    def _metres(self, carts: list[tuple[int, ...]]) -> float:
        return float(state_of(carts, self.slots, self.t, self.seen, spare=0).lengths.sum())

    def _taken(self, found: list[tuple[int, ...]]) -> list[tuple[int, ...]]:
        """The partition, kept if it is shorter than the best."""
        self.met.update(tuple(sorted(cart)) for cart in found)
        length = self._metres(found)
        if length < self.length - LEAST:
            self.best, self.length = found, length
        return found

    def _seen_below(self, prices: Prices, most: float, count: int) -> Near:
        """The cheapest carts of the search whose reduced cost is below `most` and that are not overloaded."""
        rows = np.flatnonzero(self.seen.keys)
        members, counts = self.seen.members[rows].astype(np.int64), self.seen.counts[rows].astype(np.int64)
        near = Near(members, counts, self.seen.lengths[rows], np.empty(len(rows)))
        near.reduced[:] = reduced_costs(members, counts, near.lengths, prices)
        cheap = np.flatnonzero(near.reduced < most)
        inside = np.arange(self.slots) < counts[cheap, None]
        loads = np.where(inside, self.t.loads[np.where(inside, members[cheap], 0)], 0.0).sum(axis=1)
        cheap = cheap[loads <= self.problem.capacity + 1e-9]
        cheap = cheap[np.argsort(near.reduced[cheap], kind="stable")[:count]]
        return Near(*(column[cheap] for column in near))


def groups_of(cart: np.ndarray) -> list[tuple[int, ...]]:
    """Orders on each cart, from the cart of each order (orders,)."""
    return [tuple(np.flatnonzero(cart == number).tolist()) for number in np.unique(cart)]


def state_of(groups: list[tuple[int, ...]], slots: int, t: Floor, seen: Seen, spare: int = 1) -> State:
    """The arrays of a partition, with `spare` empty carts beside the full ones."""
    orders = len(t.loads)
    carts = min(len(groups) + spare, orders)
    state = State(
        np.zeros((carts, slots), np.int64), np.zeros(carts, np.int64), np.zeros(carts), np.zeros(carts),
        np.zeros(carts, np.int64), np.zeros(orders, np.int64),
    )  # fmt: skip
    for cart, group in enumerate(groups):
        state.members[cart, : len(group)], state.counts[cart] = group, len(group)
        state.load[cart] = t.loads[list(group)].sum()
        state.keys[cart] = np.bitwise_xor.reduce(seen.names[list(group)])
        state.cart[list(group)] = cart
        state.lengths[cart] = length_of(state.keys[cart], state.members[cart], len(group), t, seen)
    return state


def _walked(problem: CartProblem, groups: list[tuple[int, ...]]) -> Carts:
    tours, lengths = [], []
    for group in groups:
        picks = sorted({pick for order in group for pick in problem.orders[order]})
        order, length = exact_tour(picks, problem.layout)
        tours.append(tuple(picks[index] for index in order))
        lengths.append(length)
    return Carts(tuple(tuple(sorted(group)) for group in groups), tuple(tours), tuple(lengths))
