"""Several suppliers of one item, room, containers and agreements: what the economic plan promises about them."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from economic_rows import PERIODS, agreement, batch, container, drawn, item, option, problem, supplier
from hypothesis import given, settings
from hypothesis import strategies as st

from optimization.replenishment.economics import solve

STEADY = np.full((1, 4, PERIODS), 10.0)


def bought(plan) -> list[tuple]:
    """Supplier and quantity of every order, further suppliers' last."""
    rows = pl.concat(part.lines.select("supplier_id", "suggested_qty") for part in plan.parts)
    return rows.filter(pl.col("suggested_qty") > 0).rows()


def test_a_dearer_supplier_who_delivers_surely_wins_over_a_cheap_one_who_may_not():
    offers = [option(0, "cheap", unit_cost=9.8), option(0, "sure", unit_cost=10.0)]
    asked = problem([item(unit_price=20.0)], offers, np.full((1, 4, 8), 10.0),
                    suppliers=[supplier("cheap"), supplier("sure")])  # fmt: skip
    late = np.array([[0, 0, 4, 5], [1, 1, 1, 1]])  # periods until it comes, path by path
    plan = solve(replace(asked, lead_time=late))
    assert plan.lines.select("supplier_id", "runner_up_supplier_id").row(0) == ("sure", "cheap")
    assert plan.lines["value"][0] > plan.lines["runner_up_value"][0]


def test_what_the_first_supplier_cannot_deliver_comes_from_the_next():
    offers = [option(0, "A", capacity_qty=6), option(0, "B", unit_cost=11.0)]
    asked = problem([item()], offers, STEADY, suppliers=[supplier("A"), supplier("B")])
    plan = solve(asked)
    assert bought(plan) == [("A", 6), ("B", 4)] and plan.check(asked) == []
    steps = plan.second[1].bridge.filter(pl.col("quantity") != 0)
    assert dict(steps.select("step", "quantity").iter_rows())["elsewhere"] == -6


def test_a_supplier_whose_order_is_full_leaves_the_rest_to_another():
    offers = [option(number, name, unit_cost=cost) for number in range(2) for name, cost in (("A", 10.0), ("B", 10.5))]
    terms = [supplier("A", capacity_value=120.0), supplier("B")]
    asked = problem([item(0), item(1)], offers, np.full((2, 4, PERIODS), 10.0), suppliers=terms)
    plan = solve(asked)
    assert plan.check(asked) == [] and sum(quantity for _, quantity in bought(plan)) == 20


def test_a_blocked_supplier_is_replaced_by_the_runner_up():
    offers = [option(0, "A", blocked_reason="licence ends"), option(0, "B", unit_cost=12.0)]
    plan = solve(problem([item()], offers, STEADY, suppliers=[supplier("A"), supplier("B")]))
    assert bought(plan) == [("B", 10)]


@given(st.integers(0, 2**32 - 1), st.floats(1.0, 3.0))
@settings(max_examples=15, deadline=None)
def test_more_room_never_earns_less_by_more_than_the_proven_gap(seed: int, more: float):
    tight = drawn(seed)
    roomy = replace(tight, storage=tight.storage.with_columns(pl.col("free_volume") * more))
    before, after = solve(tight), solve(roomy)
    # Rules hold at a loss where there is room for them; a bonus is worth it or not.
    if (tight.items["policy"] == "economic").all():
        assert after.value >= before.value - (-after.bound - after.value) - 1e-6


def test_rooms_of_other_goods_are_not_taken():
    rows = [item(0, storage_id="cold"), item(1, storage_id="ambient"), item(2)]
    storage = pl.DataFrame({"storage_id": ["ambient", "cold"], "free_volume": [100.0, 3.0]})
    asked = problem(rows, [option(number) for number in range(3)], np.full((3, 4, PERIODS), 10.0), storage=storage)
    plan = solve(asked)
    assert plan.lines["suggested_qty"].to_list() == [3, 10, 10] and plan.check(asked) == []
    assert plan.shadow_prices.filter(pl.col("price") > 0).select("limit", "name").rows() == [("storage", "cold")]


def test_an_order_fills_its_container_with_the_next_best_goods():
    # Seven and nine of ten litres are asked for: the second container is filled up or the first one is enough.
    rows = [item(number, holding_cost=0.01, excess_cost=0.01) for number in range(2)]
    demand = np.stack([np.full((4, PERIODS), 7.0), np.full((4, PERIODS), 9.0)])
    asked = problem(rows, [option(0), option(1)], demand, containers=container(volume=10.0, least_fill=1.0))
    plan = solve(asked)
    order = plan.orders.row(0, named=True)
    assert (order["containers"], order["fill"]) == (2, pytest.approx(1.0)) and plan.check(asked) == []
    assert plan.bridge.filter(step="container")["quantity"].sum() == 4


def test_a_dear_container_is_not_begun_for_a_few_units():
    demand = np.full((1, 4, PERIODS), 12.0)
    offers = container(volume=10.0, least_fill=0.5, cost=40.0)
    plan = solve(problem([item()], [option()], demand, containers=offers))
    assert plan.lines["suggested_qty"].to_list() == [10]
    assert plan.orders.select("containers", "container_cost").row(0) == (1, 40.0)


def test_weight_fills_a_truck_before_its_volume_does():
    demand = np.full((1, 4, PERIODS), 12.0)
    offers = container(volume=100.0, weight=20.0, least_fill=0.9)
    asked = problem([item(unit_weight=2.0)], [option()], demand, containers=offers)
    plan = solve(asked)
    # Two trucks for 24 kg, filled to nine tenths of their 40.
    assert plan.lines["suggested_qty"].to_list() == [18] and plan.check(asked) == []
    assert plan.orders.select("containers", "weight").row(0) == (2, 36.0)


@pytest.mark.parametrize(("bonus", "reached"), [(20.0, True), (0.5, False)])
def test_an_order_reaches_a_rebate_if_that_earns_more_than_its_goods_cost(bonus: float, reached: bool):
    asked = problem([item()], [option()], STEADY, agreements=agreement("A", missing=150.0, bonus=bonus))
    plan = solve(asked)
    assert (float(plan.lines["spend"].sum()) >= 150.0) is reached and plan.check(asked) == []
    assert plan.met == (("rebate",) if reached else ())


def test_orders_to_several_places_reach_a_rebate_together():
    offers = [option(0, "A north"), option(1, "A south")]
    asked = problem(
        [item(0), item(1)], offers, np.full((2, 4, PERIODS), 10.0),
        suppliers=[supplier("A north"), supplier("A south")],
        agreements=agreement("A north", "A south", missing=240.0, bonus=30.0),
    )  # fmt: skip
    plan = solve(asked)
    assert float(plan.lines["spend"].sum()) >= 240.0 and plan.met == ("rebate",) and plan.check(asked) == []


def test_what_comes_back_of_a_price_makes_a_supplier_cheaper_than_his_list():
    offers = [option(0, "list", unit_cost=9.9), option(0, "rebate", unit_cost=10.0, unit_extra=-0.5)]
    offers = [offer | {"later_unit_cost": 9.5} for offer in offers]
    plan = solve(problem([item(terminal_value=9.5)], offers, STEADY, suppliers=[supplier("list"), supplier("rebate")]))
    assert bought(plan) == [("rebate", 10)] and plan.lines["spend"][0] == 100.0


def test_a_rule_tops_its_order_up_to_the_suppliers_minimum_instead_of_waiting():
    rows = [item(0, policy="service_level", policy_low=0.9), item(1, policy="service_level", policy_low=0.9)]
    held = [batch(1, "on_hand", 40)]
    demand = np.full((2, 4, PERIODS), 5.0)
    asked = problem(rows, [option(0), option(1)], demand, held, [supplier(minimum_value=140.0, order_cost=20.0)])
    plan = solve(asked)
    assert float(plan.lines["spend"].sum()) >= 140.0 and plan.check(asked) == []
    assert plan.lines["suggested_qty"][0] >= 5
    # Where money is short it is the first to give way.
    assert bought(solve(replace(asked, budget=139.0))) == []


def test_a_shared_limit_broken_by_hand_is_found():
    asked = problem([item(storage_id="L")], [option()], STEADY, agreements=agreement("A", missing=150.0, bonus=50.0),
                    storage=pl.DataFrame({"storage_id": ["L"], "free_volume": [40.0]}))  # fmt: skip
    plan = solve(asked)
    assert plan.check(asked) == []
    smaller = replace(asked, storage=asked.storage.with_columns(free_volume=pl.lit(5.0)))
    assert any("free volume" in fault for fault in plan.check(smaller))
    assert any("bonus counted: False" in fault for fault in replace(plan, met=()).check(asked))
    ships = replace(asked, containers=container(volume=10.0, least_fill=0.99))
    assert any("containers are filled" in fault for fault in plan.check(ships))
