from datetime import date
from decimal import Decimal
from fractions import Fraction

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimization.replenishment import Params, Problem, solve

AS_OF = date(2025, 6, 2)

ITEM = {
    "sku_id": "A",
    "location_id": "W1",
    "supplier_id": "S1",
    "stock_known": True,
    "on_hand_qty": 80,
    "in_transit_qty": 40,
    "on_order_qty": 0,
    "approved_qty": 0,
    "reserved_qty": 0,
    "lead_time_days": 14,
    "review_days": 7,
    "moq": 200,
    "order_multiple": 1,
    "pack_numerator": 12,
    "pack_denominator": 1,
    "unit_cost": Decimal("2.5000"),
    "unit_margin": Decimal("1.2500"),
    "service_target": 0.95,
    "demand_mean": 214.0,
}
MONEY = {"unit_cost": pl.Decimal(18, 4), "unit_margin": pl.Decimal(18, 4)}
TYPES = MONEY | dict.fromkeys(
    ["on_hand_qty", "in_transit_qty", "on_order_qty", "approved_qty", "reserved_qty"], pl.Int64
)
TYPES |= {"supplier_id": pl.String, "demand_mean": pl.Float64}


def problem(*changes: dict, curve=((0.5, 214.0), (0.9, 250.0), (0.95, 275.0), (0.98, 290.0))) -> Problem:
    items = [ITEM | change for change in changes or ({},)]
    demand = [
        (item["sku_id"], item["location_id"], interval, level, quantity * share)
        for item in items
        if item["demand_mean"] is not None
        for interval, share in (("protection", 1.0), ("lead_time", 0.5))
        for level, quantity in curve
    ]
    columns = ["sku_id", "location_id", "interval", "level", "quantity"]
    schema = dict(zip(columns, [pl.String] * 3 + [pl.Float64] * 2, strict=True))
    return Problem(
        pl.DataFrame(items, schema_overrides=TYPES), pl.DataFrame(demand, schema=schema, orient="row"), AS_OF
    )


def line(plan, column, sku="A"):
    return plan.lines.filter(sku_id=sku)[column].item()


def test_the_bridge_of_the_planners_example_leads_from_demand_to_seventeen_packs():
    given_problem = problem()
    plan = solve(given_problem)
    assert plan.bridge.select("seq", "step", "quantity").rows() == [
        (1, "demand_over_protection_interval", 214),
        (2, "safety_stock", 61),
        (3, "on_hand", -80),
        (4, "in_transit", -40),
        (5, "on_order", 0),
        (6, "approved_not_yet_seen", 0),
        (7, "reserved", 0),
        (8, "no_order_needed", 0),
        (9, "pack_rounding", 1),
        (10, "minimum_order", 48),
    ]
    assert line(plan, "suggested_qty") == 204 and line(plan, "suggested_packs") == 17
    assert line(plan, "amount") == Decimal("510") and plan.objective == Decimal("510")
    assert (plan.bound, plan.gap) == (None, None) and "no bound" in plan.why
    assert plan.lines.schema["amount"] == pl.Decimal(18, 4) and plan.lines.schema["suggested_qty"] == pl.Int64
    assert plan.check(given_problem) == []


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
    plan = solve(given_problem)
    assert line(plan, "suggested_qty") == 0 and line(plan, "status") == "enough"
    assert plan.bridge.filter(step="no_order_needed")["quantity"].item() == 65
    assert plan.bridge["quantity"].sum() == 0


def test_without_forecast_or_supplier_nothing_is_suggested_and_the_line_says_why():
    given_problem = problem({"demand_mean": None}, {"sku_id": "B", "supplier_id": None})
    plan = solve(given_problem)
    assert plan.lines["status"].to_list() == ["no_forecast", "no_supplier"]
    assert plan.lines["suggested_qty"].to_list() == [None, None] and plan.check(given_problem) == []
    assert line(plan, "need_qty", "B") == 155


def test_late_supply_and_approved_orders_count_and_reservations_do_not():
    plan = solve(problem({"on_order_qty": 100, "approved_qty": 30, "reserved_qty": 10, "moq": 0, "pack_numerator": 1}))
    assert line(plan, "suggested_qty") == 275 - 80 - 40 - 100 - 30 + 10


def test_money_at_stake_is_the_expected_shortage_times_the_margin():
    # Demand rises from 0 at level 0 to 100 at 0.5 and 200 at 0.75 and stays there: its excess over 100 is
    # 12.5 + 25.
    curve = ((0.5, 100.0), (0.75, 200.0))
    changes = {"service_target": 0.75, "on_hand_qty": 100, "in_transit_qty": 0, "demand_mean": 100.0}
    plan = solve(problem(changes, curve=curve))
    assert line(plan, "expected_shortage_qty") == pytest.approx(37.5)
    assert line(plan, "money_at_stake") == Decimal("46.875")


def test_the_stock_out_date_is_when_the_shelf_is_sold_at_mean_demand():
    plan = solve(problem({"demand_mean": 210.0, "on_hand_qty": 85, "reserved_qty": 10}))
    assert line(plan, "stock_out_date") == date(2025, 6, 9)  # 75 units at 10 a day
    assert solve(problem({"on_hand_qty": -5})).lines["stock_out_date"].item() == AS_OF


def test_packs_that_make_a_suggestion_large_are_marked_overstock():
    plan = solve(problem({"moq": 5000}), Params(overstock_days=60))
    assert line(plan, "warning") == "overstock" and line(solve(problem()), "warning") is None


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


@settings(max_examples=60, deadline=None)
@given(CHANGES)
def test_bridges_add_up_and_minimums_multiples_and_packs_are_honoured(changes):
    given_problem = problem(*changes)
    plan = solve(given_problem)
    assert plan.check(given_problem) == []
    sums = dict(plan.bridge.group_by("sku_id").agg(pl.col("quantity").sum()).rows())
    for change in changes:
        quantity = line(plan, "suggested_qty", change["sku_id"])
        assert sums[change["sku_id"]] == quantity
        packs = quantity / Fraction(change["pack_numerator"], change["pack_denominator"])
        assert quantity % change["order_multiple"] == 0 and packs.denominator == 1
        assert quantity == 0 or quantity >= change["moq"]


@settings(max_examples=40, deadline=None)
@given(CHANGES, st.sampled_from(["on_order_qty", "approved_qty", "in_transit_qty", "on_hand_qty"]))
def test_running_the_plan_twice_orders_nothing_more(changes, bucket):
    first = solve(problem(*changes))
    ordered = dict(first.lines.select("sku_id", "suggested_qty").rows())
    second = solve(problem(*[change | {bucket: change[bucket] + ordered[change["sku_id"]]} for change in changes]))
    assert second.lines["suggested_qty"].to_list() == [0] * len(changes)


@settings(max_examples=20, deadline=None)
@given(CHANGES)
def test_the_order_of_items_changes_nothing(changes):
    assert solve(problem(*changes)).lines.equals(solve(problem(*reversed(changes))).lines)


def test_a_tampered_plan_is_found_out():
    given_problem = problem()
    plan = solve(given_problem)
    more = plan.lines.with_columns(pl.col("suggested_qty") + 1)
    tampered = type(plan)(plan.objective, plan.bound, plan.why, more, plan.bridge)
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
