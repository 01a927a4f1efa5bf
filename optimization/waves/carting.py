"""Orders of one period to carts and waves: identical baskets in closed form, the others by a search."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from optimization.waves.layout import Layout
from optimization.waves.limits import Limit, wave_type
from optimization.waves.parts import parts_of
from optimization.waves.routing.exact import exact_tour
from optimization.waves.served import ACROSS, IDENTICAL, KINDS, Served, single_kind

MERGED_INTO = {"single_unit": "single_sku", "single_sku": "multi_sku"}


@dataclass(frozen=True)
class Load:
    """Orders on one cart, of one kind of wave and one zone (``*``: several)."""

    orders: tuple[Served, ...]
    kind: str
    zone: str

    @property
    def cutoff(self) -> float:
        """The earliest cut-off that can still be made, else the earliest (minutes)."""
        return min((order.cutoff for order in self.orders if order.cutoff > 0), default=0.0)


Wave = tuple[Load, ...]
# Orders of one kind and zone, and the limits that hold for them.
Block = tuple[str, str, list[Served], Limit]
# Riding together is tried where this share of the carts could be spared.
SPARE = 0.05


@dataclass(frozen=True)
class Search:
    """How carts are searched for, see ``Params``.

    ``zones_staffed`` says whether zones have pickers of their own; ``tour_metres`` is what beginning a tour costs.
    """

    zones_apart: bool
    zones_staffed: bool
    identical_orders: int
    moves_per_order: int
    seed: int
    tour_metres: float
    stop: Callable[[], bool] | None = None


def waves_of(orders: list[Served], limit: Mapping[str, Limit], layout: Layout | None, search: Search) -> list[Wave]:
    """Carts of one period, and the waves they make up; kinds and zones that fill no cart ride with others.

    Where all of them together fill fewer carts and take less time to pick, they ride together, unless zones have
    pickers of their own.
    """
    orders = _not_alone(orders, search.identical_orders)
    blocks = _blocks(orders, limit, search.zones_apart)
    found = _waves_of_blocks(blocks, layout, search)
    together = _together(blocks)
    if not search.zones_staffed and len(together) < len(blocks) and _part_empty(found, together) > SPARE:
        others = _waves_of_blocks(together, layout, search)
        if _pick_metres(others, layout, search) < _pick_metres(found, layout, search) - 1e-9:
            return others
    return found


def _together(blocks: list[Block]) -> list[Block]:
    """All blocks but those picked in bulk as one."""
    bulk = [block for block in blocks if block[0] == IDENTICAL]
    mixed = [block for block in blocks if block[0] != IDENTICAL]
    if len(mixed) < 2:
        return blocks
    orders = [order for _, _, members, _ in mixed for order in members]
    most = mixed[0][3]
    for _, _, _, other in mixed[1:]:
        most = most.with_(other)
    kind = max((order.kind for order in orders), key=KINDS.index)
    return [*bulk, (kind, _zone(orders), orders, most)]


def _part_empty(found: list[Wave], together: list[Block]) -> float:
    """The share of carts that the orders would not need if they rode together."""
    carts = sum(len(wave) for wave in found)
    needed = 0
    for kind, _, orders, most in together:
        if kind == IDENTICAL:
            needed += sum(load.kind == IDENTICAL for wave in found for load in wave)
        else:
            needed += max(math.ceil(len(orders) / most.cart_orders), math.ceil(sum(map(most.load, orders)) - 1e-9))
    return (carts - needed) / carts if carts else 0.0


def _pick_metres(found: list[Wave], layout: Layout | None, search: Search) -> float:
    """What the tours cost, beginning them included, as metres."""
    loads = [load for wave in found for load in wave]
    walked = 0.0
    if layout is not None:
        few = layout.with_middle(1)
        for load in loads:
            walked += exact_tour(sorted({spot for order in load.orders for spot in order.spots}), few)[1]
    return walked + search.tour_metres * len(loads)


def _waves_of_blocks(blocks: list[Block], layout: Layout | None, search: Search) -> list[Wave]:
    found: list[Wave] = []
    for kind, zone, members, most in blocks:
        groups = _identical(members, most) if kind == IDENTICAL else _carts(members, most, layout, search)
        bundles = [bundle_of(group, kind, zone, most.volume_l) for group in groups]
        found += _waves(sorted(bundles, key=lambda bundle: (bundle[0].cutoff, bundle[0].orders[0].outbound_id)), most)
    return sorted(found, key=lambda wave: (min(load.cutoff for load in wave), wave[0].orders[0].outbound_id))


def waveless(
    orders: list[Served], limit: Mapping[str, Limit], layout: Layout | None, window: int, search: Search
) -> list[Wave]:
    """Carts cut from the most urgent orders, window by window, each released by itself."""
    queue = sorted(orders, key=lambda order: (order.cutoff, -order.weight, order.outbound_id))
    found: list[Wave] = []
    for first in range(0, len(queue), window):
        for wave in waves_of(queue[first : first + window], limit, layout, search):
            for load in wave:
                # The parts of an order stay together.
                found += [(load,)] if load.orders[0].is_counted else [(*found.pop(), load)]
    return found


def _not_alone(orders: list[Served], identical_orders: int) -> list[Served]:
    """Orders of one period; of too few with the same basket each is one like any other."""
    alike = Counter(order.basket for order in orders if order.kind == IDENTICAL)
    return [
        replace(order, kind=single_kind(order.basket))
        if order.kind == IDENTICAL and alike[order.basket] < identical_orders
        else order
        for order in orders
    ]


def _blocks(orders: list[Served], limit: Mapping[str, Limit], zones_apart: bool) -> list[Block]:
    """Orders by kind and zone, each block large enough to fill a cart and to be a wave, or the last to take it.

    A block is called by the kind of its largest baskets and, where all of it lies in one zone, by that zone.
    """
    held: dict[tuple[str, str], tuple[list[Served], Limit]] = {}
    for order in orders:
        zone = order.zone if zones_apart or order.kind == IDENTICAL else ACROSS
        held.setdefault((order.kind, zone), ([], limit[order.kind]))[0].append(order)
    for kind in KINDS[1:]:
        for zone in sorted(zone for name, zone in held if name == kind):
            block, most = held[kind, zone]
            if len(block) >= max(most.cart_orders, most.min_orders):
                continue
            # Another kind of the same zone first, then orders of several zones.
            target = (MERGED_INTO[kind], zone) if kind in MERGED_INTO else (kind, ACROSS)
            if target == (kind, zone):
                continue
            del held[kind, zone]
            others, theirs = held.get(target, ([], most))
            held[target] = (others + block, most.with_(theirs))
    return [
        (max((order.kind for order in block), key=KINDS.index), _zone(block), block, most)
        for _, (block, most) in sorted(held.items())
    ]


def _zone(orders: list[Served]) -> str:
    zones = {order.zone for order in orders}
    return zones.pop() if len(zones) == 1 else ACROSS


def _identical(orders: list[Served], most: Limit) -> list[list[Served]]:
    """Full carts of each basket: the same goods for every order, so that only their number is to be decided."""
    baskets: dict[tuple, list[Served]] = {}
    for order in orders:
        baskets.setdefault(order.basket, []).append(order)
    groups = []
    for members in baskets.values():
        load = max(map(most.load, members))
        size = max(min(int((1 + 1e-9) / load) if load else most.cart_orders, most.cart_orders), 1)
        groups += [members[first : first + size] for first in range(0, len(members), size)]
    return groups


def _carts(orders: list[Served], most: Limit, layout: Layout | None, search: Search) -> list[list[Served]]:
    """Carts of the least walking; orders without a place fill carts in turn, one too large has its own carts."""
    large = [[order] for order in orders if most.load(order) > 1]
    fit = [order for order in orders if most.load(order) <= 1]
    walked = [order for order in fit if layout is not None and order.spots]
    placeless = [order for order in fit if layout is None or not order.spots]
    groups = _in_turn(placeless, most)
    if len(walked) <= most.cart_orders and sum(map(most.load, walked)) <= 1:
        return large + groups + ([walked] if walked else [])
    from optimization.waves.carts.many import fill_carts
    from optimization.waves.carts.problem import CartProblem

    loads = [most.load(order) for order in walked]
    # Carts are compared a million times, and a second cross aisle makes each tour thirty times as much work.
    coarse = layout.with_middle(1)
    problem = CartProblem(coarse, [order.spots for order in walked], loads, 1.0, most.cart_orders, search.tour_metres)
    return (
        large
        + groups
        + [
            [walked[index] for index in cart]
            for cart in fill_carts(problem, search.moves_per_order, search.seed, search.stop)
        ]
    )


def _in_turn(orders: list[Served], most: Limit) -> list[list[Served]]:
    groups: list[list[Served]] = []
    held = 2.0
    for order in orders:
        if held + most.load(order) > 1 + 1e-9 or len(groups[-1]) == most.cart_orders:
            groups.append([])
            held = 0.0
        groups[-1].append(order)
        held += most.load(order)
    return groups


def bundle_of(orders: Sequence[Served], kind: str, zone: str, volume_l: float) -> list[Load]:
    """The cart of a group of orders, or the carts of one that is larger than a cart."""
    if len(orders) > 1:
        return [Load(tuple(orders), kind, zone)]
    return [Load((part,), kind, zone) for part in parts_of(orders[0], volume_l)]


def _waves(bundles: list[list[Load]], most: Limit) -> list[Wave]:
    """Carts in turn make a wave until it is full; those of one order stay together."""
    found: list[list[Load]] = []
    orders = units = 0
    for bundle in bundles:
        more = sum(order.is_counted for load in bundle for order in load.orders)
        pieces = sum(order.units for load in bundle for order in load.orders)
        if not found or orders + more > most.max_orders or units + pieces > most.max_units:
            found.append([])
            orders = units = 0
        found[-1] += bundle
        orders, units = orders + more, units + pieces
    return [tuple(wave) for wave in found]


def type_of(wave: Wave) -> str:
    """The kind of wave in the words of the warehouse's rules."""
    return wave_type(wave[0].kind)
