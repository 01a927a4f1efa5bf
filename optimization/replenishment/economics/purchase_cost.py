"""What a supplier asks for a quantity."""

import numpy as np
import polars as pl


def purchase_cost(quantity: np.ndarray, unit_cost: np.ndarray, breaks: pl.DataFrame) -> np.ndarray:
    """Price of whole orders under price breaks.

    Parameters
    ----------
    quantity
        Shape (options, candidates), base units.
    unit_cost
        Shape (options,): of units below the first break.
    breaks
        ``option`` (int, row), ``from_quantity``, ``unit_cost`` (numbers), ``kind`` (text: ``all_unit``: the
        price of every unit of an order that large; ``incremental``: the price of the units beyond it).

    Returns
    -------
    np.ndarray
        Money, shape (options, candidates).
    """
    cost = quantity * unit_cost[:, None]
    for option, rows in breaks.sort("from_quantity").partition_by("option", as_dict=True).items():
        row = option[0]
        before = unit_cost[row]
        for start, price, kind in rows.select("from_quantity", "unit_cost", "kind").iter_rows():
            reached = quantity[row] >= start
            if kind == "all_unit":
                cost[row] = np.where(reached, quantity[row] * price, cost[row])
            else:
                cost[row] += np.maximum(quantity[row] - start, 0) * (price - before)
                before = price
    return cost
