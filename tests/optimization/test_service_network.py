"""Safety stock in a network: as cheap as brute force finds it, and every promise kept."""

from dataclasses import replace
from itertools import product

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimization.replenishment.network import ServiceNetwork, central_stock, solve
from optimization.replenishment.network.tree import is_forest


def network(stages, arcs):
    """Stages (name, lead time, longest promise, inbound time, holding cost, spread) and arcs (from, to, units)."""
    names = ["stage_id", "lead_time", "max_service_time", "inbound_time", "holding_cost", "demand_spread"]
    kinds = [pl.String, pl.Int64, pl.Int64, pl.Int64, pl.Float64, pl.Float64]
    frame = pl.DataFrame(stages, schema=dict(zip(names, kinds, strict=True)), orient="row")
    units = {"upstream_id": pl.String, "downstream_id": pl.String, "units": pl.Float64}
    return ServiceNetwork(frame.with_columns(pooling=2.0), pl.DataFrame(arcs, schema=units, orient="row"))


def by_brute_force(one):
    """Least cost over all whole service times."""
    lead = one.stages["lead_time"].to_list()
    floor, limit = one.stages["inbound_time"].to_list(), one.stages["max_service_time"].to_list()
    longest = sum(lead) + max(floor)
    choices = [range((longest if most is None else most) + 1) for most in limit]
    best = np.inf
    for own in product(*choices):
        covered = [
            max([floor[stage], *(own[up] for up, down, _ in one.links if down == stage)]) + lead[stage] - own[stage]
            for stage in range(len(lead))
        ]
        if min(covered) >= 0:
            best = min(best, float(one.stock_cost @ np.sqrt(covered)))
    return best


@st.composite
def networks(draw):
    count = draw(st.integers(2, 4))
    arcs = [
        (f"s{up}", f"s{down}", float(draw(st.integers(1, 2))))
        for down in range(1, count)
        for up in range(down)
        if draw(st.booleans())
    ]
    sources = {arc[0] for arc in arcs}
    stages = [
        (
            f"s{row}",
            draw(st.integers(0, 3)),
            draw(st.none() | st.integers(0, 3)) if f"s{row}" in sources else draw(st.integers(0, 2)),
            draw(st.integers(0, 2)),
            float(draw(st.integers(0, 9))),
            float(draw(st.integers(0, 9))) if f"s{row}" not in sources or draw(st.booleans()) else 0.0,
        )
        for row in range(count)
    ]
    return network(stages, arcs)


@settings(max_examples=60, deadline=None)
@given(networks())
def test_no_service_times_are_cheaper_than_those_found(one):
    plan = solve(one)
    assert plan.check(one) == []
    assert plan.objective == pytest.approx(by_brute_force(one))
    assert plan.gap == pytest.approx(0, abs=1e-6)


DIAMOND = network(
    [("part", 10, None, 0, 1.0, 0.0), ("left", 3, None, 0, 4.0, 0.0), ("right", 5, None, 0, 3.0, 0.0),
     ("shop", 1, 0, 0, 10.0, 6.0)],
    [("part", "left", 1.0), ("part", "right", 1.0), ("left", "shop", 1.0), ("right", "shop", 1.0)],
)  # fmt: skip


def test_two_paths_between_two_stages_are_solved_too():
    assert not is_forest(DIAMOND)
    plan = solve(DIAMOND)
    assert plan.check(DIAMOND) == []
    assert plan.objective == pytest.approx(by_brute_force(DIAMOND))


def test_a_shorter_promise_never_costs_less():
    costs = [
        solve(ServiceNetwork(
            DIAMOND.stages.with_columns(max_service_time=pl.when(stage_id="shop").then(most)), DIAMOND.arcs
        )).objective
        for most in (9, 3, 1, 0)
    ]  # fmt: skip
    assert costs == sorted(costs)


def test_demand_of_independent_customers_pools_by_squares_and_that_of_dependent_ones_adds_up():
    fan = network(
        [("centre", 4, None, 0, 1.0, 0.0), ("north", 1, 0, 0, 2.0, 30.0), ("south", 1, 0, 0, 2.0, 40.0)],
        [("centre", "north", 1.0), ("centre", "south", 1.0)],
    )
    assert fan.spread.tolist() == [50, 30, 40]
    together = ServiceNetwork(fan.stages.with_columns(pooling=1.0), fan.arcs)
    assert together.spread.tolist() == [70, 30, 40]


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9), st.integers(0, 9), st.integers(1, 9)),
        min_size=1,
        max_size=3,
    ),
    st.integers(0, 9),
    st.integers(0, 30),
)
def test_the_rule_for_one_central_warehouse_is_the_best_placement(regions, price, lead):
    onward, prices, spread, *_ = (np.array([column], dtype=float) for column in zip(*regions, strict=True))
    holds, centre, shops = central_stock([lead], onward, [price], prices, spread)
    shop_rows = [(f"r{row}", int(onward[0, row]), 0, 0, prices[0, row], spread[0, row]) for row in range(len(regions))]
    best = solve(network(
        [("centre", lead, None, 0, float(price), 0.0), *shop_rows],
        [("centre", name, 1.0) for name, *_ in shop_rows],
    ))  # fmt: skip
    assert price * centre[0] + float(np.sum(prices * shops)) == pytest.approx(best.objective)
    assert bool(holds[0]) or centre[0] == 0


def test_the_check_finds_a_promise_that_is_not_kept():
    plan = solve(DIAMOND)
    late = plan.stages.with_columns(service_time=pl.col("service_time") + 1)
    found = " ".join(replace(plan, stages=late).check(DIAMOND))
    assert "shop promises 1, at most 0 is allowed" in found
    assert "shop has its inputs before left delivers" in found
    assert replace(plan, stages=plan.stages[1:]).check(DIAMOND)


def test_the_check_finds_stock_that_is_not_what_pooled_demand_needs():
    plan = solve(DIAMOND)
    half = plan.stages.with_columns(pl.col("safety_stock", "cost") / 2)
    found = replace(plan, stages=half, objective=plan.objective / 2).check(DIAMOND)
    assert found and all("not what" in fault for fault in found)


def test_networks_that_go_in_circles_or_lead_nowhere_are_refused():
    rows = [("a", 1, None, 0, 1.0, 0.0), ("b", 1, None, 0, 1.0, 1.0)]
    with pytest.raises(ValueError, match=r"go in circles among \['a', 'b'\]"):
        network(rows, [("a", "b", 1.0), ("b", "a", 1.0)])
    with pytest.raises(ValueError, match="downstream_id is no stage, found 'c'"):
        network(rows, [("a", "c", 1.0)])
