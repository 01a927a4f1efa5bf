"""Two items changed together: what one gives up pays for the other."""

import numpy as np

MOVES = 300  # changes of single items that are paired
NOTHING = 1e-9


def exchange(
    candidate: np.ndarray,
    value: np.ndarray,
    spend: np.ndarray,
    supplier: np.ndarray,
    terms: tuple[np.ndarray, np.ndarray, np.ndarray],
    budget: float,
    price: float,
    times: int,
) -> np.ndarray:
    """Change items in pairs while that earns more; a choice beyond the budget is first brought within it.

    Only the changes that lose least at the price of the budget are paired, so the result is a local optimum
    among those.

    Parameters
    ----------
    candidate
        Shape (items,): the choice; not changed.
    value, spend
        Shape (items, candidates).
    supplier
        Shape (items,): row of the supplier; those that nothing is ordered from stay closed.
    terms
        Least and largest spend of an order per supplier, and the suppliers ordered from (bool).
    budget, price
        Largest spend in all, and the price of money.
    times
        Most pairs changed.

    Returns
    -------
    np.ndarray
        Shape (items,).
    """
    minimum, most, is_open = terms
    candidate, rows = candidate.copy(), np.arange(candidate.size)
    for _ in range(times):
        spent = spend[rows, candidate]
        left = budget - float(spent.sum())
        paid_to = np.bincount(supplier, spent, minimum.size)
        gain = value - value[rows, candidate][:, None]
        more = spend - spent[:, None]
        regret = np.where(is_open[supplier][:, None] & np.isfinite(gain), price * more - gain, np.inf)
        regret[rows, candidate] = np.inf
        # A change of nothing is among them, so that one item may change alone.
        nearest = np.argsort(regret, axis=None, kind="stable")[:MOVES]
        nearest = nearest[np.isfinite(regret.ravel()[nearest])]
        item = np.append(nearest // value.shape[1], -1)
        to = np.append(nearest % value.shape[1], 0)
        earned = np.append(gain.ravel()[nearest], 0.0)
        paid = np.append(more.ravel()[nearest], 0.0)
        owner = np.append(supplier[item[:-1]], -1)
        slack = np.append((paid_to - minimum)[owner[:-1]], np.inf)
        room = np.append((most - paid_to)[owner[:-1]], np.inf)
        alone = ((paid >= 0) | (slack + paid >= -NOTHING)) & ((paid <= 0) | (paid <= room + NOTHING))
        both = paid[:, None] + paid[None, :]
        together = (slack[:, None] + both >= -NOTHING) & (both <= room[:, None] + NOTHING)
        keeps = np.where(owner[:, None] == owner[None, :], together, alone[:, None] & alone)
        fits = keeps & (both <= left + NOTHING) & (item[:, None] != item[None, :])
        total = np.where(fits, earned[:, None] + earned[None, :], -np.inf)
        first, second = np.unravel_index(total.argmax(), total.shape)
        if not np.isfinite(total[first, second]) or (left >= -NOTHING and total[first, second] <= NOTHING):
            break
        for move in (first, second):
            if item[move] >= 0:
                candidate[item[move]] = to[move]
    return candidate
