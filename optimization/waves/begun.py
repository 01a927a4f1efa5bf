"""Minutes of work that the floor has begun, from what the orders in hand still need."""

import polars as pl

from forecasting.door import check_frame
from optimization.waves.problem import BEGUN, Problem
from optimization.waves.standards import STAGES, Rate, rates

IN_HAND = {
    "warehouse_id": "text", "is_picked": "bool", "order_count": "integer", "pick_count": "integer",
    "unit_count": "integer",
}  # fmt: skip


def begun_minutes(in_hand: pl.DataFrame, problem: Problem) -> pl.DataFrame:
    """Minutes by warehouse and stage, without the walk, which is known to the warehouse alone.

    Parameters
    ----------
    in_hand
        Orders in waves that are not packed: ``warehouse_id``, ``is_picked`` (bool), ``order_count``,
        ``pick_count``, ``unit_count`` (int, still to do).
    problem
        Whose standards hold.

    Returns
    -------
    DataFrame
        ``warehouse_id``, ``stage``, ``minutes``, as ``Problem.begun`` takes it.
    """
    check_frame(in_hand, IN_HAND, "in_hand")
    found = []
    for row in in_hand.sort("warehouse_id", "is_picked").iter_rows(named=True):
        rate = rates(problem, row["warehouse_id"])
        for stage in STAGES[row["is_picked"] :]:
            minutes = rate.get(stage, Rate()).minutes(
                picks=row["pick_count"], units=row["unit_count"], orders=row["order_count"]
            )
            found.append((row["warehouse_id"], stage, minutes))
    types = {"text": pl.String, "number": pl.Float64}
    return pl.DataFrame(found, schema={name: types[kind] for name, kind in BEGUN.items()}, orient="row")
