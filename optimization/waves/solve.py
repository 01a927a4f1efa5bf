"""Waves by cut-off, then arrival."""

import hashlib
import json
from collections.abc import Callable

import polars as pl

from optimization.waves.allocation import Pick, Stock, wanted_by_order
from optimization.waves.layout import Layout, layouts
from optimization.waves.params import Params
from optimization.waves.plan import Plan
from optimization.waves.problem import Problem
from optimization.waves.routing.exact import exact_tour

WHY = (
    "Metres walked in the shortest tours, over picks whose place is known. Waves are cut by cut-off, then "
    "arrival, without search, so there is no bound."
)

NO_PLACE = "no_pick_location"


def solve(
    problem: Problem, params: Params | None = None, stop: Callable[[], bool] | None = None, seed: int = 0
) -> Plan:
    """Cut each warehouse's orders into waves by cut-off, then arrival, and walk each wave in its shortest tour.

    Orders are served in that sequence from the first bins in walking order; an order that the bins cannot
    serve whole is held out and takes nothing. An order whose goods have no known place is planned and
    flagged.

    Parameters
    ----------
    problem
        Orders, lines, locations, docks.
    params
        Settings; defaults if None.
    stop, seed
        Part of every solver's face; one pass without chance has no use for them.

    Returns
    -------
    Plan
    """
    params = params or Params()
    stock, plans, wanted = Stock(problem), layouts(problem), wanted_by_order(problem.lines)
    line_counts = dict(problem.lines.group_by("outbound_id").len().rows())
    queue = problem.orders.sort("warehouse_id", "cutoff_at", "released_at", "outbound_id", nulls_last=True)
    waves, wave_orders, picks, unplanned = [], [], [], []
    for (warehouse,), orders in queue.group_by("warehouse_id", maintain_order=True):
        served = []
        for outbound_id, cutoff in orders.select("outbound_id", "cutoff_at").rows():
            held = held_out(stock, warehouse, wanted.get(outbound_id))
            if held:
                unplanned.append((outbound_id, warehouse, *held))
            else:
                served.append((outbound_id, cutoff, stock.take(warehouse, outbound_id, wanted[outbound_id])))
        for number, first in enumerate(range(0, len(served), params.max_orders), start=1):
            members = served[first : first + params.max_orders]
            wave_id = wave_name(warehouse, [outbound_id for outbound_id, _, _ in members])
            walk, distance = tour([pick for _, _, taken in members for pick in taken], plans.get(warehouse))
            alone = sum(tour(taken, plans.get(warehouse))[1] for _, _, taken in members)
            cutoff = min((cutoff for _, cutoff, _ in members if cutoff is not None), default=None)
            lines = sum(line_counts[outbound_id] for outbound_id, _, _ in members)
            units = sum(pick.qty for pick in walk)
            waves.append((wave_id, warehouse, number, cutoff, len(members), lines, units, len(walk), distance, alone))
            for slot, (outbound_id, _, taken) in enumerate(members, start=1):
                flag = None if all(pick.walkable for pick in taken) else NO_PLACE
                wave_orders.append((wave_id, outbound_id, slot, flag))
            picks += [
                (
                    wave_id,
                    seq,
                    pick.outbound_id,
                    pick.sku_id,
                    pick.bin_id,
                    pick.aisle,
                    pick.x_m,
                    pick.y_m,
                    pick.qty,
                )
                for seq, pick in enumerate(walk, start=1)
            ]
    table = frames(waves, wave_orders, picks, unplanned, problem.orders.schema["cutoff_at"])
    return Plan(objective=float(table["waves"]["distance_m"].sum()), bound=None, why=WHY, params=params, **table)


def held_out(stock: Stock, warehouse: str, wanted: dict[str, int] | None) -> tuple[str, str] | None:
    """Reason and detail why an order cannot be picked; None when it can."""
    if not wanted:
        return "no_lines", "the order has no lines"
    short = stock.short(warehouse, wanted)
    if short:
        return "short_stock", "; ".join(f"{sku}: {quantity} wanted, {left} left" for sku, quantity, left in short)
    return None


def wave_name(warehouse: str, outbound_ids: list[str]) -> str:
    """Id of a wave from its warehouse and orders: the same wave keeps its name from run to run."""
    key = json.dumps([warehouse, *sorted(outbound_ids)], ensure_ascii=False)
    return f"WAV-{hashlib.sha256(key.encode()).hexdigest()[:20]}"


def tour(picks: list[Pick], layout: Layout | None) -> tuple[list[Pick], float]:
    """Picks in walking order, those without a place last, and the length of the tour (in metres)."""
    placed = [pick for pick in picks if pick.walkable]
    order, distance = exact_tour([(pick.aisle, float(pick.y_m)) for pick in placed], layout) if placed else ([], 0.0)
    return [placed[index] for index in order] + [pick for pick in picks if not pick.walkable], distance


def frames(
    waves: list, wave_orders: list, picks: list, unplanned: list, instant: pl.DataType
) -> dict[str, pl.DataFrame]:
    """The plan's rows as frames of the types that ``Plan`` documents."""
    text, whole, metres = pl.String, pl.Int64, pl.Float64
    schemas = {
        "waves": {"wave_id": text, "warehouse_id": text, "wave_no": whole, "cutoff_at": instant}
        | dict.fromkeys(["order_count", "line_count", "unit_count", "pick_count"], whole)
        | {"distance_m": metres, "baseline_distance_m": metres},
        "wave_orders": {"wave_id": text, "outbound_id": text, "slot": whole, "flag": text},
        "picks": {"wave_id": text, "seq": whole, "outbound_id": text, "sku_id": text, "bin_id": text}
        | {"aisle": whole, "x_m": metres, "y_m": metres, "qty": whole},
        "unplanned": {"outbound_id": text, "warehouse_id": text, "reason": text, "detail": text},
    }
    rows = {"waves": waves, "wave_orders": wave_orders, "picks": picks, "unplanned": unplanned}
    return {name: pl.DataFrame(rows[name], schema=schema, orient="row") for name, schema in schemas.items()}
