"""Freight bills: every error is claimed once, to the fen, and nothing that is right."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from benchmarks.freight_audit import make, score
from optimization.carriers.audit import AuditProblem, audit


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_errors_of_eight_kinds_are_claimed_to_the_fen_and_nothing_else_is(seed: int) -> None:
    problem, claims = make(parcels=1_500, wrong=0.1, seed=seed)
    assert claims["kind"].n_unique() == 8
    assert score(audit(problem), claims) == (1.0, 1.0)


def test_a_right_bill_leaves_nothing_to_claim_or_to_accrue() -> None:
    problem, _ = make(parcels=500, wrong=0.0, seed=4)
    found = audit(problem)
    assert (found.claims.height, found.unbilled.height, found.unrated.height) == (0, 0, 0)


def test_what_is_not_billed_yet_is_accrued_at_what_the_contract_says() -> None:
    problem, _ = make(parcels=300, wrong=0.0, seed=5)
    late = problem.lines.filter(pl.col("waybill_no") != "W7")
    found = audit(AuditProblem(late, problem.shipments, problem.rates, problem.zones))
    owed = problem.lines.filter(pl.col("waybill_no") == "W7")["amount"].sum()
    assert found.unbilled.select("waybill_no", "expected_amount").rows() == [("W7", owed)]


def test_a_reversed_line_is_no_duplicate_and_a_rebate_on_no_waybill_is_left_alone() -> None:
    problem, _ = make(parcels=50, wrong=0.0, seed=6)
    first = problem.lines.filter(pl.col("charge_type") == "freight").head(1)
    again = first.with_columns(line_no=pl.lit(8, pl.Int64))
    back = first.with_columns(line_no=pl.lit(9, pl.Int64), amount=-pl.col("amount"))
    rebate = first.with_columns(waybill_no=pl.lit(None, pl.String), amount=-100 * pl.col("amount"))
    lines = pl.concat([problem.lines, again, back, rebate], how="vertical_relaxed")
    assert audit(AuditProblem(lines, problem.shipments, problem.rates, problem.zones)).claims.height == 0


def test_a_parcel_without_a_rate_is_listed_and_nothing_is_claimed_of_it() -> None:
    problem, _ = make(parcels=200, wrong=0.0, seed=7)
    rates = problem.rates.filter(pl.col("dest_zone") != "Z2")
    found = audit(AuditProblem(problem.lines, problem.shipments, rates, problem.zones))
    there = problem.lines.filter(billed_zone="Z2")["waybill_no"]
    assert found.claims.height == 0 and set(found.unrated["waybill_no"]) == set(there)


def test_the_tariff_of_the_day_of_hand_over_counts() -> None:
    problem, _ = make(parcels=400, wrong=0.0, seed=8)
    moved = problem.shipments.with_columns(
        handed_over_on=pl.when(pl.col("handed_over_on") >= date(2026, 3, 16))
        .then(pl.lit(date(2026, 3, 15)))
        .otherwise("handed_over_on")
    )
    found = audit(AuditProblem(problem.lines, moved, problem.rates, problem.zones)).claims
    # By the old tariff the first kilogram was 0.30 less.
    freight = found.filter(charge_type="freight")
    assert freight.height and set(freight["claim_amount"]) == {Decimal("0.30")} and set(freight["kind"]) == {"rate"}


def test_a_doubled_waybill_is_refused_with_its_number() -> None:
    problem, _ = make(parcels=5, wrong=0.0, seed=9)
    twice = pl.concat([problem.shipments, problem.shipments.head(1)])
    with pytest.raises(ValueError, match="W0"):
        AuditProblem(problem.lines, twice, problem.rates, problem.zones)
