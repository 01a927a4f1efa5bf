"""The exact choice for a few items, by branch and bound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from optimization.replenishment.economics.options import Options

if TYPE_CHECKING:
    from scipy.sparse import coo_array

NODES = 300  # not seconds, so that the same problem has the same answer on any machine
GAP = 1e-4


@dataclass(frozen=True)
class Branched:
    """What branch and bound found.

    Parameters
    ----------
    option, candidate
        Shape (items,): option chosen, −1 for none, and its candidate; None where no choice was found.
    bound
        No choice among the candidates given has a larger value.
    """

    option: np.ndarray | None
    candidate: np.ndarray | None
    bound: float


def branch(options: Options, may_be: np.ndarray) -> Branched:
    """Choose options and candidates by HiGHS, within a number of nodes.

    Parameters
    ----------
    options
        What may be bought from whom.
    may_be
        Shape (options, candidates), bool: candidates looked at.
    """
    # Imported when needed: it takes longer than most choices.
    from scipy.optimize import Bounds, LinearConstraint, milp

    (minimum, fixed, capacity), budget, value, item = options.terms, options.budget, options.value, options.item
    option, candidate = np.nonzero(may_be[:, 1:] & np.isfinite(value[:, 1:]))
    candidate += 1
    size, suppliers, every = option.size, minimum.size, np.arange(item.size)
    place, last = np.arange(size), size + np.arange(suppliers)
    paid, owner, columns = options.spend[option, candidate], options.supplier[option], size + suppliers
    items = int(item.max(initial=-1)) + 1
    one_each = _matrix([(np.ones(size), item[option], place)], (items, columns))
    opened = _matrix(
        [(np.ones(size), option, place), (-np.ones(every.size), every, size + options.supplier)], (every.size, columns)
    )
    least = _matrix([(paid, owner, place), (-minimum, np.arange(suppliers), last)], (suppliers, columns))
    limits = [
        LinearConstraint(one_each, -np.inf, 1),
        LinearConstraint(opened, -np.inf, 0),
        LinearConstraint(least, 0, np.inf),
    ]
    if np.isfinite(capacity).any():
        room = np.where(np.isfinite(capacity), capacity, paid.sum())
        most = _matrix([(paid, owner, place), (-room, np.arange(suppliers), last)], (suppliers, columns))
        limits.append(LinearConstraint(most, -np.inf, 0))
    if np.isfinite(budget):
        limits.append(LinearConstraint(np.append(paid, np.zeros(suppliers))[None], -np.inf, budget))
    found = milp(
        np.append(-value[option, candidate], fixed),
        constraints=limits,
        integrality=np.ones(columns),
        bounds=Bounds(0, 1),
        options={"node_limit": NODES, "mip_rel_gap": GAP},
    )
    bound = np.inf if found.mip_dual_bound is None else -float(found.mip_dual_bound)
    if found.x is None:
        return Branched(None, None, bound)
    taken = found.x[:size] > 0.5
    whose, chosen = np.full(items, -1, dtype=np.int64), np.zeros(items, dtype=np.int64)
    whose[item[option[taken]]], chosen[item[option[taken]]] = option[taken], candidate[taken]
    return Branched(whose, chosen, bound)


def _matrix(parts: list[tuple[np.ndarray, np.ndarray, np.ndarray]], shape: tuple[int, int]) -> coo_array:
    """A sparse matrix of blocks of (entries, rows, columns)."""
    from scipy.sparse import coo_array

    entries, rows, columns = (np.concatenate(part) for part in zip(*parts, strict=True))
    return coo_array((entries, (rows, columns)), shape=shape)
