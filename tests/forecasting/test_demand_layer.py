from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting import (
    borrow_history,
    contracted_days,
    cut_at_end,
    demand_parts,
    less_contracted,
    less_predecessor,
    plus_contracted,
    plus_contracted_over,
    until_end,
)

MONDAY = date(2024, 1, 1)


def weeks(name: str, *ys: float | None, begins: int = 0, **flags: list[bool]) -> pl.DataFrame:
    columns = {"unique_id": [name] * len(ys), "ds": [MONDAY + timedelta(weeks=begins + k) for k in range(len(ys))]}
    return pl.DataFrame(columns | {"y": ys} | flags, schema_overrides={"y": pl.Float64})


def subscription(**changes) -> pl.DataFrame:
    row = {"unique_id": "S", "qty": 3.0, "every_days": 7, "next_on": MONDAY, "ends_on": None}
    return pl.DataFrame([row | changes], schema_overrides={"ends_on": pl.Date, "every_days": pl.Int64})


def test_a_subscription_is_delivered_every_so_many_days_until_it_ends():
    days = contracted_days(subscription(ends_on=date(2024, 1, 20)), MONDAY, date(2024, 2, 28))
    assert days["ds"].to_list() == [date(2024, 1, 1), date(2024, 1, 8), date(2024, 1, 15)]
    assert days["contracted"].to_list() == [3.0, 3.0, 3.0]


def test_two_subscriptions_on_one_day_add_up_and_a_single_delivery_comes_once():
    both = pl.concat([subscription(), subscription(every_days=None, qty=2.0)])
    days = contracted_days(both, MONDAY, date(2024, 1, 8))
    assert days["contracted"].to_list() == [5.0, 3.0]


def test_nothing_is_delivered_outside_the_days_asked_for():
    assert contracted_days(subscription(), date(2023, 1, 1), date(2023, 12, 31)).is_empty()
    assert contracted_days(subscription(), date(2024, 1, 2), date(2024, 1, 8))["ds"].to_list() == [date(2024, 1, 8)]


def test_what_is_contracted_is_taken_from_the_history_and_put_on_every_quantile():
    contracted = pl.DataFrame({"unique_id": ["S", "S"], "ds": [MONDAY, MONDAY + timedelta(weeks=1)]})
    contracted = contracted.with_columns(contracted=pl.lit(4.0))
    assert less_contracted(weeks("S", 10, 3, 5), contracted)["y"].to_list() == [6, 0, 5]
    forecast = weeks("S", 1, 2, 3).rename({"y": "y_hat"}).with_columns(pl.col("y_hat").alias("q_0.5"))
    raised = plus_contracted(forecast, contracted)
    assert raised["y_hat"].to_list() == [5, 6, 3]
    assert raised["q_0.5"].to_list() == [5, 6, 3]


def test_an_interval_has_the_deliveries_that_fall_into_it():
    sums = pl.DataFrame({"unique_id": ["S", "T", "S"], "periods": [1.0, 9.0, 1.1], "y_hat": [2.0, 2.0, 2.0]})
    days = contracted_days(subscription(), MONDAY, date(2024, 3, 1))
    assert plus_contracted_over(sums, days, MONDAY, 7)["y_hat"].to_list() == [5, 2, 8]


def test_a_successor_has_the_past_of_its_predecessor_and_the_demand_of_both_while_both_sold():
    history = pl.concat([weeks("old", 10, 10, 4, 0), weeks("new", 5, 9, begins=2)])
    links = pl.DataFrame({"unique_id": ["new"], "lender": ["old"], "scale": [1.5], "replaces": [True]})
    pooled = borrow_history(history, links)
    assert pooled.filter(unique_id="new")["y"].to_list() == [15, 15, 5 + 6, 9]
    assert pooled.filter(unique_id="old").equals(weeks("old", 10, 10, 4, 0))


def test_a_likeness_lends_only_what_was_before_and_a_good_not_yet_sold_borrows_all():
    history = pl.concat([weeks("old", 10, 10, 4), weeks("new", 5, begins=2)])
    links = pl.DataFrame({"unique_id": ["new", "next"], "lender": "old", "scale": 1.0, "replaces": False})
    pooled = borrow_history(history, links)
    assert pooled.filter(unique_id="new")["y"].to_list() == [10, 10, 5]
    assert pooled.filter(unique_id="next")["y"].to_list() == [10, 10, 4]


def test_a_predecessor_keeps_its_part_until_it_ends():
    forecast = pl.concat([weeks("old", 6, 2, 0), weeks("new", 10, 10, 10), weeks("like", 5, 5, 5)])
    forecast = forecast.rename({"y": "y_hat"}).with_columns(pl.col("y_hat").alias("q_0.5") - 5)
    links = pl.DataFrame({"unique_id": ["new", "like"], "lender": "old", "scale": 1.0, "replaces": [True, False]})
    left = less_predecessor(forecast, links, ["ds"])
    assert left["y_hat"].to_list() == [6, 2, 0, 4, 8, 10, 5, 5, 5]
    assert left.filter(unique_id="new")["q_0.5"].to_list() == [0, 3, 5]


def test_a_good_that_ends_is_forecast_until_its_last_day():
    forecast = weeks("S", 7, 7, 7).rename({"y": "y_hat"})
    ends = pl.DataFrame({"unique_id": ["S"], "ends_on": [date(2024, 1, 9)]})
    assert cut_at_end(forecast, ends, 7)["y_hat"].to_list() == [7, 2, 0]
    asked = pl.DataFrame({"unique_id": ["S", "T"], "periods": [4.0, 4.0]})
    assert until_end(asked, ends, MONDAY, 7)["periods"].to_list() == pytest.approx([9 / 7, 4.0])


def test_a_promoted_week_is_what_is_ordinary_and_what_the_promotion_added():
    promoted = [False, False, True, False]
    parts = demand_parts(weeks("S", 10, 12, 30, 14, promoted=promoted))
    assert parts["baseline"].to_list() == [10, 12, 12, 14]
    assert parts["uplift"].to_list() == [0, 0, 18, 0]


def test_a_stocked_out_week_would_have_sold_what_is_usual_and_sales_stay():
    parts = demand_parts(weeks("S", 10, 2, 14, 40, in_stock=[True, False, True, False]))
    assert parts["y"].to_list() == [10, 2, 14, 40]
    assert parts["unconstrained"].to_list() == [10, 12, 14, 40]
    assert parts["uplift"].to_list() == [0, 0, 0, 0]


def test_a_bulk_order_is_shown_with_what_it_counts_as():
    crowd = pl.concat([weeks(f"S{k:03d}", *[5.0] * 30) for k in range(20)])
    parts = demand_parts(pl.concat([crowd, weeks("T", *[5.0] * 29, 900.0)]))
    shown = parts.filter(pl.col("extreme_over").is_not_null())
    assert shown.select("unique_id", "y", "extreme_over").rows() == [("T", 900.0, 50.0)]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 50), st.booleans(), st.booleans()), min_size=1, max_size=30))
def test_parts_add_up_and_nothing_that_sold_is_taken_away(periods):
    y, in_stock, promoted = (list(column) for column in zip(*periods, strict=True))
    parts = demand_parts(weeks("S", *y, in_stock=in_stock, promoted=promoted))
    assert np.allclose(parts["baseline"] + parts["uplift"], parts["unconstrained"])
    assert (parts["unconstrained"] >= parts["y"]).all()
    assert parts.select(pl.col("baseline", "unconstrained").is_finite().all()).row(0) == (True, True)


def test_what_cannot_be_read_is_refused():
    with pytest.raises(ValueError, match="every_days must be a day or more"):
        contracted_days(subscription(every_days=0), MONDAY, MONDAY)
    twice = pl.DataFrame({"unique_id": ["S", "S"], "ends_on": [MONDAY, MONDAY]})
    with pytest.raises(ValueError, match="occurs more than once"):
        cut_at_end(weeks("S", 1).rename({"y": "y_hat"}), twice, 7)
    itself = pl.DataFrame({"unique_id": ["S"], "lender": ["S"], "scale": [1.0], "replaces": [True]})
    with pytest.raises(ValueError, match="another series"):
        borrow_history(weeks("S", 1), itself)
