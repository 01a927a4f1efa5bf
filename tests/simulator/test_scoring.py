"""A score adds up from the world's own books."""

from dataclasses import replace

import numpy as np
import pytest

from simulator.choice import choose
from simulator.scoring import Scorer
from simulator.tables import NULL, code
from simulator.times import moment
from simulator.world import World


def test_profit_is_income_less_costs_and_capital_and_freight_is_that_of_the_parcels_that_left():
    world = World.of(choose("tiny"))
    world.live(20)
    start, scorer = world.day, Scorer(world, capital_rate=0.1)
    for _ in range(10):
        world.live()
        scorer.day(world)
    score = scorer.score(world)
    parcels = world.tables["logistics.shipment"]
    fees = parcels.live("est_freight")[parcels.live("handed_over_at") >= moment(start)]
    assert score.days == 10 and 0 < score.fill_rate <= 1
    assert score.costs["freight"] == pytest.approx(fees[fees != NULL].sum() / 100)
    orders = world.tables["procurement.purchase_order"]
    placed = (orders.live("ordered_at") >= moment(start)) & (
        orders.live("po_type") != code("procurement.purchase_order", "po_type", "dropship")
    )
    assert placed.any()
    assert score.costs["ordering"] == world.masters.order_cost[orders.live("supplier_id")[placed]].sum() / 100
    held = score.capital_cost + score.storage_cost + score.excess_cost
    assert score.profit == pytest.approx(score.income - sum(score.costs.values()) - held + score.in_hand)
    assert score.capital_cost == pytest.approx(score.stock * 0.1 * 10 / 365)


def test_who_ships_later_earns_neither_more_nor_less():
    scores = []
    for cutoff in (15.5, 6.0):
        world = World.of(choose("tiny"))
        world.live(20)
        hours = np.full_like(world.masters.order_cutoff_hour, cutoff)
        world.masters = replace(world.masters, order_cutoff_hour=hours)
        scorer = Scorer(world, capital_rate=0.1)
        for _ in range(10):
            world.live()
            scorer.day(world)
        scores.append(scorer.score(world))
    sooner, later = scores
    assert sooner.income > 1.03 * later.income  # a day's goods still lie there
    assert sooner.profit == pytest.approx(later.profit, rel=0.005)
