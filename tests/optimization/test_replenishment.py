"""Purchases of the planner's example: levels, bridges, and what holds for every plan."""

import math
import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planners_example import AS_OF, BY_SERVICE, by_service, line, problem

from optimization.replenishment import Params, Problem, solve
from optimization.replenishment.demand_paths import demand_paths
from optimization.replenishment.stability import stability


def test_the_bridge_of_the_planners_example_leads_from_demand_to_seventeen_packs():
    given_problem = problem()
    plan = by_service(given_problem)
    steps = plan.bridge.filter(pl.col("quantity") != 0)
    # Of a day's demand that finds the shelf empty before the order arrives nothing is bought again: 257, not 275.
    assert steps.select("step", "quantity").rows() == [
        ("demand", 227),
        ("timing", -2),
        ("safety", 32),
        ("on_hand", -80),
        ("in_transit", -40),
        ("pack", 7),
        ("minimum_order", 60),
    ]
    assert steps["text_zh"].null_count() == 0
    assert line(plan, "reason") == (
        "Demand 227 and safety 32, -2 by timing, returns, expiry and other places, less position 120: 137 are needed; "
        "in steps of 12, at least 200: 204."
    )
    assert line(plan, "suggested_qty") == 204 and line(plan, "suggested_packs") == 17
    assert line(plan, "amount") == Decimal("510") and "doing nothing" in plan.why
    assert plan.lines.schema["amount"] == pl.Decimal(18, 4) and plan.lines.schema["suggested_qty"] == pl.Int64
    assert plan.check(given_problem) == [] and abs(plan.gap) < 1e-9


def test_levels_are_published_but_no_quantity_where_stock_is_not_known():
    unknown = dict.fromkeys(["on_hand_qty", "in_transit_qty", "on_order_qty", "approved_qty", "reserved_qty"])
    given_problem = problem({"stock_known": False, **unknown})
    plan = solve(given_problem)
    levels = plan.lines.select("order_up_to_qty", "reorder_point_qty", "safety_stock_qty").row(0)
    assert levels == (275, 138, 61)
    unknown_values = plan.lines.select(
        "suggested_qty", "amount", "money_at_stake", "stock_out_date", "cover_days_now"
    ).row(0)
    assert unknown_values == (None,) * 5 and line(plan, "status") == "stock_unknown"
    assert plan.bridge.height == 0 and plan.check(given_problem) == []


def test_enough_stock_orders_nothing_and_the_bridge_says_so():
    given_problem = problem({"on_hand_qty": 300})
    plan = by_service(given_problem)
    assert line(plan, "suggested_qty") == 0 and line(plan, "status") == "enough"
    assert plan.bridge.filter(step="no_need")["quantity"].item() == -line(plan, "need_qty")
    assert plan.bridge["quantity"].sum() == 0


def test_every_line_has_a_policy_and_its_reason_decided_or_not():
    plan = solve(problem({}, {"sku_id": "B", "supplier_id": None}, {"sku_id": "C", "demand_mean": None}))
    assert plan.lines["policy"].to_list() == ["economic", "service_level", "service_level"]
    assert plan.lines["policy_reason"].str.starts_with("no quantity can be decided").to_list() == [False, True, True]


def test_without_forecast_or_supplier_nothing_is_suggested_and_the_line_says_why():
    given_problem = problem({"demand_mean": None}, {"sku_id": "B", "supplier_id": None})
    plan = solve(given_problem)
    assert plan.lines["status"].to_list() == ["no_forecast", "no_supplier"]
    assert plan.lines["suggested_qty"].to_list() == [None, None] and plan.check(given_problem) == []
    assert line(plan, "need_qty", "B") == 155


def test_late_supply_and_approved_orders_count_and_reservations_do_not():
    stock = {"on_hand_qty": 300, "on_order_qty": 20, "approved_qty": 10, "reserved_qty": 200, "in_transit_qty": 0}
    late = pl.DataFrame({"sku_id": ["A"], "location_id": ["W1"], "due_in_days": [-30], "quantity": [20]})
    plan = by_service(problem(stock | {"moq": 0, "pack_numerator": 1}, inbound=late))
    assert line(plan, "position_qty") == 130
    assert line(plan, "suggested_qty") == line(plan, "need_qty") > 0


def test_money_at_stake_of_a_rule_is_the_expected_shortage_times_the_margin():
    # Demand rises from 0 at level 0 to 100 at 0.5 and 200 at 0.75 and stays there: its excess over 100 is
    # 12.5 + 25.
    curve = ((0.5, 100.0), (0.75, 200.0))
    changes = {"service_target": 0.75, "on_hand_qty": 100, "in_transit_qty": 0, "demand_mean": 100.0}
    plan = by_service(problem(changes, curve=curve))
    assert line(plan, "expected_shortage_qty") == pytest.approx(37.5)
    assert line(plan, "money_at_stake") == Decimal("46.875")


def test_what_an_order_earns_over_waiting_is_what_is_at_stake():
    plan = solve(problem())
    assert line(plan, "policy") == "economic" and 0.98 < line(plan, "critical_ratio") < 1
    assert float(line(plan, "money_at_stake")) == pytest.approx(line(plan, "value"), abs=1e-4)
    best = plan.curve.sort("value").row(-1, named=True)
    assert best["quantity"] == line(plan, "suggested_qty") and plan.curve["quantity"].min() == 0


RETURNING = {"sku_id": pl.String, "location_id": pl.String, "due_in_days": pl.Int64, "quantity": pl.Int64}


def returning(*rows: tuple[int, int]) -> pl.DataFrame:
    """Units of SKU A that come back in so many days."""
    place = problem().items.select("sku_id", "location_id").row(0)
    return pl.DataFrame([(*place, days, units) for days, units in rows], schema=RETURNING, orient="row")


def test_what_customers_should_send_back_in_time_is_supply_and_the_bridge_says_so():
    several = {"moq": 0, "pack_numerator": 1, "on_hand_qty": 160}
    alone = solve(problem(several))
    helped = solve(problem(several, returning=returning((3, 20), (8, 10))))
    assert line(helped, "suggested_qty") == line(alone, "suggested_qty") - 30
    steps = {row["step"]: row["quantity"] for row in helped.bridge.iter_rows(named=True)}
    assert steps["returning"] == -30 and sum(steps.values()) == line(helped, "suggested_qty")
    assert line(helped, "position_qty") == line(alone, "position_qty")


def test_what_comes_back_after_the_next_order_spares_none_of_it_now():
    several = {"moq": 0, "pack_numerator": 1}
    late = solve(problem(several, returning=returning((60, 30))))
    assert line(late, "suggested_qty") == line(solve(problem(several)), "suggested_qty")


def previous(quantity: int) -> pl.DataFrame:
    return pl.DataFrame({"sku_id": ["A"], "location_id": ["W1"], "quantity": [quantity]})


def test_a_plan_stays_with_what_it_said_where_that_is_nearly_as_good_and_its_money_is_told_as_it_is():
    economic = {"moq": 0, "pack_numerator": 1, "holding_cost": 0.1}
    first = solve(problem(economic))
    said = line(first, "suggested_qty")
    again = problem(economic, previous=previous(said))
    same = solve(again)
    assert [line(same, name) for name in ("suggested_qty", "value")] == [said, pytest.approx(line(first, "value"))]
    assert same.bridge.equals(first.bridge) and same.check(again) == []
    near = problem(economic, previous=previous(said + 1))
    kept, free = solve(near), solve(near, Params(change_cost_share=0.0))
    assert [line(plan, "suggested_qty") for plan in (kept, free)] == [said + 1, said]
    assert kept.bridge.filter(step="stability")["quantity"].to_list() == [1] and kept.check(near) == []
    # Far from what is needed, what was said does not hold: the last unit's price of change moves it by one at most.
    assert line(solve(problem(economic, previous=previous(10 * said))), "suggested_qty") - said in (0, 1)


def test_nervousness_is_what_changed_of_what_was_said_in_money():
    keys = {"sku_id": ["A", "B", "C", "D"], "location_id": ["W1"] * 4}
    before = pl.DataFrame({key: names[:3] for key, names in keys.items()} | {"quantity": [10, 4, 6]})
    now = pl.DataFrame(
        keys | {"suggested_qty": [12, 4, None, 5], "unit_cost": [Decimal(2), Decimal(10), Decimal(1), None]},
        schema_overrides={"currency": pl.String, "unit_cost": pl.Decimal(18, 4)},
    )
    assert stability(now, before).row(0, named=True) == {
        "lines_before": 3, "lines_kept": 1, "lines_changed": 1, "lines_dropped": 0, "lines_new": 1,
        "amount_before": Decimal(66), "amount_changed": Decimal(4), "changed_share": pytest.approx(4 / 66),
    }  # fmt: skip
    assert stability(now, before.clear())["changed_share"].to_list() == [None]


def test_goods_under_way_that_come_after_an_order_would_do_not_spare_it():
    far = pl.DataFrame({"sku_id": ["A"], "location_id": ["W1"], "due_in_days": [60], "quantity": [200]})
    stock = {"on_order_qty": 200, "on_hand_qty": 80, "in_transit_qty": 0, "moq": 0}
    soon = by_service(problem(stock, inbound=far.with_columns(due_in_days=pl.lit(3))))
    assert line(soon, "suggested_qty") < line(by_service(problem(stock, inbound=far)), "suggested_qty")
    with pytest.raises(ValueError, match="more is under way than on_order_qty says, found 300"):
        problem(stock, inbound=far.with_columns(quantity=pl.lit(300)))


def test_uncertain_lead_times_ask_for_more_stock():
    stock = {"on_hand_qty": 200}
    certain, uncertain = (by_service(problem(stock | {"lead_time_std_days": days})) for days in (None, 4.0))
    assert line(uncertain, "need_qty") > line(certain, "need_qty")


def test_the_stock_out_date_is_when_the_shelf_is_sold_at_mean_demand():
    plan = solve(problem({"demand_mean": 210.0, "on_hand_qty": 85, "reserved_qty": 10}))
    assert line(plan, "stock_out_date") == date(2025, 6, 9)  # 75 units at 10 a day
    assert solve(problem({"on_hand_qty": -5})).lines["stock_out_date"].item() == AS_OF


def test_packs_that_make_a_suggestion_large_are_marked_overstock():
    plan = solve(problem({"moq": 2000}), Params(policy="service_level", overstock_days=60))
    assert line(plan, "warning") == "overstock" and line(solve(problem()), "warning") is None


# How a reason tells its need, and the steps of the bridge that are neither demand nor safety nor position.
NEED_TOLD = {
    "reason": r"Demand (\d+) and safety (-?\d+)(?:, ([+-]\d+) by [^:]+)?, less position (-?\d+): (-?\d+)",
    "reason_zh": r"需求 (\d+) 加安全库存 (-?\d+)(?:，[^：]+ ([+-]\d+))?，减库存头寸 (-?\d+)：(?:需要 )?(-?\d+) 件",
}
OTHER_STEPS = ("network", "timing", "returning", "expiring", "elsewhere")
QTY = st.integers(0, 500)
CHANGE = st.fixed_dictionaries(
    {
        "on_hand_qty": st.integers(-50, 500),
        "in_transit_qty": QTY,
        "on_order_qty": QTY,
        "approved_qty": QTY,
        "reserved_qty": QTY,
        "moq": QTY,
        "order_multiple": st.integers(1, 30),
        "pack_numerator": st.integers(1, 30),
        "pack_denominator": st.integers(1, 6),
        "service_target": st.floats(0.5, 0.98),
    }
)
CHANGES = st.lists(CHANGE, min_size=1, max_size=4).map(
    lambda changes: [change | {"sku_id": f"SKU{number}"} for number, change in enumerate(changes)]
)


@settings(max_examples=10, deadline=None)
@given(CHANGES, st.sampled_from([BY_SERVICE, Params(paths=16)]))
def test_bridges_add_up_and_minimums_multiples_and_packs_are_honoured(changes, params):
    given_problem = problem(*changes)
    plan = solve(given_problem, params)
    assert plan.check(given_problem) == []
    sums = dict(plan.bridge.group_by("sku_id").agg(pl.col("quantity").sum()).rows())
    for change in changes:
        quantity = line(plan, "suggested_qty", change["sku_id"])
        assert sums[change["sku_id"]] == quantity
        packs = quantity / Fraction(change["pack_numerator"], change["pack_denominator"])
        assert quantity % change["order_multiple"] == 0 and packs.denominator == 1
        assert quantity == 0 or quantity >= change["moq"]
        if quantity:
            steps = dict(plan.bridge.filter(sku_id=change["sku_id"]).select("step", "quantity").rows())
            for told, pattern in NEED_TOLD.items():
                numbers = re.match(pattern, line(plan, told, change["sku_id"])).groups(default="0")
                demand, safety, other, position, need = map(int, numbers)
                assert (demand, safety, other) == (
                    steps["demand"], steps["safety"], sum(steps[name] for name in OTHER_STEPS)
                )  # fmt: skip
                assert demand + safety + other - position == need


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 300), st.floats(5, 30), st.floats(0, 8), st.floats(0, 1))
def test_an_order_just_placed_is_not_placed_again_whatever_day_its_supplier_names(on_hand, lead, deviation, share):
    item = {"on_hand_qty": on_hand, "in_transit_qty": 0, "lead_time_days": lead, "lead_time_std_days": deviation}
    params = Params(paths=16)
    ordered = line(solve(problem(item), params), "suggested_qty")
    named = math.ceil(lead + 2 * deviation * share)
    placed = pl.DataFrame({"sku_id": ["A"], "location_id": ["W1"], "due_in_days": [named], "quantity": [ordered]})
    again = solve(problem(item | {"on_order_qty": ordered}, inbound=placed), params)
    assert line(again, "suggested_qty") == 0


@settings(max_examples=10, deadline=None)
@given(CHANGES, st.sampled_from(["approved_qty", "on_order_qty"]), st.sampled_from([BY_SERVICE, Params(paths=16)]))
def test_running_the_plan_twice_orders_nothing_more(changes, bucket, params):
    first = solve(problem(*changes), params)
    ordered = dict(first.lines.select("sku_id", "suggested_qty").rows())
    second = solve(
        problem(*[change | {bucket: change[bucket] + ordered[change["sku_id"]]} for change in changes]), params
    )
    assert second.lines["suggested_qty"].to_list() == [0] * len(changes)


@settings(max_examples=10, deadline=None)
@given(CHANGES)
def test_the_order_of_items_changes_nothing(changes):
    assert solve(problem(*changes)).lines.equals(solve(problem(*reversed(changes))).lines)


def test_the_futures_of_many_items_are_those_of_each_alone():
    random, count, days = np.random.default_rng(4), 70, 40
    items = pl.DataFrame({"sku_id": [f"S{n:02d}" for n in range(count)], "location_id": "WH1"}).with_columns(
        lead_time_days=pl.Series(random.integers(0, 12, count).astype(float)), review_days=pl.lit(7.0)
    )
    known = [
        (sku, "WH1", interval, level, most * (1 + level))
        for sku, most in zip(items["sku_id"], random.random(count) * 20, strict=True)
        for interval, more in (("lead_time", 1), ("protection", 2))
        for level, most in ((0.1, most * more), (0.5, most * more), (0.9, most * more))
    ]
    names = ["sku_id", "location_id", "interval", "level", "quantity"]
    quantiles = pl.DataFrame(known, schema=names, orient="row")
    mean, longest = random.random((count, days)), random.integers(10, days, count).astype(float)
    for reach in (None, longest):
        together = demand_paths(items, quantiles, mean, 16, reach)
        alone = [
            demand_paths(items[n], quantiles, mean[[n]], 16, None if reach is None else reach[[n]])
            for n in range(count)
        ]
        assert (together == np.concatenate(alone)).all()


def test_a_tampered_plan_is_found_out():
    given_problem = problem()
    plan = solve(given_problem)
    tampered = replace(plan, lines=plan.lines.with_columns(pl.col("suggested_qty") + 1))
    faults = " ".join(tampered.check(given_problem))
    assert "adds up to 204, not to 205" in faults and "whole packs" in faults and "amount" in faults


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"pack_denominator": 0}, "pack_denominator must be between 1 and 1000000, found 0"),
        ({"on_order_qty": -3}, "on_order_qty must be zero or more, found -3"),
        ({"on_hand_qty": None}, "on_hand_qty must be known where stock_known is true"),
        ({"service_target": 0.99}, "service_target lies outside the lead_time levels given, found 0.99"),
        ({"service_target": 1.0}, "service_target must lie between 0 and 1"),
        ({"review_days": 0}, "review_days must be above zero, found 0"),
        ({"demand_mean": float("nan")}, "demand_mean must be zero or more, found nan"),
    ],
)
def test_a_value_outside_its_domain_is_refused_by_name(change, message):
    with pytest.raises(ValueError, match=message):
        problem(change)


def test_float_money_doubled_items_and_crossing_quantiles_are_refused():
    good = problem()
    with pytest.raises(ValueError, match="column 'unit_cost' must be money, found Float64"):
        Problem(good.items.with_columns(pl.col("unit_cost").cast(pl.Float64)), good.demand, AS_OF)
    with pytest.raises(ValueError, match="occurs more than once"):
        problem({}, {})
    with pytest.raises(ValueError, match="must not fall as the level rises"):
        problem(curve=((0.5, 10.0), (0.9, 9.0), (0.98, 12.0)))
    with pytest.raises(ValueError, match="unknown setting"):
        Params.from_mapping({"overstock": 3})


def test_no_items_make_an_empty_plan():
    good = problem()
    empty = Problem(good.items.clear(), good.demand.clear(), AS_OF)
    plan = solve(empty)
    assert plan.lines.height == 0 and plan.objective == 0 and plan.check(empty) == []
