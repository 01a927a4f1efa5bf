"""Answer one round of the VN2 inventory challenge: ``python -m benchmarks.vn2 FOLDER``."""

import argparse
import json
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from forecasting import Params, complete_periods, fit, sample_paths
from optimization.replenishment.economics import EconomicParams, ReplenishmentProblem, solve

KEYS = ["Store", "Product"]
PATHS = 64
WEEKS_BEYOND = 6  # weeks after the order's arrival in which what is left over can still be sold


def as_problem(state: pl.DataFrame, demand: np.ndarray, rules: dict[str, float], today: date) -> ReplenishmentProblem:
    """A round as a replenishment problem: one supplier, who takes any quantity.

    Parameters
    ----------
    state
        ``Store``, ``Product``, ``on_hand``, ``arriving_1`` …: as the round gives it.
    demand
        Shape (series, paths, weeks).
    rules
        ``holding``, ``shortage`` (per unit and week), ``lead`` (weeks).
    today
        First day of the week to come.
    """
    series, paths = demand.shape[:2]
    keys = {"sku_id": state["Product"].to_list(), "location_id": state["Store"].to_list()}
    nothing, none = pl.lit(0.0), pl.lit(None)
    waiting = [name for name in state.columns if name not in KEYS]
    batches = pl.concat(
        pl.DataFrame(keys).with_columns(
            bucket=pl.lit("in_transit" if week else "on_hand"),
            quantity=state[name].cast(pl.Int64),
            last_sellable_period=none.cast(pl.Int64),
        )
        for week, name in enumerate(waiting)
    )
    # What arrives in the first week is sold in it; stock at hand is there before.
    arrivals = np.repeat([max(week - 1, 0) for week in range(len(waiting))], series)
    return ReplenishmentProblem(
        items=pl.DataFrame(keys).with_columns(
            review_periods=pl.lit(1),
            unit_price=pl.lit(float(rules["shortage"])),
            shortage_cost=nothing,
            holding_cost=pl.lit(float(rules["holding"])),
            excess_cost=pl.lit(float(rules["holding"])),
            beyond_rate=pl.lit(np.inf),
            terminal_value=nothing,
            salvage_value=nothing,
            backorder=pl.lit(False),
            last_buy=pl.lit(False),
            understock_weight=pl.lit(1.0),
            unit_volume=nothing,
            unit_weight=nothing,
            storage_id=none.cast(pl.String),
            exchanged_qty=pl.lit(0.0),
            previous_qty=none.cast(pl.Int64),
            policy=pl.lit("economic"),
            policy_low=none.cast(pl.Float64),
            policy_high=none.cast(pl.Float64),
            policy_reason=pl.lit("costs of the round"),
        ),
        options=pl.DataFrame(keys).with_columns(
            supplier_id=pl.lit("supplier"),
            unit_cost=nothing,
            later_unit_cost=nothing,
            unit_extra=nothing,
            moq=pl.lit(0),
            order_step=pl.lit(1),
            yield_share=pl.lit(1.0),
            shelf_life_periods=none.cast(pl.Int64),
            capacity_qty=none.cast(pl.Int64),
            blocked_reason=none.cast(pl.String),
        ),
        demand=demand,
        lead_time=np.full((series, paths), int(rules["lead"])),
        batches=batches,
        arrivals=np.repeat(arrivals[:, None], paths, axis=1),
        suppliers=pl.DataFrame({"supplier_id": ["supplier"]}).with_columns(
            minimum_value=nothing,
            order_cost=nothing,
            capacity_value=none.cast(pl.Float64),
            closed_reason=none.cast(pl.String),
        ),
        as_of_date=today,
    )


def demand_paths(folder: Path, weeks: int, threads: int) -> tuple[np.ndarray, date]:
    """Futures of every series in the order of ``state.csv``, and the first day they are for.

    Parameters
    ----------
    folder
        The round's folder.
    weeks
        Weeks ahead.
    threads
        Threads of the forecast.

    Returns
    -------
    tuple
        Array of shape (series, paths, weeks); the Monday after the history.
    """
    tables = {
        name: pl.read_csv(folder / f"{name}.csv", infer_schema=False) for name in ("history", "in_stock", "master")
    }
    identity = pl.concat_str(KEYS, separator="-").alias("unique_id")

    def long(name: str, value: str) -> pl.DataFrame:
        weekly = tables[name].unpivot(index=KEYS, variable_name="ds", value_name=value)
        return weekly.select(identity, pl.col("ds").str.to_date(), value)

    history = long("history", "y").with_columns(pl.col("y").cast(pl.Float64))
    in_stock = long("in_stock", "in_stock").with_columns(pl.col("in_stock") == "True")
    known = history.join(in_stock, on=["unique_id", "ds"], how="left")
    items = tables["master"].select(identity, pl.exclude("Store"))
    params = Params(threads=threads)
    model = fit(complete_periods(known, params.period_days), params, items)
    paths = sample_paths(model, weeks, PATHS)
    asked = pl.read_csv(folder / "state.csv", infer_schema=False).select(identity)
    ordered = asked.join(
        paths.group_by("unique_id", maintain_order=True).agg("y"), on="unique_id", how="left", maintain_order="left"
    )
    return np.array(ordered["y"].to_list()).reshape(asked.height, PATHS, weeks), history["ds"].max() + timedelta(
        weeks=1
    )


def answer(folder: Path, threads: int) -> None:
    """Write ``orders.csv``: forecast, project, order what earns most."""
    rules = json.loads((folder / "rules.json").read_text(encoding="utf-8"))
    state = pl.read_csv(folder / "state.csv", schema_overrides=dict.fromkeys(KEYS, pl.String))
    demand, today = demand_paths(folder, rules["lead"] + WEEKS_BEYOND, threads)
    problem = as_problem(state, demand, rules, today)
    plan = solve(problem, EconomicParams(candidates=PATHS))
    faults = plan.check(problem)
    if faults:
        raise AssertionError(f"the plan fails its check: {faults[:5]}")
    orders = state.select(KEYS).with_columns(quantity=plan.lines["suggested_qty"])
    orders.write_csv(folder / "orders.csv")


def main() -> None:
    """Answer the round in the folder given."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--threads", type=int, default=2, help="threads of the forecast")
    asked = parser.parse_args()
    answer(asked.folder, asked.threads)


if __name__ == "__main__":
    main()
