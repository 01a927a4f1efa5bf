"""Days on which suppliers rest."""

from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimization.replenishment import Params, Problem, solve
from optimization.replenishment.economic_problem import economic_problem
from optimization.replenishment.rests import Rests, ordered_no_sooner
from tests.optimization.replenishment_items import items, quantiles

TODAY = date(2025, 1, 6)
SUPPLIERS = pl.Series(["A", "B", "A"])


def resting(days: list[int], supplier: str = "A") -> pl.DataFrame:
    return pl.DataFrame(
        {"supplier_id": [supplier] * len(days), "day": days}, schema={"supplier_id": pl.String, "day": pl.Int64}
    )


@given(st.sets(st.integers(1, 60)), st.lists(st.integers(0, 80), min_size=3, max_size=3))
def test_days_of_work_and_days_that_pass_undo_each_other(days, work):
    rests, worked = Rests(resting(sorted(days)), SUPPLIERS), np.array(work)
    passed = rests.passed(worked)
    assert rests.worked(passed).tolist() == work
    assert passed[1] == work[1], "who never rests works every day"
    for row in (0, 2):
        assert passed[row] - work[row] == sum(day <= passed[row] for day in days)
        assert work[row] == 0 or passed[row] not in days


@given(st.sets(st.integers(1, 60)), st.integers(0, 60), st.integers(0, 20))
def test_a_longer_order_never_comes_sooner(days, work, more):
    rests = Rests(resting(sorted(days)), SUPPLIERS)
    sooner, later = (rests.passed(np.array([each] * 3)) for each in (work, work + more))
    assert (later >= sooner).all()


def planned(rests: list[int], **changes: object):
    """What is ordered of goods that sell two a day, if their supplier rests on these days."""
    rows = items({"on_hand_qty": 20, "on_order_qty": 30, "lead_time_std_days": 2.0} | changes)
    inbound = rows.select("sku_id", "location_id", due_in_days=pl.lit(13, pl.Int64), quantity=pl.lit(30, pl.Int64))
    plan = solve(
        Problem(rows, quantiles(rows), TODAY, inbound=inbound, rests=resting(rests, "S1")), Params(beyond_days=28)
    )
    return plan.lines["suggested_qty"].item()


def test_what_may_slip_behind_a_shutdown_is_ordered_against():
    usual = planned([])
    assert planned(list(range(16, 30))) > usual
    assert planned(list(range(90, 104))) == usual
    assert Rests(resting([16], "S2"), SUPPLIERS).passed(np.array([20, 20, 20])).tolist() == [20, 20, 20]


def test_what_waits_for_its_suppliers_weekday_stands_still_as_well():
    rows = items({"lead_time_std_days": 2.0, "on_hand_qty": 20})
    waiting = Problem(rows, quantiles(rows), TODAY, rests=resting([6, 7], "S1"), waits=resting([1, 2, 6], "S1"))
    found = economic_problem(waiting, Params())
    # Fourteen days, four of which stand still: ten of work, more or less, behind those two.
    assert found.lead_time.mean() == pytest.approx(14, abs=0.5)
    assert not np.isin(found.lead_time, [1, 2, 6, 7]).any()
    told = economic_problem(Problem(rows, quantiles(rows), TODAY), Params())
    assert found.lead_time.min() < told.lead_time.min() + 2


def test_on_each_path_the_next_order_rests_where_it_is_and_not_where_todays_is():
    rows = items({"lead_time_std_days": 3.0, "on_hand_qty": 20, "review_days": 21.0})
    # Of work today's order takes fourteen days and the next one seven more; the gate is shut from the sixteenth on.
    shut = Problem(rows, quantiles(rows), TODAY, rests=resting(list(range(16, 30)), "S1"))
    found = economic_problem(shut, Params())
    assert found.items["review_periods"].item() == 7
    gap = found.next_arrival[0] - found.lead_time[0]
    between = (found.lead_time[0] < 16) & (found.lead_time[0] + 7 >= 16)
    assert between.any() and not between.all()
    assert (gap[between] == 7 + 14).all()
    assert (gap[~between] == 7).all()


@given(st.integers(1, 40), st.lists(st.integers(1, 30), min_size=4, max_size=8))
def test_nothing_under_way_arrives_on_a_day_of_rest_but_on_the_day_told(due, lead):
    worked = np.array([sorted(lead)])
    rests = Rests(resting(list(range(10, 17))), pl.Series(["A"]))
    found = rests.arrivals(np.array([due]), worked, worked.mean(axis=1))[0]
    free = Rests(resting([]), pl.Series(["A"])).arrivals(np.array([due]), worked, worked.mean(axis=1))[0]
    assert (np.diff(found) >= 0).all() or due in range(10, 17)
    assert not np.isin(found[found != due], range(10, 17)).any()
    if due < 10:
        assert (found[free < 10] == free[free < 10]).all()


def test_a_day_of_rest_lies_ahead():
    with pytest.raises(ValueError, match="day must be one or more"):
        Problem(items(), quantiles(items()), TODAY, rests=resting([0]))


def test_who_is_asked_every_week_is_ordered_no_sooner_and_rests_beyond_that_as_before():
    asked = pl.DataFrame(
        {
            "supplier_id": ["A", "B", "A", None],
            "lead_time_days": [5.0, 5.0, 13.0, 5.0],
            "order_cycle_days": [3.0, 3.0, 10.0, 3.0],
            "review_days": [9.0, 3.0, 10.0, 3.0],
        }
    )
    # A shuts from the 6th to the 11th day: three days of work after the 5th end on the 14th, seven on the 18th.
    found = ordered_no_sooner(asked, resting(list(range(6, 12))), 7)
    assert found["review_days"].to_list() == [13.0, 7.0, 10.0, 7.0]
    assert ordered_no_sooner(asked, resting(list(range(6, 12))), 1).equals(asked), "who orders more often changes none"
