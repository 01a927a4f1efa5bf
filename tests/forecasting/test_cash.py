"""Cash of the coming weeks adds up, and knows when money comes and goes."""

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.cash import KINDS, cash_forecast

MONDAY = date(2026, 11, 2)
RATES = {"fee_share": 0.0, "refund_share": 0.0, "refund_days": 0.0, "settle_days": 0.0, "other_receipts": 0.0,
         "other_payouts": 0.0}  # fmt: skip
KINDLESS = {"kind": pl.String, "pay_date": pl.Date, "amount": pl.Float64}


def weekly(first: date, amounts: list[float]) -> pl.DataFrame:
    weeks = [first + timedelta(days=7 * week) for week in range(len(amounts))]
    return pl.DataFrame({"week_start": weeks, "amount": amounts}, schema={"week_start": pl.Date, "amount": pl.Float64})


STEADY = weekly(MONDAY - timedelta(weeks=24), [100.0] * 24)


def cash(payments=(), rates=None, past=STEADY, ahead=None, weeks=6, **more):
    ahead = weekly(MONDAY, [100.0, 200.0]) if ahead is None else ahead
    rows = pl.DataFrame(list(payments), schema=KINDLESS, orient="row")
    return cash_forecast(past, ahead, rows, RATES | (rates or {}), MONDAY, weeks=weeks, paths=50, **more)


def column(found: pl.DataFrame, name: str, scenario: str = "after") -> list[float]:
    return found.filter(scenario=scenario)[name].to_list()


def test_steady_sales_come_in_as_expected_and_the_last_week_stands_for_those_beyond():
    found = cash()
    assert column(found, "receipts") == pytest.approx([100, 200, 200, 200, 200, 200])
    assert column(found, "cumulative_p10") == pytest.approx([100, 300, 500, 700, 900, 1100])


def test_channels_pay_later_keep_fees_and_customers_send_back():
    rates = {"settle_days": 7.0, "fee_share": 0.02, "refund_share": 0.1, "refund_days": 14.0}
    found = cash(rates=rates)
    assert column(found, "receipts")[:3] == pytest.approx([100, 100, 200])
    assert column(found, "fees")[:3] == pytest.approx([-2, -2, -4])
    assert column(found, "refunds")[:4] == pytest.approx([-10, -10, -10, -20])
    half = cash(rates={"settle_days": 3.5})
    assert column(half, "receipts")[:3] == pytest.approx([100, 150, 200])


def test_what_is_suggested_is_paid_only_after_it_is_approved():
    due = MONDAY + timedelta(days=15)
    found = cash([("suggested_orders", due, 30.0), ("open_orders", due, 50.0)])
    before, after = column(found, "net", "before"), column(found, "net")
    assert [one - other for one, other in zip(before, after, strict=True)] == pytest.approx([0, 0, 30, 0, 0, 0])
    assert column(found, "open_orders")[2] == -50 and column(found, "suggested_orders", "before")[2] == 0


def test_what_is_overdue_is_paid_now_and_what_lies_beyond_the_horizon_is_not_told():
    found = cash([("supplier_invoice", MONDAY - timedelta(days=9), 40.0), ("supplier_invoice", date(2030, 1, 1), 9.0)])
    assert column(found, "supplier_invoice") == pytest.approx([-40, 0, 0, 0, 0, 0])


def test_sales_that_varied_make_futures_that_part_and_later_orders_follow_them():
    swinging = weekly(MONDAY - timedelta(weeks=26), [100.0, 50.0, 150.0, 80.0] * 6 + [100.0, 90.0])
    found = cash([("later_orders", MONDAY + timedelta(days=30), 80.0)], past=swinging, weeks=12)
    spread = found.filter(scenario="after").select(pl.col("cumulative_p90") - pl.col("cumulative_p10")).to_series()
    assert spread[0] > 0 and spread[11] > 3 * spread[0]
    paid = column(found, "later_orders")
    assert paid[:4] == [0, 0, 0, 0] and paid[4] == pytest.approx(-80, rel=0.25) and paid[4] != -80
    # Nobody told of orders later than that: they go on.
    assert all(amount == pytest.approx(-80, rel=0.4) for amount in paid[5:])


def test_a_kind_or_rate_that_is_not_known_is_named():
    with pytest.raises(ValueError, match="'rent' is not one of"):
        cash([("rent", MONDAY, 1.0)])
    with pytest.raises(ValueError, match="rates lack 'fee_share'"):
        cash(rates={"fee_share": None})


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(KINDS), st.integers(-20, 80), st.floats(-50, 500)), max_size=8),
    st.lists(st.floats(0, 500), max_size=30),
    st.integers(0, 9),
)
def test_flows_add_up_and_quantiles_stand_in_order(payments, past, seed):
    rows = [(kind, MONDAY + timedelta(days=day), amount) for kind, day, amount in payments]
    history = weekly(MONDAY - timedelta(weeks=len(past)), past)
    found = cash(rows, {"refund_share": 0.1, "refund_days": 10.0, "other_payouts": 5.0}, past=history, seed=seed)
    parts = ["receipts", "fees", "refunds", "payouts", *KINDS]
    sums = found.select(pl.sum_horizontal(parts) - pl.col("net")).to_series()
    assert sums.abs().max() < 1e-6
    for name in ("net", "cumulative"):
        for low, high in (("p10", "p50"), ("p50", "p90")):
            assert (found[f"{name}_{low}"] <= found[f"{name}_{high}"] + 1e-9).all()
