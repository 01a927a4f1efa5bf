from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting import weekly_history

MONDAY = date(2025, 3, 3)


def daily(rows, in_stock=None):
    frame = pl.DataFrame(
        [(series, MONDAY + timedelta(days=day), float(y)) for series, day, y in rows],
        schema={"unique_id": pl.String, "ds": pl.Date, "y": pl.Float64},
        orient="row",
    )
    return frame if in_stock is None else frame.with_columns(in_stock=pl.Series(in_stock, dtype=pl.Boolean))


def test_days_become_weeks_and_gaps_become_zeros():
    days = daily([("A", 0, 2), ("A", 6, 3), ("A", 15, 4), ("B", 8, 1)])
    weeks = weekly_history(days, MONDAY + timedelta(days=23))
    assert weeks.rows() == [
        ("A", MONDAY, 5.0, True),
        ("A", MONDAY + timedelta(days=7), 0.0, True),
        ("A", MONDAY + timedelta(days=14), 4.0, True),
        ("B", MONDAY + timedelta(days=7), 1.0, True),
        ("B", MONDAY + timedelta(days=14), 0.0, True),
    ]


def test_the_week_of_the_as_of_date_is_not_complete():
    days = daily([("A", 0, 2), ("A", 7, 3)])
    assert weekly_history(days, MONDAY + timedelta(days=13))["y"].to_list() == [2.0]
    assert weekly_history(days, MONDAY + timedelta(days=14))["y"].to_list() == [2.0, 3.0]


def test_history_begins_with_the_first_sale():
    days = daily([("A", 0, 0), ("A", 7, 3), ("never", 0, 0)])
    weeks = weekly_history(days, MONDAY + timedelta(days=14))
    assert weeks.select("unique_id", "y").rows() == [("A", 3.0), ("never", 0.0), ("never", 0.0)]


def test_a_week_with_too_many_stockout_days_is_censored():
    days = daily([("A", day, 1) for day in range(14)], [day not in (1, 8, 9) for day in range(14)])
    as_of = MONDAY + timedelta(days=14)
    assert weekly_history(days, as_of)["in_stock"].to_list() == [True, False]
    assert weekly_history(days, as_of, max_stockout_share=0.5)["in_stock"].to_list() == [True, True]


def test_a_day_that_was_not_observed_censors_its_week():
    days = daily([("A", 0, 2), ("A", 1, float("nan"))])
    assert weekly_history(days, MONDAY + timedelta(days=7)).rows() == [("A", MONDAY, 2.0, False)]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 9)), min_size=1, unique_by=lambda row: row[0]))
def test_days_from_the_as_of_date_on_move_nothing(rows):
    as_of = MONDAY + timedelta(days=30)
    days = daily([("A", day, y) for day, y in rows])
    changed = days.with_columns(y=pl.when(pl.col("ds") >= as_of).then(99.0).otherwise("y"))
    assert weekly_history(days, as_of).equals(weekly_history(changed, as_of))


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (daily([("A", 0, -1)]), "y must be a demand of zero or more, found -1.0"),
        (daily([("A", 0, 1), ("A", 0, 2)]), "occurs more than once"),
        (daily([("A", 0, 1)]).drop("ds"), "column 'ds' is missing"),
        (
            daily([("A", 0, 1)]).with_columns(pl.col("y").cast(pl.String)),
            "column 'y' must be number, found String",
        ),
    ],
)
def test_bad_input_is_refused_with_what_was_found(frame, message):
    with pytest.raises(ValueError, match=message):
        weekly_history(frame, MONDAY)
