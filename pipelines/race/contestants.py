"""Who takes part in a race, and what each orders on a morning by what was known then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
import polars as pl

from optimization.replenishment.currencies import in_our_money
from optimization.replenishment.race import Runner, reorder_point
from optimization.replenishment.race.reorder_point import Terms
from optimization.replenishment.rounding import order_step
from pipelines.planning.moves import best_moves
from pipelines.planning.purchase_problem import purchase_plan
from pipelines.planning.replenishment_frames import KEY

WINDOW_DAYS = 91  # of demand that the simple rule looks back on
DEVIATIONS = (0.5, 1.0, 1.64, 2.33)


@dataclass(frozen=True)
class Morning:
    """What was known on the morning of a review.

    Parameters
    ----------
    today
        Business date.
    frames
        What replenishment reads, as of that morning (``read_replenishment``), and the lanes of transfers; its stock is
        the real one.
    history
        Demand by day: ``sku_id``, ``location_id``, ``ds``, ``y``.
    review_days
        Days until the next review.
    """

    today: date
    frames: dict[str, pl.DataFrame]
    history: pl.DataFrame
    review_days: int


class Decision(NamedTuple):
    """What a contestant does on a morning.

    Parameters
    ----------
    units, told_days
        Ordered, and the days after which it is expected; each of shape (items,), int.
    moves
        As ``Runner.move`` takes them.
    """

    units: np.ndarray
    told_days: np.ndarray
    moves: tuple[np.ndarray, ...] = (np.zeros(0, np.int64),) * 6


Decide = Callable[[Runner, Morning, dict], Decision]


def platform(runner: Runner, morning: Morning, settings: dict) -> Decision:
    """What the platform would have suggested to this contestant, whose stock and orders these are."""
    frames = standing(runner, morning)
    if settings.get("next_plan_days"):
        settings = {**settings, "next_plan_days": morning.review_days}
    plan = purchase_plan(frames, morning.today, settings)
    lead = frames["items"].select(*KEY, told=pl.col("lead_time_days").ceil().cast(pl.Int64))
    bought = plan.lines.filter(status="order").join(lead, on=KEY).select(*KEY, "suggested_qty", "told")
    found = runner.track.items.select(KEY).join(bought, on=KEY, how="left", maintain_order="left")
    units, told = (found[name].fill_null(0).cast(pl.Int64).to_numpy() for name in ("suggested_qty", "told"))
    return Decision(units, told, moved(best_moves(plan, frames, morning.today), runner, morning))


def moved(moves: pl.DataFrame, runner: Runner, morning: Morning) -> tuple[np.ndarray, ...]:
    """Transfers as the runner takes them."""
    rows = runner.track.items.select(KEY).with_row_index("row").with_columns(pl.col("row").cast(pl.Int64))
    named = moves
    for end in ("from", "to"):
        place = rows.select("sku_id", pl.col("location_id").alias(f"{end}_location_id"), pl.col("row").alias(end))
        named = named.join(place, on=["sku_id", f"{end}_location_id"], maintain_order="left")
    columns = named.select(
        "from", "to", "quantity",
        departure=(pl.col("ship_date") - morning.today).dt.total_days().cast(pl.Int64) + runner.day,
        arrival=(pl.col("arrival_date") - morning.today).dt.total_days().cast(pl.Int64) + runner.day,
        cost=pl.col("est_cost").cast(float),
    )  # fmt: skip
    return tuple(columns[name].to_numpy() for name in columns.columns)


def service_level(runner: Runner, morning: Morning, settings: dict) -> Decision:
    """The same forecasts, ordered up to the service target instead of by money."""
    return platform(runner, morning, {**settings, "policy": "service_level", "policy_of": {}, "policy_of_item": {}})


def weighed(runner: Runner, morning: Morning, settings: dict) -> Decision:
    """The platform with shortages weighed by segment, as the replay of the past found."""
    return platform(runner, morning, {**settings, "calibrated": True})


def simple(z: float) -> Decide:
    """Reorder point and economic order quantity with `z` deviations of safety."""

    def decide(runner: Runner, morning: Morning, settings: dict) -> Decision:
        del settings
        return by_reorder_point(runner, morning, z)

    return decide


def by_reorder_point(runner: Runner, morning: Morning, z: float) -> Decision:
    """Orders of the simple rule for the items that could be ordered that morning."""
    items = morning.frames["items"].drop_nulls("supplier_id")
    asked = runner.track.items.select(*KEY, "holding_cost", "order_cost").with_row_index("item").join(
        items.select(*KEY, "lead_time_days", "lead_time_std_days", "moq", "order_multiple", "pack_numerator",
                     "pack_denominator"), on=KEY, how="inner", maintain_order="left",
    )  # fmt: skip
    packs = (asked[name].cast(pl.Int64).to_numpy() for name in ("order_multiple", "pack_numerator", "pack_denominator"))
    lead = asked["lead_time_days"].cast(pl.Float64)
    terms = Terms(
        lead_days=lead.to_numpy(),
        lead_std_days=asked["lead_time_std_days"].cast(pl.Float64).fill_null(0).to_numpy(),
        review_days=np.full(asked.height, morning.review_days, float),
        order_cost=asked["order_cost"].to_numpy(),
        holding_cost=asked["holding_cost"].to_numpy(),
        least=asked["moq"].cast(pl.Int64).to_numpy(),
        step=order_step(*packs),
    )
    item = asked["item"].cast(pl.Int64).to_numpy()
    waiting, quantity, _ = runner.under_way()
    here = runner.stock - runner.to_leave() - runner.waiting
    position = here + np.bincount(waiting, quantity, runner.stock.size) + still_due(runner, morning)
    wanted = reorder_point(daily(asked, morning), position[item], terms, z)
    units, told = (np.zeros(runner.stock.size, np.int64) for _ in range(2))
    units[item], told[item] = wanted, lead.ceil().cast(pl.Int64).to_numpy()
    return Decision(units, told)


def daily(asked: pl.DataFrame, morning: Morning) -> np.ndarray:
    """Demand of each item on each of the last days; shape (items, days)."""
    first = morning.today - timedelta(days=WINDOW_DAYS)
    recent = morning.history.filter(pl.col("ds").is_between(first, morning.today, closed="left"))
    found = recent.join(asked.select(*KEY, row=pl.int_range(pl.len())), on=KEY)
    table = np.zeros((asked.height, WINDOW_DAYS))
    day = (found["ds"] - first).dt.total_days().to_numpy()
    np.add.at(table, (found["row"].to_numpy(), day), found["y"].to_numpy())
    return table


def still_due(runner: Runner, morning: Morning) -> np.ndarray:
    """Units of what was ordered before the race that were due that morning, as was known then; shape (items,)."""
    due = morning.frames["inbound"].group_by(KEY).agg(pl.col("quantity").sum())
    found = runner.track.items.select(KEY).join(due, on=KEY, how="left", maintain_order="left")
    return found["quantity"].fill_null(0).cast(pl.Int64).to_numpy()


def standing(runner: Runner, morning: Morning) -> dict[str, pl.DataFrame]:
    """What replenishment reads, with this contestant's stock and orders in place of the real ones."""
    own = expected_lines(runner, runner.under_way())
    inbound = pl.concat([morning.frames["inbound"], own.cast(dict(morning.frames["inbound"].schema))])
    on_order = inbound.group_by(KEY).agg(race_order=pl.col("quantity").sum())
    stock = runner.track.items.select(KEY).with_columns(
        race_stock=pl.Series(runner.stock - runner.to_leave()), race_waiting=pl.Series(runner.waiting)
    )
    items = morning.frames["items"]
    placed = (
        items.join(on_order, on=KEY, how="left", maintain_order="left")
        .join(stock, on=KEY, how="left", maintain_order="left")
        # Goods that the race does not watch are nobody's to order.
        .filter(pl.col("race_stock").is_not_null())
        .with_columns(
            on_hand_qty=pl.col("race_stock").cast(items.schema["on_hand_qty"]),
            on_order_qty=pl.col("race_order").fill_null(0).cast(items.schema["on_order_qty"]),
            in_transit_qty=pl.lit(0, items.schema["in_transit_qty"]),
            approved_qty=pl.lit(0, items.schema["approved_qty"]),
            reserved_qty=pl.col("race_waiting").cast(items.schema["reserved_qty"]),
        )
        .select(items.columns)
    )
    raced = {
        name: morning.frames[name].join(placed, on=KEY, how="semi", maintain_order="left")
        for name in ("demand", "weekly", "price_breaks")
    }
    return {
        **morning.frames,
        **raced,
        "items": placed,
        # What customers send back moves real stock, which no contestant has.
        "returning": morning.frames["returning"].clear(),
        "moves": morning.frames["moves"].clear(),
        # What planners said of transfers and cleared was said of the real stock.
        "unwelcome": morning.frames["unwelcome"].clear(),
        "clearing": morning.frames["clearing"].clear(),
        # What suppliers had left was left by the real orders; to contestants they deliver whatever they order.
        "capacities": morning.frames["capacities"].clear(),
        # Its stock is its own: which batches it would hold nobody knows, so they are taken to keep.
        "batches": morning.frames["batches"].clear(),
        "inbound": inbound.join(placed, on=KEY, how="semi", maintain_order="left"),
        # What lies in the house is not this contestant's stock, and the past tells one supplier's deliveries only.
        "storage": morning.frames["storage"].clear(),
        "others": morning.frames["others"].clear(),
        "agreements": morning.frames["agreements"].clear(),
        # Nobody saw its plans before they were ordered.
        "previous": morning.frames["previous"].clear(),
        # What each part of the range had spent follows from the real orders, not from this contestant's.
        "budgets": morning.frames["budgets"].clear(),
        "budgeted": morning.frames["budgeted"].clear(),
        "budget": budget(morning, expected_lines(runner, runner.on_order())),
    }


def expected_lines(runner: Runner, lines: tuple[np.ndarray, np.ndarray, np.ndarray]) -> pl.DataFrame:
    """Lines under way as replenishment reads them."""
    item, quantity, expected = lines
    named = runner.track.items.select(KEY).with_row_index("item").with_columns(pl.col("item").cast(pl.Int64))
    due = pl.DataFrame({"item": item, "due_in_days": expected - runner.day, "quantity": quantity})
    return due.join(named, on="item").select(*KEY, "due_in_days", "quantity")


def budget(morning: Morning, own: pl.DataFrame) -> pl.DataFrame:
    """The money that was open that morning, had this contestant's orders been placed and not the real ones."""
    open_then = morning.frames["budget"]["budget"].item()
    if open_then is None:
        return morning.frames["budget"]
    items = in_our_money(morning.frames["items"], morning.frames["rates"], "unit_cost")
    cost = items.select(*KEY, "unit_cost")

    def worth(rows: pl.DataFrame) -> float:
        return rows.join(cost, on=KEY).select((pl.col("quantity") * pl.col("unit_cost")).sum()).item() or 0.0

    real = morning.frames["real_orders"]
    return pl.DataFrame({"budget": [max(open_then + worth(real) - worth(own), 0.0)]})
