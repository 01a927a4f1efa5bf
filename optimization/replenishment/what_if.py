"""The same plan in other circumstances: less money, longer lead times, another service, more demand; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import polars as pl

from optimization.replenishment.params import POLICIES, Params
from optimization.replenishment.plan import Plan
from optimization.replenishment.problem import KEY, Problem

CLOSED = "left out of this scenario"


@dataclass(frozen=True)
class Levers:
    """What is otherwise; nothing by default, which is the plan as it is.

    Parameters
    ----------
    budget, demand
        Factors, such as 0.8 for a fifth less. What has no budget stays without one.
    lead_time_days
        Days that every order takes longer (below zero: less, down to none). What is on its way comes as expected.
    service_target
        Every good is kept at this chance of no stock-out, whatever that earns; as far as quantiles of demand are known.
    suppliers_out
        Suppliers who take no order.
    policy
        The one policy of all goods (`Params.policy`), in the place of the settings'. ``economic`` earns most and keeps
        no service target.

    Raises
    ------
    ValueError
        If a number is out of range, or the policy is unknown or keeps no service target.
    """

    budget: float = 1.0
    demand: float = 1.0
    lead_time_days: float = 0.0
    service_target: float | None = None
    suppliers_out: Sequence[str] = ()
    policy: str | None = None

    def __post_init__(self) -> None:
        for name, low, high in (
            ("budget", 0, 10), ("demand", 0, 10), ("lead_time_days", -90, 180), ("service_target", 0.5, 0.999),
        ):  # fmt: skip
            value = getattr(self, name)
            if value is not None and not low <= value <= high:
                raise ValueError(f"{name} must be between {low} and {high}, found {value}")
        if self.policy is not None and self.policy not in POLICIES:
            raise ValueError(f"policy must be one of {', '.join(POLICIES)}, found {self.policy!r}")
        if self.policy == "economic" and self.service_target is not None:
            raise ValueError("the economic policy keeps no service target; leave one of the two out")

    def params(self, params: Params) -> Params:
        """Settings of a plan in these circumstances; one service target for all goods is kept as a rule."""
        policy = self.policy or (None if self.service_target is None else "service_level")
        return params if policy is None else replace(params, policy=policy, policy_of={}, policy_of_item={})


@dataclass(frozen=True)
class Totals:
    """What a plan comes to. Units are base units, money is in the currency of the plan.

    Parameters
    ----------
    lines, units, cash
        What is ordered.
    stock
        Position after the orders, at cost: on hand, under way and ordered, less what is reserved.
    short_units, lost_margin
        Expected to be missing between the orders' arrival and the next ones'.
    left_over_units
        Expected to be left when the next orders arrive.
    earned
        More than by ordering nothing until the next review.
    """

    lines: int
    units: int
    cash: float
    stock: float
    short_units: float
    lost_margin: float
    left_over_units: float
    earned: float


def changed(problem: Problem, levers: Levers) -> Problem:
    """The problem in the circumstances of `levers`.

    Demand over a longer interval is taken to grow by its mean per day, its spread by the root of the days, as that of
    independent days does (Silver, Pyke and Thomas 2017, §6.7).
    """
    lead = pl.col("lead_time_days").cast(pl.Float64)
    longer = pl.max_horizontal(pl.lit(0.0), lead + levers.lead_time_days)
    growth = (longer + pl.col("review_days")) / (lead + pl.col("review_days"))
    lowest, highest = _levels(problem.demand)
    told = problem.items.with_columns(
        lead_time_days=longer if levers.lead_time_days else "lead_time_days",
        demand_mean=pl.col("demand_mean") * growth * levers.demand,
        # Exactly as it was where it is not asked for.
        service_target=(
            "service_target"
            if levers.service_target is None
            else pl.lit(min(max(levers.service_target, lowest), highest))
        ),
    )
    out = pl.col("supplier_id").is_in(list(levers.suppliers_out))
    return replace(
        problem,
        items=told,
        others=problem.others.with_columns(
            lead_time_days=longer if levers.lead_time_days else pl.col("lead_time_days")
        ),
        demand=_demand(problem, levers),
        weekly=problem.weekly.with_columns(y_hat=pl.col("y_hat") * levers.demand),
        terms=problem.terms.with_columns(
            closed_reason=pl.when(out).then(pl.lit(CLOSED)).otherwise("closed_reason").cast(pl.String)
        ),
        budget=None if problem.budget is None else problem.budget * levers.budget,
        budgets=problem.budgets.with_columns(amount=pl.col("amount").cast(pl.Float64) * levers.budget),
    )


def totals(plan: Plan) -> Totals:
    """What a plan comes to."""
    lines = plan.lines.with_columns(ordered=pl.col("suggested_qty").fill_null(0))
    cost = pl.col("unit_cost").cast(pl.Float64).fill_null(0.0)
    margin = pl.col("unit_margin").cast(pl.Float64).fill_null(0.0)
    after = (pl.col("position_qty").fill_null(0) + pl.col("ordered")).clip(0)
    row = lines.select(
        (pl.col("ordered") > 0).sum().alias("lines"),
        pl.col("ordered").sum().alias("units"),
        pl.col("amount").cast(pl.Float64).filter(pl.col("ordered") > 0).sum().alias("cash"),
        (after * cost).sum().alias("stock"),
        pl.col("short_qty").sum().alias("short_units"),
        (pl.col("short_qty") * margin).sum().alias("lost_margin"),
        pl.col("left_over_qty").sum().alias("left_over_units"),
        pl.col("value").cast(pl.Float64).sum().alias("earned"),
    ).row(0, named=True)
    return Totals(**row)


def differences(base: Plan, other: Plan, most: int = 200) -> pl.DataFrame:
    """Lines whose quantity is another, the most money first.

    Returns
    -------
    pl.DataFrame
        ``sku_id``, ``location_id``, ``supplier_id``, ``base_qty``, ``quantity``, ``amount`` (money more or less).
    """
    columns = [*KEY, "supplier_id", "suggested_qty", "unit_cost"]
    both = base.lines.select(columns).join(
        other.lines.select(*KEY, pl.col("suggested_qty").alias("quantity")), on=KEY, how="left", maintain_order="left"
    )
    told = both.with_columns(base_qty=pl.col("suggested_qty").fill_null(0), quantity=pl.col("quantity").fill_null(0))
    moved = told.filter(pl.col("base_qty") != pl.col("quantity")).with_columns(
        amount=(pl.col("quantity") - pl.col("base_qty")) * pl.col("unit_cost").cast(pl.Float64).fill_null(0.0)
    )
    ranked = moved.sort(pl.col("amount").abs(), *KEY, descending=[True, False, False])
    return ranked.select(*KEY, "supplier_id", "base_qty", "quantity", "amount").head(most)


def _levels(demand: pl.DataFrame) -> tuple[float, float]:
    """Between which levels every quantile is known: no service beyond can be planned for."""
    each = demand.group_by(*KEY, "interval").agg(low=pl.col("level").min(), high=pl.col("level").max())
    return each["low"].max() or 0.0, each["high"].min() or 1.0


def _demand(problem: Problem, levers: Levers) -> pl.DataFrame:
    """Quantiles over the intervals as they are then: mean by days, spread by the root of days."""
    if not levers.lead_time_days:
        return problem.demand.with_columns(quantity=pl.col("quantity") * levers.demand)
    lead, review = pl.col("lead_time_days").cast(pl.Float64), pl.col("review_days")
    known = problem.items.select(*KEY, _lead=lead, _daily=pl.col("demand_mean") / (lead + review), _review=review)
    before = pl.col("_lead") + pl.when(pl.col("interval") == "protection").then("_review").otherwise(0.0)
    after = before - pl.col("_lead") + (pl.col("_lead") + levers.lead_time_days).clip(0.0)
    over = pl.when(before > 0).then((pl.col("quantity") - pl.col("_daily") * before) * (after / before).sqrt())
    quantity = (pl.col("_daily") * after + over.otherwise(0.0)).clip(0.0) * levers.demand
    told = problem.demand.join(known, on=KEY, how="left", maintain_order="left")
    return told.with_columns(quantity=pl.coalesce(quantity, "quantity")).select(problem.demand.columns)
