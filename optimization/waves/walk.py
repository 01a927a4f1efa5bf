"""A cart as it is walked: its picks in the order of the shortest tour, and its orders in slots."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from optimization.waves.allocation import Pick
from optimization.waves.carting import Load
from optimization.waves.layout import MOST_MIDDLE, Layout
from optimization.waves.routing.exact import exact_tour
from optimization.waves.routing.largest_gap import largest_gap
from optimization.waves.routing.s_shape import s_shape
from optimization.waves.routing.way import way
from optimization.waves.served import IDENTICAL, Served


@dataclass(frozen=True)
class Walk:
    """Picks in walking order (those without a place last), metres, those of two rules of thumb, and stops to pick."""

    picks: tuple[Pick, ...]
    metres: float
    s_shape_metres: float | None
    largest_gap_metres: float | None
    stops: int

    @property
    def slots(self) -> dict[str, int]:
        """The slot of each order, from 1, in the order in which the tour meets them."""
        met = dict.fromkeys(pick.outbound_id for pick in self.picks)
        return {outbound_id: slot for slot, outbound_id in enumerate(met, start=1)}


def walk(load: Load, layout: Layout | None) -> Walk:
    """The shortest tour through a cart's picks; goods of identical baskets are taken at one stop for all orders."""
    picks = sorted(
        (pick for order in load.orders for pick in order.picks),
        key=lambda pick: (pick.bin_id or "", pick.sku_id, pick.batch_no or "", pick.outbound_id),
    )
    at: dict[tuple[int, float], list[Pick]] = {}
    lost = []
    for pick in picks:
        if pick.walkable and layout is not None:
            at.setdefault((pick.aisle, float(pick.y_m)), []).append(pick)
        else:
            lost.append(pick)
    places = sorted(at)
    order, metres = _tour(places, layout) if places else ([], 0.0)
    stops = len(picks)
    if load.kind == IDENTICAL:
        stops = len({(pick.bin_id, pick.sku_id, pick.batch_no) for pick in picks})
    compared = (None, None)
    if places and not layout.middle_m:
        compared = (s_shape(places, layout)[1], largest_gap(places, layout)[1])
    return Walk(tuple([pick for index in order for pick in at[places[index]]] + lost), metres, *compared, stops)


def _tour(places: list[tuple[int, float]], layout: Layout) -> tuple[list[int], float]:
    """The shortest tour; where blocks are many, the shortest by some of the cross aisles, walked by all of them."""
    few = layout.with_middle(MOST_MIDDLE)
    order, metres = exact_tour(places, few)
    if few is not layout:
        stops = [(layout.aisle_x_m[places[index][0]], places[index][1]) for index in order]
        points = way(stops, layout.cross_m, (layout.dock_x_m, layout.dock_y_m))
        metres = sum(abs(one[0] - other[0]) + abs(one[1] - other[1]) for one, other in pairwise(points))
    return order, metres


def alone_metres(orders: Sequence[Served], layout: Layout | None) -> dict[str, float]:
    """Metres of the shortest tour of every order by itself."""
    from optimization.waves.carts.floor import floor_of
    from optimization.waves.carts.length import each_alone
    from optimization.waves.carts.problem import CartProblem

    walked = [order for order in orders if layout is not None and order.spots]
    if not walked:
        return {}
    t = floor_of(
        CartProblem(layout.with_middle(MOST_MIDDLE), [order.spots for order in walked], [0.0] * len(walked), 1.0, 1)
    )
    metres = each_alone(t)
    return dict(zip((order.outbound_id for order in walked), metres.tolist(), strict=True))
