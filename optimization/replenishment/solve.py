"""What to buy: the quantities that earn most, or that keep a service level, with levels, cover and reasons."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from optimization.replenishment.currencies import in_our_money
from optimization.replenishment.levels import with_levels
from optimization.replenishment.params import Params
from optimization.replenishment.plan import Plan
from optimization.replenishment.problem import HELD, KEY, OFFER, Problem
from optimization.replenishment.quantiles import expected_shortage
from optimization.replenishment.rounding import order_step
from optimization.replenishment.wording import HELD_BACK, UNDECIDED, in_chinese, reasons

if TYPE_CHECKING:
    from optimization.replenishment.economics import ReplenishmentPlan

MONEY = pl.Decimal(18, 4)


def solve(
    problem: Problem, params: Params | None = None, stop: Callable[[], bool] | None = None, seed: int = 0
) -> Plan:
    """Order what earns most over sample paths of demand and lead time, under every supplier's terms and the budget.

    What other locations have to spare is moved instead of being bought, where that is cheaper (``moved_instead``).

    What cannot be decided (stock or demand not known, no supplier) keeps its levels: the quantiles of demand at the
    service target.

    Parameters
    ----------
    problem
        Items, demand, terms, as-of date.
    params
        Settings; defaults if None.
    stop, seed
        Part of every solver's face; this one is quick and without chance.

    Returns
    -------
    Plan
    """
    # Compiled loops load in a second: who only reads the settings need not wait for them.
    from optimization.replenishment.economic_problem import economic_problem
    from optimization.replenishment.economics import EconomicParams
    from optimization.replenishment.moving import moved_instead
    from optimization.replenishment.offered import place_of, supplier_of

    params = params or Params()
    items = problem.items.sort(KEY)
    priced = economic_problem(problem, params)
    settings = EconomicParams(candidates=params.candidates, change_cost_share=params.change_cost_share)
    priced, found, moved, better = moved_instead(priced, problem.trips, settings, problem.unwelcome, problem.clearing)
    blocked = (
        priced.options.unique(KEY, keep="first", maintain_order=True)
        .join(priced.suppliers, on="supplier_id", how="left")
        .select(*KEY, "blocked_reason", "closed_reason")
    )

    leaving = moved.group_by("sku_id", location_id="from_location_id").agg(leaving_qty=pl.col("quantity").sum())

    def told(part: ReplenishmentPlan, rows: pl.DataFrame) -> pl.DataFrame:
        """The lines of one part of the plan, as they are published."""
        named = part.lines.with_columns(
            *(supplier_of(name).alias(name) for name in ("supplier_id", "runner_up_supplier_id")),
            # What an order earns does not depend on what was said of it before.
            value=pl.col("value") + pl.col("change_cost"),
        )
        lines = with_levels(with_offer(rows, problem.others, named, problem.rates), problem.demand, named)
        lines = with_quantities(lines, problem, part.bridge, blocked)
        lines = lines.join(leaving, on=KEY, how="left", maintain_order="left")
        return published(with_cover(with_money(lines, problem), problem, params))

    further = [
        (part, items.join(part.lines.filter(pl.col("suggested_qty") > 0), on=KEY, how="semi", maintain_order="left"))
        for part in found.parts[1:]
    ]
    more = [told(part, rows).filter(status="order") for part, rows in further]
    lines = told(found, items)
    return Plan(
        # Orders and moves together earn more than doing neither.
        objective=found.objective - better,
        bound=found.bound - better,
        why=found.why,
        lines=lines,
        further=pl.concat([lines.clear(), *more]),
        bridge=found.bridge,
        further_bridge=_ordered_only([part.bridge for part, _ in further], more, found.bridge),
        curve=pl.concat([_named(found.curve, supplier_of), *_curves(further, more, supplier_of)]),
        shadow_prices=found.shadow_prices.with_columns(name=supplier_of("name"), location_id=place_of("name")),
        moved=moved,
        economics=found,
        priced=priced,
    )


def _named(curve: pl.DataFrame, supplier_of: Callable[[str], pl.Expr]) -> pl.DataFrame:
    return curve.with_columns(supplier_id=supplier_of("supplier_id"))


def _curves(
    further: list[tuple[ReplenishmentPlan, pl.DataFrame]],
    lines: list[pl.DataFrame],
    supplier_of: Callable[[str], pl.Expr],
) -> list[pl.DataFrame]:
    """The curves of what further suppliers deliver."""
    return [
        _named(part.curve, supplier_of).join(told, on=[*KEY, "supplier_id"], how="semi", maintain_order="left")
        for (part, _), told in zip(further, lines, strict=True)
    ]


def _ordered_only(bridges: list[pl.DataFrame], lines: list[pl.DataFrame], like: pl.DataFrame) -> pl.DataFrame:
    """Bridges of what further suppliers deliver, with the supplier: an item may have several."""
    named = [
        bridge.join(told.select(*KEY, "supplier_id"), on=KEY, maintain_order="left")
        for bridge, told in zip(bridges, lines, strict=True)
    ]
    return pl.concat([like.clear().with_columns(supplier_id=pl.lit(None, pl.String)), *named])


def with_offer(items: pl.DataFrame, others: pl.DataFrame, chosen: pl.DataFrame, rates: pl.DataFrame) -> pl.DataFrame:
    """Put the offer of whom an order goes to in the place of the planned supplier's.

    Lead times stay those that the demand quantiles were made for; ``order_lead_days`` is the chosen supplier's.

    Parameters
    ----------
    items, others, rates
        As in ``Problem``.
    chosen
        Lines of the economic plan, suppliers by their own names.
    """
    from_him = chosen.filter(pl.col("suggested_qty") > 0).select(*KEY, "supplier_id")
    changed = others.join(from_him, on=[*KEY, "supplier_id"], how="semi")
    offer = changed.select(*KEY, *(pl.col(name).alias(f"other_{name}") for name in ("supplier_id", *OFFER)))
    lines = items.join(offer, on=KEY, how="left", maintain_order="left")
    another = pl.col("other_supplier_id").is_not_null()
    replaced = [name for name in ("supplier_id", *OFFER) if not name.startswith("lead_time")]
    landed = {
        of: lines.select(
            currency=f"{of}currency", cost=pl.col(f"{of}unit_cost").cast(pl.Float64) + pl.col(f"{of}unit_extra")
        )
        for of in ("other_", "")
    }
    his, planned = (in_our_money(landed[of], rates, "cost")["cost"] for of in ("other_", ""))
    dearer = (his - planned).round(4).cast(MONEY)
    return lines.with_columns(
        *(pl.when(another).then(f"other_{name}").otherwise(name).alias(name) for name in replaced),
        order_lead_days=pl.coalesce("other_lead_time_days", pl.col("lead_time_days").cast(pl.Float64)),
        unit_margin=pl.when(another).then(pl.col("unit_margin").cast(MONEY) - dearer).otherwise(
            pl.col("unit_margin").cast(MONEY)
        ),
    ).drop(*(f"other_{name}" for name in ("supplier_id", *OFFER)))  # fmt: skip


def with_quantities(lines: pl.DataFrame, problem: Problem, bridge: pl.DataFrame, blocked: pl.DataFrame) -> pl.DataFrame:
    """Add position, need, the suggested quantity and the line's status."""
    position = pl.sum_horizontal(HELD, ignore_nulls=False)
    step = order_step(
        *(lines[name].cast(pl.Int64).to_numpy() for name in ("order_multiple", "pack_numerator", "pack_denominator"))
    )
    lines = (
        lines.with_columns(
            pl.Series("order_step_qty", step, dtype=pl.Int64),
            position_qty=pl.when("stock_known").then(position - pl.col("reserved_qty")).cast(pl.Int64),
            moq=pl.col("moq").cast(pl.Int64),
        )
        .with_columns(need_qty=pl.coalesce("economic_need_qty", pl.col("order_up_to_qty") - pl.col("position_qty")))
        .join(held_back(bridge), on=KEY, how="left", maintain_order="left")
        .join(covered(bridge), on=KEY, how="left", maintain_order="left")
        .join(blocked, on=KEY, how="left", maintain_order="left")
    )
    status = (
        pl.when(pl.col("demand_mean").is_null())
        .then(pl.lit("no_forecast"))
        .when(~pl.col("stock_known"))
        .then(pl.lit("stock_unknown"))
        .when(pl.col("economic_qty") > 0)
        .then(pl.lit("order"))
        .when(pl.col("need_qty") <= 0)
        .then(pl.lit("enough"))
        .when(pl.col("supplier_id").is_null())
        .then(pl.lit("no_supplier"))
        .otherwise(pl.lit("waits"))
    )
    quantity = pl.when(pl.col("supplier_id").is_null() & (pl.col("need_qty") <= 0)).then(0).otherwise("economic_qty")
    return lines.with_columns(status=status, suggested_qty=quantity.cast(pl.Int64)).with_columns(
        suggested_packs=pl.col("suggested_qty")
        * pl.col("pack_denominator").cast(pl.Int64)
        // pl.col("pack_numerator").cast(pl.Int64)
    )


def held_back(bridge: pl.DataFrame) -> pl.DataFrame:
    """What took most away from each line's need, in words: ``sku_id``, ``location_id``, ``held_back``."""
    takers = bridge.filter(pl.col("step").is_in(list(HELD_BACK)) & (pl.col("quantity") < 0))
    first = takers.sort(*KEY, "quantity", "seq").group_by(KEY, maintain_order=True).agg(pl.col("step").first())
    return first.select(*KEY, held_back=pl.col("step").replace_strict(HELD_BACK, return_dtype=pl.String))


def covered(bridge: pl.DataFrame) -> pl.DataFrame:
    """What an order is to cover by its bridge, and what comes from elsewhere instead.

    ``sku_id``, ``location_id``, ``covered_demand``, ``covered_safety``, ``moved_qty``.
    """
    said = {name: pl.col("quantity").filter(pl.col("step") == name).sum() for name in ("demand", "safety", "moved")}
    return bridge.group_by(KEY, maintain_order=True).agg(
        covered_demand=said["demand"], covered_safety=said["safety"], moved_qty=-said["moved"]
    )


def with_money(lines: pl.DataFrame, problem: Problem) -> pl.DataFrame:
    """Add the price reached, the amount to pay, and what waiting until the next review is expected to lose."""
    shortage = expected_shortage(problem.demand, lines, lines["position_qty"])
    listed = pl.col("unit_cost").cast(MONEY)
    reached = _reached(lines, problem.price_breaks)
    lines = lines.join(reached, on=KEY, how="left", maintain_order="left").with_columns(
        unit_cost=pl.coalesce("reached_cost", listed), unit_margin=pl.col("unit_margin").cast(MONEY)
    )
    margin = pl.when(pl.col("unit_margin") < 0).then(pl.lit(Decimal(0), dtype=MONEY)).otherwise("unit_margin")
    return lines.with_columns(expected_shortage_qty=shortage).with_columns(
        amount=(pl.col("suggested_qty") * pl.col("unit_cost")).cast(MONEY),
        money_at_stake=pl.when((pl.col("policy") == "economic") & (pl.col("status") == "order"))
        .then(pl.col("value").round(4).cast(MONEY))
        .otherwise((pl.col("expected_shortage_qty").round(4).cast(MONEY) * margin).cast(MONEY)),
    )


def _reached(lines: pl.DataFrame, breaks: pl.DataFrame) -> pl.DataFrame:
    """Mean price of a unit where the quantity reaches a price step."""
    found = []
    bought = lines.select(*KEY, "supplier_id", "suggested_qty", listed="unit_cost")
    tiers = breaks.join(bought, on=[*KEY, "supplier_id"]).sort(*KEY, "from_quantity")
    reached = tiers.filter(pl.col("suggested_qty") >= pl.col("from_quantity"))
    for key, group in reached.group_by(KEY, maintain_order=True):
        quantity = group["suggested_qty"][0]
        price = group["unit_cost"][-1]
        if group["kind"][0] == "incremental":
            starts = np.append(group["from_quantity"].to_numpy(), quantity)
            paid = group["from_quantity"][0] * group["listed"][0]
            paid += sum(int(n) * cost for n, cost in zip(np.diff(starts), group["unit_cost"], strict=True))
            price = (paid / quantity).quantize(Decimal("0.0001"))
        found.append((*key, price))
    schema = {"sku_id": pl.String, "location_id": pl.String, "reached_cost": MONEY}
    return pl.DataFrame(found, schema=schema, orient="row")


def with_cover(lines: pl.DataFrame, problem: Problem, params: Params) -> pl.DataFrame:
    """Add days of cover now and after, the stock-out date if nothing more arrives, the overstock warning."""
    daily = pl.col("demand_mean") / (pl.col("lead_time_days") + pl.col("review_days"))
    selling = pl.when(pl.col("stock_known") & (daily > 0)).then(daily)
    comes = pl.col("moved_qty").fill_null(0) - pl.col("leaving_qty").fill_null(0)
    on_shelf = pl.col("on_hand_qty") - pl.col("reserved_qty")
    days = pl.max_horizontal(pl.col("cover_days_now"), pl.lit(0.0)).floor()
    dated = pl.col("cover_days_now").is_not_null() & (days <= params.stock_out_horizon_days)
    return lines.with_columns(
        cover_days_now=on_shelf / selling,
        cover_days_after=(pl.col("position_qty") + pl.col("suggested_qty") + comes) / selling,
    ).with_columns(
        stock_out_date=pl.when(dated).then(
            pl.lit(problem.as_of_date) + pl.duration(days=pl.when(dated).then(days).cast(pl.Int64))
        ),
        warning=pl.when((pl.col("status") == "order") & (pl.col("cover_days_after") > params.overstock_days)).then(
            pl.lit("overstock")
        ),
    )


def published(lines: pl.DataFrame) -> pl.DataFrame:
    """The lines as ``Plan`` documents them, with their reason in words, in both languages."""
    return lines.select(
        *KEY,
        pl.col("supplier_id").cast(pl.String),
        "runner_up_supplier_id",
        "runner_up_value",
        pl.col("order_lead_days").cast(pl.Float64),
        "status",
        pl.col("policy").fill_null("service_level"),
        pl.col("policy_reason").fill_null(UNDECIDED),
        in_chinese(pl.col("policy_reason").fill_null(UNDECIDED)).alias("policy_reason_zh"),
        "critical_ratio",
        pl.col("service_target", "demand_mean").cast(pl.Float64),
        "demand_mean_qty",
        "safety_stock_qty",
        "reorder_point_qty",
        "order_up_to_qty",
        "position_qty",
        "need_qty",
        "suggested_qty",
        "order_step_qty",
        "suggested_packs",
        "currency",
        "unit_cost",
        "unit_margin",
        "amount",
        "expected_shortage_qty",
        "money_at_stake",
        "value",
        "short_qty_if_nothing",
        "short_qty",
        "left_over_qty",
        "next_pack_value",
        "cover_days_now",
        "cover_days_after",
        "stock_out_date",
        "warning",
        **reasons(),
    )
