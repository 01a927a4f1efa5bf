"""How fast economic replenishment is, and how near its bound: ``python -m benchmarks.replenishment_scale``.

Every plan is checked by the validator, outside the time; a plan with faults ends the run.
"""

import argparse
import resource
import sys
import time
from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl

from optimization.replenishment.economics import EconomicParams, ReplenishmentProblem, solve

PERIODS = 8


def generated(items: int, suppliers: int, paths: int, seed: int) -> ReplenishmentProblem:
    """A catalogue drawn at random: lognormal volumes and costs, gamma demand, packs, minimums, uneven stock.

    Parameters
    ----------
    items, suppliers, paths
        How many of each.
    seed
        Of the draw.
    """
    random = np.random.default_rng(seed)
    keys = {"sku_id": [f"S{number:06d}" for number in range(items)], "location_id": ["L1"] * items}
    cost = np.exp(random.normal(2.5, 1.0, items)).round(2)
    mean = np.exp(random.normal(1.5, 1.2, items))
    level = mean * random.gamma(6.0, 1 / 6.0, (paths, items))
    demand = np.empty((items, paths, PERIODS), dtype=np.float32)
    for period in range(PERIODS):
        demand[:, :, period] = random.poisson(level).T
    step = random.choice([1, 6, 12, 24], items)
    supplier = random.integers(0, suppliers, items)
    lead = random.integers(1, 4, items)
    stock = np.floor(mean * random.uniform(0, 6, items)).astype(np.int64)
    due = np.where(random.random(items) < 0.3, np.ceil(mean * 2), 0).astype(np.int64)
    spend = np.bincount(supplier, cost * mean, suppliers)
    none = pl.lit(None)
    return ReplenishmentProblem(
        items=pl.DataFrame(keys).with_columns(
            review_periods=pl.lit(1),
            unit_price=pl.Series(cost * random.uniform(1.15, 1.6, items)),
            shortage_cost=pl.Series(cost * 0.02),
            holding_cost=pl.Series(cost * 0.25 / 52),
            excess_cost=pl.Series(cost * 0.25 / 52),
            beyond_rate=pl.lit(np.inf),
            terminal_value=pl.Series(cost * 0.9),
            salvage_value=pl.lit(0.0),
            backorder=pl.lit(False),
            last_buy=pl.lit(False),
            understock_weight=pl.lit(1.0),
            unit_volume=pl.lit(0.01),
            unit_weight=pl.lit(0.0),
            storage_id=none.cast(pl.String),
            exchanged_qty=pl.lit(0.0),
            previous_qty=none.cast(pl.Int64),
            policy=pl.lit("economic"),
            policy_low=none.cast(pl.Float64),
            policy_high=none.cast(pl.Float64),
            policy_reason=pl.lit("default"),
        ),
        options=pl.DataFrame(keys).with_columns(
            supplier_id=pl.Series([f"P{number:04d}" for number in supplier]),
            unit_cost=pl.Series(cost),
            later_unit_cost=pl.Series(cost),
            unit_extra=pl.lit(0.0),
            moq=pl.Series(step * random.choice([1, 1, 2, 4], items)),
            order_step=pl.Series(step),
            yield_share=pl.lit(1.0),
            shelf_life_periods=none.cast(pl.Int64),
            capacity_qty=none.cast(pl.Int64),
            blocked_reason=none.cast(pl.String),
        ),
        demand=demand,
        lead_time=np.clip(lead[:, None] + (random.random((items, paths)) < 0.2), 1, PERIODS - 1).astype(np.int16),
        batches=pl.concat(
            pl.DataFrame(keys).with_columns(
                bucket=pl.lit(bucket),
                quantity=pl.Series(quantity),
                last_sellable_period=none.cast(pl.Int64),
            )
            for bucket, quantity in (("on_hand", stock), ("on_order", due))
        ),
        arrivals=np.vstack(
            [
                np.zeros((items, paths), dtype=np.int16),
                random.integers(1, 3, (items, 1)) + (random.random((items, paths)) < 0.3),
            ]
        ).astype(np.int16),
        suppliers=pl.DataFrame({"supplier_id": [f"P{number:04d}" for number in range(suppliers)]}).with_columns(
            minimum_value=pl.Series(spend * random.uniform(0.3, 2.5, suppliers)),
            order_cost=pl.Series(spend * 0.005),
            capacity_value=none.cast(pl.Float64),
            closed_reason=none.cast(pl.String),
        ),
        as_of_date=date(2025, 1, 6),
    )


def with_rivals(problem: ReplenishmentProblem, seed: int) -> ReplenishmentProblem:
    """The same with two suppliers for each item, and a fifth of the suppliers short of what they are asked for.

    The rival asks 95 to 110 % of the price, has a lead time of his own and his own minimum order. Who is short can
    deliver half to the whole of one week's demand of what was his, and asks for at most four fifths of that.

    Parameters
    ----------
    problem
        As ``generated`` draws it: suppliers in the order of their names.
    seed
        Of the draw.
    """
    random = np.random.default_rng([seed, 1])
    first, items, suppliers = problem.options, problem.items.height, problem.suppliers.height
    number = first["supplier_id"].str.slice(1).cast(pl.Int64).to_numpy()
    other = (number + random.integers(1, suppliers, items)) % suppliers
    cost = first["unit_cost"].to_numpy() * random.uniform(0.95, 1.1, items)
    rivals = first.with_columns(
        supplier_id=pl.Series([f"P{one:04d}" for one in other]),
        unit_cost=pl.Series(cost),
        moq=pl.col("order_step") * pl.Series(random.choice([1, 1, 2, 4], items)),
    )
    paths, periods = problem.demand.shape[1:]
    lead = random.integers(1, 4, (items, 1)) + (random.random((items, paths)) < 0.2)
    # An order costs half a percent of what one week's demand of the supplier's goods costs.
    week = problem.suppliers["order_cost"].to_numpy() / 0.005
    short = random.random(suppliers) < 0.2
    room = np.where(short, week * random.uniform(0.5, 1.0, suppliers), np.nan)
    return replace(
        problem,
        options=pl.concat([first, rivals]),
        lead_time=np.vstack([problem.lead_time, np.clip(lead, 1, periods - 1)]).astype(np.int16),
        suppliers=problem.suppliers.with_columns(
            capacity_value=pl.Series(room).fill_nan(None),
            minimum_value=pl.min_horizontal("minimum_value", pl.Series(room * 0.8).fill_nan(None)),
        ),
    )


def main() -> None:
    """Solve with the whole budget, half and a quarter of what would be spent freely."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--suppliers", type=int, default=1_000)
    parser.add_argument("--paths", type=int, default=64)
    parser.add_argument("--candidates", type=int, default=16)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rivals", action="store_true", help="two suppliers for each item, a fifth of them short")
    asked = parser.parse_args()
    params = EconomicParams(candidates=asked.candidates)
    solve(generated(50, 5, asked.paths, 0), params)  # compiles
    free = generated(asked.items, asked.suppliers, asked.paths, asked.seed)
    if asked.rivals:
        free = with_rivals(free, asked.seed)
    wanted = None
    for share in (1.0, 0.5, 0.25):
        problem = free if wanted is None else replace(free, budget=wanted * share)
        wall, cpu = time.perf_counter(), time.process_time()
        plan = solve(problem, params)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        spent = float(plan.lines["spend"].sum())
        wanted = wanted or spent
        print(
            f"budget {share:.0%}: {wall:.1f} s, {cpu:.1f} CPU-s, earned {plan.value:,.0f}, bound {-plan.bound:,.0f}, "
            f"gap {-plan.gap:.3%}, spent {spent:,.0f}, {plan.orders.height} orders, "
            f"price of the budget {plan.shadow_prices.filter(limit='budget')['price'].sum():.4f}",
            flush=True,
        )
        faults = plan.check(problem, params)
        if faults:
            sys.exit(f"error: the plan has {len(faults)} faults, the first: {faults[0]}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"largest memory {peak:.2f} GB")


if __name__ == "__main__":
    main()
