"""Goods that one location does not need and another does, where moving them is cheaper than buying."""

import numpy as np
import polars as pl
from scipy import optimize, sparse

from forecasting.door import check_frame, check_unique, refuse_rows
from optimization.replenishment.allocation.fair_share import fair_share

SURPLUS = {"sku_id": "text", "location_id": "text", "surplus_qty": "integer", "value_here": "number"}
NEEDS = {"sku_id": "text", "location_id": "text", "need_qty": "integer", "value_there": "number"}
LANES = {"from_location_id": "text", "to_location_id": "text", "unit_cost": "number"}


def plan_transfers(surplus: pl.DataFrame, needs: pl.DataFrame, lanes: pl.DataFrame) -> pl.DataFrame:
    """Moves that save most, all SKUs and locations at once.

    A unit that moves loses what it is worth where it lies and gains what it is worth where it is needed. That is at
    most what buying it in time would cost, so a unit is moved exactly where that is cheaper than buying, and bought
    where it is not. A transportation problem: with whole surpluses and needs its linear program has a whole solution.

    Parameters
    ----------
    surplus
        ``sku_id``, ``location_id`` (text), ``surplus_qty`` (int, ≥ 0: units beyond the need there), ``value_here``
        (number: what one is worth if it stays: terminal value, or what clearance would bring).
    needs
        ``sku_id``, ``location_id`` (text), ``need_qty`` (int, ≥ 0), ``value_there`` (number: landed cost of buying one
        in time, or the money lost without it where no purchase is in time). A location may need units of several
        values, each in a row of its own.
    lanes
        ``from_location_id``, ``to_location_id`` (text), ``unit_cost`` (number, ≥ 0: freight and handling of a unit), of
        lanes that are in time.

    Returns
    -------
    pl.DataFrame
        ``sku_id``, ``from_location_id``, ``to_location_id`` (str), ``quantity`` (int, > 0), ``est_cost``, ``saving``
        (float, money), largest saving first.

    Raises
    ------
    ValueError
        Naming column, value and row of the first thing that is wrong.
    """
    for frame, columns, keys, what in (
        (surplus, SURPLUS, ["sku_id", "location_id"], "surplus"),
        (needs, NEEDS, ["sku_id", "location_id", "value_there"], "needs"),
        (lanes, LANES, ["from_location_id", "to_location_id"], "lanes"),
    ):
        check_frame(frame, columns, what)
        check_unique(frame, keys, what)
    refuse_rows(surplus, pl.col("surplus_qty") < 0, "surplus_qty", "must be zero or more", "surplus")
    refuse_rows(needs, pl.col("need_qty") < 0, "need_qty", "must be zero or more", "needs")
    refuse_rows(lanes, pl.col("unit_cost") < 0, "unit_cost", "must be zero or more", "lanes")
    giving = surplus.filter(pl.col("surplus_qty") > 0).rename({"location_id": "from_location_id"})
    wanting = needs.filter(pl.col("need_qty") > 0).rename({"location_id": "to_location_id"})
    moves = (
        giving.with_row_index("giver")
        .join(lanes, on="from_location_id")
        .join(wanting.with_row_index("taker"), on=["sku_id", "to_location_id"])
        .with_columns(unit_saving=pl.col("value_there") - pl.col("value_here") - pl.col("unit_cost"))
        .filter(pl.col("unit_saving") > 0)
        .sort("sku_id", "from_location_id", "to_location_id")
    )
    planned = moves.with_columns(quantity=_best_moves(moves, giving, wanting))
    moved = _shared_alike(planned).filter(pl.col("quantity") > 0)
    route = ["sku_id", "from_location_id", "to_location_id"]
    by_value = moved.select(
        *route,
        "quantity",
        est_cost=pl.col("quantity") * pl.col("unit_cost").cast(pl.Float64),
        saving=pl.col("quantity") * pl.col("unit_saving").cast(pl.Float64),
    )
    together = by_value.group_by(route).sum()
    return together.sort("saving", *route, descending=[True, False, False, False])


def _shared_alike(moves: pl.DataFrame) -> pl.DataFrame:
    """The same moves, where one place alone gives and a unit saves the same at several: each lasts equally long.

    Money does not say which of them comes first; to serve one whole and the other not at all is no better in the mean,
    and worse whenever demand turns out otherwise.
    """
    tied = moves.with_columns(tie=pl.col("unit_saving").cast(pl.Float64).round(6)).with_columns(
        givers=pl.col("giver").n_unique().over("sku_id"), alike=pl.len().over("giver", "tie"),
        given=pl.col("quantity").sum().over("giver", "tie"),
    )  # fmt: skip
    # A group of places that save the same is a source of its own, with what it was given.
    named = tied.filter(pl.col("givers") == 1, pl.col("alike") > 1).with_columns(
        from_location_id=pl.format("{} {}", "from_location_id", "tie"), location_id="to_location_id"
    )
    needs = named.select(
        "sku_id", "from_location_id", "location_id", "giver", "taker", "need_qty", position_qty=pl.lit(0, pl.Int64),
        demand_rate=pl.col("need_qty").cast(pl.Float64), step=pl.lit(1, pl.Int64),
    )  # fmt: skip
    supply = named.select("sku_id", "from_location_id", available_qty="given").unique()
    shared = fair_share(supply, needs).select("giver", "taker", shared="allocated_qty")
    joined = moves.join(shared, on=["giver", "taker"], how="left", maintain_order="left")
    return joined.with_columns(quantity=pl.coalesce("shared", "quantity")).drop("shared")


def _best_moves(moves: pl.DataFrame, giving: pl.DataFrame, wanting: pl.DataFrame) -> pl.Series:
    if moves.is_empty():
        return pl.Series([], dtype=pl.Int64)
    columns, ones = np.arange(moves.height), np.ones(moves.height)
    givers = sparse.csr_array((ones, (moves["giver"].to_numpy(), columns)), (giving.height, moves.height))
    takers = sparse.csr_array((ones, (moves["taker"].to_numpy(), columns)), (wanting.height, moves.height))
    # The simplex method ends in a corner, and corners of a transportation problem are whole.
    result = optimize.linprog(
        -moves["unit_saving"].cast(pl.Float64).to_numpy(),
        A_ub=sparse.vstack([givers, takers]),
        b_ub=np.concatenate([giving["surplus_qty"].to_numpy(), wanting["need_qty"].to_numpy()]),
        method="highs-ds",
    )
    if not result.success:
        raise ValueError(f"transfers could not be planned: {result.message}")
    return pl.Series(np.rint(result.x).astype(np.int64))
