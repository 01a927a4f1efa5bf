"""The whole wave plan, warehouse by warehouse."""

import hashlib
import json
from collections.abc import Callable

from optimization.waves.allocation import wanted_by_order
from optimization.waves.house import House, house_of
from optimization.waves.keep import replanned
from optimization.waves.layout import layouts
from optimization.waves.params import Params
from optimization.waves.plan import Plan
from optimization.waves.problem import Problem
from optimization.waves.rows import rows_of, tables

WHY = (
    "Minutes of labour to pick, sort, check and pack, after the weight of missed cut-offs is as small as the search "
    "makes it. Its bound: work on units, orders and SKUs, full carts, and the way to the farthest order of each cart."
)


def solve(
    problem: Problem, params: Params | None = None, stop: Callable[[], bool] | None = None, seed: int = 0
) -> Plan:
    """Decide which orders are picked together, when, from which bins, on which cart and in which order.

    Each warehouse by itself. Orders are served in turn (``served``), spread over the periods between cut-offs so
    that the fewest miss theirs (``periods``), put on carts (``carting``), walked by their shortest tours
    (``walk``) and given to the first free picker (``schedule``). A plan made before is kept where a new one gains
    too little (``keep``). What cannot be picked or will be late stands in ``Plan.unplanned`` by name.

    Parameters
    ----------
    problem
        Orders, goods, people and limits.
    params
        Settings; defaults if None.
    stop
        Asked between parts of the search for carts; once it says so, the search ends.
    seed
        Of that search.

    Returns
    -------
    Plan
    """
    params = params or Params()
    places, wanted = layouts(problem), wanted_by_order(problem.lines)
    line_counts = dict(problem.lines.group_by("outbound_id").len().rows())
    previous = _previous(problem)
    rows = {name: [] for name in ("waves", "carts", "wave_orders", "picks", "replenishments", "unplanned", "labour")}
    misses, misses_bound, minutes, bound = 0, 0.0, 0.0, 0.0
    for warehouse in sorted(problem.orders["warehouse_id"].unique()):
        house = house_of(problem, warehouse, places.get(warehouse), wanted, line_counts, params, seed)
        draft = replanned(house, previous, seed, stop)
        rows_of(house, draft, problem.instant, _names(house, draft), rows)
        misses, misses_bound = misses + draft.misses, misses_bound + draft.misses_bound
        minutes, bound = minutes + draft.minutes, bound + draft.minutes_bound
    return Plan(
        objective=minutes, bound=bound, why=WHY, misses=misses, misses_bound=misses_bound, params=params,
        **tables(rows, problem.orders.schema["cutoff_at"]),
    )  # fmt: skip


def _previous(problem: Problem):
    return None if problem.previous is None or problem.previous.is_empty() else problem.previous


def _names(house: House, draft) -> list[str]:
    """Kept waves keep their names; others are named by what is in them, or once more where that name is taken."""
    names = []
    for number, wave in enumerate(draft.waves):
        orders = [order.outbound_id for load in wave for order in load.orders]
        names.append(draft.names.get(number) or wave_name(house.warehouse, orders))
    return names


def wave_name(warehouse: str, outbound_ids: list[str]) -> str:
    """Id of a wave from its warehouse and orders: the same wave keeps its name from run to run."""
    key = json.dumps([warehouse, *sorted(outbound_ids)], ensure_ascii=False)
    return f"WAV-{hashlib.sha256(key.encode()).hexdigest()[:20]}"
