"""What a schedule of receipts is worth, on paths of demand and arrival."""

import numba
import numpy as np

from optimization.replenishment.economics.later_worth import later_worth


@numba.njit(cache=True, nogil=True)
def change_values(
    item: np.ndarray,
    line: np.ndarray,
    quantity: np.ndarray,
    shift: np.ndarray,
    hastened: np.ndarray,
    open_qty: np.ndarray,
    arrivals: np.ndarray,
    receipts: np.ndarray,
    on_hand: np.ndarray,
    demand: np.ndarray,
    unit_price: np.ndarray,
    shortage_cost: np.ndarray,
    holding_cost: np.ndarray,
    terminal_value: np.ndarray,
    backorder: np.ndarray,
    begins: np.ndarray,
    later_cost: np.ndarray,
    excess_cost: np.ndarray,
    level: np.ndarray,
    salvage: np.ndarray,
    slope: np.ndarray,
    lasting: np.ndarray,
) -> np.ndarray:
    """Mean over paths of sales less shortage and holding plus what is left at the end, with one line changed.

    What is paid for the receipts is not counted. From ``begins`` on other orders make up for what is missing, so a
    sale earns what it spares of them, and stock costs only beyond their level (``economics.futures``).

    Parameters
    ----------
    item, line, quantity, shift, hastened
        Of each schedule: row of the item, row of the line that is changed (−1: none), units that it then brings,
        periods by which it then comes later, whether it is valued as what is hastened (int, 0 or 1: see
        ``Afterwards.begins``).
    open_qty, arrivals
        Of each line: units, shape (lines,), and the period of arrival, shape (lines, paths).
    receipts
        Units that arrive at the start of each period with every line as it is, shape (items, paths, periods).
    on_hand
        By item; below zero where customers wait.
    demand
        Shape (items, paths, periods).
    unit_price, shortage_cost, holding_cost, terminal_value
        By item, money: of a sale, of a unit short (per period where demand waits), of a unit in stock for a period, of
        a unit left at the horizon.
    backorder
        By item: demand waits, else it is lost.
    begins, later_cost, excess_cost, level, salvage, slope, lasting
        By item, as in ``Afterwards``.

    Returns
    -------
    ndarray of float
        Money, shape (schedules,).
    """
    paths, periods = demand.shape[1], demand.shape[2]
    values = np.zeros(item.size)
    for schedule in range(item.size):
        row, changed = item[schedule], line[schedule]
        total = 0.0
        for path in range(paths):
            begin = begins[hastened[schedule], row, path]
            stock, waiting = max(on_hand[row], 0.0), max(-on_hand[row], 0.0)
            old = new = -1
            if changed >= 0:
                old = min(arrivals[changed, path], periods - 1)
                new = min(max(arrivals[changed, path] + shift[schedule], 0), periods - 1)
            for period in range(periods):
                stock += receipts[row, path, period]
                if period == new:
                    stock += quantity[schedule]
                if period == old:
                    stock -= open_qty[changed]
                wanted = waiting + demand[row, path, period]
                before, served = stock, min(stock, wanted)
                stock -= served
                short = wanted - served
                if period < begin:
                    total += unit_price[row] * served - shortage_cost[row] * short - holding_cost[row] * stock
                    # Customers who waited before go on waiting; others leave unless this item's demand waits.
                    waiting = short if backorder[row] else max(waiting - served, 0.0)
                else:
                    beyond = min(max(before - level[row, period], 0.0), stock)
                    total += later_cost[row] * served - excess_cost[row] * beyond
                    waiting = 0.0
            worth = terminal_value[row], salvage[row], slope[row], lasting[row]
            total += later_worth(stock, level[row, periods - 1], worth)
        values[schedule] = total / paths
    return values
