"""Goods that expire: sold first expired first on every path, written off, and never bought to be."""

import math
from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest
from economic_rows import PERIODS, batch, item, option, problem
from hypothesis import given, settings
from hypothesis import strategies as st
from replenishment_items import items, quantiles

from optimization.replenishment import Params, Problem
from optimization.replenishment import solve as solve_for_retailer
from optimization.replenishment.economic_problem import economic_problem
from optimization.replenishment.economics import solve
from optimization.replenishment.economics.offers import positions

HOLD, SALVAGE, COST, PRICE = 0.1, -2.0, 10.0, 15.0


def lived(units: float, life: int | None, stock: list[tuple], demand: np.ndarray, rate: float, level: list[float]):
    """One future told day by day, batch by batch: money without the purchase, and units written off."""
    money = spoilt = 0.0
    shelf: list[list[float]] = []
    coming = [*stock, (1, units, None if life is None else life)]
    for day in range(PERIODS):
        shelf += [[math.inf if last is None else last, count] for when, count, last in coming if when == day]
        asked, before = float(demand[day]), sum(count for last, count in shelf if last >= day)
        for lot in sorted(shelf):
            taken = min(lot[1], asked) if lot[0] >= day else 0.0
            lot[1], asked = lot[1] - taken, asked - taken
        left, sold = sum(count for last, count in shelf if last >= day), float(demand[day]) - asked
        if day == 1:
            money += PRICE * sold - HOLD * left
        if day > 1:
            money += COST * sold - HOLD * min(max(before - level[day], 0.0), left)
        spoilt += sum(count for last, count in shelf if last <= day)
        shelf = [lot for lot in shelf if lot[0] > day]
    reached = 0.0
    for last, count in sorted(shelf):
        sells = count if last == math.inf else max(min(count, rate * (last - PERIODS + 1) - reached), 0.0)
        reached, spoilt = reached + sells, spoilt + count - sells
    beyond = max(reached - level[-1], 0.0)
    # Unit n beyond a later order's level waits n / rate days, until it is worth no more than what is thrown away.
    selling = min(beyond, (COST - SALVAGE) * rate / HOLD)
    waits = HOLD / (2 * rate) * selling**2
    return money + COST * (reached - beyond + selling) - waits + SALVAGE * (spoilt + beyond - selling), spoilt


@given(
    st.integers(0, 2**32 - 1),
    st.lists(st.tuples(st.integers(0, 25), st.integers(-1, 9)), min_size=0, max_size=3),
    st.integers(1, 9) | st.none(),
    st.sampled_from([0.5, 3.0]),
)
@settings(max_examples=60, deadline=None)
def test_every_quantity_is_worth_what_its_futures_told_batch_by_batch_say(seed, stock, life, rate) -> None:
    demand = np.random.default_rng(seed).poisson(5.0, (1, 8, PERIODS))
    rows = [batch(0, "on_hand", units, last) for units, last in stock]
    asked = problem([item(beyond_rate=rate, salvage_value=SALVAGE)], [option(shelf_life_periods=life)], demand, rows)
    plan = solve(asked)
    # One day's demand at the critical ratio: (15 − 10) over that and what a day costs.
    place = int(np.ceil(8 * 5 / 5.1 - 1e-9)) - 1
    level = [math.inf, math.inf] + [float(np.sort(demand[0, :, day])[place]) for day in range(2, PERIODS)]
    here = [(0, units, last) for units, last in stock]

    def told(units: float) -> tuple[float, float]:
        futures = [lived(units, life, here, demand[0, path], rate, level) for path in range(8)]
        return tuple(float(np.mean(part)) for part in zip(*futures, strict=True))

    nothing = told(0.0)
    for quantity, value in plan.curve.select("quantity", "value").iter_rows():
        money, spoilt = told(quantity)
        assert value == pytest.approx(money - nothing[0] - COST * quantity, abs=1e-6)
        assert spoilt - nothing[1] <= 0.05 * quantity + 1e-6
    ordered = plan.lines["suggested_qty"][0]
    assert plan.lines["expired_qty"][0] == pytest.approx(told(ordered)[1])
    assert plan.check(asked) == []
    assert plan.bridge["quantity"].sum() == ordered


def test_no_larger_order_would_keep() -> None:
    # Ten units can be sold in the two days that they keep, and one in twenty may be lost.
    demand = np.full((1, 4, PERIODS), 5.0)
    cheap = solve(problem([item(excess_cost=0.0)], [option(unit_cost=1.0, shelf_life_periods=2)], demand))
    assert cheap.curve["quantity"].max() == 10
    assert solve(problem([item()], [option(moq=11, shelf_life_periods=2)], demand)).lines["suggested_qty"][0] == 0


def test_what_expires_before_it_sells_spares_no_order_and_the_bridge_says_so() -> None:
    demand = np.full((1, 4, PERIODS), 5.0)
    keeps = solve(problem([item()], [option()], demand, [batch(0, "on_hand", 30)]))
    spoils = solve(problem([item()], [option()], demand, [batch(0, "on_hand", 30, 0)]))
    assert [plan.lines["suggested_qty"][0] for plan in (keeps, spoils)] == [0, 5]
    steps = dict(spoils.bridge.select("step", "quantity").iter_rows())
    assert (steps["on_hand"], steps["expiring"]) == (-30, 25)


def test_what_is_left_when_sales_end_is_judged_by_money_not_as_expired() -> None:
    demand = np.full((1, 4, PERIODS), 5.0) * (np.arange(PERIODS) < 5)
    ends = {"beyond_rate": 0.0, "terminal_value": 0.0, "last_buy": True}
    # Four days sell twenty of a minimum of twenty-four: 17 % would be left, which their margin pays for.
    asked = problem([item(**ends)], [option(moq=24, shelf_life_periods=9)], demand)
    plan = solve(asked)
    assert plan.lines["suggested_qty"].to_list() == [24] and plan.check(asked) == []


def retailer(batches: list[tuple[int, int]], **stock: int) -> Problem:
    """Two sold a day; an order of today comes in fourteen days, the next one a week later."""
    rows = items(stock)
    return Problem(
        rows,
        quantiles(rows),
        date(2026, 11, 1),
        batches=pl.DataFrame(
            [("A", "W1", days, units) for days, units in batches],
            schema={"sku_id": pl.String, "location_id": pl.String, "days_left": pl.Int64, "quantity": pl.Int64},
            orient="row",
        ),
    )


def test_a_retailers_batches_near_their_end_are_bought_again_and_fresh_ones_are_not() -> None:
    fresh, old = (retailer([(days, 60)], on_hand_qty=60) for days in (200, 5))
    plans = [solve_for_retailer(given_one, Params()) for given_one in (fresh, old)]
    assert all(plan.check(given_one) == [] for plan, given_one in zip(plans, (fresh, old), strict=True))
    assert plans[0].lines["suggested_qty"][0] == 0
    steps = dict(plans[1].bridge.select("step", "quantity").iter_rows())
    # Five days sell ten of them; an order of today cannot save the nine days after.
    assert (steps["expiring"], plans[1].lines["suggested_qty"][0] > 0) == (50, True)


@given(
    st.fixed_dictionaries(
        {"on_hand_qty": st.integers(-20, 80), "reserved_qty": st.integers(0, 40)}
        | dict.fromkeys(("in_transit_qty", "approved_qty"), st.integers(0, 30))
    ),
    st.integers(0, 50),
    st.lists(st.tuples(st.integers(0, 90), st.integers(0, 60)), max_size=3),
    st.lists(st.integers(0, 25), max_size=2),
)
@settings(max_examples=40, deadline=None)
def test_no_unit_is_lost_or_found_between_stock_and_the_batches_that_are_planned_with(stock, due, batches, dates):
    stock = stock | {"on_order_qty": due + sum(dates)}
    inbound = pl.DataFrame(
        [("A", "W1", day, units) for day, units in enumerate(dates)],
        schema={"sku_id": pl.String, "location_id": pl.String, "due_in_days": pl.Int64, "quantity": pl.Int64},
        orient="row",
    )
    priced = economic_problem(replace(retailer(batches, **stock), inbound=inbound), Params(paths=2))
    held = dict(priced.batches.group_by("bucket").agg(pl.col("quantity").sum()).iter_rows())
    below = min(stock["on_hand_qty"], 0)
    assert {name: held.get(name, 0) for name in ("on_hand", "in_transit", "on_order", "approved", "reserved")} == {
        "on_hand": stock["on_hand_qty"] - below, "in_transit": stock["in_transit_qty"],
        "on_order": stock["on_order_qty"], "approved": stock["approved_qty"],
        "reserved": stock["reserved_qty"] - below,
    }  # fmt: skip
    assert positions(priced)[0] == sum(stock.values()) - 2 * stock["reserved_qty"]


def test_batches_never_say_more_than_is_on_hand() -> None:
    plan = solve_for_retailer(retailer([(3, 50), (90, 40)], on_hand_qty=60), Params())
    kept = plan.priced.batches.filter(bucket="on_hand").select("last_sellable_period", "quantity")
    assert sorted(kept.rows()) == [(2, 20), (89, 40)]
