"""The race: from review to review, what was known is rebuilt, contestants order, the days between pass."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

import duckdb
import polars as pl

from optimization.replenishment import Params
from optimization.replenishment.race import Interval, Runner, Score, compare, score
from optimization.replenishment.rests import ordered_no_sooner
from pipelines.planning.calibration import calibrated, read_calibration
from pipelines.planning.demand import forecast, read_demand
from pipelines.planning.kept_trees import KeptTrees
from pipelines.planning.replenishment_frames import KEY, read_replenishment
from pipelines.planning.tables import read, write
from pipelines.race.contestants import DEVIATIONS, Decide, Morning, platform, service_level, simple, weighed
from pipelines.race.outcome import Outcome, read_outcome
from pipelines.rebuild import past_workspace
from pipelines.settings import Settings
from pipelines.warehouse import connect, open_warehouse
from pipelines.workspace import Workspace

REAL = "as ordered"
PLATFORM, CALIBRATED = "platform", "platform, calibrated"
CONTESTANTS: dict[str, Decide] = {
    PLATFORM: platform,
    CALIBRATED: weighed,
    "service level": service_level,
    **{f"reorder point z={z:g}": simple(z) for z in DEVIATIONS},
}
# What simple rules look at: all that left the shelves, companies' bulk orders too.
WANTED = """
    select sku_id, location_id, demand_date as ds, wanted_qty::double as y
    from marts.demand_history
    where fulfil_mode = 'own' and is_complete_day
    order by all
"""
# Orders of the race's own days that were really placed: no contestant but the real one has them.
REAL_ORDERS = """
    select sku_id, location_id, floor(open_qty)::bigint as quantity
    from intermediate.int_purchase_line
    where is_own_supply and open_qty > 0 and ordered_date >= date '{first}'
"""
# What had been ordered or sent before the race and is still to come. Of a transfer its lane says when; without one it
# is due tomorrow, as the plan takes goods on the road.
INBOUND_BEFORE = """
    with coming as (
        select sku_id, location_id, arrival_date as expected_date, arriving_qty as quantity
        from intermediate.int_purchase_arrival
        where is_own_supply and ordered_date < date '{first}'
        union all
        select
            t.sku_id, t.to_location_id,
            coalesce(t.shipped_date + ceil(l.days)::integer, date '{today}' + 1), t.in_transit_qty
        from intermediate.int_transfer_line as t
        left join marts.transfer_lane as l
            on l.from_warehouse_id = t.from_location_id and l.to_warehouse_id = t.to_location_id
        where t.in_transit_qty > 0 and t.shipped_date < date '{first}'
    )
    select
        sku_id, location_id, (expected_date - date '{today}')::bigint as due_in_days,
        floor(sum(quantity))::bigint as quantity
    from coming
    group by all
    order by all
"""
# How often each item is ordered, and the days on which an order of the morning stands still.
CYCLES = """
    select sku_id, location_id, supplier_id, lead_time_days, order_cycle_days, review_days
    from marts.replenishment_input
    order by all
"""
STILL = """
    select supplier_id, (worked + place)::bigint as "day"
    from (
        select supplier_id, unnest(worked_before) as worked, generate_subscripts(worked_before, 1) as place
        from intermediate.int_supplier_rest_ahead
    )
    order by all
"""


class RaceError(Exception):
    """The past cannot be raced; the message says why and what to do."""


@dataclass(frozen=True)
class Finished:
    """What a race came to.

    Parameters
    ----------
    first, last
        Its days, both included.
    reviews
        Mornings on which contestants ordered.
    items
        SKU × locations that were raced.
    scores
        By contestant, what was really ordered first.
    against_real
        The platform less what was really ordered, with intervals.
    calibrated
        The platform with shortages weighed as a replay of the days before the race found, less the platform.
    """

    first: date
    last: date
    reviews: int
    items: int
    scores: dict[str, Score]
    against_real: dict[str, Interval]
    calibrated: dict[str, Interval]


def race(
    workspace: Workspace,
    settings: Settings,
    first: date,
    last: date,
    every: int,
    code: str,
    report: Callable[[str], None] = lambda text: None,
) -> Finished:
    """Run the days from `first` to `last` again.

    Parameters
    ----------
    every
        Days between two reviews.
    code
        Fingerprint of the code, for the trees that are kept between reviews.

    Raises
    ------
    RaceError
        If the days are not all known, nothing was sold in them, or the marts are of another version.
    RebuildError
        If nothing was known on the first morning.
    """
    outcome = known_outcome(workspace, settings, first, last)
    report(f"{first}  replay of what was before")
    weights = weights_before(workspace, settings, first)
    decided = {name: Runner(outcome.track, name) for name in CONTESTANTS}
    real, reviews = Runner(outcome.track, REAL), range(0, outcome.track.days, every)
    for day in reviews:
        today = first + timedelta(days=day)
        report(f"{today}  {day}/{outcome.track.days}")
        found = morning(workspace, settings, first, today, min(every, outcome.track.days - day), code)
        found.frames["weights"] = weights
        for name, runner in decided.items():
            decision = CONTESTANTS[name](runner, found, settings.replenishment)
            runner.order(decision.units, decision.told_days)
            runner.move(*decision.moves)
            runner.live(every)
    for day in range(outcome.track.days):
        as_it_was(real, outcome, day)
        real.live(1)
    runners = {REAL: real, **decided}
    return Finished(
        first, last, len(reviews), outcome.track.items.height,
        {name: score(runner) for name, runner in runners.items()}, compare(decided[PLATFORM], real),
        compare(decided[CALIBRATED], decided[PLATFORM]),
    )  # fmt: skip


def as_it_was(real: Runner, outcome: Outcome, day: int) -> None:
    """Place the orders that were really placed on a day, and send what was really sent elsewhere."""
    lines = outcome.ordered.filter(pl.col("day") == day)
    real.order_as_it_was(*(lines[name].to_numpy() for name in ("item", "quantity", "arrival", "expected")))
    sent = outcome.moved.filter(pl.col("day") == day)
    real.move(*(sent[name].to_numpy() for name in ("source", "target", "quantity", "day", "arrival", "cost")))


def known_outcome(workspace: Workspace, settings: Settings, first: date, last: date) -> Outcome:
    """What happened in these days."""
    if last < first:
        raise RaceError(f"the race ends on {last}, before it begins on {first}. Name a later last day.")
    with open_warehouse(workspace, settings, "race") as connection, _marts_of_today():
        [(known,)] = connection.execute(
            "select max(demand_date) from marts.demand_history where is_complete_day"
        ).fetchall()
        if known is None or known < last:
            raise RaceError(f"demand is known up to {known or 'no day at all'}, the race ends on {last}. End it there.")
        outcome = read_outcome(connection, first, last, Params.from_mapping(settings.replenishment))
    if not outcome.track.items.height or not outcome.track.demand.any():
        raise RaceError(f"nothing of our own was wanted from {first} to {last}. Name other days.")
    return outcome


@contextmanager
def _marts_of_today() -> Iterator[None]:
    """Say what to do where the marts were made by an older version, or never."""
    try:
        yield
    except (duckdb.BinderException, duckdb.CatalogException) as error:
        missing = str(error).splitlines()[0]
        raise RaceError(
            "the marts of this workspace were made by another version, or not yet. Run the loop once, "
            f"`supplyloop run`, and race again. 请先运行一次 `supplyloop run`，再进行比赛。({missing})"
        ) from error


def morning(workspace: Workspace, settings: Settings, first: date, today: date, review_days: int, code: str) -> Morning:
    """What was known, and forecast from it, on a morning."""
    as_of = datetime.combine(today, time(), settings.zone)
    with past_workspace(workspace, settings, as_of, by_event=True) as (past, _):
        with connect(past, settings) as connection:
            frames = read_demand(connection)
        # Whoever orders every week must cover a week, whatever the tenant does today.
        reviews = _reviews(past, settings, review_days)
        frames["intervals"] = frames["intervals"].drop("review_days").join(reviews, on=KEY, maintain_order="left")
        kept = KeptTrees(race_models(workspace), code, as_of, anew=False)
        planned = forecast(frames, today, settings.forecasting, kept)
        with connect(past, settings) as connection:
            write(connection, planned)
            found = read_replenishment(connection)
            found["inbound"] = read(connection, INBOUND_BEFORE.format(first=first, today=today)).join(
                found["items"], on=["sku_id", "location_id"], how="semi", maintain_order="left"
            )
            found["items"] = found["items"].drop("review_days").join(reviews, on=KEY, maintain_order="left")
            found["real_orders"] = read(connection, REAL_ORDERS.format(first=first))
            wanted = read(connection, WANTED)
    return Morning(today, found, wanted, review_days)


def weights_before(workspace: Workspace, settings: Settings, first: date) -> pl.DataFrame:
    """What being short should weigh in each segment, by what was known on the first morning."""
    as_of = datetime.combine(first, time(), settings.zone)
    with past_workspace(workspace, settings, as_of, by_event=True) as (past, _), connect(past, settings) as connection:
        frames = read_calibration(connection)
    return calibrated(frames, first, settings.forecasting).select("segment", "weight")


def _reviews(past: Workspace, settings: Settings, review_days: int) -> pl.DataFrame:
    """``review_days`` of every item, ordered no sooner than the race reviews it, around the rests of its supplier."""
    with connect(past, settings) as connection:
        items, still = read(connection, CYCLES), read(connection, STILL)
    return ordered_no_sooner(items, still, review_days).select(*KEY, "review_days")


def race_models(workspace: Workspace) -> Path:
    """Where the trees of past weeks are kept: not among those that today's plan is made with."""
    return workspace.root / ".race_models"
