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
    cost, before = quantity * unit_cost[:, None], unit_cost.copy()
    tiers = breaks.sort("from_quantity").with_columns(tier=pl.int_range(pl.len()).over("option"))
    # The first break of every option, then the second of those that have one: no option has a break twice in a tier.
    for here in tiers.sort("tier").partition_by("tier"):
        row = here["option"].to_numpy()
        start, price = (here[name].cast(pl.Float64).to_numpy()[:, None] for name in ("from_quantity", "unit_cost"))
        whole = (here["kind"] == "all_unit").to_numpy()[:, None]
        asked = quantity[row]
        reached = np.where(asked >= start, asked * price, cost[row])
        beyond = cost[row] + np.maximum(asked - start, 0) * (price - before[row][:, None])
        cost[row] = np.where(whole, reached, beyond)
        before[row] = np.where(whole, before[row][:, None], price)[:, 0]
    return cost
