"""What the payment channels' bills have in common: one file for each account and day."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

import numpy as np
import pyarrow as pa

from simulator.exports.dialects.foreign import ForeignFile, Spoken, rows_of

__all__ = ["LINE", "bills"]

LINE = "payment.channel_statement_line"


def bills(
    tables: Mapping[str, pa.Table],
    can_say: Callable[[dict], bool],
    day_of: Callable[[dict], date],
    bill: Callable[[str, date, list[dict]], ForeignFile],
) -> Spoken:
    """A bill for each account and day of the lines that a channel `can_say`, its lines by time."""
    lines = rows_of(tables, LINE)
    taken = np.array([can_say(row) for row in lines], bool)
    grouped: dict[tuple[str, date], list[dict]] = {}
    for row in sorted((row for row, mine in zip(lines, taken, strict=True) if mine), key=_by_time):
        grouped.setdefault((row["merchant_account"], day_of(row)), []).append(row)
    files = [bill(account, day, rows) for (account, day), rows in sorted(grouped.items())]
    return Spoken(files, {LINE: taken} if files else {})


def _by_time(row: dict) -> tuple:
    return row["occurred_at"], row["channel_txn_no"], row["line_no"]
