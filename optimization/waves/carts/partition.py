"""The best way to cover all orders with carts that the search has seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from optimization.waves.carts.seen import Seen

if TYPE_CHECKING:
    from scipy.sparse import csc_matrix

AT_FIRST = 4_000
AT_ONCE = 4_000
MOST = 2_500
NODES = 500


def best_partition(seen: Seen, known: list[tuple[int, ...]], length: float, seconds: float) -> list[tuple[int, ...]]:
    """Orders on each cart of the shortest partition found among the carts seen.

    The linear relaxation is solved over growing parts of the table until no cart outside has a negative reduced
    cost; then every cart whose reduced cost is below the gap may be in a better partition, and HiGHS chooses.

    Parameters
    ----------
    seen
        Carts and the metres of their tours.
    known
        A partition of carts seen, and its ``length`` (metres).
    seconds
        For the choice of whole carts.
    """
    from scipy.optimize import LinearConstraint, milp
    from scipy.sparse import csc_matrix

    rows = np.flatnonzero(seen.keys)
    counts, lengths = seen.counts[rows].astype(np.int64), seen.lengths[rows]
    first = np.cumsum([0, *counts])
    inside = np.arange(seen.members.shape[1])[None, :] < counts[:, None]
    orders = seen.members[rows][inside].astype(np.int64)
    cover = csc_matrix((np.ones(len(orders)), orders, first), shape=(len(seen.names), len(rows)))
    chosen = _begin(cover, lengths, known, orders, first)
    while True:
        duals, bound = _relaxed(cover[:, chosen], lengths[chosen])
        reduced = lengths - cover.T @ duals
        reduced[chosen] = np.maximum(reduced[chosen], 0.0)
        better = np.flatnonzero(reduced < -1e-7)
        if not len(better):
            break
        chosen = np.union1d(chosen, better[np.argsort(reduced[better])[:AT_ONCE]])
    close = np.flatnonzero(reduced <= length - bound + 1e-7)
    if len(close) > MOST:
        close = close[np.argsort(reduced[close], kind="stable")[:MOST]]
    whole = milp(
        lengths[close],
        constraints=LinearConstraint(cover[:, close], 1, 1),
        integrality=np.ones(len(close)),
        bounds=(0, 1),
        options={"time_limit": seconds, "node_limit": NODES, "mip_rel_gap": 0.0},
    )
    if whole.x is None or whole.fun >= length - 1e-7:
        return known
    taken = close[whole.x > 0.5]
    return [tuple(orders[first[column] : first[column + 1]].tolist()) for column in taken]


def _begin(cover: csc_matrix, lengths: np.ndarray, known: list, orders: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Columns of the known partition and those with the fewest metres for the orders they carry."""
    alone = np.zeros(cover.shape[0])
    single = np.flatnonzero(np.diff(first) == 1)
    alone[orders[first[single]]] = lengths[single]
    worth = lengths / np.maximum(cover.T @ alone, 1e-9)
    wanted = {tuple(sorted(cart)) for cart in known}
    sizes = {len(cart) for cart in wanted}
    candidates = np.flatnonzero(np.isin(np.diff(first), list(sizes)))
    mine = [c for c in candidates if tuple(sorted(orders[first[c] : first[c + 1]].tolist())) in wanted]
    return np.unique(np.concatenate([np.array(mine), single, np.argsort(worth, kind="stable")[:AT_FIRST]])).astype(int)


def _relaxed(cover: csc_matrix, lengths: np.ndarray) -> tuple[np.ndarray, float]:
    """Duals and value of the linear relaxation."""
    from scipy.optimize import linprog

    found = linprog(lengths, A_eq=cover, b_eq=np.ones(cover.shape[0]), bounds=(0, None), method="highs")
    if found.status != 0:
        raise RuntimeError(f"the relaxation over carts was not solved: {found.message}")
    return found.eqlin.marginals, float(found.fun)
