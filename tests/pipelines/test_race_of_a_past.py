"""The tenant's past raced: decisions by what was known then, the same days for all, and doubt beside the difference."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import duckdb
import numpy as np
import polars as pl
import pytest
from rich.console import Console

from optimization.replenishment.race import Runner
from pipelines.cycle import code_fingerprint
from pipelines.planning.tables import read
from pipelines.race.contest import (
    CONTESTANTS,
    INBOUND_BEFORE,
    PLATFORM,
    REAL,
    RaceError,
    known_outcome,
    morning,
    race,
)
from pipelines.race.contestants import standing
from pipelines.race.report import show, write_scores
from pipelines.rebuild import past_workspace
from pipelines.settings import load_settings
from pipelines.warehouse import connect

DAYS, EVERY = 12, 6


@pytest.fixture(scope="module")
def raced(planned):
    settings = load_settings(planned.settings_file)
    with duckdb.connect(str(planned.warehouse), read_only=True) as connection:
        [(last,)] = connection.execute(
            "select max(demand_date) from marts.demand_history where is_complete_day"
        ).fetchall()
    first = last - timedelta(days=DAYS - 1)
    return planned, settings, first, last, race(planned, settings, first, last, EVERY, code_fingerprint())


@pytest.fixture(scope="module")
def then(raced):
    """What was known on the first morning, and the track."""
    workspace, settings, first, last, _ = raced
    found = morning(workspace, settings, first, first, EVERY, code_fingerprint())
    return found, known_outcome(workspace, settings, first, last).track


def test_everybody_meets_the_same_days_and_the_real_orders_are_among_them(raced):
    *_, finished = raced
    assert list(finished.scores) == [REAL, *CONTESTANTS]
    assert finished.reviews == DAYS // EVERY
    real, ours = finished.scores[REAL], finished.scores[PLATFORM]
    assert real.lines > 0
    assert ours.lines > 0
    assert 0.5 < real.fill_rate <= 1
    assert finished.against_real["profit"].difference == pytest.approx(ours.profit - real.profit)
    assert finished.against_real["profit"].low <= finished.against_real["profit"].difference


def test_real_orders_are_those_of_the_exports_to_the_unit(raced):
    workspace, settings, first, last, _ = raced
    outcome = known_outcome(workspace, settings, first, last)
    with duckdb.connect(str(workspace.warehouse), read_only=True) as connection:
        [(ordered,)] = connection.execute(
            "select sum(ordered_qty - cancelled_qty - rejected_qty)::bigint from intermediate.int_purchase_line "
            "where is_own_supply and ordered_date between ? and ?", [first, last],
        ).fetchall()  # fmt: skip
    assert outcome.ordered["quantity"].sum() == ordered


def test_what_has_no_shelf_life_never_expires(raced, then):
    workspace, *_ = raced
    _, track = then
    with duckdb.connect(str(workspace.warehouse), read_only=True) as connection:
        keeping = connection.execute("select sku_id from intermediate.int_sku where shelf_life_days is null").fetchall()
    lasting = track.items.filter(pl.col("sellable_days").is_null())["sku_id"].to_list()
    assert lasting
    assert set(lasting) == {sku for (sku,) in keeping} & set(track.items["sku_id"])


# The sample's one transfer was asked for on the 8th, left on the 13th and came on the 17th.
def test_real_transfers_are_those_of_the_exports_on_their_days_at_what_the_lane_costs(raced):
    workspace, settings, *_ = raced
    outcome = known_outcome(workspace, settings, date(2026, 10, 10), date(2026, 10, 20))
    items = outcome.track.items.select("sku_id", "location_id").rows()
    with duckdb.connect(str(workspace.warehouse), read_only=True) as connection:
        connection.execute("set TimeZone = 'Asia/Shanghai'")
        [(sku, origin, destination, sent)] = connection.execute(
            "select sku_id, from_warehouse_id, to_warehouse_id, shipped_qty::int from known.inventory__transfer_line"
        ).fetchall()
        [(unit, trip)] = connection.execute(
            "select home_cost_per_unit::float, home_cost_per_trip::float from marts.transfer_lane "
            "where from_warehouse_id = ? and to_warehouse_id = ?", [origin, destination],
        ).fetchall()  # fmt: skip
    assert outcome.moved.to_dicts() == [
        {"source": items.index((sku, origin)), "target": items.index((sku, destination)), "quantity": sent,
         "cost": pytest.approx(sent * unit + trip), "day": 3, "arrival": 7}
    ]  # fmt: skip
    later = known_outcome(workspace, settings, date(2026, 10, 14), date(2026, 10, 20))
    there = later.track.items.select("sku_id", "location_id").rows().index((sku, destination))
    assert later.moved.height == 0
    assert later.track.arriving[there, 3] >= sent, "what left before the race comes to everybody"


@pytest.mark.parametrize(
    ("day", "under_way"),
    [(5, []), (13, []), (15, [{"due_in_days": 2, "quantity": 39}])],
    ids=["none was ever asked for", "it has not left", "it is on its way"],
)
def test_a_morning_knows_of_transfers_what_had_left_by_then(raced, day, under_way):
    workspace, settings, *_ = raced
    today = date(2026, 10, day)
    as_of = datetime.combine(today, time(), settings.zone)
    with past_workspace(workspace, settings, as_of, by_event=True) as (past, _), connect(past, settings) as connection:
        connection.execute("delete from intermediate.int_purchase_line")
        found = read(connection, INBOUND_BEFORE.format(first=today, today=today))
    assert found.select("due_in_days", "quantity").to_dicts() == under_way


def test_the_platform_moves_what_one_place_has_too_much_of_and_another_lacks(raced, then):
    _, settings, *_ = raced
    found, track = then
    runner = Runner(track, PLATFORM)
    decision = CONTESTANTS[PLATFORM](runner, found, settings.replenishment)
    source, target, quantity, departure, arrival, cost = decision.moves
    skus, places = track.items["sku_id"].to_numpy(), track.items["location_id"].to_numpy()
    assert (skus[source] == skus[target]).all() and (places[source] != places[target]).all()
    assert quantity.size
    assert (quantity > 0).all() and (arrival > departure).all() and (cost > 0).all()
    assert (departure > 0).all(), "a lane's trip is tomorrow's at the soonest"
    runner.move(*decision.moves)
    assert runner.to_leave().sum() == quantity.sum() and (runner.to_leave() <= runner.stock).all()


def test_goods_on_the_road_between_warehouses_bind_no_money_of_the_budget(then):
    found, track = then
    funded = replace(found, frames={**found.frames, "budget": pl.DataFrame({"budget": [1e6]})})
    runner, stocked = Runner(track, PLATFORM), int(track.opening.argmax())
    runner.move(*(np.array([value]) for value in (stocked, stocked - 1, 1, 0, track.days, 9.0)))
    assert standing(runner, funded)["budget"]["budget"].to_list() == [1e6]
    asked = np.zeros(runner.stock.size, np.int64)
    asked[stocked] = 1
    runner.order(asked, asked)
    assert standing(runner, funded)["budget"]["budget"].item() < 1e6


@pytest.mark.parametrize("name", [PLATFORM, "reorder point z=1.64"])
def test_no_order_moves_when_the_days_after_it_change(raced, then, name):
    _, settings, *_ = raced
    found, track = then
    other = replace(track, demand=track.demand[:, ::-1] * 3 + 1, arriving=track.arriving[:, ::-1].copy(),
                    lead_days=track.lead_days + 9)  # fmt: skip
    ours, theirs = (CONTESTANTS[name](Runner(met, name), found, settings.replenishment)[0] for met in (track, other))
    assert ours.sum() > 0
    assert np.array_equal(ours, theirs)


@pytest.mark.parametrize("name", [PLATFORM, "reorder point z=1.64"])
def test_what_a_contestant_has_ordered_is_his_supply(raced, then, name):
    _, settings, *_ = raced
    found, track = then
    # At the tiny world's huge penalty a second order pays for the paths on which it comes before the first one's day.
    usual = found.frames["items"].with_columns(
        shortage_penalty=pl.lit(None, found.frames["items"].schema["shortage_penalty"])
    )
    found, runner = replace(found, frames={**found.frames, "items": usual}), Runner(track, name)
    runner.stock = runner.stock // 4
    first, told, _ = CONTESTANTS[name](runner, found, settings.replenishment)
    assert first.sum() > 0
    runner.order(first, told)
    again, *_ = CONTESTANTS[name](runner, found, settings.replenishment)
    assert again.sum() == 0


def test_what_was_known_then_knows_nothing_of_the_race(then, raced):
    _, _, first, *_ = raced
    found, _ = then
    assert found.history["ds"].max() < first
    assert found.frames["real_orders"].height == 0, "none of them had been placed"


def test_days_that_cannot_be_raced_are_refused_with_what_to_do(raced):
    workspace, settings, first, last, _ = raced
    with pytest.raises(RaceError, match=f"demand is known up to {last}"):
        race(workspace, settings, first, last + timedelta(days=1), EVERY, "code")
    with pytest.raises(RaceError, match="Name a later last day"):
        race(workspace, settings, last, first, EVERY, "code")
    with pytest.raises(RaceError, match="Name other days"):
        race(workspace, settings, date(2001, 1, 1), date(2001, 1, 9), EVERY, "code")


def test_marts_of_an_older_version_are_refused_with_what_to_do(raced, copied):
    _, settings, first, last, _ = raced
    with duckdb.connect(str(copied.warehouse)) as connection:
        connection.execute("create or replace table older as select * exclude (wanted_qty) from marts.demand_history")
        [(kind,)] = connection.execute(
            "select table_type from information_schema.tables "
            "where table_schema = 'marts' and table_name = 'demand_history'"
        ).fetchall()
        connection.execute(f"drop {'view' if kind == 'VIEW' else 'table'} marts.demand_history")
        connection.execute("create view marts.demand_history as from main.older")
    with pytest.raises(RaceError, match=r"Run the loop once, `supplyloop run`, and race again\. 请先运行一次"):
        race(copied, settings, first, last, EVERY, "code")


def test_the_table_speaks_both_languages_and_the_file_opens_as_it_was_written(raced, tmp_path):
    *_, finished = raced
    console = Console(width=160, record=True, file=(tmp_path / "console").open("w", encoding="utf-8"))
    show(console, finished)
    said = console.export_text()
    assert "as ordered 实际下单" in said
    assert "fill rate" in said
    assert "满足率" in said
    difference = finished.against_real["profit"]
    told = next(line for line in said.splitlines() if line.strip().startswith("profit 利润"))
    assert told.split("利润")[1].split() == [
        f"{difference.difference:+,.0f}", f"[{difference.low:+,.0f},", f"{difference.high:+,.0f}]"
    ]  # fmt: skip
    write_scores(finished, tmp_path / "scores.csv")
    rows = pl.read_csv(tmp_path / "scores.csv")
    assert rows["contestant"].to_list() == list(finished.scores)
    assert rows["profit"].to_list() == pytest.approx([score.profit for score in finished.scores.values()])
