"""What a schedule of receipts is worth, on paths of demand."""

import numba
import numpy as np


@numba.njit(cache=True)
def schedule_values(
    item: np.ndarray,
    receipts: np.ndarray,
    on_hand: np.ndarray,
    demand: np.ndarray,
    unit_price: np.ndarray,
    shortage_cost: np.ndarray,
    holding_cost: np.ndarray,
    terminal_value: np.ndarray,
    backorder: np.ndarray,
) -> np.ndarray:
    """Mean over paths of sales less shortage and holding, plus what is left at the end.

    What is paid for the receipts is not counted.

    Parameters
    ----------
    item
        Row of the item that each schedule is for, shape (schedules,).
    receipts
        Units that arrive at the start of each period, shape (schedules, periods).
    on_hand
        By item; below zero where customers wait.
    demand
        Shape (items, paths, periods).
    unit_price, shortage_cost, holding_cost, terminal_value
        By item, money: of a sale, of a unit short (per period where demand waits), of a unit in stock for a period, of
        a unit left at the horizon.
    backorder
        By item: demand waits, else it is lost.

    Returns
    -------
    ndarray of float
        Money, shape (schedules,).
    """
    paths, periods = demand.shape[1], demand.shape[2]
    values = np.zeros(item.size)
    for schedule in range(item.size):
        row = item[schedule]
        total = 0.0
        for path in range(paths):
            stock, waiting = max(on_hand[row], 0.0), max(-on_hand[row], 0.0)
            for period in range(periods):
                stock += receipts[schedule, period]
                wanted = waiting + demand[row, path, period]
                served = min(stock, wanted)
                stock -= served
                short = wanted - served
                total += unit_price[row] * served - shortage_cost[row] * short - holding_cost[row] * stock
                # Customers who waited before go on waiting; others leave unless this item's demand waits.
                waiting = short if backorder[row] else max(waiting - served, 0.0)
            total += terminal_value[row] * stock
        values[schedule] = total / paths
    return values
