"""Purchases that goods lying idle elsewhere can spare: moved instead of bought, where that is cheaper.

A unit that moves spares what it would cost to buy here, and is missed there when its turn to sell comes: by then
another is bought in its place, so what moving saves is what the unit would have cost until then. Both are told by what
stock is worth on the paths of the plan itself, and a move stands only where the plan made again with it earns more.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from heapq import heapify, heappop, heappush

import numpy as np
import polars as pl

from optimization.replenishment.allocation import rescue, worth_the_trip
from optimization.replenishment.economics import EconomicParams, ReplenishmentPlan, ReplenishmentProblem, solve
from optimization.replenishment.economics.offers import Offers, offers
from optimization.replenishment.economics.renewed import of_items, renewed
from optimization.replenishment.economics.worth import worth_of
from optimization.replenishment.one_option import OPTION_KEY, as_ordered
from optimization.replenishment.problem import KEY
from optimization.replenishment.rounding import round_up

ROUTE = ["from_location_id", "to_location_id"]
SHARES = np.linspace(0.0, 1.0, 9)  # of what may move, at which stock is judged
ROUNDS = 8  # in which moves that turn out too dear are left out, before all are
MOVED = {
    "sku_id": pl.String, "from_location_id": pl.String, "to_location_id": pl.String, "quantity": pl.Int64,
    "est_cost": pl.Float64, "saving": pl.Float64, "ship_date": pl.Date, "arrival_date": pl.Date,
}  # fmt: skip


@dataclass(frozen=True)
class _Stand:
    """A problem, what is offered in it, its plan, and the problem with what the plan orders from alone."""

    priced: ReplenishmentProblem
    offered: Offers
    plan: ReplenishmentPlan
    ordered: ReplenishmentProblem


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
    stand = _Stand(priced, offered, plan, as_ordered(priced, plan))
    asked = _worth_moving(stand, trips, unwelcome, clearing)
    for _ in range(ROUNDS):
        # Those who still go pay the trip between them.
        moves = worth_the_trip(asked, trips)
        if moves.is_empty():
            break
        ends = _ends(moves)
        then = _with_moves(stand, moves)
        again = solve(then, params, offered=renewed(then, params, offered, ends))
        stock = _stock_gains(ends, stand, then)
        proven = _proven(moves, stock, stand, again)
        better = stock["gain"].sum() - moves["est_cost"].sum()
        if proven.height == moves.height and again.value + better > plan.value:
            return then, again, proven.select(MOVED.keys()).cast(MOVED), better
        if proven.height == moves.height:
            break
        asked = asked.join(proven, on=["sku_id", *ROUTE], how="semi", maintain_order="left")
    return priced, plan, pl.DataFrame(schema=MOVED), 0.0


def _ends(moves: pl.DataFrame, *more: str) -> pl.DataFrame:
    """The items that goods leave and come to."""
    return pl.concat(moves.select("sku_id", *more, location_id=end) for end in ROUTE)


def _with_moves(stand: _Stand, moves: pl.DataFrame) -> ReplenishmentProblem:
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


def _worth_moving(stand: _Stand, trips: pl.DataFrame, unwelcome: pl.DataFrame, clearing: pl.DataFrame) -> pl.DataFrame:
    """Moves that should save more than their freight, by what stock is worth at both ends; one of a SKU to a place."""
    ways = _ways(stand, trips, unwelcome, clearing)
    chosen = [] if ways.is_empty() else _best_first(list(_judged(stand.ordered, ways)))
    return pl.DataFrame(
        [(*(way[name] for name in ("sku_id", *ROUTE)), units, units * way["unit_cost"], saving)
         for way, units, saving in chosen],
        schema={name: MOVED[name] for name in ("sku_id", *ROUTE, "quantity", "est_cost", "saving")}, orient="row",
    )  # fmt: skip


def _ways(stand: _Stand, trips: pl.DataFrame, unwelcome: pl.DataFrame, clearing: pl.DataFrame) -> pl.DataFrame:
    """Lanes between a place with goods to spare and one that buys them, and comes to no order of its own.

    Goods that expire stay where they are: which of them would leave, nobody says.
    """
    ordered, plan = stand.ordered, stand.plan
    # What is short before an order could come is worth more than an order.
    spare, urgent = rescue(ordered, trips, clearing)
    promised = urgent.group_by("sku_id", location_id="from_location_id").agg(promised=pl.col("quantity").sum())
    # One transfer of a SKU goes to a place: who saves its sales spares its order too.
    rescuer = urgent.select("sku_id", "to_location_id", rescuer="from_location_id")
    bought = pl.concat(part.lines.filter(pl.col("suggested_qty") > 0) for part in plan.parts)
    once = bought.filter(pl.len().over(KEY) == 1, pl.col("policy") == "economic")
    expires = ordered.batches.filter(pl.col("last_sellable_period").is_not_null())
    givers = (
        spare.join(promised, on=KEY, how="left")
        .with_columns(spare=pl.col("surplus_qty") - pl.col("promised").fill_null(0))
        .filter(pl.col("spare") > 0)
        .join(bought, on=KEY, how="anti")
        .join(expires, on=KEY, how="anti")
    )
    told = ordered.options.select(*OPTION_KEY, "moq", "order_step", "yield_share", "unit_extra")
    takers = once.join(told, on=OPTION_KEY).select(
        "sku_id",
        to_location_id="location_id",
        bought="suggested_qty",
        smallest=pl.max_horizontal("moq", "order_step"),
        step="order_step",
        yield_share="yield_share",
        price=pl.col("spend") / pl.col("suggested_qty") + pl.col("unit_extra"),
        worth=pl.col("value") + pl.col("change_cost"),
    )
    allowed = unwelcome.select("sku_id", to_location_id="location_id", allowed="quantity")
    return (
        givers.select("sku_id", "spare", from_location_id="location_id")
        .join(takers, on="sku_id")
        .join(trips, on=ROUTE)
        .join(rescuer, on=["sku_id", "to_location_id"], how="left")
        .filter(pl.col("rescuer").is_null() | (pl.col("rescuer") == pl.col("from_location_id")))
        .join(allowed, on=["sku_id", "to_location_id"], how="left")
        .with_columns(allowed=pl.min_horizontal("bought", "allowed"))
        .filter(pl.col("allowed") > 0)
        .sort("sku_id", *ROUTE)
    )


def _judged(ordered: ReplenishmentProblem, ways: pl.DataFrame) -> Iterator[tuple[dict, np.ndarray, np.ndarray]]:
    """Each way with what stock is worth more or less there and here, by units moved; shape (2, places) each."""
    most = pl.concat(
        [
            ways.select("sku_id", location_id="from_location_id", most=-pl.col("spare")),
            ways.select("sku_id", location_id="to_location_id", most=pl.min_horizontal("spare", _good("bought"))),
        ]
    )
    # A place gives or takes; it takes no more than the most that one other can spare.
    most = most.group_by(KEY).agg(pl.col("most").sort_by(pl.col("most").abs()).last())
    part, _ = of_items(ordered, most)
    limit = part.items.select(KEY).join(most, on=KEY, how="left", maintain_order="left")["most"].to_numpy()
    units = np.rint(limit[:, None] * SHARES)
    worth = worth_of(part, units)
    row = {key: number for number, key in enumerate(part.items.select(KEY).iter_rows())}
    for way in ways.iter_rows(named=True):
        giver, taker = (row[way["sku_id"], way[end]] for end in ROUTE)
        yield (
            way,
            np.stack([-units[giver], worth[giver, 0] - worth[giver]]),
            np.stack([units[taker], worth[taker] - worth[taker, 0]]),
        )


def _good(bought: str) -> pl.Expr:
    """Units of an order that can be sold."""
    return (pl.col(bought) * pl.col("yield_share")).floor().cast(pl.Int64)


def _best_first(judged: list[tuple[dict, np.ndarray, np.ndarray]]) -> Iterator[tuple[dict, int, float]]:
    """Ways with units and saving, the best first: what one place has given already is missed there by the next."""
    given: dict[tuple[str, str], int] = defaultdict(int)
    served: set[tuple[str, str]] = set()
    waiting = [(-_best_move(*each, 0)[1], number, 0) for number, each in enumerate(judged)]
    heapify(waiting)
    while waiting:
        money, number, before = heappop(waiting)
        way = judged[number][0]
        giver, taker = ((way["sku_id"], way[end]) for end in ROUTE)
        if money >= 0 or taker in served:
            continue
        units, saving = _best_move(*judged[number], given[giver])
        if before != given[giver]:
            heappush(waiting, (-saving, number, given[giver]))
            continue
        served.add(taker)
        given[giver] += units
        yield way, units, saving


def _best_move(way: dict, missed: np.ndarray, gained: np.ndarray, given: int) -> tuple[int, float]:
    """Units whose move saves most once so many were given to others, and the money.

    Either the rest of the order is still made, and what moves need not be bought, or nothing is ordered at all.
    """
    step, yields = way["step"], way["yield_share"]
    most = max(int(min(way["spare"] - given, way["allowed"] * yields)), 0)
    # The order may shrink to its smallest.
    still = max(int((way["bought"] - round_up(way["smallest"], step)) * yields), 0)
    units = np.unique(np.clip(np.concatenate([missed[0] - given, gained[0], [still, most]]), 0, most))
    spared = np.floor(np.minimum(units, still) / yields / step + 1e-9) * step
    rest = way["price"] * spared
    alone = np.interp(units, *gained) - way["worth"]
    missing = np.interp(units + given, *missed) - np.interp(given, *missed)
    saved = np.maximum(rest, alone) - missing - way["unit_cost"] * units
    best = int(saved.argmax())
    return int(units[best]), float(saved[best])


def _proven(moves: pl.DataFrame, stock: pl.DataFrame, stand: _Stand, again: ReplenishmentPlan) -> pl.DataFrame:
    """The moves by which the plan made again earns more, of orders that earn more in all, each with its saving."""
    suppliers = stand.plan.lines.select("sku_id", "supplier_id", to_location_id="location_id")
    own = moves.join(suppliers, on=["sku_id", "to_location_id"], maintain_order="left")
    gains = _gains(_ends(own, "supplier_id"), stock, stand.plan, again)
    gain = gains.select(*KEY, "gain")
    for end in ROUTE:
        named = gain.rename({"location_id": end, "gain": f"{end}_gain"})
        own = own.join(named, on=["sku_id", end], how="left", maintain_order="left")
    # What several miss together, each misses by its units.
    share = pl.col("quantity") / pl.col("quantity").sum().over("sku_id", "from_location_id")
    own = own.with_columns(missed=pl.col("from_location_id_gain") * share - pl.col("est_cost"))
    own = own.with_columns(saving=pl.col("to_location_id_gain") + pl.col("missed"))
    givers = own.select("sku_id", location_id="from_location_id")
    # A bonus that orders no longer reach is lost to all whose orders reached it.
    agreed = stand.priced.agreements
    missed = agreed.filter(pl.col("agreement").is_in(set(stand.plan.met) - set(again.met)))
    parts = (
        missed.select("supplier_id", money=-pl.col("bonus")),
        gains.join(givers, on=KEY, how="anti").select("supplier_id", money="gain"),
        own.select("supplier_id", money="missed"),
        _order_costs(stand.plan),
        _order_costs(again).with_columns(-pl.col("money")),
    )
    net = pl.concat(parts).group_by("supplier_id").agg(net=pl.col("money").sum())
    rebought = _values(again)[1].select("sku_id", from_location_id="location_id")
    paying = own.join(net, on="supplier_id", maintain_order="left").filter(pl.col("saving") > 0, pl.col("net") > 0)
    return paying.join(rebought, on=["sku_id", "from_location_id"], how="anti", maintain_order="left")


def _stock_gains(ends: pl.DataFrame, stand: _Stand, then: ReplenishmentProblem) -> pl.DataFrame:
    """What the stock of each item is worth more, were nothing ordered: ``sku_id``, ``location_id``, ``gain``."""
    part, _ = of_items(stand.ordered, ends)
    moved = then.batches.with_row_index("batch").join(ends, on=KEY, how="semi", maintain_order="left")
    arrivals = then.arrivals[moved["batch"].to_numpy()]
    nothing = np.zeros((part.items.height, 1))
    more = worth_of(replace(part, batches=moved.drop("batch"), arrivals=arrivals), nothing) - worth_of(part, nothing)
    return part.items.select(*KEY, gain=pl.Series(more[:, 0]))


def _gains(ends: pl.DataFrame, stock: pl.DataFrame, plan: ReplenishmentPlan, again: ReplenishmentPlan) -> pl.DataFrame:
    """What each item earns more, as stock and by its orders, under the order that its move or it belongs to."""
    (before, first), (after, second) = _values(plan), _values(again)
    together = pl.concat([stock, after, before.with_columns(-pl.col("gain"))])
    belongs = pl.concat([ends, first, second], how="diagonal").unique(KEY, keep="first", maintain_order=True)
    return together.group_by(KEY).agg(pl.col("gain").sum()).join(belongs, on=KEY)


def _values(plan: ReplenishmentPlan) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What the orders of each item earn, whatever the last plan said; and from whom they are."""
    lines = pl.concat(part.lines for part in plan.parts)
    bought = lines.filter(pl.col("suggested_qty") > 0)
    return lines.select(*KEY, gain=pl.col("value") + pl.col("change_cost")), bought.select(*KEY, "supplier_id")


def _order_costs(plan: ReplenishmentPlan) -> pl.DataFrame:
    """What orders cost as a whole."""
    return pl.concat(
        part.orders.select("supplier_id", money=pl.col("order_cost") + pl.col("container_cost")) for part in plan.parts
    )
