"""Purchases that goods lying idle elsewhere can spare: moved instead of bought, where that is cheaper.

A unit that moves spares what it would cost to buy here, and is missed there when its turn to sell comes: by then
another is bought in its place, so what moving saves is what the unit would have cost until then. Both are told by what
stock is worth on the paths of the plan itself, and a move stands only where the plan made again with it earns more.
"""

from dataclasses import replace

import numpy as np
import polars as pl

from optimization.replenishment.allocation import worth_the_trip
from optimization.replenishment.economics import EconomicParams, ReplenishmentPlan, ReplenishmentProblem, solve
from optimization.replenishment.economics.offers import offers
from optimization.replenishment.economics.renewed import renewed
from optimization.replenishment.moving.proof import proven_of, stock_gains
from optimization.replenishment.moving.stand import ROUTE, Stand, ends_of
from optimization.replenishment.moving.ways import WORTH, worth_moving
from optimization.replenishment.one_option import as_ordered
from optimization.replenishment.problem import KEY

ROUNDS = 8  # in which moves that turn out too dear are left out, before all are
MOVED = WORTH | {"ship_date": pl.Date, "arrival_date": pl.Date}


def moved_instead(
    priced: ReplenishmentProblem,
    trips: pl.DataFrame,
    params: EconomicParams,
    unwelcome: pl.DataFrame,
    clearing: pl.DataFrame,
) -> tuple[ReplenishmentProblem, ReplenishmentPlan, pl.DataFrame, float]:
    """The plan of a problem, with transfers in the place of purchases where the two together earn more.

    Parameters
    ----------
    priced
        The problem.
    trips
        ``from_location_id``, ``to_location_id``, ``unit_cost``, ``trip_cost`` (money), ``ship_date``, ``arrival_date``:
        the next trip of each lane.
    params
        Settings of the plan.
    unwelcome, clearing
        As in ``Problem``.

    Returns
    -------
    tuple
        The problem with the moves in it, its plan, the moves as ``Plan.moved`` has them (a saving is what the plan
        earns more by its move, freight paid), and what stock is worth more where it now is, freight paid: the plan's
        own money starts from there.
    """
    offered = offers(priced, params)
    plan = solve(priced, params, offered=offered)
    if trips.is_empty():
        return priced, plan, pl.DataFrame(schema=MOVED), 0.0
    stand = Stand(priced, offered, plan, as_ordered(priced, plan))
    asked = worth_moving(stand, trips, unwelcome, clearing)
    for _ in range(ROUNDS):
        # Those who still go pay the trip between them.
        moves = worth_the_trip(asked, trips)
        if moves.is_empty():
            break
        ends = ends_of(moves)
        then = _with_moves(stand, moves)
        again = solve(then, params, offered=renewed(then, params, offered, ends))
        stock = stock_gains(ends, stand, then)
        proven = proven_of(moves, stock, stand, again)
        better = stock["gain"].sum() - moves["est_cost"].sum()
        if proven.height < moves.height:
            asked = asked.join(proven, on=["sku_id", *ROUTE], how="semi", maintain_order="left")
        elif again.value + better > plan.value:
            return then, again, proven.select(MOVED.keys()).cast(MOVED), better
        else:
            break
    return priced, plan, pl.DataFrame(schema=MOVED), 0.0


def _with_moves(stand: Stand, moves: pl.DataFrame) -> ReplenishmentProblem:
    """The problem once goods are promised elsewhere: reserved where they lie, and supply where they go.

    What is moved stands for an order, so it counts from the day on which that would come: what is short before is
    another need, of other goods to spare.
    """
    priced = stand.priced
    rows = priced.items.select(KEY).with_row_index("item")
    batch = {"quantity": pl.col("quantity").cast(pl.Int64), "last_sellable_period": pl.lit(None, pl.Int64)}
    leaving = moves.select("sku_id", location_id="from_location_id", bucket=pl.lit("reserved"), **batch)
    coming = moves.select("sku_id", location_id="to_location_id", bucket=pl.lit("moved"), **batch)
    of = coming.join(rows, on=KEY, how="left", maintain_order="left")["item"].to_numpy()
    due = (moves["arrival_date"] - priced.as_of_date).dt.total_days().to_numpy()
    arrivals = np.maximum(due[:, None], stand.ordered.lead_time[of]).astype(priced.arrivals.dtype)
    columns = ["sku_id", "location_id", "bucket", "quantity", "last_sellable_period"]
    told = priced.batches.select(*columns[:3], *(pl.col(name).cast(pl.Int64) for name in columns[3:]))
    return replace(
        priced,
        batches=pl.concat([told, leaving.select(columns), coming.select(columns)]),
        arrivals=np.concatenate([priced.arrivals, np.zeros_like(arrivals), arrivals]),
    )
