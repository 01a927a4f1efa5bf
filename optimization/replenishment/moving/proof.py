"""Whether moves pay: what stock and orders earn with them, against the plan as it stood."""

from dataclasses import replace

import numpy as np
import polars as pl

from optimization.replenishment.economics import ReplenishmentPlan, ReplenishmentProblem
from optimization.replenishment.economics.renewed import of_items
from optimization.replenishment.economics.worth import worth_of
from optimization.replenishment.moving.stand import ROUTE, Stand, ends_of
from optimization.replenishment.problem import KEY


def proven_of(moves: pl.DataFrame, stock: pl.DataFrame, stand: Stand, again: ReplenishmentPlan) -> pl.DataFrame:
    """The moves by which the plan made again earns more, of orders that earn more in all, each with its saving."""
    suppliers = stand.plan.lines.select("sku_id", "supplier_id", to_location_id="location_id")
    own = moves.join(suppliers, on=["sku_id", "to_location_id"], maintain_order="left")
    gains = _gains(ends_of(own, "supplier_id"), stock, stand.plan, again)
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


def stock_gains(ends: pl.DataFrame, stand: Stand, then: ReplenishmentProblem) -> pl.DataFrame:
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
