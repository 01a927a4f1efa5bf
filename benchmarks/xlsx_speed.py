"""A workbook, a CSV and a JSON of 50,000 rows × 20 columns: ``python -m benchmarks.xlsx_speed``.

The columns are those of an order: ids, names, texts that look like formulas, decimals, days, whole numbers.
"""

from __future__ import annotations

import argparse
import time
from datetime import date
from decimal import Decimal

from feedback.files import Sheet, written
from feedback.files.sheet import Cell

ROWS, COLUMNS = 50_000, 20


def main() -> None:
    """Print CPU seconds, the least of several runs, and the size of each kind of file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    sheet = Sheet("Order", tuple(f"column {n}" for n in range(COLUMNS)), [_row(n) for n in range(options.rows)])
    for ending in ("xlsx", "csv", "json"):
        spent = []
        for _ in range(options.runs):
            started = time.process_time()
            content = written(sheet, ending)
            spent.append(time.process_time() - started)
        print(f"{ending} rows={options.rows:,} columns={COLUMNS} cpu={min(spent):.2f}s size={len(content) / 1e6:.1f}MB")


def _row(number: int) -> tuple[Cell, ...]:
    return (
        f"BUY-{number:020x}", f"{number:08}", "跑鞋 黑 42", "=1+1", Decimal(number * 15) / 10, -number,
        date(2026, 1, 1), "S1", "W1", "CNY", number, number + 1, Decimal("12.5"), 3, "covers 21 days of demand",
        "BOX", "a", "b", Decimal("7.25"), True,
    )  # fmt: skip


if __name__ == "__main__":
    main()
