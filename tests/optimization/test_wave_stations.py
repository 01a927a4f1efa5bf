"""Stations: carts are spread over them, what each has to do is told, and parts of an order meet at one."""

from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wave_problems import FLOOR, labour, lines, orders

from optimization.waves import Params, Problem, solve


def stations(*names: str, stage: str = "pack") -> pl.DataFrame:
    rows = [("W", stage, name) for name in names]
    return pl.DataFrame(rows, schema=dict.fromkeys(["warehouse_id", "stage", "station_id"], pl.String), orient="row")


def carts_of_one(count: int, names: tuple[str, ...], **more) -> Problem:
    """So many orders alike, each on a cart of its own."""
    queue = orders(*[(f"O{k}", "W", 0, 3) for k in range(count)], **more)
    trolley = pl.DataFrame({"warehouse_id": ["W"], "slots": [1], "volume_l": [10.0]})
    return Problem(
        queue, lines(*[(f"O{k}", "abc"[k % 3], 1) for k in range(count)]), FLOOR, carts=trolley,
        labour=labour(("pick", "*", 0, 4, 2), ("pack", "*", 0, 4, 2)), stations=stations(*names),
    )  # fmt: skip


def test_carts_are_spread_evenly_over_stations_that_share_the_people():
    problem = carts_of_one(6, ("P1", "P2", "P3"))
    plan = solve(problem)
    assert plan.check(problem) == []
    assert plan.carts["pack_station_id"].value_counts().sort("pack_station_id").rows() == [
        ("P1", 2), ("P2", 2), ("P3", 2),
    ]  # fmt: skip
    rows = plan.labour.filter(stage="pack").sort("station_id")
    # Two people for four hours, shared by three; two orders of 15 s each.
    assert rows["station_id"].to_list() == ["P1", "P2", "P3"]
    assert rows["available_minutes"].to_list() == pytest.approx([160.0] * 3)
    assert rows["needed_minutes"].to_list() == pytest.approx([0.5] * 3)


def test_the_fullest_station_is_the_evenness_of_a_plan():
    problem = replace(carts_of_one(3, ("P1", "P2")), standards=pl.DataFrame({
        "warehouse_id": ["W"], "stage": ["pack"], "seconds_per_tour": [0.0], "seconds_per_metre": [0.0],
        "seconds_per_pick": [0.0], "seconds_per_unit": [0.0], "seconds_per_order": [600.0],
    }))  # fmt: skip
    assert solve(problem).evenness == pytest.approx(2 * 10 / 240)


def test_parts_of_an_order_meet_at_one_station():
    problem = carts_of_one(3, ("P1", "P2"), volume_l=[1.0, 30.0, 1.0])
    problem = replace(problem, lines=lines(("O0", "a", 1), ("O1", "b", 6), ("O2", "c", 1)))
    plan = solve(problem)
    assert plan.check(problem) == []
    large = plan.picks.filter(outbound_id="O1").select("wave_id", "cart_no").unique()
    assert large.height == 3
    assert large.join(plan.carts, on=["wave_id", "cart_no"])["pack_station_id"].n_unique() == 1


def test_a_stage_without_stations_is_one_place_and_a_stage_of_picking_has_none():
    problem = carts_of_one(2, ())
    plan = solve(problem)
    assert plan.carts["pack_station_id"].null_count() == 2
    assert plan.labour.filter(stage="pack")["station_id"].to_list() == ["*"]
    with pytest.raises(ValueError, match="must be sort, check or pack"):
        replace(problem, stations=stations("P", stage="pick"))


def test_a_cart_sent_elsewhere_is_found_out():
    problem = carts_of_one(4, ("P1", "P2"))
    plan = solve(problem)
    moved = replace(plan, carts=plan.carts.with_columns(pack_station_id=pl.lit("P1")))
    assert any("station P2 of W says" in fault for fault in moved.check(problem))
    assert any("which is not there" in fault for fault in plan.check(replace(problem, stations=stations("P1"))))


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 9), st.integers(1, 4), st.integers(1, 3))
def test_no_station_has_more_than_one_cart_above_another(count: int, places: int, slots: int):
    problem = carts_of_one(count, tuple(f"P{k}" for k in range(places)))
    problem = replace(problem, carts=problem.carts.with_columns(slots=pl.lit(slots)))
    plan = solve(problem, Params(moves_per_order=0))
    assert plan.check(problem) == []
    minutes = plan.labour.filter(stage="pack")["needed_minutes"]
    assert minutes.max() - minutes.min() <= slots * 0.25 + 1e-9
