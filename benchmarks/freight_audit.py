"""Audit of a month of freight bills with known errors: ``python -m benchmarks.freight_audit --parcels 400000``.

Bills are priced here by formulas of their own, in whole fen; then a share of the waybills is spoilt in one of eight
ways. Found claims are compared with these, charge by charge and to the fen.
"""

import argparse
import resource
import time
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import polars as pl

from optimization.carriers.audit import Audit, AuditProblem, audit

CARRIERS, PROVINCES, ZONES, LIMIT_G, STEP_G = 4, 12, 4, 3000, 1000
MONTH = date(2026, 3, 1)
CHANGE = date(2026, 3, 16)  # a new tariff holds from here on
KINDS = ("no_shipment", "void", "duplicate", "surcharge", "weight", "zone", "rate", "service_failure")
FUEL, INSURED, COD = 80, 5, 10  # per mille of freight, of declared value, of cash on delivery
REMOTE_FEN = 500
Problem = tuple[AuditProblem, pl.DataFrame]


def make(parcels: int, wrong: float, seed: int) -> Problem:
    """Bills of so many parcels, a share of them wrong, and the claims that follow from what was spoilt.

    Returns
    -------
    (AuditProblem, pl.DataFrame)
        The problem; ``waybill_no``, ``charge_type``, ``kind``, ``claim_fen`` of every error.
    """
    draw = np.random.default_rng(seed)
    zones, rates = _zones(), _rates()
    sent = _shipments(draw, parcels)
    kind = np.where(draw.random(parcels) < wrong, draw.integers(0, len(KINDS), parcels), -1)
    lines, claims = _bills(draw, sent, kind)
    shipments = (
        pl.DataFrame(sent["frame"])
        .filter(pl.Series(kind != KINDS.index("no_shipment")))
        .with_columns(pl.col("insured_value", "cod_amount").cast(pl.Decimal(18, 4)))
    )
    return AuditProblem(lines, shipments, rates, zones), claims


def score(found: Audit, claims: pl.DataFrame) -> tuple[float, float]:
    """Recall and precision of the claims: right where waybill, charge, kind and amount are."""
    said = found.claims.select(
        "waybill_no", "charge_type", "kind", claim_fen=(pl.col("claim_amount") * 100).cast(pl.Int64)
    )
    right = said.join(claims, on=said.columns).height
    return right / claims.height, right / said.height


def _zone_of(province: np.ndarray, carrier: np.ndarray) -> np.ndarray:
    return (province + carrier) % ZONES


def _first_fen(carrier: np.ndarray, zone: np.ndarray, is_new: np.ndarray) -> np.ndarray:
    return 800 + 50 * carrier + 210 * zone + 30 * is_new


def _step_fen(carrier: np.ndarray, zone: np.ndarray) -> np.ndarray:
    return 200 + 10 * carrier + 70 * zone


def _freight(carrier: np.ndarray, zone: np.ndarray, grams: np.ndarray, is_new: np.ndarray) -> np.ndarray:
    """Fen: the first kilogram, then every begun one; one fee per kilogram beyond the limit is a fifth less."""
    kilos = -(-grams // STEP_G)
    step = _step_fen(carrier, zone) * np.where(kilos * STEP_G > LIMIT_G, 4, 5) // 5
    return _first_fen(carrier, zone, is_new) + step * np.maximum(kilos - 1, 0)


def _half_up(amount: np.ndarray, per_mille: int) -> np.ndarray:
    return (2 * amount * per_mille + 1000) // 2000


def _zones() -> pl.DataFrame:
    begin = date(2026, 1, 1)
    rows = []
    for carrier in range(CARRIERS):
        for province in range(PROVINCES):
            zone, is_remote = f"Z{(province + carrier) % ZONES}", province % 6 == 5
            lane = ("east", f"P{province}", "E", zone)
            rows.append((f"C{carrier}", "std", *lane, is_remote, False, None, begin, None))
    schema = {"carrier_id": pl.String, "service_code": pl.String, "origin_region": pl.String, "dest_region": pl.String,
              "origin_zone": pl.String, "dest_zone": pl.String, "is_remote": pl.Boolean, "is_stopped": pl.Boolean,
              "transit_days": pl.Float64, "valid_from": pl.Date, "valid_to": pl.Date}  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row")


def _rates() -> pl.DataFrame:
    rows = []
    for carrier in range(CARRIERS):
        for zone in range(ZONES):
            for is_new, (begin, end) in enumerate([(date(2026, 1, 1), CHANGE), (CHANGE, None)]):
                first = Decimal(int(_first_fen(carrier, zone, is_new))) / 100
                step = _step_fen(carrier, zone)
                for low, high, fen in ((0, LIMIT_G, step), (LIMIT_G + 1, None, step * 4 // 5)):
                    rows.append((
                        f"C{carrier}", "std", "E", f"Z{zone}", low, high, STEP_G, first, STEP_G, Decimal(fen) / 100,
                        None, 6000, "up_1kg", Decimal(FUEL) / 1000, Decimal(REMOTE_FEN) / 100, None,
                        Decimal(INSURED) / 1000, Decimal(COD) / 1000, begin, end,
                    ))  # fmt: skip
    money = pl.Decimal(18, 6)
    schema = {"carrier_id": pl.String, "service_code": pl.String, "origin_zone": pl.String, "dest_zone": pl.String,
              "weight_from_g": pl.Int64, "weight_to_g": pl.Int64, "first_weight_g": pl.Int64, "first_fee": money,
              "step_g": pl.Int64, "step_fee": money, "min_fee": money, "volumetric_divisor": pl.Int64,
              "rounding": pl.String, "fuel_rate": money, "remote_fee": money, "peak_fee": money, "insured_rate": money,
              "cod_rate": money, "valid_from": pl.Date, "valid_to": pl.Date}  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row")


def _shipments(draw: np.random.Generator, count: int) -> dict:
    carrier, province = draw.integers(0, CARRIERS, count), draw.integers(0, PROVINCES, count)
    grams = draw.integers(100, 9000, count)
    declared = np.where(draw.random(count) < 0.1, draw.integers(20_000, 900_000, count), 0)
    cash = np.where(draw.random(count) < 0.1, draw.integers(2_000, 90_000, count), 0)
    day = draw.integers(0, 31, count)
    dates = np.array([MONTH + timedelta(days=int(number)) for number in range(31)])[day]
    name = np.char.add("C", carrier.astype(str))
    frame = {
        "carrier_id": name,
        "waybill_no": np.char.add("W", np.arange(count).astype(str)),
        "service_code": ["std"] * count,
        "direction": ["outbound"] * count,
        "origin_region": ["east"] * count,
        "dest_province": np.char.add("P", province.astype(str)),
        "weight_g": grams,
        "volume_cm3": [None] * count,
        "insured_value": declared / 100,
        "cod_amount": cash / 100,
        "handed_over_on": dates.tolist(),
        "final_status": ["delivered"] * count,
    }
    return {"frame": frame, "carrier": carrier, "province": province, "grams": grams, "declared": declared,
            "cash": cash, "is_new": (dates >= CHANGE).astype(int)}  # fmt: skip


def _bills(draw: np.random.Generator, sent: dict, kind: np.ndarray) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Charge lines with their errors, and the claims that follow; `sent` is changed where the parcel itself must be."""
    carrier, grams, is_new = sent["carrier"], sent["grams"], sent["is_new"]
    zone = _zone_of(sent["province"], carrier)
    is_kind = {name: kind == number for number, name in enumerate(KINDS)}
    billed_grams = -(-grams // STEP_G) * STEP_G
    shown_grams = np.where(is_kind["weight"], billed_grams + 2 * STEP_G, billed_grams)
    # A dearer zone: the first fee of the next is 2.10 more, but the last one has none above it.
    is_kind["zone"] &= zone < ZONES - 1
    shown_zone = zone + is_kind["zone"]
    right, shown = _freight(carrier, zone, billed_grams, is_new), _freight(carrier, shown_zone, shown_grams, is_new)
    shown = shown + np.where(is_kind["rate"], draw.integers(2, 90, len(kind)) * 10, 0)
    # By a dearer kilogram beyond the limit the freight may fall with weight.
    is_kind["weight"] &= shown > right + 1
    is_remote = sent["province"] % 6 == 5
    due = {
        "freight": right,
        "fuel": _half_up(right, FUEL),
        "remote": REMOTE_FEN * is_remote,
        "insured": _half_up(sent["declared"], INSURED),
        "cod": _half_up(sent["cash"], COD),
    }
    is_kind["surcharge"] &= ~is_remote
    billed = due | {
        "freight": shown,
        "fuel": _half_up(shown, FUEL),
        "remote": np.where(is_kind["surcharge"], REMOTE_FEN, due["remote"]),
    }
    lines, claims = [], []
    shown_name = np.char.add("Z", shown_zone.astype(str))
    waybill = np.asarray(sent["frame"]["waybill_no"])
    for charge, fen in billed.items():
        some = fen > 0
        lines.append(_lines(sent, waybill, charge, fen, some, 1, shown_grams, shown_name))
        twice = some & is_kind["duplicate"]
        lines.append(_lines(sent, waybill, charge, fen, twice, 2, shown_grams, shown_name))
        excess = fen - due[charge]
        for name in ("weight", "zone", "rate", "surcharge"):
            claims.append(_errors(waybill, charge, name, excess, is_kind[name] & (excess > 1)))
        claims.append(_errors(waybill, charge, "duplicate", fen, twice))
        for name in ("no_shipment", "void", "service_failure"):
            claims.append(_errors(waybill, charge, name, fen, is_kind[name] & some))
    handed = np.array(sent["frame"]["handed_over_on"], dtype=object)
    handed[is_kind["void"]] = None
    sent["frame"]["handed_over_on"] = handed.tolist()
    status = np.where(is_kind["service_failure"], "lost", "delivered")
    sent["frame"]["final_status"] = status.tolist()
    table = pl.concat(lines)
    return table.sample(fraction=1.0, shuffle=True, seed=int(draw.integers(1 << 30))), pl.concat(claims)


def _lines(
    sent: dict, waybill: np.ndarray, charge: str, fen: np.ndarray, some: np.ndarray, number: int, grams: np.ndarray,
    zone: np.ndarray,
) -> pl.DataFrame:  # fmt: skip
    return pl.DataFrame({
        "carrier_id": np.asarray(sent["frame"]["carrier_id"])[some], "waybill_no": waybill[some],
        "billed_weight_g": grams[some], "billed_zone": zone[some], "fen": fen[some],
    }).select(
        "carrier_id", "waybill_no", bill_no=pl.lit("2026-03"), charge_type=pl.lit(charge),
        line_no=pl.lit(number, pl.Int64), billed_at=pl.lit(date(2026, 4, 1)),
        billed_weight_g=pl.when(pl.lit(charge == "freight")).then("billed_weight_g"),
        billed_zone=pl.when(pl.lit(charge == "freight")).then("billed_zone"),
        amount=pl.col("fen").cast(pl.Decimal(18, 2)) / 100,
    ).with_columns(pl.col("amount").cast(pl.Decimal(18, 2)))  # fmt: skip


def _errors(waybill: np.ndarray, charge: str, kind: str, fen: np.ndarray, some: np.ndarray) -> pl.DataFrame:
    return pl.DataFrame({"waybill_no": waybill[some], "claim_fen": fen[some]}).select(
        "waybill_no", charge_type=pl.lit(charge), kind=pl.lit(kind), claim_fen=pl.col("claim_fen").cast(pl.Int64)
    )


def main() -> None:
    """Audit a month and print speed, memory, recall and precision."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parcels", type=int, default=400_000)
    parser.add_argument("--wrong", type=float, default=0.03)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    problem, claims = make(arguments.parcels, arguments.wrong, arguments.seed)
    begun, spent = time.perf_counter(), time.process_time()
    found = audit(problem)
    wall, cpu = time.perf_counter() - begun, time.process_time() - spent
    recall, precision = score(found, claims)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"{problem.lines.height} lines of {arguments.parcels} parcels: {wall:.1f} s, {cpu:.1f} CPU-s, {peak:.2f} GiB")
    print(f"{claims.height} errors, {found.claims.height} claims: recall {recall:.4f}, precision {precision:.4f}")


if __name__ == "__main__":
    main()
