from dataclasses import replace

import numpy as np
import pytest

from simulator.choice import choose
from simulator.masters import purchase_prices
from simulator.policies import FORESIGHT, PLATFORM, REORDER_POINT, Foresight, Platform, ReorderPoint, by_name
from simulator.policies.topping_up import top_up
from simulator.world import World

DAYS = 60


class Recorded:
    """A policy that keeps what another one ordered."""

    def __init__(self, policy) -> None:
        self.policy, self.orders = policy, []

    def buy(self, world, day) -> None:
        self.policy.buy(world, day)
        self.orders += [(day, purchases) for purchases in world.decisions.purchases]


@pytest.fixture(scope="module", params=[REORDER_POINT, FORESIGHT])
def recorded(request):
    parameters = choose("small")
    policy = Recorded(ReorderPoint(parameters) if request.param == REORDER_POINT else Foresight())
    world = World.of(parameters, policy)
    world.live(DAYS)
    return world, policy


def lost_share(world, days: int) -> float:
    demand = world.truth.take("demand")
    late = demand["day"] >= world.day - days
    return demand["lost_qty"][late].sum() / demand["qty"][late].sum()


def test_orders_are_whole_cases_of_at_least_the_smallest_order_on_the_suppliers_days(recorded):
    world, policy = recorded
    masters = world.masters

    assert sum(len(p.sku) for _, p in policy.orders) > 50
    for day, purchases in policy.orders:
        assert (purchases.qty % masters.case_units[purchases.sku] == 0).all()
        assert (purchases.qty >= masters.moq[purchases.sku]).all()
        assert masters.weekday_mask[purchases.supplier, (day + 3) % 7].all()
        assert (masters.supplier_of[purchases.sku] == purchases.supplier).all()
        assert not masters.is_bundle[purchases.sku].any()


def test_no_order_is_below_its_suppliers_minimum(recorded):
    world, policy = recorded
    masters, above = world.masters, []
    for day, purchases in policy.orders:
        fen = purchases.qty * purchase_prices(masters, day, purchases.supplier, purchases.sku, purchases.qty)
        orders, place = np.unique(purchases.supplier * 10 + purchases.warehouse, return_inverse=True)
        above += (np.bincount(place, fen) - masters.min_amount[orders // 10]).tolist()

    assert 0 <= min(above) < 1000_00  # small ones are topped up, and not by much more than it takes


def test_an_order_that_is_too_small_grows_until_the_suppliers_goods_last_equally_long():
    world = World.of(choose("small"))
    masters = world.masters
    sku = np.flatnonzero((masters.supplier_of == masters.supplier_of[0]) & ~masters.is_bundle)[:4]
    wanted = np.zeros((2, 4), np.int64)
    wanted[0, 0] = masters.moq[sku[0]]
    daily = np.array([[1.0, 2.0, 4.0, 0.0]] * 2)
    position = np.array([[30, 0, 10, 0]] * 2)
    least = np.zeros_like(masters.min_amount)
    least[masters.supplier_of[0]] = 150 * masters.purchase_price[sku[0]]
    world.masters = replace(masters, min_amount=least)

    ordered = top_up(world, world.day, sku, wanted, position, daily)
    cover = ((ordered + position)[0, :3] / daily[0, :3]).round()

    assert not ordered[1].any()  # nothing was wanted there
    assert ordered[0, 3] == 0 and (ordered[0] >= wanted[0]).all()
    assert cover[1:].max() - cover[1:].min() <= masters.case_units[sku].max()
    world.masters = replace(masters, min_amount=least * 1000)
    assert not top_up(world, world.day, sku, wanted, position, daily).any()  # half a year would not reach it


def test_who_knows_what_is_to_come_loses_less_and_needs_no_luck(recorded):
    world, policy = recorded
    if not isinstance(policy.policy, Foresight):
        return
    usual = World.of(choose("small"))
    usual.live(DAYS)

    assert lost_share(world, 30) < min(lost_share(usual, 30), 0.04)


def test_customers_want_the_same_whatever_is_bought(recorded):
    world, _ = recorded
    other = World.of(choose("small"), Platform())
    day = world.day + 5

    assert (world.demand.own_units(day) == other.demand.own_units(day)).all()


def test_a_policy_is_found_by_its_name_and_keeps_what_it_has_seen():
    world = World.of(choose("small"))

    assert by_name(REORDER_POINT, world) is world.policy
    assert isinstance(by_name(FORESIGHT, world), Foresight)
    assert isinstance(by_name(PLATFORM, world), Platform)
    with pytest.raises(ValueError, match="no policy is called 'guess'"):
        by_name("guess", world)


def test_the_platform_policy_adds_nothing():
    world = World.of(choose("small"), Platform())
    world.live(3)
    kinds = world.tables["procurement.purchase_order"].live("po_type")

    assert (kinds != 0).all()  # first stock and launches only, no replenishment
