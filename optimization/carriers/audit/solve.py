"""Claims against bills, and what is still to come."""

from dataclasses import dataclass
from decimal import Decimal

import polars as pl

from optimization.carriers.audit.expected import by_charge, rated, with_zones
from optimization.carriers.audit.problem import WAYBILL, AuditProblem
from optimization.carriers.rating import scaled

CHARGE = [*WAYBILL, "charge_type"]
# A carrier owes the freight of what it lost or damaged, unless it has credited the waybill.
FAILED = ("lost", "damaged")
CREDIT = "claim_credit"
ADJUSTED = "weight_adjust"
DUE_OR_NOT = ("remote", "insured", "cod", "fuel")


@dataclass(frozen=True)
class Audit:
    """What an audit found.

    Parameters
    ----------
    claims
        Charges of which too much was billed: ``carrier_id``, ``waybill_no``, ``charge_type``, ``kind``
        (``no_shipment``, ``void``, ``duplicate``, ``surcharge``, ``weight``, ``zone``, ``rate``,
        ``service_failure``), ``bill_no`` (the last that has it), ``billed_amount``, ``expected_amount``,
        ``claim_amount`` (yuan), ``billed_weight_g``, ``expected_weight_g``, ``billed_zone``, ``expected_zone``.
    unbilled
        Waybills handed over and not billed yet, to be accrued: ``carrier_id``, ``waybill_no``,
        ``handed_over_on``, ``expected_amount``.
    unrated
        Waybills handed over for which the contract has no zone or no rate: ``carrier_id``, ``waybill_no``,
        ``billed_amount``. Nothing is claimed of them.
    """

    claims: pl.DataFrame
    unbilled: pl.DataFrame
    unrated: pl.DataFrame


def audit(problem: AuditProblem, tolerance_fen: int = 1) -> Audit:
    """Rate every waybill again and compare charge by charge; differences up to `tolerance_fen` are left alone."""
    placed = with_zones(problem.shipments, problem.zones)
    costs = rated(placed.drop_nulls("dest_zone"), problem.rates)
    billed = _billed(problem.lines)
    compared = _explained(billed, placed, costs, problem)
    excess = compared.filter(pl.col("billed_fen") - pl.col("expected_fen") > tolerance_fen)
    unrated = placed.join(costs, on=WAYBILL, how="anti").select(WAYBILL)
    claims = pl.concat([
        _claims(excess.join(unrated, on=WAYBILL, how="anti"), _kind(tolerance_fen)),
        _claims(_failures(compared, problem), pl.lit("service_failure")),
    ])  # fmt: skip
    total = billed.group_by(WAYBILL).agg(pl.col("billed_fen").sum())
    unbilled = (
        costs.join(total, on=WAYBILL, how="anti")
        .join(problem.shipments.select(*WAYBILL, "handed_over_on"), on=WAYBILL)
        .select(*WAYBILL, "handed_over_on", expected_amount=_yuan("cost_fen"))
    )
    return Audit(
        claims.sort(*CHARGE, "kind"),
        unbilled.sort(WAYBILL),
        unrated.join(total, on=WAYBILL).select(*WAYBILL, billed_amount=_yuan("billed_fen")).sort(WAYBILL),
    )


def _billed(lines: pl.DataFrame) -> pl.DataFrame:
    """One row per waybill and charge: what was billed in all, how often, and the last line's weight and zone."""
    charged = lines.filter(pl.col("waybill_no").is_not_null() & (pl.col("charge_type") != CREDIT))
    fen = charged.with_columns(fen=scaled("amount", 2)).sort("billed_at", "bill_no", "line_no")
    return fen.group_by(CHARGE).agg(
        billed_fen=pl.col("fen").sum(),
        largest_fen=pl.col("fen").max(),
        times=(pl.col("fen") > 0).sum() - (pl.col("fen") < 0).sum(),
        bill_no=pl.col("bill_no").last(),
        billed_weight_g=pl.col("billed_weight_g").last(),
        billed_zone=pl.col("billed_zone").last(),
    )


def _explained(billed: pl.DataFrame, placed: pl.DataFrame, costs: pl.DataFrame, problem: AuditProblem) -> pl.DataFrame:
    """Each billed charge beside what was due, and what would be due by the weight and by the zone of the bill."""
    told = billed.group_by(WAYBILL).agg(pl.col("billed_weight_g").max(), pl.col("billed_zone").drop_nulls().first())
    sent = placed.join(told, on=WAYBILL)
    heavier = sent.filter(pl.col("billed_weight_g") > 0).with_columns(weight_g="billed_weight_g", volume_cm3=None)
    elsewhere = sent.filter(pl.col("billed_zone") != pl.col("dest_zone")).with_columns(dest_zone="billed_zone")
    by_weight, by_zone = (
        rated(frame.with_columns(pl.col("volume_cm3").cast(pl.Int64)).drop_nulls("dest_zone"), problem.rates)
        for frame in (heavier, elsewhere)
    )
    due = costs.select(*WAYBILL, expected_weight_g="billed_weight_g", expected_zone="dest_zone")
    sent_at_all = problem.shipments.select(
        *WAYBILL, "final_status", is_shipped=pl.lit(True), is_void=pl.col("handed_over_on").is_null()
    )
    return (
        billed.join(by_charge(costs, "expected_fen"), on=CHARGE, how="left")
        .join(by_charge(by_weight, "by_weight_fen"), on=CHARGE, how="left")
        .join(by_charge(by_zone, "by_zone_fen"), on=CHARGE, how="left")
        .join(due, on=WAYBILL, how="left")
        .join(sent_at_all, on=WAYBILL, how="left")
        .with_columns(pl.col("expected_fen").fill_null(0))
    )


def _kind(tolerance_fen: int) -> pl.Expr:
    """Why too much was billed: the first reason that holds."""

    def is_billed(fen: str) -> pl.Expr:
        return ((pl.col("billed_fen") - pl.col(fen)).abs() <= tolerance_fen).fill_null(False)

    return (
        pl.when(pl.col("is_shipped").is_null()).then(pl.lit("no_shipment"))
        .when(pl.col("is_void")).then(pl.lit("void"))
        .when(pl.col("times") > 1).then(pl.lit("duplicate"))
        .when(pl.col("charge_type").is_in(DUE_OR_NOT) & (pl.col("expected_fen") == 0)).then(pl.lit("surcharge"))
        .when((pl.col("charge_type") == ADJUSTED) | is_billed("by_weight_fen")).then(pl.lit("weight"))
        .when(is_billed("by_zone_fen")).then(pl.lit("zone"))
        .otherwise(pl.lit("rate"))
    )  # fmt: skip


def _failures(compared: pl.DataFrame, problem: AuditProblem) -> pl.DataFrame:
    """Charges that were due, of parcels that the carrier lost or damaged and has not credited."""
    credited = problem.lines.filter(pl.col("charge_type") == CREDIT).select(WAYBILL).unique()
    return (
        compared.filter(pl.col("final_status").is_in(FAILED))
        .join(credited, on=WAYBILL, how="anti")
        # What was billed beyond that is claimed for its own reason.
        .with_columns(billed_fen=pl.min_horizontal("billed_fen", "expected_fen"), expected_fen=pl.lit(0, pl.Int64))
        .filter(pl.col("billed_fen") > 0)
    )


def _claims(rows: pl.DataFrame, kind: pl.Expr) -> pl.DataFrame:
    return rows.with_columns(claim_fen=pl.col("billed_fen") - pl.col("expected_fen")).select(
        *CHARGE,
        kind=kind,
        bill_no="bill_no",
        billed_amount=_yuan("billed_fen"),
        expected_amount=_yuan("expected_fen"),
        claim_amount=_yuan("claim_fen"),
        billed_weight_g="billed_weight_g",
        expected_weight_g="expected_weight_g",
        billed_zone="billed_zone",
        expected_zone="expected_zone",
    )


def _yuan(fen: str) -> pl.Expr:
    return (pl.col(fen).cast(pl.Decimal(18, 2)) * pl.lit(Decimal("0.01"))).cast(pl.Decimal(18, 2))
