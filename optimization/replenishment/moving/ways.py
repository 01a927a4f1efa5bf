"""Moves that should save more than their freight: goods one place has idle and another is about to buy."""

from collections import defaultdict
from collections.abc import Iterator
from heapq import heapify, heappop, heappush

import numpy as np
import polars as pl

from optimization.replenishment.allocation import rescue
from optimization.replenishment.economics import ReplenishmentProblem
from optimization.replenishment.economics.renewed import of_items
from optimization.replenishment.economics.worth import worth_of
from optimization.replenishment.moving.stand import ROUTE, Stand
from optimization.replenishment.one_option import OPTION_KEY
from optimization.replenishment.problem import KEY
from optimization.replenishment.rounding import round_up

SHARES = np.linspace(0.0, 1.0, 9)  # of what may move, at which stock is judged
WORTH = dict.fromkeys(("sku_id", *ROUTE), pl.String) | {
    "quantity": pl.Int64, "est_cost": pl.Float64, "saving": pl.Float64,
}  # fmt: skip


def worth_moving(stand: Stand, trips: pl.DataFrame, unwelcome: pl.DataFrame, clearing: pl.DataFrame) -> pl.DataFrame:
    """Moves that should save more than their freight, by what stock is worth at both ends; one of a SKU to a place."""
    ways = _ways(stand, trips, unwelcome, clearing)
    chosen = [] if ways.is_empty() else _best_first(list(_judged(stand.ordered, ways)))
    return pl.DataFrame(
        [(*(way[name] for name in ("sku_id", *ROUTE)), units, units * way["unit_cost"], saving)
         for way, units, saving in chosen],
        schema=WORTH, orient="row",
    )  # fmt: skip


def _ways(stand: Stand, trips: pl.DataFrame, unwelcome: pl.DataFrame, clearing: pl.DataFrame) -> pl.DataFrame:
    """Lanes between a place with goods to spare and one that buys them, and comes to no order of its own.

    Goods that expire stay where they are: which of them would leave, nobody says.
    """
    # What is short before an order could come is worth more than an order.
    spare, urgent = rescue(stand.ordered, trips, clearing)
    # One transfer of a SKU goes to a place: who saves its sales spares its order too.
    rescuer = urgent.select("sku_id", "to_location_id", rescuer="from_location_id")
    allowed = unwelcome.select("sku_id", to_location_id="location_id", allowed="quantity")
    return (
        _givers(stand, spare, urgent)
        .join(_takers(stand), on="sku_id")
        .join(trips, on=ROUTE)
        .join(rescuer, on=["sku_id", "to_location_id"], how="left")
        .filter(pl.col("rescuer").is_null() | (pl.col("rescuer") == pl.col("from_location_id")))
        .join(allowed, on=["sku_id", "to_location_id"], how="left")
        .with_columns(allowed=pl.min_horizontal("bought", "allowed"))
        .filter(pl.col("allowed") > 0)
        .sort("sku_id", *ROUTE)
    )


def _bought(stand: Stand) -> pl.DataFrame:
    """Everything that is ordered."""
    return pl.concat(part.lines.filter(pl.col("suggested_qty") > 0) for part in stand.plan.parts)


def _givers(stand: Stand, spare: pl.DataFrame, urgent: pl.DataFrame) -> pl.DataFrame:
    """What places that order nothing have to spare once sales elsewhere are saved, of goods that keep."""
    promised = urgent.group_by("sku_id", location_id="from_location_id").agg(promised=pl.col("quantity").sum())
    expires = stand.ordered.batches.filter(pl.col("last_sellable_period").is_not_null())
    left = spare.join(promised, on=KEY, how="left").with_columns(
        spare=pl.col("surplus_qty") - pl.col("promised").fill_null(0)
    )
    free = left.filter(pl.col("spare") > 0).join(_bought(stand), on=KEY, how="anti").join(expires, on=KEY, how="anti")
    return free.select("sku_id", "spare", from_location_id="location_id")


def _takers(stand: Stand) -> pl.DataFrame:
    """What one supplier is to deliver to a place for money's sake, and on which terms."""
    once = _bought(stand).filter(pl.len().over(KEY) == 1, pl.col("policy") == "economic")
    told = stand.ordered.options.select(*OPTION_KEY, "moq", "order_step", "yield_share", "unit_extra")
    return once.join(told, on=OPTION_KEY).select(
        "sku_id",
        to_location_id="location_id",
        bought="suggested_qty",
        smallest=pl.max_horizontal("moq", "order_step"),
        step="order_step",
        yield_share="yield_share",
        price=pl.col("spend") / pl.col("suggested_qty") + pl.col("unit_extra"),
        worth=pl.col("value") + pl.col("change_cost"),
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
