"""A retailer's replenishment as a problem of money: costs, futures, stock by arrival, terms of its suppliers."""

from datetime import date

import numpy as np
import polars as pl

from optimization.replenishment.currencies import in_our_money, terms_in_our_money
from optimization.replenishment.demand_paths import daily_means, demand_paths
from optimization.replenishment.economics.problem import NO_UNITS, OPTION_KEY, ReplenishmentProblem
from optimization.replenishment.lead_time_paths import in_turn, lead_time_paths
from optimization.replenishment.levels import levels_at
from optimization.replenishment.offered import (
    FLOAT,
    LEAD,
    ORDER_OF,
    SEPARATOR,
    after_what_is_under_way,
    later_cost,
    offers_of,
    options_of,
)
from optimization.replenishment.order_cycle import order_cycles, saved_by_stock
from optimization.replenishment.order_days import left_to_a_later_plan
from optimization.replenishment.params import Params
from optimization.replenishment.problem import HELD, KEY, Problem
from optimization.replenishment.rests import Rests
from optimization.replenishment.served_elsewhere import lost_share, serve_elsewhere
from optimization.replenishment.set_for import set_for_item
from optimization.replenishment.supply import supply
from optimization.replenishment.unmet_demand import short_cost, waits
from optimization.replenishment.wording import CUSTOMERS_WAIT, LAST_BUY, OTHERS_SERVE

DAYS_OF_A_YEAR = 365
# Goods of a class share a room.
ROOM = pl.concat_str("location_id", "storage_class", separator=SEPARATOR)


def decidable(items: pl.DataFrame) -> pl.DataFrame:
    """The items for which a quantity can be decided: stock, demand and a supplier are known."""
    return items.filter("stock_known", pl.col("demand_mean").is_not_null(), pl.col("supplier_id").is_not_null())


def economic_problem(problem: Problem, params: Params) -> ReplenishmentProblem:
    """The problem of money behind a replenishment problem, for its decidable items.

    A period is a day. What finds nothing to buy is lost or waits, as is set for its item; what is late, or approved and
    not yet seen, arrives all the same. The first option of an item is the planned supplier's; the others' follow.

    Parameters
    ----------
    problem
        What replenishment decides on.
    params
        Settings.

    Returns
    -------
    ReplenishmentProblem
        Its suppliers are orders: one per supplier and location.
    """
    breaks = in_our_money(problem.price_breaks, problem.rates, "unit_cost").drop_nulls("unit_cost")
    items = (
        decidable(problem.items)
        .join(problem.goods, on="sku_id", how="left", maintain_order="left")
        .join(problem.previous.select(*KEY, previous_qty="quantity"), on=KEY, how="left", maintain_order="left")
    )
    items = items.with_columns(review_periods=_cycle(items, problem))
    offered = offers_of(items, problem)
    items = in_our_money(items, problem.rates, "unit_cost", "unit_extra")
    mean, deviation = (offered[name].cast(FLOAT).fill_null(0.0).to_numpy() for name in LEAD)
    rests = Rests(pl.concat([problem.rests, problem.waits]), offered["supplier_id"])
    work = rests.worked(mean)
    worked = lead_time_paths(work, deviation, params.paths)
    lead = rests.passed(worked)
    row = offered["item"].to_numpy()
    batches, due = supply(items, problem)
    # What is under way comes as whoever delivers the item now does.
    chosen = offered.with_row_index("option").filter("preferred").unique("item", keep="first", maintain_order=True)
    first = chosen.sort("item")["option"].to_numpy()
    of = first[batches["item"].to_numpy()]
    arrivals = Rests(problem.rests, offered["supplier_id"][of]).arrivals(due, worked[of], work[of])
    here = batches["bucket"].is_in(["on_hand", "reserved"]).to_numpy()
    arrivals[here] = 0
    # The supplier has nothing to do with what customers bring back or other locations send: no order waits for it.
    others = ((batches["bucket"] == "returning") | batches["is_transfer"]).to_numpy()
    arrivals[others] = due[others][:, None]
    in_time = rests.passed(in_turn(work, deviation))
    lead = after_what_is_under_way(offered, lead, in_time, batches.filter(~others), due[~others], arrivals[~others])
    cycle = items["review_periods"].to_numpy()[row][:, None]
    # The next order rests as well, and comes no sooner than a cycle behind one that waits for what is under way.
    after = np.maximum(rests.passed(worked + cycle), lead + cycle)
    days = int(after.max(initial=1)) + params.beyond_days
    today = (problem.as_of_date - date(1970, 1, 1)).days
    on_sale = items["days_on_sale"].cast(FLOAT).fill_null(np.inf).to_numpy()
    sold = np.arange(days) < on_sale[:, None]
    daily = daily_means(items, problem.weekly, today, days) * sold
    items = items.with_columns(
        later_cost=_later_cost(items, offered, first, breaks, problem, params),
        beyond_rate=pl.Series(daily[:, -max(params.beyond_days, 7) :].mean(axis=1), dtype=FLOAT),
        ends=pl.Series(on_sale <= days),
    )
    longest = np.zeros(items.height)
    np.maximum.at(longest, row, mean + items["review_days"].cast(FLOAT).to_numpy()[row])
    rooms = free_rooms(items, problem.storage)
    demand = demand_paths(items, problem.demand, daily, params.paths, longest) * sold[:, None, :]
    waiting = items.select(waits(params)).to_series()
    exchanged = serve_elsewhere(demand, items, batches, arrivals, lead[first], after[first], problem.sharing, waiting)
    items = items.with_columns(
        exchanged_qty=pl.Series(exchanged.mean(axis=1), dtype=FLOAT), lost_share=lost_share(items, problem.sharing)
    )
    options = options_of(items, offered, params)
    return ReplenishmentProblem(
        items=_priced(_with_min_max(items, problem.demand), rooms, params),
        options=options,
        demand=demand,
        lead_time=lead,
        next_arrival=after,
        batches=batches.drop("item", "is_transfer"),
        arrivals=arrivals,
        suppliers=_orders(offered, problem, params),
        price_breaks=_breaks(offered, breaks),
        storage=rooms,
        containers=_containers(offered, problem.containers),
        agreements=_agreements(offered, problem.agreements),
        handling_units=_handling_units(options, offered, problem.handling_units, params),
        budgets=problem.budgets,
        budgeted=items.select(KEY).join(problem.budgeted, on="sku_id", maintain_order="left"),
        budget=problem.budget,
        as_of_date=problem.as_of_date,
    )


def _later_cost(
    items: pl.DataFrame,
    offered: pl.DataFrame,
    first: np.ndarray,
    breaks: pl.DataFrame,
    problem: Problem,
    params: Params,
) -> pl.Series:
    """What a unit in stock saves later: its price in the cheapest quantity, and its share of orders.

    Their cost is that of whoever delivers an item now, the rows ``first`` of ``offered``; half its margin at most.
    """
    terms = terms_in_our_money(problem.terms, problem.rates).select(
        order_of=ORDER_OF,
        order_cost=pl.col("order_cost").cast(FLOAT).fill_null(0.0),
        minimum_value=pl.col("minimum_value").cast(FLOAT).fill_null(0.0),
    )
    goods = offered[first].select("order_of", pl.col("daily", "unit_cost").cast(FLOAT).fill_null(0.0))
    told = items.select(
        pl.col("review_days").cast(FLOAT), excess_cost=excess_cost(params), most=pl.col("unit_margin").cast(FLOAT) / 2
    )
    ordered = pl.concat([goods, told], how="horizontal")
    saved = saved_by_stock(ordered, terms, params.overstock_days)
    share = told.select(pl.min_horizontal(saved, pl.col("most").fill_null(0.0).clip(0.0))).to_series()
    each = told[offered["item"].to_numpy()]
    cycles = offered.select("order_of").join(
        order_cycles(ordered, terms, params.overstock_days), on="order_of", how="left", maintain_order="left"
    )
    days = cycles["days"].fill_null(each["review_days"])
    return later_cost(offered, breaks, days, each["excess_cost"], params.overstock_days) + share


def excess_cost(params: Params) -> pl.Expr:
    """What a unit costs in a day in which it lies beyond what later orders would keep there."""
    lost = params.writedown_per_year + params.hurdle_per_year
    cost = pl.col("unit_cost").cast(FLOAT).fill_null(0.0)
    return pl.col("holding_cost").cast(FLOAT) + cost * lost / DAYS_OF_A_YEAR


def _cycle(items: pl.DataFrame, problem: Problem) -> pl.Series:
    """Days of work between one order and the next, whole, at least one: what rests aside is left of ``review_days``."""
    rests = Rests(pl.concat([problem.rests, problem.waits]), items["supplier_id"])
    first, next_one = items.select(
        pl.col("lead_time_days").cast(FLOAT),
        until=pl.col("lead_time_days").cast(FLOAT) + pl.col("review_days").cast(FLOAT),
    )
    worked = rests.worked(next_one.to_numpy()) - rests.worked(first.to_numpy())
    return pl.Series(np.ceil(worked - 1e-9).astype(np.int64).clip(1))


def weight_of(params: Params) -> pl.Expr:
    """What being short weighs for every item."""
    weights = {name: float(weight) for name, weight in params.weight_of.items()}
    return pl.col("segment").replace_strict(weights, default=1.0, return_dtype=FLOAT)


def effective_policy(params: Params) -> tuple[pl.Expr, pl.Expr]:
    """The policy of every item and its reason."""
    of_item, item = set_for_item(params.policy_of_item)
    of_segment = pl.col("segment").replace_strict(dict(params.policy_of), default=params.policy, return_dtype=pl.String)
    chosen = pl.coalesce(of_item, of_segment)
    margin = pl.col("unit_margin")
    unpriced = pl.any_horizontal(pl.col("unit_cost").is_null(), margin.is_null())
    below_cost = margin.cast(FLOAT) <= 0
    policy = pl.when(unpriced | below_cost).then(pl.lit("service_level")).otherwise(chosen.fill_null(params.policy))
    reason = (
        pl.when(unpriced)
        .then(pl.lit("its price or cost is not known: the service target decides"))
        .when(below_cost)
        .then(pl.lit("a sale of it leaves nothing: the service target decides"))
        .when(of_item.is_not_null())
        .then(pl.format("setting for item {}", item))
        .when(pl.col("segment").is_in(list(params.policy_of)))
        .then(pl.format("setting for segment {}", "segment"))
        .otherwise(pl.lit("setting for all goods"))
    )
    weight = weight_of(params)
    source = "replay of the past" if params.calibrated else "setting"
    told = f"{{}}; being short weighs {{}} in segment {{}} by {source}"
    weighed = pl.format(told, reason, weight.round(2), "segment")
    judged = pl.when((policy == "economic") & (weight != 1)).then(weighed).otherwise(reason)
    percent = (100 * pl.col("lost_share")).round().cast(pl.Int64)
    shared = (policy == "economic") & (percent < 100)
    judged = pl.when(waits(params)).then(pl.format(CUSTOMERS_WAIT, judged)).otherwise(judged)
    return policy, pl.when(shared).then(pl.format(OTHERS_SERVE, judged, percent)).otherwise(judged)


def _with_min_max(items: pl.DataFrame, demand: pl.DataFrame) -> pl.DataFrame:
    """Reorder point and level of each item at its service target, for where a rule of minimum and maximum holds."""
    high, low = levels_at(items.with_columns(critical_ratio=pl.lit(None, dtype=FLOAT)), demand)
    return items.with_columns(min_qty=pl.min_horizontal(low, high).cast(FLOAT), max_qty=high.cast(FLOAT))


def _priced(items: pl.DataFrame, rooms: pl.DataFrame, params: Params) -> pl.DataFrame:
    policy, reason = effective_policy(params)
    # What is left when sales end spares no later order; and an order after this one would come too late.
    ends = pl.col("ends")
    last = ends & (pl.col("days_on_sale") <= pl.col("lead_time_days") + pl.col("review_days"))
    # What a sale leaves before the goods are paid for, of which the margin is what they leave of it.
    price = pl.sum_horizontal(pl.col("unit_cost", "unit_extra", "unit_margin").cast(FLOAT)).clip(lower_bound=0.0)
    ruled, spanned = policy == "service_level", policy == "min_max"
    lost, beyond_later = pl.col("lost_share"), (price - pl.col("later_cost")).clip(lower_bound=0.0)
    penalty = pl.col("shortage_penalty").cast(FLOAT).fill_null(0.0) * lost
    return items.select(
        *KEY,
        "review_periods",
        # A sale that another location would make as well earns here only what the unit costs there later.
        unit_price=price - (1 - lost) * beyond_later,
        shortage_cost=short_cost(params, lost * beyond_later, penalty),
        holding_cost=pl.col("holding_cost").cast(FLOAT),
        excess_cost=excess_cost(params),
        beyond_rate=pl.when(ends).then(0.0).otherwise("beyond_rate"),
        # Whatever is left then spares a later order.
        terminal_value=pl.when(ends).then(-pl.col("disposal_cost").cast(FLOAT)).otherwise("later_cost"),
        salvage_value=-pl.col("disposal_cost").cast(FLOAT),
        backorder=waits(params),
        last_buy=last,
        understock_weight=pl.when(policy == "economic").then(weight_of(params)).otherwise(1.0),
        unit_volume=pl.col("unit_volume").cast(FLOAT).fill_null(0.0),
        unit_weight=pl.col("unit_weight").cast(FLOAT).fill_null(0.0),
        storage_id=pl.when(ROOM.is_in(rooms["storage_id"].to_list())).then(ROOM),
        exchanged_qty="exchanged_qty",
        previous_qty=pl.col("previous_qty").cast(pl.Int64),
        policy=policy,
        policy_low=pl.when(ruled).then(pl.col("service_target").cast(FLOAT)).when(spanned).then("min_qty"),
        policy_high=pl.when(spanned).then("max_qty"),
        policy_reason=pl.when(last).then(pl.lit(LAST_BUY)).otherwise(reason),
    )


def _orders(offered: pl.DataFrame, problem: Problem, params: Params) -> pl.DataFrame:
    """The terms of every order, and who takes none today; who delivers an item is chosen without a look at the day."""
    terms = terms_in_our_money(problem.terms, problem.rates)
    known = terms.select(pl.all().exclude("supplier_id", "location_id"), order_of=ORDER_OF)
    later = left_to_a_later_plan(problem.waits, problem.as_of_date, params.next_plan_days)
    joined = (
        offered.select("order_of", "supplier_id")
        .unique()
        .join(known, on="order_of", how="left")
        .join(later, on="supplier_id", how="left")
    )
    return joined.sort("order_of").select(
        supplier_id="order_of",
        minimum_value=pl.col("minimum_value").cast(FLOAT).fill_null(0.0),
        order_cost=pl.col("order_cost").cast(FLOAT).fill_null(0.0),
        capacity_value=pl.col("capacity_value").cast(FLOAT),
        closed_reason=pl.coalesce("closed_reason", "later_reason"),
        opens_soon=pl.col("closed_reason").is_null() & pl.col("later_reason").is_not_null(),
    )


def _breaks(offered: pl.DataFrame, breaks: pl.DataFrame) -> pl.DataFrame:
    owned = breaks.join(offered.select(*OPTION_KEY, "order_of"), on=OPTION_KEY)
    return owned.select(
        *KEY, supplier_id="order_of", from_quantity=pl.col("from_quantity").cast(pl.Int64),
        unit_cost=pl.col("unit_cost").cast(FLOAT), kind="kind",
    ).sort(*OPTION_KEY, "from_quantity")  # fmt: skip


def free_rooms(items: pl.DataFrame, storage: pl.DataFrame) -> pl.DataFrame:
    """Room that is free when goods ordered today arrive, by location and class.

    Parameters
    ----------
    items
        Decidable items with ``storage_class`` and ``unit_volume`` of their goods.
    storage
        As in ``Problem``.

    Returns
    -------
    pl.DataFrame
        ``storage_id``, ``free_volume`` (≥ 0): what is free now, and what is expected to be sold until then.
    """
    held = pl.sum_horizontal(HELD, ignore_nulls=False)
    span = pl.col("lead_time_days") + pl.col("review_days")
    sold = pl.min_horizontal(pl.col("demand_mean") * pl.col("lead_time_days") / span, held.clip(lower_bound=0))
    leaving = items.group_by(storage_id=ROOM).agg(
        leaving=(sold * pl.col("unit_volume").cast(FLOAT).fill_null(0.0)).sum()
    )
    rooms = storage.select(storage_id=ROOM, free_volume=pl.col("free_volume").cast(FLOAT))
    joined = rooms.join(leaving, on="storage_id", how="left", maintain_order="left")
    return joined.select(
        "storage_id", free_volume=(pl.col("free_volume") + pl.col("leaving").fill_null(0.0)).clip(lower_bound=0.0)
    ).sort("storage_id")


def _handling_units(options: pl.DataFrame, offered: pl.DataFrame, units: pl.DataFrame, params: Params) -> pl.DataFrame:
    """What each option comes in: its packs, and larger units that whole packs fill."""
    if params.handling_unit_cost == 0 or not units.height:
        return NO_UNITS
    pack = options.select(*OPTION_KEY, size="order_step")
    larger = options.join(units, on="sku_id").filter(
        (pl.col("size") > pl.col("order_step")) & (pl.col("size") % pl.col("order_step") == 0)
    )
    named = pl.concat([pack, larger.select(*OPTION_KEY, pl.col("size").cast(pl.Int64))])
    return named.sort(*OPTION_KEY, "size").with_columns(cost=pl.lit(params.handling_unit_cost))


def _containers(offered: pl.DataFrame, containers: pl.DataFrame) -> pl.DataFrame:
    known = containers.with_columns(order_of=ORDER_OF).join(offered.select("order_of").unique(), on="order_of")
    return known.select(
        supplier_id="order_of",
        **{name: pl.col(name).cast(FLOAT) for name in ("volume", "weight", "least_fill", "cost")},
    ).sort("supplier_id")  # fmt: skip


def _agreements(offered: pl.DataFrame, agreements: pl.DataFrame) -> pl.DataFrame:
    """The agreements, over all orders of their supplier."""
    known = agreements.join(offered.select("supplier_id", "order_of").unique(), on="supplier_id")
    return known.select(
        "agreement", supplier_id="order_of",
        missing_value=pl.col("missing_value").cast(FLOAT), bonus=pl.col("bonus").cast(FLOAT),
    ).sort("agreement", "supplier_id")  # fmt: skip
