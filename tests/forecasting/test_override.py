from datetime import date

import polars as pl
import pytest

from forecasting import override, override_sums, value_added

WEEKS = [date(2026, 11, 2), date(2026, 11, 9)]
TODAY = date(2026, 11, 1)
ATTRIBUTES = pl.DataFrame({"unique_id": ["A", "B", "C"], "category": ["shoes", "shoes", "socks"]})
FORECAST = pl.DataFrame(
    {
        "unique_id": ["A", "A", "B", "B", "C", "C"],
        "ds": WEEKS * 3,
        "y_hat": [1.0, 3.0, 2.0, 4.0, 0.0, 0.0],
        "q_0.9": [2.0, 6.0, 4.0, 8.0, 1.0, 1.0],
    }
)


def event(**changes) -> dict:
    return {
        "override_id": "1",
        "author": "li",
        "reason": "live show",
        "made_on": date(2026, 10, 30),
        "expires_on": None,
        "level": "category",
        "member": "shoes",
        "first_ds": WEEKS[0],
        "last_ds": WEEKS[1],
        "kind": "total",
        "value": 20.0,
    } | changes


def applied(*events: dict) -> tuple[pl.DataFrame, pl.DataFrame]:
    return override(FORECAST, pl.DataFrame(list(events), schema_overrides={"expires_on": pl.Date}), ATTRIBUTES, TODAY)


def test_a_total_for_a_category_is_shared_out_as_the_model_does():
    forecast, moves = applied(event())
    assert forecast["y_hat"].to_list() == [2.0, 6.0, 4.0, 8.0, 0.0, 0.0]
    assert forecast["q_0.9"].to_list() == [4.0, 12.0, 8.0, 16.0, 1.0, 1.0]
    assert forecast["y_model"].to_list() == FORECAST["y_hat"].to_list()
    assert (
        moves.select("override_id", "author", "before", "after").row(0) == ("1", "li", 1.0, 2.0) and moves.height == 4
    )


def test_what_the_model_thinks_will_sell_nothing_shares_equally():
    forecast, _ = applied(event(level="unique_id", member="C", kind="add", value=6.0))
    assert forecast.filter(unique_id="C")["y_hat"].to_list() == [3.0, 3.0]
    assert forecast.filter(unique_id="C")["q_0.9"].to_list() == [4.0, 4.0]


def test_later_overrides_stand_on_earlier_ones_and_expired_or_future_ones_do_not_hold():
    second = event(override_id="2", made_on=TODAY, kind="factor", value=0.5, level="unique_id", member="B")
    expired = event(override_id="3", expires_on=TODAY, value=900.0)
    future = event(override_id="4", made_on=date(2026, 11, 2), value=900.0)
    forecast, moves = applied(second, expired, future, event())
    assert forecast["y_hat"].to_list() == [2.0, 6.0, 2.0, 4.0, 0.0, 0.0]
    assert moves["override_id"].unique(maintain_order=True).to_list() == ["1", "2"]


def test_sums_over_intervals_move_by_what_their_periods_moved():
    overridden, _ = applied(event())
    sums = pl.DataFrame(
        {
            "unique_id": ["A", "A", "A", "C"],
            "periods": [0.5, 1.5, 9.0, 2.0],
            "y_hat": [0.5, 2.5, 20.0, 0.0],
            "q_0.9": [2.0, 5.0, 30.0, 1.0],
        }
    )
    moved = override_sums(sums, overridden)
    assert moved["y_hat"].to_list() == [1.0, 5.0, 24.0, 0.0], "half of week one; it and half of two; both and no more"
    assert moved["q_0.9"].to_list() == [4.0, 10.0, 36.0, 1.0] and moved["y_model"].equals(
        sums["y_hat"], null_equal=True
    )


def test_quantiles_that_were_whole_stay_whole():
    forecast, _ = applied(event(kind="factor", value=1.3))
    assert forecast["q_0.9"].to_list() == [3.0, 8.0, 5.0, 10.0, 1.0, 1.0]


def test_without_overrides_the_forecast_is_the_models():
    forecast, moves = override(
        FORECAST, pl.DataFrame([event()]).clear().cast({"expires_on": pl.Date}), ATTRIBUTES, TODAY
    )
    assert forecast.drop("y_model").equals(FORECAST) and moves.height == 0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"level": "colour"}, "level must be one of"),
        ({"kind": "guess"}, "kind must be one of"),
        ({"value": -1.0}, "value must be zero or more, found -1"),
    ],
)
def test_an_override_that_cannot_hold_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        applied(event(**changes))


def test_value_added_is_what_a_step_takes_from_the_error_of_the_one_before():
    frame = pl.DataFrame(
        {
            "unique_id": ["A", "A", "B"],
            "ds": [WEEKS[0], WEEKS[1], WEEKS[0]],
            "planner": ["li", "li", "wu"],
            "y": [10.0, 10.0, 20.0],
            "average": [14.0, 10.0, 20.0],
            "model": [12.0, 10.0, 20.0],
            "planned": [12.0, 10.0, 30.0],
        }
    )
    table = value_added(frame.drop("planner"))
    assert table["step"].to_list() == ["average", "model", "planned"]
    assert table["score"].to_list() == pytest.approx([0.2, 0.1, 0.6])
    assert table["value_added"].to_list()[1:] == pytest.approx([0.1, -0.5]) and table["value_added"][0] is None
    by_planner = value_added(frame, ["planner"]).filter(step="planned")
    assert dict(by_planner.select("planner", "value_added").rows()) == pytest.approx({"li": 0.0, "wu": -1.0})
