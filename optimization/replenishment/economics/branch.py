"""The exact choice for a few items, by branch and bound."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from scipy.sparse import coo_array

NODES = 300  # not seconds, so that the same problem has the same answer on any machine
GAP = 1e-4


def branch(
    value: np.ndarray,
    spend: np.ndarray,
    supplier: np.ndarray,
    minimum: np.ndarray,
    fixed: np.ndarray,
    budget: float,
) -> tuple[np.ndarray | None, float]:
    """Choose candidates by HiGHS, within a number of nodes.

    Parameters
    ----------
    value, spend, supplier, minimum, fixed, budget
        As for ``selection.select``.

    Returns
    -------
    tuple
        Candidates, shape (items,), None if none were found; and a bound on the value of any choice.
    """
    # Imported when needed: it takes longer than most choices.
    from scipy.optimize import Bounds, LinearConstraint, milp

    item, candidate = np.nonzero(np.isfinite(value[:, 1:]))
    candidate += 1
    size, suppliers = item.size, minimum.size
    place, last = np.arange(size), size + np.arange(suppliers)
    paid, owner = spend[item, candidate], supplier[item]
    items = np.arange(len(value))
    one_each = _matrix(
        (np.ones(size), item, place), (-np.ones(items.size), items, size + supplier), (items.size, size + suppliers)
    )
    least = _matrix((paid, owner, place), (-minimum, np.arange(suppliers), last), (suppliers, size + suppliers))
    limits = [LinearConstraint(one_each, -np.inf, 0), LinearConstraint(least, 0, np.inf)]
    if np.isfinite(budget):
        limits.append(LinearConstraint(np.append(paid, np.zeros(suppliers))[None], -np.inf, budget))
    found = milp(
        np.append(-value[item, candidate], fixed),
        constraints=limits,
        integrality=np.ones(size + suppliers),
        bounds=Bounds(0, 1),
        options={"node_limit": NODES, "mip_rel_gap": GAP},
    )
    bound = np.inf if found.mip_dual_bound is None else -float(found.mip_dual_bound)
    if found.x is None:
        return None, bound
    chosen = np.zeros(len(value), dtype=np.int64)
    taken = found.x[:size] > 0.5
    chosen[item[taken]] = candidate[taken]
    return chosen, bound


def _matrix(
    left: tuple[np.ndarray, np.ndarray, np.ndarray],
    right: tuple[np.ndarray, np.ndarray, np.ndarray],
    shape: tuple[int, int],
) -> coo_array:
    """A sparse matrix of two blocks of (entries, rows, columns)."""
    from scipy.sparse import coo_array

    entries, rows, columns = (np.concatenate(parts) for parts in zip(left, right, strict=True))
    return coo_array((entries, (rows, columns)), shape=shape)
