"""The frames of `read_replenishment` as a problem, by settings and adopted policy, and its plan, checked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import polars as pl

from optimization.replenishment import Params, Plan, Problem, solve
from optimization.replenishment.currencies import in_our_money
from optimization.replenishment.order_days import order_days
from optimization.replenishment.orders.expected_returns import returns_as_supply
from optimization.replenishment.supplier_agreements import supplier_agreements
from optimization.replenishment.what_if import Levers, changed
from pipelines.planning.replenishment_frames import KEY

MONEY = pl.Decimal(18, 4)
# What is told of an item and decides nothing.
TOLD = ("sku_name", "purchase_uom", "category_id", "worked_lead_days", "defaults")


def purchase_plan(
    frames: dict[str, pl.DataFrame], as_of_date: date, settings: dict, adopted: Mapping[str, object] | None = None
) -> Plan:
    """Solve, and check the plan against its problem; by the policy that was adopted of a scenario, if one was.

    Raises
    ------
    AssertionError
        When the plan fails its own check; nothing of it is written then.
    """
    settings = with_weights(settings, frames["weights"])
    problem = problem_of(frames, as_of_date, Params.from_mapping(settings))
    return checked_plan(*planned_by(problem, settings, adopted))


def with_weights(settings: dict, weights: pl.DataFrame) -> dict:
    """The settings with the weights that the replay found, where they ask for them; their own weights stand above."""
    params = Params.from_mapping(settings)
    found = dict(weights.iter_rows()) if params.calibrated else {}
    return settings | {"weight_of": found | dict(params.weight_of)}


def planned_by(problem: Problem, settings: dict, adopted: Mapping[str, object] | None) -> tuple[Problem, Params]:
    """The problem and the settings as the adopted policy has them; as they are without one."""
    params = Params.from_mapping(settings)
    if not adopted:
        return problem, params
    levers = Levers(**adopted)
    return changed(problem, levers), levers.params(params)


def problem_of(frames: dict[str, pl.DataFrame], as_of_date: date, params: Params) -> Problem:
    """What is to be decided, of the frames of `read_replenishment`."""
    items, others, agreements = rebated(frames, params)
    return Problem(
        items.drop(TOLD),
        frames["demand"],
        as_of_date,
        weekly=frames["weekly"],
        terms=_terms(frames["terms"], _rests(frames), as_of_date),
        rests=rests_ahead(frames, as_of_date),
        waits=frames["waits"],
        price_breaks=frames["price_breaks"],
        inbound=frames["inbound"],
        batches=frames["batches"],
        returning=_returning(frames["returning"], as_of_date, params),
        goods=frames["goods"],
        others=others.drop("purchase_uom"),
        storage=frames["storage"],
        containers=frames["containers"].with_columns(
            least_fill=pl.lit(params.container_fill), cost=pl.lit(params.container_cost)
        ),
        agreements=agreements,
        handling_units=frames["handling_units"],
        rates=frames["rates"],
        moves=frames["moves"],
        trips=_trips(frames["lanes"], as_of_date),
        unwelcome=frames["unwelcome"],
        clearing=frames["clearing"],
        sharing=frames["sharing"],
        capacities=frames["capacities"],
        previous=frames["previous"],
        budgets=frames["budgets"],
        budgeted=frames["budgeted"],
        budget=frames["budget"]["budget"].item(),
    )


def _trips(lanes: pl.DataFrame, today: date) -> pl.DataFrame:
    """The next trip of each lane."""
    # Solvers load in a second; who reads the frames alone does without them.
    from optimization.replenishment.allocation import next_trips

    told = ("from_location_id", "to_location_id", "unit_cost", "trip_cost", "ship_date", "arrival_date")
    return next_trips(lanes, today).select(told)


def _returning(expected: pl.DataFrame, as_of_date: date, params: Params) -> pl.DataFrame:
    """Whole units that come back from customers, by the days until they are on sale."""
    supply = returns_as_supply(expected, params.days_to_shelf)
    due = (pl.col("date") - pl.lit(as_of_date)).dt.total_days().clip(lower_bound=0)
    return supply.select(*KEY, due_in_days=due, quantity="quantity")


def rebated(frames: dict[str, pl.DataFrame], params: Params) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Items and other offers at what agreements leave of their prices, and the agreements that orders can reach."""
    items, others = frames["items"], frames["others"]
    offer = [*KEY, "supplier_id", "lead_time_days"]
    known = items.select(*KEY, "category_id", "review_days")
    offers = pl.concat([items.select(offer).drop_nulls("supplier_id"), others.select(offer)], how="vertical_relaxed")
    offers = offers.join(known, on=KEY, how="inner")
    found = supplier_agreements(frames["agreements"], offers, params.commitment_shortfall_share)

    def less(rows: pl.DataFrame) -> pl.DataFrame:
        joined = rows.join(found.shares, on=[*KEY, "supplier_id"], how="left", maintain_order="left")
        back = pl.col("share").fill_null(0.0) * pl.col("unit_cost").cast(pl.Float64).fill_null(0.0)
        return joined.with_columns(unit_extra=pl.col("unit_extra") - back, back=back).drop("share")

    # A margin is what is left after the extra, which is less now.
    more = pl.col("back").fill_null(0.0).round(4).cast(MONEY)
    earning = in_our_money(less(items), frames["rates"], "back").with_columns(
        unit_margin=pl.col("unit_margin").cast(MONEY) + more
    )
    return earning.drop("back"), less(others).drop("back"), found.bonuses


def checked_plan(problem: Problem, params: Params) -> Plan:
    """Solve a problem, and check the plan against it; raises as `purchase_plan`."""
    plan = solve(problem, params)
    faults = plan.check(problem)
    if faults:
        raise AssertionError(f"the replenishment plan fails its check: {faults[:5]}")
    return plan


def _rests(frames: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Days on which suppliers rest by their calendars: `supplier_id`, `rest_date`."""
    named = frames["terms"].select("supplier_id", "calendar_id").drop_nulls().unique()
    return frames["shutdowns"].join(named, on="calendar_id").select("supplier_id", rest_date="calendar_date").unique()


def rests_ahead(frames: dict[str, pl.DataFrame], today: date) -> pl.DataFrame:
    """The same by days from today, which lead times begin after: `Problem.rests`."""
    days = _rests(frames).select("supplier_id", day=(pl.col("rest_date") - pl.lit(today)).dt.total_days())
    return days.filter(pl.col("day") > 0).sort("supplier_id", "day")


def _terms(terms: pl.DataFrame, rests: pl.DataFrame, today: date) -> pl.DataFrame:
    """The terms of every order, with why its supplier cannot take it today.

    Weekdays are no rests: an order on another day waits for the supplier's next one, which is in its lead time.
    """
    named = terms.group_by("supplier_id").agg(
        pl.col("contract_ends").first(), lead=pl.col("lead_time_days").max().ceil().cast(pl.Int64)
    )
    days = rests.select("supplier_id", first_date="rest_date", last_date="rest_date")
    suppliers = named.sort("supplier_id")
    closed = order_days(suppliers, days, dict(named.select("supplier_id", "lead").iter_rows()), today)
    return terms.join(closed, on="supplier_id", how="left", maintain_order="left").select(
        "supplier_id", "location_id", "currency", "minimum_value", "order_cost", "capacity_value", "closed_reason"
    )
