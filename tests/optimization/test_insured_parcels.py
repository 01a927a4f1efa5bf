"""Parcels travel insured where they must, or where the premium is less than the loss that it pays for."""

from dataclasses import replace
from decimal import Decimal

import polars as pl

from optimization.carriers import Params, solve
from tests.optimization.test_carriers import LOST, problem


def insured_or_not(premium: str, failed: float, **more) -> dict:
    """The choice for a parcel worth 600 yuan whose only service insures at a premium and loses some."""
    lane = LOST | {"carrier_id": "SF", "arrived_within": [0.0, 1.0], "failed_rate": failed}
    given_problem = problem(
        [{"declared_value": Decimal(600)}],
        rates=[{"insured_rate": Decimal(premium)}],
        lateness=pl.DataFrame([lane]),
    )
    plan = solve(given_problem, Params(**more))
    assert plan.check(given_problem) == []
    return plan.choices.row(0, named=True)


def test_a_parcel_is_insured_where_the_premium_is_less_than_the_loss_it_pays_for():
    row = insured_or_not("0.003", 0.004)
    assert (row["insured_value"], row["insured_amount"]) == (Decimal(600), Decimal("1.8"))
    assert row["cost_amount"] == row["expected_amount"] == Decimal("9.8")
    assert row["reason"] == "the only eligible service; insured for 1.80 yuan"
    row = insured_or_not("0.005", 0.004)
    assert row["insured_value"] is None and row["insured_amount"] == 0
    assert (row["cost_amount"], row["expected_amount"]) == (Decimal(8), Decimal("10.4"))


def test_what_must_be_insured_is_insured_though_it_does_not_pay():
    row = insured_or_not("0.005", 0.0, insure_from=600)
    assert (row["insured_amount"], row["expected_amount"]) == (Decimal(3), Decimal(11))
    assert insured_or_not("0.005", 0.0, insure_from=600.01)["insured_value"] is None


def test_the_check_finds_a_parcel_that_should_have_been_insured():
    lane = LOST | {"carrier_id": "SF", "arrived_within": [0.0, 1.0], "failed_rate": 0.01}
    rates = [{"insured_rate": Decimal("0.003")}]
    given_problem = problem([{"declared_value": Decimal(600)}], rates=rates, lateness=pl.DataFrame([lane]))
    plan = solve(given_problem)
    without = plan.choices.with_columns(
        insured_value=pl.lit(None, pl.Decimal(18, 4)),
        cost_amount=pl.col("cost_amount") - pl.col("insured_amount"),
        expected_amount=pl.col("cost_amount") - pl.col("insured_amount") + 6,
    )
    assert "which may not be" in " ".join(replace(plan, choices=without).check(given_problem))
