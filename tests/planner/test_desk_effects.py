"""What a quantity does, and stock ahead, follow their definitions."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.preview import Item, Prices, curve, effect
from planner.projection import Arrival, Week, project, spread_scale_of

DAY = date(2026, 11, 2)
ITEM = Item(
    position=5, mean=30, safety=16.45, service_target=0.95, interval_days=18, lead_days=14, unit_cost=10, unit_margin=6,
    holding=0.01,
)  # fmt: skip
WEEKS = [Week(DAY + timedelta(weeks=n), 7.0, 0.6, 13.4) for n in range(4)]


def test_the_target_is_met_by_demand_and_safety() -> None:
    assert effect(ITEM, 30 + 16.45 - 5).service == pytest.approx(0.95, abs=1e-3)
    assert effect(ITEM, 25).service == pytest.approx(0.5)
    # Half the standard normal's mean absolute value, times the deviation of 10.
    assert effect(ITEM, 25).lost_qty == pytest.approx(3.989, abs=1e-3)


@given(st.floats(0, 500), st.floats(0.1, 100))
def test_more_is_never_less_safe_and_costs_what_it_costs(quantity: float, more: float) -> None:
    less, larger = effect(ITEM, quantity), effect(ITEM, quantity + more)
    assert larger.service >= less.service and larger.lost_qty <= less.lost_qty + 1e-9
    assert larger.cash - less.cash == pytest.approx(more * 10)
    assert larger.value - less.value <= more * ITEM.unit_margin + 1e-6


@pytest.mark.parametrize(
    ("is_incremental", "quantity", "cash"), [(False, 11, 110), (False, 12, 108), (False, 30, 240), (True, 12, 118)]
)
def test_a_larger_order_costs_what_its_price_step_says(is_incremental: bool, quantity: int, cash: int) -> None:
    """Nine from the twelfth on, or of twelve all; eight from thirty on, where every unit has the step's price."""
    steps = ((10.0, 9.0), (30.0, 8.0)) if is_incremental else ((12.0, 9.0), (30.0, 8.0))
    assert effect(replace(ITEM, prices=Prices(steps, is_incremental)), quantity).cash == pytest.approx(cash)


@given(st.floats(0, 500), st.booleans())
def test_a_better_price_earns_what_it_spares(quantity: float, is_incremental: bool) -> None:
    plain, stepped = ITEM, replace(ITEM, prices=Prices(((24.0, 9.0), (100.0, 7.5)), is_incremental), rate=2.0)
    spared = effect(plain, quantity).cash - effect(stepped, quantity).cash
    assert spared >= -1e-9
    assert effect(stepped, quantity).value - effect(plain, quantity).value == pytest.approx(2 * spared)


def test_the_curve_rises_falls_and_goes_by_packs() -> None:
    dear = Item(5, 30, 16.45, 0.95, 18, 14, 10, 6, holding=0.5)
    effects = curve(dear, 36, 12)
    values = [each.value for each in effects]
    assert [each.quantity for each in effects] == [0, 12, 24, 36, 48, 60, 72]
    assert values[0] == 0 and max(values) > 0 and values[-1] < max(values)


def test_without_uncertainty_it_is_enough_or_not() -> None:
    certain = Item(5, 30, 0, 0.95, 18, 14, 10, 6)
    assert (effect(certain, 25).service, effect(certain, 24).service) == (1.0, 0.0)
    assert effect(certain, 20).lost_qty == 5
    assert effect(Item(0, 0, 0, 0.95, 0, 0, 10, 6), 1).cover_days is None


def test_stock_falls_by_demand_and_rises_by_what_comes() -> None:
    days, path = project(DAY, 10, WEEKS, [Arrival(DAY + timedelta(days=3), 5), Arrival(DAY - timedelta(days=9), 1)])
    assert len(days) == 28 and path.mean[:5] == [10, 9, 8, 12, 11]
    assert path.mean[-1] == 0


@given(st.floats(0, 100), st.lists(st.tuples(st.integers(0, 27), st.floats(0, 50)), max_size=5), st.floats(0.1, 5))
def test_the_fan_holds_its_mean_and_never_goes_below_nothing(stock, arrivals, scale) -> None:
    coming = [Arrival(DAY + timedelta(days=day), quantity) for day, quantity in arrivals]
    _, path = project(DAY, stock, WEEKS, coming, scale)
    for low, mean, high in zip(path.low, path.mean, path.high, strict=True):
        assert 0 <= low <= mean <= high


def test_weekly_spreads_are_widened_to_the_plans_own() -> None:
    # Four weeks of deviation 5 make 10 if they are independent; the plan says 20.
    assert spread_scale_of(WEEKS, 28, 20) == pytest.approx(2, abs=0.01)
    assert spread_scale_of([], 28, 20) == spread_scale_of(WEEKS, 0, 20) == 1
