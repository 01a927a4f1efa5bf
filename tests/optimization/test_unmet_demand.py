"""Demand that finds no goods is lost or waits, as is set for its item."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from economic_rows import batch, item, option, problem, supplier
from replenishment_items import items, quantiles

from optimization.replenishment import ActionParams, Params, Plan, Problem, solve
from optimization.replenishment.allocation import spare_and_short
from optimization.replenishment.economics import solve as solve_money
from optimization.replenishment.economics.arrays import Arrays
from optimization.replenishment.economics.futures import lost_before
from optimization.replenishment.economics.problem import ReplenishmentProblem
from optimization.replenishment.orders import propose_actions
from optimization.replenishment.orders.changeable import under_way

TODAY = date(2026, 11, 2)
NO_RESTS = pl.DataFrame(schema={"supplier_id": pl.String, "day": pl.Int64})


def planned(*changes: dict, **chosen: object) -> Plan:
    """A plan for goods of which two a day are sold; an order of today comes in a fortnight, the next a week later."""
    rows = items(*changes)
    asked = Problem(rows, quantiles(rows), TODAY)
    plan = solve(asked, Params(paths=16, **chosen))
    assert not plan.check(asked), "the validator agrees, whatever becomes of unmet demand"
    return plan


def of_series(plan: Plan, column: str) -> list:
    return plan.lines.sort("sku_id", "location_id")[column].to_list()


def test_what_waits_for_an_order_is_bought_with_it_and_what_is_lost_is_not():
    lost, waits = (of_series(planned(unmet_demand=unmet), "suggested_qty")[0] for unmet in ("lost", "waits"))
    # A week of sales against that and the fortnight that customers have waited, 28 units, with what keeps both safe.
    assert 14 <= lost <= 21 and 28 <= waits - lost <= 40


def test_what_is_under_way_serves_those_who_wait_before_it_counts_for_later_days():
    coming = {"on_order_qty": 28}
    lost, waits = (of_series(planned(coming, unmet_demand=unmet), "suggested_qty")[0] for unmet in ("lost", "waits"))
    nothing = of_series(planned(unmet_demand="waits"), "suggested_qty")[0]
    assert nothing - waits == 28, "each unit under way spares one, for none of its customers has left"
    assert lost < 14 < waits + 28


def test_the_closest_setting_counts_and_its_lines_say_so():
    goods = [{}, {"location_id": "W2"}, {"sku_id": "B", "segment": "C"}, {"sku_id": "D", "segment": "C"}]
    plan = planned(
        *goods, unmet_demand_of={"C": "waits"}, unmet_demand_of_item={"A": "waits", "A@W2": "lost", "D": "lost"}
    )
    assert plan.priced.items.sort("sku_id", "location_id")["backorder"].to_list() == [True, False, True, False]
    assert of_series(plan, "policy_reason") == [
        "setting for all goods; customers wait for it", "setting for all goods",
        "setting for all goods; customers wait for it", "setting for all goods",
    ]  # fmt: skip
    assert of_series(plan, "policy_reason_zh")[:2] == ["全部商品的设置；缺货时客户愿意等待", "全部商品的设置"]


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"unmet_demand": "later"}, "the unmet demand of 'unmet_demand' must be one of lost, waits, found 'later'"),
        ({"unmet_demand_of": {"C": "wait"}}, "the unmet demand of 'C' must be one of lost, waits, found 'wait'"),
        ({"unmet_demand_of_item": {"A@W1": ""}}, "the unmet demand of 'A@W1' must be one of lost, waits, found ''"),
        ({"gives_up_per_day": 0}, "gives_up_per_day must be above 0 and at most 1, found 0: if waiting costs nothing"),
    ],
)
def test_a_setting_outside_its_domain_is_refused_with_what_was_found(setting, message):
    with pytest.raises(ValueError, match=message):
        Params.from_mapping(setting)


def test_the_more_customers_give_up_the_more_is_kept_for_them():
    patient, impatient = (
        of_series(planned(unmet_demand="waits", gives_up_per_day=share), "suggested_qty")[0] for share in (0.005, 1.0)
    )
    assert patient < impatient


def test_a_day_of_waiting_costs_the_share_of_a_lost_sale_with_its_penalty():
    goods = {"shortage_penalty": 4}
    [lost], [waits] = (
        planned(goods, unmet_demand=unmet).priced.items["shortage_cost"].to_list() for unmet in ("lost", "waits")
    )
    assert (lost, waits) == (4.0, pytest.approx(0.1 * (10 + 4)))


def test_of_two_suppliers_the_slow_one_is_charged_for_every_day_that_somebody_waits():
    def unserved(backorder: bool, **more: object) -> float:
        demand = np.full((1, 1, 6), 2.0)
        told = problem([item(backorder=backorder)], [option(**more)], demand, [batch(0, "on_hand", 2)], lead=4)
        return float(lost_before(Arrays.of(told), np.array([0]))[0])

    for shelf in ({}, {"shelf_life_periods": 3}):
        # Two are there on the first day; then 2, 4 and 6 wait, each a day.
        assert (unserved(False, **shelf), unserved(True, **shelf)) == (6.0, 12.0)


def test_an_order_is_hastened_for_sales_that_would_be_lost_rather_than_for_those_that_wait():
    line = pl.DataFrame(
        {"po_line_id": ["P1"], "sku_id": ["A"], "location_id": ["W1"], "open_qty": [100], "unit_cost": [10.0],
         "expected_date": [TODAY + timedelta(10)], "is_shipped": [False], "is_acknowledged": [True],
         "supplier_id": ["S1"], "may_grow": [False]}
    )  # fmt: skip

    def stake(**chosen: object) -> float:
        plan = planned({"on_hand_qty": 4, "on_order_qty": 100}, **chosen)
        params = ActionParams(expedite_cost_share=0.001, least_gain=1, least_gain_share=0)
        found = propose_actions(under_way(plan.priced, line, NO_RESTS, params), params)
        return found.filter(action="expedite")["money_at_stake"].sum()

    lost, waits, in_a_hurry = (
        stake(), stake(unmet_demand="waits", gives_up_per_day=0.02), stake(unmet_demand="waits", gives_up_per_day=0.5)
    )  # fmt: skip
    # Eight units reach their customers; each earns ten where it would be lost, two hundredths of it a day otherwise.
    assert lost > 60 and 0 < waits < 20 < in_a_hurry


def test_nothing_is_moved_for_customers_who_wait_and_what_is_owed_to_them_is_not_spare():
    def found(unmet: str) -> tuple[pl.DataFrame, pl.DataFrame]:
        plan = planned({"on_hand_qty": 8}, {"location_id": "W2", "on_hand_qty": 300}, unmet_demand=unmet)
        return spare_and_short(plan.priced, pl.DataFrame({"location_id": ["W1", "W2"], "days": [4, 4]}))

    (spare, needs), (spare_waits, none) = found("lost"), found("waits")
    assert needs["location_id"].unique().to_list() == ["W1"] and none.is_empty()
    assert spare_waits["location_id"].to_list() == spare["location_id"].to_list() == ["W2"]


def test_a_whole_order_of_waiting_goods_is_judged_as_its_validator_projects_it():
    demand = np.random.default_rng(4).poisson(3.0, (2, 8, 6)).astype(float)
    told: ReplenishmentProblem = problem(
        [item(0, backorder=True, shortage_cost=1.0), item(1, backorder=True, shortage_cost=1.0)],
        [option(0, moq=6), option(1, shelf_life_periods=2)], demand,
        [batch(0, "on_hand", 2), batch(1, "on_order", 3), batch(1, "reserved", 2)], [supplier(order_cost=5.0)],
        arrivals=[0, 3, 0], lead=2,
    )  # fmt: skip
    plan = solve_money(told)
    assert (plan.lines["suggested_qty"] > 0).all() and plan.check(told) == []
