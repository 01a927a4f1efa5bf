"""A retailer's replenishment as a problem of money: costs, futures, stock by arrival, terms of its suppliers."""

from datetime import date

import numpy as np
import polars as pl

from optimization.replenishment.demand_paths import daily_means, demand_paths
from optimization.replenishment.economics.problem import ReplenishmentProblem
from optimization.replenishment.lead_time_paths import arrival_paths, behind_what_is_under_way, lead_time_paths
from optimization.replenishment.levels import levels_at
from optimization.replenishment.params import Params
from optimization.replenishment.problem import KEY, Problem
from optimization.replenishment.rounding import order_step, round_up

SEPARATOR = "\x1f"
WOULD_EXPIRE = "its smallest order would not sell before it expires"
DAYS_OF_A_YEAR = 365
FLOAT = pl.Float64
NO_NUMBER = pl.lit(None, dtype=pl.Int64)
# A supplier looks at one order, and there is one for each place it ships to.
ORDER_OF = pl.concat_str("supplier_id", "location_id", separator=SEPARATOR)


def supplier_of(order: str) -> pl.Expr:
    """The supplier of an order, by the column that names the order."""
    return pl.col(order).str.split(SEPARATOR).list.first()


def place_of(order: str) -> pl.Expr:
    """The location that an order is for; null where the column names something else."""
    return pl.col(order).str.split(SEPARATOR).list.get(1, null_on_oob=True)


def decidable(items: pl.DataFrame) -> pl.DataFrame:
    """The items for which a quantity can be decided: stock, demand and a supplier are known."""
    return items.filter("stock_known", pl.col("demand_mean").is_not_null(), pl.col("supplier_id").is_not_null())


def economic_problem(problem: Problem, params: Params) -> ReplenishmentProblem:
    """The problem of money behind a replenishment problem, for its decidable items, with one option each.

    A period is a day. Sales are lost when there is nothing to sell; what is late, or approved and not yet seen,
    arrives all the same.

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
    items = (
        decidable(problem.items)
        .join(problem.goods, on="sku_id", how="left", maintain_order="left")
        .with_columns(
            pl.col("review_days").cast(FLOAT).ceil().cast(pl.Int64).clip(lower_bound=1).alias("review_periods"),
            order_of=ORDER_OF,
        )
    )
    mean = items["lead_time_days"].cast(FLOAT).to_numpy()
    deviation = items["lead_time_std_days"].cast(FLOAT).fill_null(0.0).to_numpy()
    lead = lead_time_paths(mean, deviation, params.paths)
    batches, due = _supply(items, problem.inbound)
    of = batches["item"].to_numpy()
    arrivals = arrival_paths(due, lead[of], mean[of])
    here = batches["bucket"].is_in(["on_hand", "reserved"]).to_numpy()
    arrivals[here] = 0
    lead = behind_what_is_under_way(lead, mean, deviation, due, arrivals, of)
    days = int(lead.max(initial=0)) + int(items["review_periods"].max() or 1) + params.beyond_days
    today = (problem.as_of_date - date(1970, 1, 1)).days
    daily = daily_means(items, problem.weekly, today, days)
    items = items.with_columns(
        later_cost=_later_cost(items, problem.price_breaks, params),
        beyond_rate=pl.Series(daily[:, -max(params.beyond_days, 7) :].mean(axis=1), dtype=FLOAT),
    )
    return ReplenishmentProblem(
        items=_priced(_with_min_max(items, problem.demand), params),
        options=_options(items, params),
        demand=demand_paths(items, problem.demand, daily, params.paths),
        lead_time=lead,
        batches=batches.drop("item"),
        arrivals=arrivals,
        suppliers=_orders(items, problem.terms),
        price_breaks=_breaks(items, problem.price_breaks),
        budget=problem.budget,
        as_of_date=problem.as_of_date,
    )


def effective_policy(params: Params) -> tuple[pl.Expr, pl.Expr]:
    """The policy of every item and its reason."""
    chosen = pl.col("segment").replace_strict(dict(params.policy_of), default=params.policy, return_dtype=pl.String)
    margin = pl.col("unit_margin")
    unpriced = pl.any_horizontal(pl.col("unit_cost").is_null(), margin.is_null())
    below_cost = margin.cast(FLOAT) - pl.col("sale_cost") <= 0
    policy = pl.when(unpriced | below_cost).then(pl.lit("service_level")).otherwise(chosen.fill_null(params.policy))
    reason = (
        pl.when(unpriced)
        .then(pl.lit("its price or cost is not known: the service target decides"))
        .when(below_cost)
        .then(pl.lit("it is sold below cost: the service target decides"))
        .when(pl.col("segment").is_in(list(params.policy_of)))
        .then(pl.format("setting for segment {}", "segment"))
        .otherwise(pl.lit("setting for all goods"))
    )
    return policy, reason


def _with_min_max(items: pl.DataFrame, demand: pl.DataFrame) -> pl.DataFrame:
    """Reorder point and level of each item at its service target, for where a rule of minimum and maximum holds."""
    high, low = levels_at(items.with_columns(critical_ratio=pl.lit(None, dtype=FLOAT)), demand)
    return items.with_columns(min_qty=pl.min_horizontal(low, high).cast(FLOAT), max_qty=high.cast(FLOAT))


def _priced(items: pl.DataFrame, params: Params) -> pl.DataFrame:
    policy, reason = effective_policy(params)
    cost, margin = pl.col("unit_cost").cast(FLOAT).fill_null(0.0), pl.col("unit_margin").cast(FLOAT).fill_null(0.0)
    ruled, spanned = policy == "service_level", policy == "min_max"
    return items.select(
        *KEY,
        "review_periods",
        unit_price=(cost + margin - pl.col("sale_cost")).clip(lower_bound=0.0),
        shortage_cost=pl.col("shortage_penalty").cast(FLOAT).fill_null(0.0),
        holding_cost=pl.col("holding_cost").cast(FLOAT),
        excess_cost=pl.col("holding_cost").cast(FLOAT)
        + cost * (params.writedown_per_year + params.hurdle_per_year) / DAYS_OF_A_YEAR,
        beyond_rate="beyond_rate",
        # Whatever is left then spares a later order.
        terminal_value="later_cost",
        salvage_value=-pl.col("disposal_cost").cast(FLOAT),
        backorder=pl.lit(False),
        last_buy=pl.lit(False),
        understock_weight=pl.lit(1.0),
        unit_volume=pl.lit(0.0),
        previous_qty=NO_NUMBER,
        policy=policy,
        policy_low=pl.when(ruled).then(pl.col("service_target").cast(FLOAT)).when(spanned).then("min_qty"),
        policy_high=pl.when(spanned).then("max_qty"),
        policy_reason=reason,
    )


def _later_cost(items: pl.DataFrame, breaks: pl.DataFrame, params: Params) -> pl.Series:
    """What a unit costs in a later order as large as is usual: a price step that any order reaches is no gain now."""
    daily = pl.col("demand_mean") / (pl.col("lead_time_days") + pl.col("review_days"))
    usual = pl.max_horizontal(pl.col("moq").cast(FLOAT), params.beyond_days * daily)
    reached = (
        breaks.join(items.select(*KEY, usual=usual), on=KEY)
        .filter((pl.col("from_quantity") <= pl.col("usual")) & (pl.col("kind") == "all_unit"))
        .group_by(KEY)
        .agg(reached=pl.col("unit_cost").cast(FLOAT).min())
    )
    joined = items.select(*KEY, "unit_cost", "later_unit_cost").join(reached, on=KEY, how="left", maintain_order="left")
    cost = pl.col("unit_cost").cast(FLOAT).fill_null(0.0)
    rise = (pl.col("later_unit_cost").cast(FLOAT) / cost).fill_null(1.0).fill_nan(1.0)
    return joined.select(pl.coalesce("reached", cost) * rise).to_series()


def _options(items: pl.DataFrame, params: Params) -> pl.DataFrame:
    step = order_step(
        *(items[name].cast(pl.Int64).to_numpy() for name in ("order_multiple", "pack_numerator", "pack_denominator"))
    )
    cost = pl.col("unit_cost").cast(FLOAT).fill_null(0.0)
    held = sum(pl.col(f"{name}_qty") for name in ("on_hand", "in_transit", "on_order", "approved"))
    daily = pl.col("demand_mean") / (pl.col("lead_time_days") + pl.col("review_days"))
    lasting = (params.overstock_days * daily - held + pl.col("reserved_qty")).ceil()
    # Goods that come after the lead time can be sold for so many days, once those before them are.
    fresh = ((pl.col("sellable_days") + pl.col("lead_time_days")) * daily - held + pl.col("reserved_qty")).floor()
    least = pl.Series(round_up(np.maximum(items["moq"].cast(pl.Int64).to_numpy(), 1), step))
    return items.select(
        *KEY,
        supplier_id="order_of",
        unit_cost=cost,
        later_unit_cost="later_cost",
        moq=pl.col("moq").cast(pl.Int64),
        order_step=pl.Series(step, dtype=pl.Int64),
        yield_share=pl.col("yield_share").cast(FLOAT),
        shelf_life_periods=NO_NUMBER,
        # No price step is worth goods that lie for ever; a minimum order is the supplier's, but not if it would expire.
        capacity_qty=pl.min_horizontal(
            pl.col("capacity_qty").cast(pl.Int64),
            pl.max_horizontal(lasting.cast(pl.Int64), least),
            fresh.clip(lower_bound=0).cast(pl.Int64),
        ),
        blocked_reason=pl.coalesce("hold_reason", pl.when(fresh < least).then(pl.lit(WOULD_EXPIRE))),
    )


def _orders(items: pl.DataFrame, terms: pl.DataFrame) -> pl.DataFrame:
    known = terms.select(pl.all().exclude("supplier_id", "location_id"), order_of=ORDER_OF)
    joined = items.select("order_of").unique().sort("order_of").join(known, on="order_of", how="left")
    return joined.sort("order_of").select(
        supplier_id="order_of",
        minimum_value=pl.col("minimum_value").cast(FLOAT).fill_null(0.0),
        order_cost=pl.col("order_cost").cast(FLOAT).fill_null(0.0),
        capacity_value=pl.col("capacity_value").cast(FLOAT),
        closed_reason="closed_reason",
    )


def _breaks(items: pl.DataFrame, breaks: pl.DataFrame) -> pl.DataFrame:
    owned = breaks.join(items.select(*KEY, supplier_id="order_of"), on=KEY)
    return owned.select(
        *KEY, "supplier_id", pl.col("from_quantity").cast(pl.Int64), pl.col("unit_cost").cast(FLOAT), "kind"
    ).sort(*KEY, "from_quantity")


def _supply(items: pl.DataFrame, inbound: pl.DataFrame) -> tuple[pl.DataFrame, np.ndarray]:
    """Stock and what is under way, one row per item, bucket and date; days until each is expected."""
    rows = items.with_row_index("item").with_columns(pl.col("item").cast(pl.Int64))
    lead = pl.col("lead_time_days").cast(FLOAT).ceil().cast(pl.Int64)
    dated = inbound.join(rows.select(*KEY, "item", lead_days=lead), on=KEY).select(
        "item", *KEY, bucket=pl.lit("on_order"), quantity=pl.col("quantity").cast(pl.Int64),
        due=pl.col("due_in_days").cast(pl.Int64).fill_null(pl.col("lead_days")),
    )  # fmt: skip
    told = dated.group_by("item").agg(told=pl.col("quantity").sum())
    rows = rows.join(told, on="item", how="left", maintain_order="left")
    whole = {name: pl.col(f"{name}_qty").cast(pl.Int64) for name in ("on_hand", "in_transit", "approved", "reserved")}
    undated = pl.col("on_order_qty").cast(pl.Int64) - pl.col("told").fill_null(0)
    # Below zero on hand: sold and not there, which is owed.
    owed = whole["reserved"] - whole["on_hand"].clip(upper_bound=0)
    parts = {
        "on_hand": (whole["on_hand"].clip(lower_bound=0), pl.lit(0)),
        "reserved": (owed, pl.lit(0)),
        "in_transit": (whole["in_transit"], pl.lit(1)),
        "on_order": (undated, lead),
        "approved": (whole["approved"], lead),
    }
    frames = [dated] + [
        rows.select("item", *KEY, bucket=pl.lit(bucket), quantity=quantity, due=due.cast(pl.Int64))
        for bucket, (quantity, due) in parts.items()
    ]
    together = pl.concat(frames).filter(pl.col("quantity") > 0).sort("item", "bucket", "due", "quantity")
    return together.drop("due").with_columns(last_sellable_period=NO_NUMBER), together["due"].to_numpy()
