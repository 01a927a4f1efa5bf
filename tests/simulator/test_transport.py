"""Parcels of the twin: who carries them, how long they take, and that each leaves once."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator import masters
from simulator.choice import choose as chosen
from simulator.decisions import CarrierChoices
from simulator.policies.reorder_point import ReorderPoint
from simulator.steps.carriers import Parcels, choose
from simulator.tables import code
from simulator.transit import Transit
from simulator.world import World

OUT, SHIPMENT = "warehouse.outbound_order", "logistics.shipment"
PARAMETERS = chosen("small")
MADE = masters.make(PARAMETERS)


def parcels(n: int, **changes) -> Parcels:
    rng = np.random.default_rng(3)
    given = Parcels(
        warehouse=rng.integers(0, 2, n), province=rng.integers(0, 31, n), weight_g=rng.integers(100, 6000, n),
        volume_cm3=rng.integers(500, 20_000, n), no_air=rng.random(n) < 0.2, speed=rng.random(n), wish=np.full(n, -1),
    )  # fmt: skip
    return replace(given, **changes)


def take(given: Parcels, cap: int = 0) -> np.ndarray:
    caps = np.full_like(MADE.daily_cap, cap) if cap else MADE.daily_cap
    return choose(SimpleNamespace(masters=replace(MADE, daily_cap=caps)), given)


def test_nobody_flies_what_must_not_fly_or_goes_where_he_does_not_go():
    given = parcels(3000)
    service = take(given)
    assert (service >= 0).all()
    assert not (MADE.air[service] & given.no_air).any()
    assert not MADE.stopped[service, given.province].any()


@pytest.mark.parametrize("cap", [20, 150])
def test_a_service_takes_no_more_than_its_cap_and_the_rest_waits(cap):
    given = parcels(3000)
    service = take(given, cap)
    taken = np.zeros(MADE.daily_cap.shape, np.int64)
    np.add.at(taken, (service[service >= 0], given.warehouse[service >= 0]), 1)
    assert taken.max() <= cap
    open_ = ~MADE.stopped[:, given.province].T & ~(given.no_air[:, None] & MADE.air[None, :])
    for row in np.flatnonzero(service < 0):  # whoever waits found every service full
        assert (taken[open_[row], given.warehouse[row]] == cap).all()


def test_a_planned_service_is_taken_where_it_may_carry_the_parcel():
    air = int(np.flatnonzero(MADE.air)[0])
    given = parcels(500, wish=np.full(500, air))
    service = take(given)
    assert (service[~given.no_air] == air).all()
    assert not (service[given.no_air] == air).any()


def test_our_choice_stands_on_the_waybill():
    world = World.of(PARAMETERS, ReorderPoint(PARAMETERS))
    world.live(6)
    out = world.tables[OUT]
    orders = np.flatnonzero(out.live("status") == code(OUT, "status", "released")) + out.base
    plan, service = world.place("plan", "RUN-1"), 7
    world.decisions.carriers.append(CarrierChoices(orders, np.full(len(orders), service), plan))
    world.live(1)
    left = orders[out.get("status", orders) == code(OUT, "status", "shipped")]
    waybill = out.get("waybill_no", left)
    register = world.tables[SHIPMENT]
    assert len(left) > 10
    assert set(register.get("service_code", waybill).tolist()) == {service}
    assert set(register.get("plan_id", waybill).tolist()) == {plan}


def transit(promise: int, early: float, late: float, decay: float, n: int) -> Transit:
    columns = (np.full(n, promise), np.full(n, early), np.full(n, late), np.full(n, decay), np.zeros(n, bool))
    return Transit(*columns)


@given(st.integers(2, 8), st.floats(0, 0.3), st.floats(0.01, 0.6), st.floats(0.1, 0.7))
def test_parcels_are_as_late_as_the_truth_says(promise, early, late, decay):
    share = (np.arange(20_000) + 0.5) / 20_000
    lane = transit(promise, early, late, decay, len(share))
    days = lane.days(share)
    assert (np.diff(days) >= 0).all()  # the same share is never later with a better service
    assert (days > promise).mean() == pytest.approx(late, abs=2e-4)
    assert days.mean() == pytest.approx(lane.mean_days()[0], abs=0.02)


def test_every_unit_sold_leaves_the_ledger_once(exported):
    found = exported.connection.sql(
        """
        select ref_line_id from inventory_stock_ledger where move_type = 'sale_out'
        group by ref_line_id having count(*) > 1
        """
    ).fetchall()
    assert found == []


def test_no_parcel_leaves_while_carriers_rest():
    parameters = chosen("small")
    made = masters.make(parameters)
    rest = made.carriers_rest.copy()
    first = made.first_day - made.calendar_start
    rest[first + 4 : first + 7] = True
    world = World(parameters, replace(made, carriers_rest=rest), ReorderPoint(parameters))
    world.live(9)
    register = world.tables[SHIPMENT]
    day = (register.live("handed_over_at") + 8 * 3600) // 86400 - made.first_day
    left = np.bincount(day, minlength=9)
    assert (left[4:7] == 0).all()
    assert left[7] > left[3]


def test_what_is_scanned_follows_the_order_of_a_parcels_life(exported):
    found = exported.connection.sql(
        """
        with scans as (
            select waybill_no, event_code, event_at,
                   lag(event_seq) over (partition by waybill_no order by event_at, event_seq) as before, event_seq
            from logistics_tracking_event where event_code not in ('exception', 'attempt_failed')
        )
        select * from scans where event_seq <= before
        """
    ).fetchall()
    assert found == []
