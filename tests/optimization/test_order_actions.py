"""Changes to open orders: only what pays, once for a shortage, and never a second order for what is late."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimization.replenishment.orders import ActionParams, UnderWay, propose_actions
from optimization.replenishment.orders.under_way import LINES

TODAY = date(2025, 1, 1)
ITEM = {"sku_id": "a", "location_id": "w", "on_hand_qty": 0, "unit_price": 10.0, "shortage_cost": 0.0,
        "holding_cost": 0.01, "terminal_value": 5.0, "backorder": False}  # fmt: skip
LINE = {"po_line_id": "p1", "sku_id": "a", "location_id": "w", "open_qty": 100, "expected_arrival_date": 10,
        "earliest_date": None, "latest_date": None, "expedite_cost": 0.0, "defer_cost": 0.0, "cancel_fee_share": None,
        "may_increase": False, "unit_cost": 6.0, "moq": 1, "order_step": 1}  # fmt: skip
KINDS = {"text": pl.String, "integer": pl.Int64, "number": pl.Float64, "date": pl.Date, "bool": pl.Boolean}
SCHEMA = {name: KINDS[kind.rstrip("?")] for name, kind in LINES.items()}


def under_way(*lines, daily=10.0, periods=40, delays=(0, 0), **item):
    """One item with the same demand every day; days of lines are counted from today, a path for each delay."""
    rows = [
        {name: TODAY + timedelta(days=value) if name.endswith("_date") and value is not None else value
         for name, value in (LINE | {"po_line_id": f"p{number}"} | line).items()}
        for number, line in enumerate(lines, 1)
    ]  # fmt: skip
    demand = np.full((1, len(delays), periods), daily)
    due = [max((LINE | line)["expected_arrival_date"], 0) for line in lines]
    arrivals = np.array([[day + delay for delay in delays] for day in due])
    return UnderWay(pl.DataFrame([ITEM | item]), demand, pl.DataFrame(rows, schema=SCHEMA), arrivals, TODAY)


def proposed(problem, least_gain=1.0):
    found = propose_actions(problem, ActionParams(least_gain, 0.0))
    return [
        (row["po_line_id"], row["action"], row["new_quantity"], (row["new_arrival_date"] - TODAY).days,
         round(row["money_at_stake"], 2))
        for row in found.iter_rows(named=True)
    ]  # fmt: skip


def test_an_order_is_hastened_when_the_sales_it_saves_pay_for_it():
    sooner = {"earliest_date": 4, "expedite_cost": 50.0}
    # In 16 days 60 of the 100 would sell, and 40 more if they came on day 4; left over they are worth 5 each.
    [(_, action, quantity, day, gain)] = proposed(under_way(sooner, periods=16, holding_cost=0.0))
    assert (action, quantity, day, gain) == ("expedite", 100, 4, 150.0)
    assert proposed(under_way(sooner | {"expedite_cost": 250.0}, periods=16)) == []


def test_a_shortage_that_one_order_ends_is_not_ended_twice():
    sooner = {"earliest_date": 0, "expedite_cost": 10.0, "expected_arrival_date": 20}
    found = proposed(under_way(sooner, sooner, daily=5.0, periods=20))
    assert [row[:2] for row in found] == [("p1", "expedite")]


def test_what_is_not_needed_is_cancelled_if_the_fee_is_low_and_postponed_if_not():
    free = {"cancel_fee_share": 0.05, "latest_date": 39}
    assert proposed(under_way(free, daily=0.0, terminal_value=1.0))[0][:3] == ("p1", "cancel", 0)
    dear = {"cancel_fee_share": 1.0, "latest_date": 39}
    found = proposed(under_way(dear, daily=0.0, terminal_value=1.0))
    assert [row[1] for row in found] == ["defer"]
    assert found[0][3] == 39


def test_half_of_a_large_order_is_reduced_in_whole_steps_above_the_minimum():
    line = {"open_qty": 96, "cancel_fee_share": 0.1, "order_step": 12, "moq": 24}
    found = proposed(under_way(line, daily=1.0, periods=34, terminal_value=0.0))
    assert found[0][1:3] == ("reduce", 24)


def test_an_order_grows_where_more_would_sell():
    found = proposed(under_way({"may_increase": True, "expected_arrival_date": 0}, daily=10.0, periods=20))
    assert found[0][1:3] == ("increase", 200)


def test_a_late_order_counts_as_supply_on_any_day_now():
    late = {"expected_arrival_date": -30, "may_increase": True}
    assert proposed(under_way(late, daily=5.0, periods=20, terminal_value=0.0)) == []


def test_changes_smaller_than_a_telephone_call_are_left_alone():
    line = {"cancel_fee_share": 0.0, "open_qty": 2, "expected_arrival_date": 0}
    assert proposed(under_way(line, daily=0.0, terminal_value=0.0), least_gain=50) == []
    assert proposed(under_way(line, daily=0.0, terminal_value=0.0), least_gain=1)[0][1] == "cancel"


@st.composite
def problems(draw):
    lines = [
        {
            "open_qty": draw(st.integers(1, 60)),
            "expected_arrival_date": draw(st.integers(-5, 30)),
            "earliest_date": draw(st.none() | st.integers(0, 20)),
            "latest_date": draw(st.none() | st.integers(0, 40)),
            "expedite_cost": float(draw(st.integers(0, 100))),
            "defer_cost": float(draw(st.integers(0, 20))),
            "cancel_fee_share": draw(st.none() | st.sampled_from([0.0, 0.2, 1.0])),
            "may_increase": draw(st.booleans()),
            "order_step": draw(st.integers(1, 5)),
        }
        for _ in range(draw(st.integers(1, 4)))
    ]
    return under_way(*lines, daily=float(draw(st.integers(0, 8))), periods=25, on_hand_qty=draw(st.integers(-5, 60)),
                     backorder=draw(st.booleans()), terminal_value=float(draw(st.integers(0, 6))))  # fmt: skip


def value_by_hand(problem, arrivals):
    """Value of arrivals (day, quantity) for one item whose demand is the same on every path."""
    item = problem.items.row(0, named=True)
    stock, waiting, value = max(item["on_hand_qty"], 0), max(-item["on_hand_qty"], 0), 0.0
    for day, wanted in enumerate(problem.demand[0, 0]):
        # What comes after the horizon is left over at its end.
        stock += sum(quantity for when, quantity in arrivals if min(max(when, 0), 24) == day)
        due = waiting + wanted
        sold = min(stock, due)
        stock -= sold
        value += sold * item["unit_price"] - (due - sold) * item["shortage_cost"] - stock * item["holding_cost"]
        waiting = due - sold if item["backorder"] else max(waiting - sold, 0)
    return value + stock * item["terminal_value"]


@settings(max_examples=60, deadline=None)
@given(problems())
def test_the_money_at_stake_adds_up_to_what_all_changes_earn_together(problem):
    found = propose_actions(problem, ActionParams(1.0, 0.0))
    changed = {row["po_line_id"]: row for row in found.iter_rows(named=True)}
    before, after, paid = [], [], 0.0
    for line in problem.lines.iter_rows(named=True):
        day = (line["expected_arrival_date"] - TODAY).days
        before.append((day, line["open_qty"]))
        change = changed.get(line["po_line_id"])
        if change is None:
            after.append((day, line["open_qty"]))
            continue
        after.append(((change["new_arrival_date"] - TODAY).days, change["new_quantity"]))
        paid += change["charges"] + (change["new_quantity"] - line["open_qty"]) * line["unit_cost"]
        assert change["money_at_stake"] >= 1
        assert change["new_quantity"] == line["open_qty"] or change["action"] in ("increase", "reduce", "cancel")
    earned = value_by_hand(problem, after) - value_by_hand(problem, before) - paid
    assert found["money_at_stake"].sum() == pytest.approx(earned, abs=1e-6)


def test_an_uncertain_arrival_is_hastened_for_what_it_may_cost():
    sooner = {"earliest_date": 6, "expedite_cost": 40.0}
    # On time it sells out in 20 days; five days late ten a day are lost, and half of that risk is worth paying for.
    assert proposed(under_way(sooner, periods=20)) == []
    late = under_way(sooner, periods=20, delays=(0, 5), holding_cost=0.0)
    # Four days sooner: 40 more are sold on the late path, which would have been left over at 5 each.
    assert proposed(late) == [("p1", "expedite", 100, 6, (40 * 10 - 40 * 5) / 2 - 40)]
    # Of a hundred, sixty is too much to pay for sure.
    dear = under_way(sooner | {"expedite_cost": 60.0}, periods=20, delays=(0, 5), holding_cost=0.0)
    assert proposed(dear) == []


def test_lines_of_unknown_items_and_bad_quantities_are_refused():
    with pytest.raises(ValueError, match="sku_id is not among the items, found 'b'"):
        under_way({"sku_id": "b"})
    with pytest.raises(ValueError, match="open_qty must be above zero, found 0"):
        under_way({"open_qty": 0})
    with pytest.raises(ValueError, match="arrivals must be zero or more, found -1"):
        under_way({}, delays=(-11, 0))
    with pytest.raises(ValueError, match="least_gain must be zero or more"):
        ActionParams(least_gain=-1)
