"""Other circumstances change the plan the way they should, and none leave it as it is."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from replenishment_items import items, quantiles

from optimization.replenishment import Params, Problem, solve
from optimization.replenishment.what_if import Levers, changed, differences, totals

# C has enough until the next order, if none takes longer.
GOODS = items(
    {"sku_id": "A"}, {"sku_id": "B", "on_hand_qty": 20, "supplier_id": "S2"}, {"sku_id": "C", "on_hand_qty": 45}
)


def problem(budget: float | None = None) -> Problem:
    from datetime import date

    import polars as pl

    terms = pl.DataFrame(
        {"supplier_id": ["S1", "S2"], "location_id": "W1", "closed_reason": pl.Series([None, None], dtype=pl.String)}
    ).with_columns(
        minimum_value=pl.lit(0).cast(pl.Decimal(18, 4)), order_cost=pl.lit(0).cast(pl.Decimal(18, 4)),
        capacity_value=pl.lit(None, dtype=pl.Decimal(18, 4)), currency=pl.lit(None, dtype=pl.String),
    )  # fmt: skip
    return Problem(GOODS, quantiles(GOODS), date(2026, 11, 1), terms=terms, budget=budget)


@pytest.fixture(scope="module")
def base():
    return solve(problem())


def test_nothing_otherwise_is_the_plan_as_it_is(base) -> None:
    same = changed(problem(), Levers())
    assert same.items.equals(problem().items) and same.demand.equals(problem().demand)
    assert differences(base, solve(same)).is_empty() and totals(solve(same)) == totals(base)


def test_less_money_orders_less_and_loses_more(base) -> None:
    cash = totals(base).cash
    less = solve(changed(problem(cash), Levers(budget=0.6)))
    assert totals(less).cash <= 0.6 * cash
    assert totals(less).short_units > totals(base).short_units and totals(less).earned < totals(base).earned
    moved = differences(base, less)
    assert moved["amount"].sum() == pytest.approx(totals(less).cash - cash)
    assert moved["amount"].abs().to_list() == sorted(moved["amount"].abs(), reverse=True)


def test_longer_lead_times_and_more_demand_order_more(base) -> None:
    for levers in (Levers(lead_time_days=7), Levers(demand=1.3), Levers(lead_time_days=5, demand=1.1)):
        other = solve(changed(problem(), levers))
        assert totals(other).units > totals(base).units, levers
        level = other.lines["order_up_to_qty"] - base.lines["order_up_to_qty"]
        assert level.min() > 0, levers


def test_another_policy_takes_the_place_of_the_settings(base) -> None:
    ruled = solve(problem(), Levers(policy="min_max").params(Params()))
    assert set(ruled.lines["policy"]) == {"min_max"}
    for line in ruled.lines.iter_rows(named=True):
        # Nothing above the reorder point; below it up to the level, in whole steps.
        if line["position_qty"] > line["reorder_point_qty"]:
            assert line["suggested_qty"] == 0, line
        else:
            assert line["order_up_to_qty"] <= line["position_qty"] + line["suggested_qty"], line
    kept = Levers(policy="min_max", service_target=0.99)
    safer = solve(changed(problem(), kept), kept.params(Params()))
    assert totals(safer).units > totals(ruled).units
    assert set(solve(problem(), Levers(policy="service_level").params(Params())).lines["policy"]) == {"service_level"}
    with pytest.raises(ValueError, match="must be one of economic, service_level, min_max, found 'guess'"):
        Levers(policy="guess")
    with pytest.raises(ValueError, match="keeps no service target"):
        Levers(policy="economic", service_target=0.95)


def test_a_service_level_for_all_is_kept_whatever_it_earns(base) -> None:
    levers = [Levers(service_target=target) for target in (0.6, 0.94)]
    low, high = (solve(changed(problem(), each), each.params(Params())) for each in levers)
    assert totals(low).units < totals(high).units
    assert set(high.lines["policy"]) == {"service_level"} and totals(high).earned <= totals(base).earned


def test_a_supplier_who_is_out_gets_no_order(base) -> None:
    out = solve(changed(problem(), Levers(suppliers_out=("S2",))))
    lines = {row["sku_id"]: row for row in out.lines.iter_rows(named=True)}
    assert lines["B"]["suggested_qty"] == 0 and "left out of this scenario" in lines["B"]["reason"]
    assert lines["A"]["suggested_qty"] == base.lines.filter(sku_id="A")["suggested_qty"].item()


@settings(max_examples=20, deadline=None)
@given(
    st.floats(0.1, 3), st.floats(-30, 60), st.floats(0.5, 0.999)
)  # fmt: skip
def test_whatever_is_asked_stays_a_problem_with_ordered_quantiles(demand, days, target) -> None:
    other = changed(problem(), Levers(demand=demand, lead_time_days=days, service_target=target))
    for _, group in other.demand.group_by("sku_id", "interval"):
        assert group.sort("level")["quantity"].is_sorted()
    mean = other.items["demand_mean"][0]
    assert mean == pytest.approx(2 * demand * (max(0, 14 + days) + 7))


@pytest.mark.parametrize("wrong", [{"budget": -1}, {"demand": 11}, {"lead_time_days": 999}, {"service_target": 1}])
def test_a_lever_out_of_range_is_named(wrong) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Levers(**wrong)
