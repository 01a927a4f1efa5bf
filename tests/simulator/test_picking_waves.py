"""Waves of the twin: who picks what together, how far they walk, and what waits for tomorrow."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimization.waves.layout import Layout
from optimization.waves.routing.s_shape import s_shape as planned_tour
from simulator.choice import choose
from simulator.decisions import WavePlan
from simulator.policies.reorder_point import ReorderPoint
from simulator.tables import code
from simulator.times import moment
from simulator.walking import s_shape
from simulator.world import World

OUT, WAVE = "warehouse.outbound_order", "warehouse.wave"
PICK = st.tuples(st.integers(0, 2), st.integers(0, 6), st.integers(0, 20))  # tour, aisle, bay


def world_of(days: int, **changes) -> World:
    parameters = choose("small")
    parameters = replace(parameters, warehouses=tuple(replace(row, **changes) for row in parameters.warehouses))
    world = World.of(parameters, ReorderPoint(parameters))
    world.live(days)
    return world


def released(world: World) -> np.ndarray:
    out = world.tables[OUT]
    return np.flatnonzero(out.live("status") == code(OUT, "status", "released")) + out.base


@given(st.lists(PICK, min_size=1, max_size=40))
def test_pickers_walk_the_tour_that_planners_expect(picks):
    wave = np.array([pick[0] for pick in picks])
    x, y = (np.array([1.0 + pick[place] for pick in picks]) for place in (1, 2))
    ends = (np.full(len(picks), value) for value in (1.0, 21.0, 1.0))
    order, metres = s_shape(wave, x, y, *ends)
    layout = Layout({aisle: 1.0 + aisle for aisle in range(7)}, 1.0, 21.0, 1.0, 1.0)
    for tour in np.unique(wave):
        mine = np.flatnonzero(wave == tour)
        expected, length = planned_tour([(picks[row][1], y[row]) for row in mine], layout)
        walked = order[wave[order] == tour]
        assert [(x[row], y[row]) for row in walked] == [(x[mine[place]], y[mine[place]]) for place in expected]
        assert metres[wave[order] == tour].sum() == pytest.approx(length)


def test_a_rush_above_what_may_go_out_in_a_day_leaves_in_the_days_after():
    parameters = choose("tiny")  # at most 100 units a day; with this seed a pre-sale of more is due on one
    world = World.of(replace(parameters, world=replace(parameters.world, seed=103)))
    world.live(66)
    out = world.tables[OUT]
    waiting = released(world)
    assert (out.get("released_at", waiting) > moment(world.day - 4)).all()


def test_waves_keep_to_one_warehouse_and_to_their_size(exported):
    found = exported.connection.sql(
        """
        select wave_id from warehouse_outbound_order join warehouse_wave wave using (wave_id)
        group by wave_id
        having count(distinct warehouse_outbound_order.warehouse_id) > 1 or any_value(order_count) <> count(*)
            or (any_value(wave_type) = 'single_item' and count(*) > 40)
            or (any_value(wave_type) = 'multi_item' and count(*) > 30)
            or (any_value(unit_count) > 200 and count(*) > 1)
        """
    ).fetchall()
    assert found == []


def test_a_picker_is_in_one_place_at_a_time(exported):
    found = exported.connection.sql(
        """
        with tours as (
            select picker_id, wave_id, min(started_at) as begins, max(picked_at) as ends from warehouse_pick_task
            where not exists (from warehouse_pick_task short
                              where short.wave_id = warehouse_pick_task.wave_id and short.short_reason is not null)
            group by all
        )
        select * from tours a join tours b
            on a.picker_id = b.picker_id and a.wave_id < b.wave_id and a.begins < b.ends and b.begins < a.ends
        """
    ).fetchall()
    assert found == []


def test_our_plan_is_picked_as_planned():
    world = world_of(6)
    orders = released(world)[:8]
    warehouse = world.tables[OUT].get("warehouse_id", orders)
    plan = world.place("plan", "RUN-1")
    gone = np.array([0])  # an order that is long shipped, which nobody picks again
    world.decisions.waves.append(
        WavePlan(np.r_[orders, gone], np.zeros(len(orders) + 1, np.int64), np.arange(len(orders) + 1), plan)
    )
    before = world.tables[WAVE].count
    world.live(1)
    waves = np.arange(before, world.tables[WAVE].count)
    planned = waves[world.tables[WAVE].get("plan_id", waves) == plan]
    assert len(planned) == len(np.unique(warehouse))  # one wave in each warehouse of the plan's
    assert np.isin(world.tables[OUT].get("wave_id", orders), planned).all()
    assert not np.isin(world.tables[OUT].get("wave_id", gone), planned).any()


def test_what_the_day_cannot_pick_waits_and_nobody_picks_after_the_last_tour():
    world = world_of(10, pickers=1, units_per_day_factor=0.3)
    waves, out = world.tables[WAVE], world.tables[OUT]
    assert len(released(world)) > 100
    units = np.zeros((2, 12), np.int64)
    day = (waves.live("created_at") + 8 * 3600) // 86400 - world.masters.first_day
    np.add.at(units, (waves.live("warehouse_id"), day), waves.live("unit_count"))
    assert units.max() <= 100
    done = out.live("packed_at")[out.live("packed_at") > 0]
    assert ((done + 8 * 3600) % 86400).max() <= 18 * 3600
