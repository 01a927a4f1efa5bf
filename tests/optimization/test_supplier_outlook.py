"""A supplier's outlook is what the plan will order of him, week by week."""

import numpy as np
import polars as pl
import pytest

from optimization.replenishment.orders.outlook import outlook


def item(**changes: float) -> pl.DataFrame:
    row = {
        "sku_id": "A", "location_id": "W", "position_qty": 30.0, "this_week_qty": 12.0, "safety_qty": 0.0,
        "protection_days": 14.0, "moq": 0, "order_step": 1,
    }  # fmt: skip
    return pl.DataFrame([row | changes])


def forecast(weekly: float, spread: float = 0.0, weeks: int = 8) -> pl.DataFrame:
    quantiles = {f"q_{level}": weekly + spread * z for level, z in (("0_1", -1), ("0_5", 0), ("0_9", 1), ("0_95", 1.3))}
    return pl.DataFrame(
        [{"sku_id": "A", "location_id": "W", "week_no": week, "y_hat": weekly, **quantiles} for week in range(weeks)]
    )


def told(items: pl.DataFrame, demand: pl.DataFrame, **options: int) -> list[float]:
    return outlook(items, demand, **options)["expected_qty"].to_list()


def test_even_demand_is_ordered_as_it_is_taken_from_the_first_week_that_needs_it():
    # 30 less this week's 10 are the 20 that two weeks take; from then on a week's demand is ordered every week.
    assert told(item(), forecast(10.0)) == [12.0, *[pytest.approx(10.0 if week > 1 else 0.0) for week in range(1, 12)]]
    assert told(item(position_qty=100.0), forecast(10.0))[:10] == [12.0, *[0.0] * 8, pytest.approx(10.0)]


def test_orders_come_in_steps_and_not_below_the_minimum():
    stepped = told(item(order_step=8, moq=24), forecast(10.0))
    assert {quantity % 8 for quantity in stepped[1:]} == {0.0} and min(q for q in stepped[1:] if q) == 24
    # Over the weeks all demand is ordered, whatever the step, up to what one step leaves.
    assert abs(sum(stepped[1:]) - sum(told(item(), forecast(10.0))[1:])) <= 24


def test_uncertain_demand_spreads_the_weeks_order_around_the_same_mean():
    frame = outlook(item(), forecast(10.0, spread=4.0))
    late = frame.filter(pl.col("week_no") > 2)
    assert (late["p10_qty"] < late["p50_qty"]).all() and (late["p50_qty"] < late["p90_qty"]).all()
    assert late["expected_qty"].mean() == pytest.approx(10.0, rel=0.05)
    assert frame.row(0)[3:] == (12.0, 12.0, 12.0, 12.0), "this week's order is known"
    assert outlook(item(), forecast(10.0, spread=4.0)).equals(frame), "the same plan gives the same outlook"


def test_what_is_never_ordered_is_not_told_and_a_part_of_this_week_is_left():
    assert outlook(item(position_qty=1000.0, this_week_qty=0.0), forecast(1.0)).is_empty()
    assert told(item(), forecast(10.0), days_left=1)[1] == 0
    assert outlook(item().head(0), forecast(10.0)).is_empty()
    short = told(item(position_qty=20.0), forecast(7.0), days_left=1)
    assert short[1] == pytest.approx(0.0) and short[2] == pytest.approx(2.0), "one day took 1, then a week 7"


@pytest.mark.parametrize(
    ("items", "options", "message"),
    [(item(order_step=0), {}, "order_step"), (item(protection_days=0.0), {}, "protection_days"),
     (item(), {"weeks": 0}, "weeks must be 1 or more"), (item(), {"days_left": 8}, "days_left 1 to 7")],
)  # fmt: skip
def test_what_is_out_of_bounds_is_refused(items, options, message):
    with pytest.raises(ValueError, match=message):
        outlook(items, forecast(10.0), **options)


def test_many_items_are_told_as_each_alone():
    two = pl.concat([item(), item(location_id="V", order_step=5)])
    both = pl.concat([forecast(10.0, 3.0), forecast(4.0, 2.0).with_columns(location_id=pl.lit("V"))])
    together = outlook(two, both)
    alone = outlook(two.tail(1), both)
    assert np.allclose(together.filter(location_id="V")["expected_qty"], alone["expected_qty"])
