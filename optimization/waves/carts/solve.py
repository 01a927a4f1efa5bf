"""Carts of the least walking."""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from optimization.waves.carts.anneal import Carts as State
from optimization.waves.carts.anneal import length_of, merge_by_savings, place_alone
from optimization.waves.carts.cooling import HOT, WARM, by_moves, cool
from optimization.waves.carts.floor import Floor, floor_of
from optimization.waves.carts.partition import better_partition
from optimization.waves.carts.prices import LEAST, reduced_costs
from optimization.waves.carts.problem import CartProblem
from optimization.waves.carts.relaxation import Relaxation, distinct, listed
from optimization.waves.carts.seen import Seen, nothing_seen
from optimization.waves.routing.exact import exact_tour

TABLE_BITS = 20
# Shares of the effort: the first annealing, each later one, and the longest choice among carts of some orders.
FIRST, POLISH, REPAIR = 0.1, 0.06, 0.03
# Nodes of a choice, where the clock does not tell when to end.
NODES, ALL_NODES = 2_000, 10**9
# Moves between two looks at the clock.
MOVES = 20_000
# Annealing begins again from dives that are at most so many times the best.
CLOSE = 1.06
# Choices among carts of some orders between two annealings; how many orders at first, and more or fewer of them after
# a choice that was proven and one that was not.
REPAIRS, FREED, MORE, FEWER = 3, 40, 1.15, 0.85


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
    dives: int | None = 1, left: Callable[[], float] | None = None, choice: float = 0.4,
) -> Carts:  # fmt: skip
    """Savings and annealing, then partitions by a relaxation over all carts, until one is proven or time is up.

    Parameters
    ----------
    problem
        Orders, up to a hundred or so, and what a cart holds.
    moves
        Moves tried in all annealing together.
    seed
        Of the annealing.
    seconds
        Limit of a choice among carts.
    table_bits
        Of the table of carts measured in annealing, which holds three quarters of two to that power.
    dives
        Most partitions made from the relaxation, each as long as a few hundred thousand moves; None: no limit.
    left
        The seconds that are left, asked where neither `moves` nor `seconds` are to tell when to end.
    choice
        Share of them for a choice among carts of all orders; 0: none.
    """
    if not problem.orders:
        return Carts((), (), ())
    t, slots = floor_of(problem), problem.most_orders
    seen = nothing_seen(len(problem.orders), table_bits, np.random.default_rng(seed))
    state = place_alone(len(problem.orders), slots, t, seen)
    merge_by_savings(state, problem.capacity, slots, t, seen)
    effort = _Effort(moves, seconds, left, left() if left else 0.0, choice)
    search = _Search(problem, t, slots, seen, groups_of(state.cart), float(state.lengths.sum()), seed, effort)
    if len(search.best) > 1 and search.length > 0:
        search.run(dives)
    return _walked(problem, search.best)


@dataclass
class _Effort:
    """How much of the moves is made, or of the seconds that were ``left`` at first is used up."""

    moves: int
    seconds: float
    left: Callable[[], float] | None
    all_seconds: float
    for_choice: float
    moved: int = 0

    @property
    def share(self) -> float:
        """From 0 to 1, when it is used up."""
        if self.left:
            return 1.0 - self.left() / self.all_seconds if self.all_seconds > 0 else 1.0
        return self.moved / self.moves if self.moves else 1.0

    def choice(self, share: float) -> tuple[float, int]:
        """Seconds and nodes that a choice among carts may take."""
        return (min(share * self.all_seconds, self.left()), ALL_NODES) if self.left else (self.seconds, NODES)

    def steps(self, until: float) -> Iterable[tuple[int, float]]:
        """Moves of one annealing, until that share is used up."""
        return self._by_clock(until) if self.left else by_moves(math.ceil(until * self.moves) - self.moved)

    def _by_clock(self, until: float) -> Iterator[tuple[int, float]]:
        begun = now = self.share
        while now < until:
            yield MOVES, (now - begun) / (until - begun)
            now = self.share


@dataclass
class _Search:
    """The best partition so far and its metres."""

    problem: CartProblem
    t: Floor
    slots: int
    seen: Seen
    best: list[tuple[int, ...]]
    length: float
    seed: int
    effort: _Effort
    freed: float = FREED
    # Metres of the best when all its carts were last chosen anew, by relaxation.
    tried: dict[int, float] = field(default_factory=dict)

    def run(self, dives: int | None) -> None:
        """Anneal, relax, then in turn dive, anneal from there, and choose anew among the carts of some orders."""
        self.anneal(self.best, HOT, FIRST)
        relaxations = self._relaxations()
        draw, dived, turn = np.random.default_rng(self.seed), 0, 0
        while self.effort.share < 1.0 and self.length > relaxations[0].bound + LEAST:
            relaxed = relaxations[turn % len(relaxations)]
            begin, hot, more = self.best, HOT, FIRST
            if dives is None or dived < dives * len(relaxations):
                dive = self._taken(relaxed.dive(draw if dived >= len(relaxations) else None))
                dived += 1
                if self._metres(dive) < self.length * CLOSE:
                    begin, hot, more = dive, WARM, POLISH
            self.anneal(begin, hot, min(self.effort.share + more, 1.0))
            if self._repaired(relaxed, relaxations, draw):
                return
            turn += 1

    def anneal(self, begin: list[tuple[int, ...]], hot: float, until: float) -> None:
        """From a partition, until that share of the effort is spent."""
        state = state_of(begin, self.slots, self.t, self.seen)
        cart, moved = cool(
            state, self.effort.steps(until), hot, self.seed + self.effort.moved, self.problem.capacity, self.slots,
            self.t, self.seen,
        )  # fmt: skip
        self.effort.moved += moved
        self._taken(groups_of(cart))

    def _relaxations(self) -> list[Relaxation]:
        """Prices and bounds, over as many carts as there must be and, where those are more, as the best partition has.

        Parts of carts carry all orders on fewer than whole ones can, and lead astray.
        """
        found = []
        for carts in sorted({min(self.problem.fewest_carts, len(self.best)), len(self.best)}):
            known = listed([*((order,) for order in range(len(self.t.loads))), *self.best], self.slots, self.t)
            relaxed = Relaxation(self.t, self.problem.capacity, carts, distinct(known))
            relaxed.converge(lambda: self.effort.left is not None and self.effort.share > 0.5)
            found.append(relaxed)
        return found

    def _repaired(self, relaxed: Relaxation, relaxations: list[Relaxation], draw: np.random.Generator) -> bool:
        """Choose whole carts anew for all orders, then, where the clock tells when to end, for some and some again.

        Returns
        -------
        bool
            Whether no partition can be shorter.
        """
        if self.effort.for_choice and self.tried.get(relaxed.least_carts) != self.length:
            share = self.effort.for_choice / len(relaxations)
            if self._chosen(relaxed, list(range(len(self.best))), share) and relaxed is relaxations[0]:
                return True
            self.tried[relaxed.least_carts] = self.length
        if self.effort.left is None:
            return False
        for _ in range(REPAIRS):
            if self.effort.share >= 1.0:
                break
            some = self._some(relaxed, draw)
            if len(some) < len(self.best):
                is_proven = self._chosen(relaxed, some, REPAIR)
                self.freed *= MORE if is_proven else FEWER
        return False

    def _some(self, relaxed: Relaxation, draw: np.random.Generator) -> list[int]:
        """Carts by chance, rather those that are dear by the prices of the relaxation."""
        near = listed(self.best, self.slots, self.t)
        dear = np.maximum(reduced_costs(near.members, near.counts, near.lengths, relaxed.prices), 0.0)
        chance = dear + dear.mean() + LEAST
        ranked = np.argsort(-np.log(draw.uniform(size=len(dear))) / chance, kind="stable")
        orders = np.cumsum(near.counts[ranked])
        return ranked[: max(int(np.searchsorted(orders, self.freed, side="right")), 2)].tolist()

    def _chosen(self, relaxed: Relaxation, carts: list[int], share: float) -> bool:
        """Take better carts for the orders on these, if there are any; whether then there are none better."""
        groups = [self.best[cart] for cart in carts]
        kept = [cart for number, cart in enumerate(self.best) if number not in set(carts)]
        limits = self.effort.choice(share)
        found, is_proven = better_partition(relaxed, groups, self._metres(groups), len(kept), *limits)
        if found is not None:
            self._taken(kept + found)
        return is_proven

    def _metres(self, carts: list[tuple[int, ...]]) -> float:
        return float(listed(carts, self.slots, self.t).lengths.sum())

    def _taken(self, found: list[tuple[int, ...]]) -> list[tuple[int, ...]]:
        """The partition, kept if it is shorter than the best."""
        length = self._metres(found)
        if length < self.length - LEAST:
            self.best, self.length = found, length
        return found


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
