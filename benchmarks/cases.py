"""After-sales cases as a CSV of thirteen columns, with the dirt of real exports: what load benchmarks read.

Of a million rows, 10,000 repeat a case (half of them word by word, half as an older version) and 1,000
break the contract in six ways. The same seed gives the same bytes.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

FILE_NAME = "aftersales.rma.all.20260901.1.csv"
ROWS_AT_ONCE = 500_000
TYPES = ("refund_presale", "return_refund", "exchange", "refund_only", "repair")
STATUSES = ("applied", "approved", "returning", "received", "inspected", "refunded", "closed")
REASONS = ("size", "quality", "damaged_in_transit", "wrong_item", "late", "no_longer_wanted", "other")
REMARKS = {
    "": 0.5,
    "尺码偏小，想换大一号": 0.15,
    "box was crushed": 0.15,
    "colour differs, refund please": 0.1,
    'says "never worn"': 0.09,
    "买家催促\n已电话联系": 0.01,
}
FIRST_SECOND = int(np.datetime64("2024-01-01T00:00:00", "s").astype(np.int64))
SECONDS = 2 * 365 * 86_400
REPEATED, BAD = 0.01, 0.001


def write_cases(path: Path, rows: int, seed: int) -> None:
    """Write `rows` cases with a header to `path`."""
    draw = np.random.default_rng(seed)
    with path.open("wb") as file:
        for first in range(0, rows, ROWS_AT_ONCE):
            cases = _spoilt(_cases(draw, first, min(ROWS_AT_ONCE, rows - first)), draw)
            cases.write_csv(file, include_header=first == 0)


def _cases(draw: np.random.Generator, first: int, count: int) -> pl.DataFrame:
    number = np.arange(first, first + count)
    applied = FIRST_SECOND + draw.integers(0, SECONDS, count)
    updated = applied + draw.integers(60, 30 * 86_400, count)
    is_refunded = draw.random(count) < 0.7
    cents = draw.integers(1, 500_000, count)
    frame = pl.DataFrame(
        {
            "number": number,
            "order": draw.integers(0, 2 * count, count),
            "rma_type": draw.choice(TYPES, count),
            "status": draw.choice(STATUSES, count),
            "applied": applied,
            "is_refunded": is_refunded,
            "reason_code": draw.choice(REASONS, count),
            "reason_text": draw.choice(list(REMARKS), count, p=list(REMARKS.values())),
            "cents": cents,
            "form": draw.random(count),
            "freight": draw.integers(0, 30, count),
            "updated": updated,
            "source_seq": draw.integers(1, 9, count),
        }
    )
    return frame.select(
        rma_id=pl.col("number").cast(pl.String).str.zfill(12),
        rma_no=pl.lit("TH") + pl.col("number").cast(pl.String).str.zfill(10),
        order_id=pl.lit("SO-2025-") + pl.col("order").cast(pl.String).str.zfill(9),
        rma_type="rma_type",
        status="status",
        applied_at=_local("applied"),
        refunded_at=pl.when("is_refunded").then(_local("updated")),
        reason_code="reason_code",
        reason_text="reason_text",
        refund_amount=_written(pl.col("cents"), pl.col("form")),
        return_freight=pl.col("freight").cast(pl.String),
        updated_at=_local("updated"),
        source_seq=pl.col("source_seq").cast(pl.String),
    )


def _local(seconds: str) -> pl.Expr:
    return pl.from_epoch(seconds).dt.strftime("%Y-%m-%d %H:%M:%S")


def _written(cents: pl.Expr, form: pl.Expr) -> pl.Expr:
    """Nine amounts of ten plainly, the others with thousands, a currency sign, or all four decimals."""
    yuan, rest = (cents // 100).cast(pl.String), (cents % 100).cast(pl.String).str.zfill(2)
    thousands = pl.when(cents >= 100_000).then(yuan.str.head(-3) + "," + yuan.str.tail(3)).otherwise(yuan)
    plain = yuan + "." + rest
    return (
        pl.when(form < 0.9).then(plain)
        .when(form < 0.95).then(thousands + "." + rest)
        .when(form < 0.98).then("￥" + plain)
        .otherwise(plain + "00")
    )  # fmt: skip


def _spoilt(cases: pl.DataFrame, draw: np.random.Generator) -> pl.DataFrame:
    """Let some rows repeat the row 1,000 above them, half of these with an older version, and break others."""
    count = cases.height
    dice = draw.random(count)
    index = np.arange(count)
    repeats = (dice < REPEATED) & (index >= 1_000)
    cases = cases[pl.Series(np.where(repeats, index - 1_000, index))]
    older = pl.Series(repeats & (dice < REPEATED / 2))
    kind = pl.Series(np.where(dice > 1 - BAD, draw.integers(1, 7, count), 0))
    return cases.with_columns(
        rma_id=pl.when(kind == 1).then(pl.lit("")).when(kind == 2).then(pl.lit("8.05E+17")).otherwise("rma_id"),
        status=pl.when(older).then(pl.lit("applied")).otherwise("status"),
        refund_amount=pl.when(kind == 3).then(pl.lit("n/a")).when(kind == 4).then(pl.lit("-5.00"))
        .otherwise("refund_amount"),
        applied_at=pl.when(kind == 5).then(pl.lit("31/12/2025 10:00")).otherwise("applied_at"),
        source_seq=pl.when(kind == 6).then(pl.lit("1.5")).when(older).then(pl.lit("0")).otherwise("source_seq"),
        updated_at=pl.when(older).then(pl.lit("2024-01-01 00:00:00")).otherwise("updated_at"),
    )  # fmt: skip
