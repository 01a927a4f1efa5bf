"""Warehouses of unusual shape are planned like others: many blocks, one aisle, aisles without end."""

import polars as pl
import pytest
from wave_problems import START, lines, locations, orders

from optimization.waves import Problem, solve
from optimization.waves.layout import Layout

CARTS = pl.DataFrame(
    {"warehouse_id": ["W"], "slots": [4], "volume_l": [None]}, schema_overrides={"volume_l": pl.Float64}
)


def planned(spots: list[tuple[int, float]], blocks: list[int] | None = None):
    """A problem with one order of two SKUs for each place, its neighbour's goods with its own; and its plan."""
    count = len(spots)
    bins = locations(*[("W", f"B{k}", f"S{k}", aisle, 3.0 * aisle, y, 99) for k, (aisle, y) in enumerate(spots)])
    if blocks:
        bins = bins.with_columns(pl.Series("block", blocks))
    queue = orders(*[(f"O{k:03d}", "W", k % 60, 4) for k in range(count)])
    wanted = lines(*[(f"O{k:03d}", f"S{s}", 1) for k in range(count) for s in {k, (7 * k + 3) % count}])
    problem = Problem(queue, wanted, bins, now=START, carts=CARTS)
    return problem, solve(problem)


def test_a_warehouse_of_seven_blocks_is_planned():
    spots = [(aisle, 10.0 * block + y) for block in range(7) for aisle in (1, 2) for y in (1.0, 6.0)]
    problem, plan = planned(spots, [block for block in range(7) for _ in range(4)])
    assert plan.wave_orders.height == len(spots) and plan.check(problem) == []


def test_a_warehouse_of_one_aisle_is_walked_up_and_down():
    problem, plan = planned([(1, float(y)) for y in range(0, 40, 2)])
    assert plan.wave_orders.height == 20 and plan.check(problem) == []
    tours = plan.picks.group_by("wave_id", "cart_no").agg(pl.col("y_m").max()).sort("wave_id", "cart_no")
    walked = plan.carts.sort("wave_id", "cart_no")["distance_m"].to_list()
    assert walked == pytest.approx((2 * tours["y_m"]).to_list())


def test_aisles_of_a_kilometre_with_hundreds_of_bins_are_planned():
    problem, plan = planned([(1 + k % 2, 5.0 * k) for k in range(200)])
    assert plan.wave_orders.height == 200 and plan.check(problem) == []


def test_cross_aisles_that_split_a_warehouse_evenly_are_kept():
    whole = Layout({1: 0.0}, 0.0, 90.0, 0.0, 0.0, (10.0, 28.0, 45.0, 61.0, 80.0))
    assert whole.with_middle(2).middle_m == (28.0, 61.0)
    assert whole.with_middle(1).middle_m == (45.0,)
    assert whole.with_middle(5) is whole
