"""Where only so many units are released at a time: which orders go now, by urgency, then by units per aisle visited."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby

from optimization.waves.allocation import Goods, Stock
from optimization.waves.params import Params
from optimization.waves.problem import Problem
from optimization.waves.served import NextWave, Served

# A choice leaves at most this share of the room empty, where orders allow: else the best wave is one full aisle.
EMPTY = 0.1
LEAST_MOVES = 20_000


def next_wave(
    orders: list[Served], problem: Problem, warehouse: str, wanted: Mapping[str, dict[Goods, int]], params: Params,
    seed: int,
) -> NextWave | None:  # fmt: skip
    """Orders that wait; None where all can go.

    Orders of the plan before go first, then by cut-off and weight, as long as all of the same urgency fit. Among those
    of which only some do, the wave of most units per aisle visited is chosen from what the bins then hold.
    """
    most = params.most_units
    if most is None or sum(order.units for order in orders) <= most:
        return None
    before = set() if problem.previous is None else set(problem.previous["outbound_id"])

    def urgency(order: Served) -> tuple:
        return order.outbound_id not in before, order.cutoff, -order.weight

    stock, taken, aisles = Stock(problem, warehouse), set(), set()
    for _, group in groupby(sorted(orders, key=lambda order: (*urgency(order), order.outbound_id)), urgency):
        alike = list(group)
        units = sum(order.units for order in alike)
        if units > most:
            chosen, aisles = _chosen(alike, stock, wanted, most, params, seed)
            taken |= chosen
            break
        for order in alike:
            stock.take(order.outbound_id, wanted[order.outbound_id])
            taken.add(order.outbound_id)
        most -= units
    return NextWave(frozenset(order.outbound_id for order in orders) - taken, frozenset(aisles))


def _chosen(
    orders: list[Served], stock: Stock, wanted: Mapping[str, dict[Goods, int]], most: int, params: Params, seed: int
) -> tuple[set[str], set[int]]:
    """Orders of the most units per aisle, and the aisles; where no goods have a place, orders in turn."""
    from optimization.waves.selection import WaveSelection, select_wave_by_moves  # numba, which few turns need

    held = stock.by_aisle()
    numbers = sorted(held)
    items = {
        goods: number
        for number, goods in enumerate(sorted({g for o in orders for g in wanted[o.outbound_id]}, key=str))
    }
    asked = [{items[goods]: units for goods, units in wanted[order.outbound_id].items()} for order in orders]
    lying = [
        {items[goods]: units for goods, units in held[aisle].items() if units and goods in items} for aisle in numbers
    ]
    moves = max(params.moves_per_order * len(orders), LEAST_MOVES)
    for least in (int((1 - EMPTY) * most), 1):
        found = (
            select_wave_by_moves(WaveSelection(asked, lying, least, most), moves, seed) if numbers and most else None
        )
        if found is not None:
            return {orders[number].outbound_id for number in found.orders}, {numbers[aisle] for aisle in found.aisles}
    chosen = set()
    for order in orders:
        if order.units <= most:
            chosen.add(order.outbound_id)
            most -= order.units
    return chosen, set()
