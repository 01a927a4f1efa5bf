"""What one supplier cannot deliver in full, offered to the others."""

import numpy as np
import polars as pl

from optimization.replenishment.economics.plan import ReplenishmentPlan
from optimization.replenishment.economics.problem import OPTION_KEY, ReplenishmentProblem
from optimization.replenishment.problem import KEY

REACHED = 1e-6


def left_to_others(problem: ReplenishmentProblem, plan: ReplenishmentPlan) -> ReplenishmentProblem | None:
    """The problem that is left to other suppliers of lines that ran into their supplier's capacity.

    The plan's orders stand: they are supply (bucket ``elsewhere``), their money, room and capacity is used, and an
    order that is placed anyway costs nothing more and has no minimum. Suppliers who ship in containers are left out,
    for theirs are filled.

    Parameters
    ----------
    problem, plan
        A problem and its plan.

    Returns
    -------
    ReplenishmentProblem or None
        None where nobody's capacity binds, or nobody else sells the goods.
    """
    options = problem.options.with_row_index("option")
    lines = plan.lines.select(*KEY, "supplier_id", "suggested_qty")
    short = lines.filter(pl.col("suggested_qty") > 0).join(_bound_lines(problem, plan), on=OPTION_KEY, how="semi")
    others = (
        options.join(short.select(KEY), on=KEY, how="semi", maintain_order="left")
        .join(short, on=OPTION_KEY, how="anti", maintain_order="left")
        .join(problem.containers, on="supplier_id", how="anti", maintain_order="left")
        .filter(pl.col("blocked_reason").is_null())
    )
    if not others.height:
        return None
    rows = problem.items.with_row_index("row").join(others.select(KEY), on=KEY, how="semi", maintain_order="left")
    item, option = rows["row"].to_numpy(), others["option"].to_numpy()
    first = lines.filter(pl.col("suggested_qty") > 0).join(options, on=OPTION_KEY, how="left", maintain_order="left")
    batches, arrivals = _with_first_orders(problem, first.join(rows.select(KEY), on=KEY, how="semi"))
    return ReplenishmentProblem(
        items=rows.drop("row"),
        options=others.drop("option"),
        demand=problem.demand[item],
        lead_time=problem.lead_time[option],
        next_arrival=problem.covered_until()[option],
        batches=batches,
        arrivals=arrivals,
        suppliers=_open_orders(problem, plan),
        as_of_date=problem.as_of_date,
        price_breaks=problem.price_breaks.join(others, on=OPTION_KEY, how="semi", maintain_order="left"),
        handling_units=problem.handling_units.join(others, on=OPTION_KEY, how="semi", maintain_order="left"),
        storage=_room_left(problem, first),
        budgets=_money_left(problem, plan),
        budgeted=problem.budgeted.join(rows, on=KEY, how="semi", maintain_order="left"),
        budget=None if problem.budget is None else max(problem.budget - float(plan.orders["spend"].sum()), 0.0),
    )


def _bound_lines(problem: ReplenishmentProblem, plan: ReplenishmentPlan) -> pl.DataFrame:
    """Options whose capacity the plan's order uses up: no further step of theirs can be had."""
    bought = plan.lines.select(*OPTION_KEY, "suggested_qty")
    scarce = plan.shadow_prices.filter(limit="supplier_capacity")["name"]
    reached = pl.col("suggested_qty") + pl.col("order_step") > pl.col("capacity_qty")
    short = reached.fill_null(False) | pl.col("supplier_id").is_in(scarce.to_list())
    return problem.options.join(bought, on=OPTION_KEY).filter(short).select(OPTION_KEY)


def _with_first_orders(problem: ReplenishmentProblem, first: pl.DataFrame) -> tuple[pl.DataFrame, np.ndarray]:
    """Batches of the items with what the plan orders, and when they arrive."""
    kept = problem.batches.with_row_index("batch").join(first.select(KEY), on=KEY, how="semi", maintain_order="left")
    good = (pl.col("suggested_qty") * pl.col("yield_share")).round().cast(pl.Int64)
    # Its life counts from the day of arrival, which differs by path: the soonest is the careful one.
    soonest = pl.Series(problem.lead_time[first["option"].to_numpy()].min(axis=1), dtype=pl.Int64)
    ordered = first.with_columns(soonest=soonest).select(
        *KEY, bucket=pl.lit("elsewhere"), quantity=good,
        last_sellable_period=(pl.col("soonest") + pl.col("shelf_life_periods") - 1).cast(pl.Int64),
    )  # fmt: skip
    told = kept.drop("batch").with_columns(
        pl.col("quantity").cast(pl.Int64), pl.col("last_sellable_period").cast(pl.Int64)
    )
    arrivals = [problem.arrivals[kept["batch"].to_numpy()], problem.lead_time[first["option"].to_numpy()]]
    return pl.concat([told, ordered.select(told.columns)]), np.concatenate(arrivals)


def _open_orders(problem: ReplenishmentProblem, plan: ReplenishmentPlan) -> pl.DataFrame:
    """Suppliers with what is left of their terms once the plan's orders are placed."""
    placed = plan.orders.select("supplier_id", spent="spend")
    spent = pl.col("spent").fill_null(0.0)
    told = problem.suppliers.join(placed, on="supplier_id", how="left", maintain_order="left")
    return told.with_columns(
        minimum_value=pl.when(spent > 0).then(0.0).otherwise("minimum_value"),
        order_cost=pl.when(spent > 0).then(0.0).otherwise("order_cost"),
        capacity_value=(pl.col("capacity_value") - spent).clip(lower_bound=0.0),
    ).drop("spent")


def _money_left(problem: ReplenishmentProblem, plan: ReplenishmentPlan) -> pl.DataFrame:
    """Budgets of parts of the range once the plan's orders are paid."""
    paid = problem.budgeted.join(plan.lines.select(*KEY, "spend"), on=KEY)
    used = paid.group_by("kind", "name").agg(pl.col("spend").sum())
    left = (pl.col("amount") - pl.col("spend").fill_null(0.0)).clip(lower_bound=0.0)
    joined = problem.budgets.join(used, on=["kind", "name"], how="left", maintain_order="left")
    return joined.with_columns(amount=left).drop("spend")


def _room_left(problem: ReplenishmentProblem, first: pl.DataFrame) -> pl.DataFrame:
    """Free room once the plan's orders are in."""
    taken = pl.col("suggested_qty") * pl.col("yield_share") * pl.col("unit_volume")
    used = (
        first.join(problem.items.select(*KEY, "unit_volume", "storage_id"), on=KEY)
        .group_by("storage_id")
        .agg(used=taken.sum())
    )
    left = (pl.col("free_volume") - pl.col("used").fill_null(0.0)).clip(lower_bound=0.0)
    return problem.storage.join(used, on="storage_id", how="left", maintain_order="left").with_columns(
        free_volume=left
    ).drop("used")  # fmt: skip
