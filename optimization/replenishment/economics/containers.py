"""Orders in whole containers or trucks: filled up by what earns most for its room, or cut down to fewer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimization.replenishment.economics.shared_limits import Limits

NOTHING = 1e-9


@dataclass(frozen=True)
class Containers:
    """What each supplier's orders are shipped in.

    Parameters
    ----------
    volume, weight
        Shape (suppliers,): what one holds; infinity where that does not limit it. A supplier with both infinite ships
        without.
    least_fill
        Shape (suppliers,): share of all containers of an order that must be filled, by volume or by weight.
    cost
        Shape (suppliers,): money for one.
    """

    volume: np.ndarray
    weight: np.ndarray
    least_fill: np.ndarray
    cost: np.ndarray

    def used(self) -> np.ndarray:
        """Suppliers who ship in containers; shape (suppliers,), bool."""
        return np.isfinite(self.volume) | np.isfinite(self.weight)

    def count(self, volume: np.ndarray, weight: np.ndarray, supplier: int) -> np.ndarray:
        """Containers that loads need."""
        most = np.maximum(volume / self.volume[supplier], weight / self.weight[supplier])
        return np.ceil(most - NOTHING).astype(np.int64)

    def fill(self, volume: float, weight: float, supplier: int) -> float:
        """Share of its whole containers that a load fills; 1 where there is none."""
        most = max(volume / self.volume[supplier], weight / self.weight[supplier])
        return most / max(int(np.ceil(most - NOTHING)), 1) if most > NOTHING else 1.0


@dataclass(frozen=True)
class Loads:
    """Candidates as loads: shape (items, candidates) each; what an item ships in is its supplier's."""

    value: np.ndarray
    spend: np.ndarray
    volume: np.ndarray
    weight: np.ndarray

    def of(self, rows: np.ndarray) -> Loads:
        """The loads of some items."""
        return Loads(self.value[rows], self.spend[rows], self.volume[rows], self.weight[rows])


def in_containers(
    candidate: np.ndarray,
    loads: Loads,
    supplier: np.ndarray,
    containers: Containers,
    terms: tuple[np.ndarray, np.ndarray],
    price: float,
    left: float,
    limits: list[Limits],
) -> np.ndarray:
    """Make every order of a supplier with containers fill whole ones, or drop it.

    The order is topped up to the containers it has begun, next-best value for its share of a container first, and cut
    down to one fewer; the better of the two stands, each judged at the price of money. What fits neither way is not
    ordered.

    Parameters
    ----------
    candidate
        Shape (items,): the choice; not changed.
    loads
        Value, spend, volume and weight of every candidate.
    supplier
        Shape (items,): row of the supplier.
    containers
        What they ship in.
    terms
        Shape (suppliers,): least spend of an order; and (bool) whether a rule asks for it: it stands at a loss unless
        money is short.
    price, left
        Price of money, and how much of the budget is not spent.
    limits
        Shared limits that the choice keeps to, and that topping up must too.

    Returns
    -------
    np.ndarray
        Shape (items,).
    """
    candidate, (minimum, by_rule) = candidate.copy(), terms
    for one in np.flatnonzero(containers.used()):
        rows = np.flatnonzero(supplier == one)
        if not (candidate[rows] > 0).any():
            continue
        part, now = loads.of(rows), candidate[rows]
        spent = _sum(part.spend, now)
        begun = int(containers.count(_sum(part.volume, now), _sum(part.weight, now), one))
        rooms = [_Room.of(limit, candidate, rows) for limit in limits]
        each = [_Held(containers.volume[one], containers.weight[one], count) for count in (begun, begun - 1)]
        least = containers.least_fill[one]
        tries = [_filled(now, part, held, least, price, left + spent, rooms) for held in each]
        sound = [found for found in tries if found is not None and _sum(part.spend, found) >= minimum[one] * (1 - 1e-9)]
        best = max(sound, key=lambda found: _worth(found, part, containers, one, price), default=np.zeros_like(now))
        if _worth(best, part, containers, one, price) < -NOTHING and not (by_rule[one] and price <= 0):
            best = np.zeros_like(now)
        candidate[rows] = best
        left += spent - _sum(part.spend, best)
    return candidate


def container_costs(
    candidate: np.ndarray, loads: Loads, supplier: np.ndarray, containers: Containers
) -> tuple[np.ndarray, np.ndarray]:
    """Containers of each supplier's order, and what they cost; shape (suppliers,) each."""
    rows = np.arange(candidate.size)
    size = containers.cost.size
    volume = np.bincount(supplier, loads.volume[rows, candidate], size)
    weight = np.bincount(supplier, loads.weight[rows, candidate], size)
    most = np.maximum(volume / containers.volume, weight / containers.weight)
    count = np.where(containers.used(), np.ceil(most - NOTHING), 0).astype(np.int64)
    return count, count * containers.cost


@dataclass(frozen=True)
class _Held:
    """What so many containers hold together."""

    volume: float
    weight: float
    count: int

    def shares(self, part: Loads) -> list[np.ndarray]:
        """How much of the containers each candidate takes, by volume and by weight."""
        return [part.volume / (self.volume * self.count), part.weight / (self.weight * self.count)]


@dataclass(frozen=True)
class _Room:
    """What the items of an order may use of a shared limit."""

    resource: np.ndarray
    use: np.ndarray
    room: np.ndarray

    @classmethod
    def of(cls, limit: Limits, candidate: np.ndarray, rows: np.ndarray) -> _Room:
        """What is left of a limit for these items, their own use included."""
        own = Limits(limit.resource[rows], limit.use[rows], limit.room)
        return cls(own.resource, own.use, limit.room - limit.used(candidate) + own.used(candidate[rows]))

    def fits(self, now: np.ndarray) -> np.ndarray:
        """Changes of one item that stay within it; shape (items, candidates), bool."""
        limit = Limits(self.resource, self.use, self.room)
        left = np.append(self.room - limit.used(now), np.inf)[self.resource]
        return self.use - self.use[np.arange(now.size), now][:, None] <= left[:, None] + NOTHING


def _filled(
    now: np.ndarray, part: Loads, held: _Held, least: float, price: float, budget: float, rooms: list[_Room]
) -> np.ndarray | None:
    """A choice that fills so many containers; None if none was found."""
    if held.count < 1:
        return None
    shares, net = held.shares(part), part.value - price * part.spend
    found = _cut(now.copy(), net, shares)
    while max(_sum(share, found) for share in shares) < least - NOTHING:
        may = np.logical_and.reduce([room.fits(found) for room in rooms]) if rooms else np.ones_like(net, dtype=bool)
        change = _next_best(found, net, part, held, least, budget, may)
        if change is None:
            return None
        found[change[0]] = change[1]
    return found


def _cut(now: np.ndarray, net: np.ndarray, shares: list[np.ndarray]) -> np.ndarray:
    """Lower candidates that lose least for the room they free, until everything fits."""
    rows = np.arange(now.size)
    while max(_sum(share, now) for share in shares) > 1 + NOTHING:
        tight = max(shares, key=lambda share: _sum(share, now))
        freed = tight[rows, now][:, None] - tight
        lost = net[rows, now][:, None] - net
        # More room than is missing is worth nothing.
        useful = np.minimum(freed, _sum(tight, now) - 1)
        rate = np.where((freed > NOTHING) & np.isfinite(net), lost / np.maximum(useful, NOTHING), np.inf)
        row, to = np.unravel_index(rate.argmin(), rate.shape)
        if not np.isfinite(rate[row, to]):
            break
        now[row] = to
    return now


def _next_best(
    now: np.ndarray,
    net: np.ndarray,
    part: Loads,
    held: _Held,
    least: float,
    budget: float,
    may: np.ndarray,
) -> tuple[int, int] | None:
    """The change of one item that earns most for the room it fills, within containers, budget and what may change."""
    shares, spend = held.shares(part), part.spend
    rows = np.arange(now.size)
    more = [share - share[rows, now][:, None] for share in shares]
    fits = np.all([_sum(share, now) + each <= 1 + NOTHING for share, each in zip(shares, more, strict=True)], axis=0)
    paid = spend - spend[rows, now][:, None]
    room = np.maximum.reduce(more)
    fits &= may & (room > NOTHING) & (_sum(spend, now) + paid <= budget + NOTHING) & np.isfinite(net)
    # What loses money is loaded as far as the container must be filled, and no further.
    gain, missing = net - net[rows, now][:, None], least - max(_sum(share, now) for share in shares)
    useful = np.where(gain < 0, np.minimum(room, missing), room)
    rate = np.where(fits, gain / np.maximum(useful, NOTHING), -np.inf)
    row, to = np.unravel_index(rate.argmax(), rate.shape)
    return (int(row), int(to)) if np.isfinite(rate[row, to]) else None


def _worth(found: np.ndarray, part: Loads, containers: Containers, supplier: int, price: float) -> float:
    count = int(containers.count(_sum(part.volume, found), _sum(part.weight, found), supplier))
    return _sum(part.value, found) - price * _sum(part.spend, found) - count * containers.cost[supplier]


def _sum(part: np.ndarray, candidate: np.ndarray) -> float:
    return float(part[np.arange(candidate.size), candidate].sum())
