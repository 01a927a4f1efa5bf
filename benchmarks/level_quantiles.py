"""Quantiles of sums over categories, drawn one by one and with what series miss in common."""

import argparse
import time
from pathlib import Path

import polars as pl

from forecasting import Params, SharedError, backtest, backtest_sums, complete_periods, evaluate, sum_quantiles
from forecasting.reconcile import TOTAL

LEVELS = (0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98)
LEAST_SALES = 3


def read_set(folder: Path, before: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Weekly history up to so many weeks before its end, of series that have sold at all, and the items as text."""
    sales, items = (pl.read_parquet(folder / f"{name}.parquet") for name in ("sales", "items"))
    weeks = sales["ds"].unique().sort()
    known = sales.filter(pl.col("ds") <= weeks[-1 - before])
    sold = known.group_by("unique_id").agg(sold=(pl.col("y") > 0).sum()).filter(pl.col("sold") >= LEAST_SALES)
    return complete_periods(known.join(sold, on="unique_id", how="semi"), 7), items.cast(pl.String)


def one_by_one(found: pl.DataFrame, above: pl.DataFrame) -> pl.DataFrame:
    """Sums of futures that have nothing in common."""
    levels = [*(name for name in above.columns if name != "unique_id"), TOTAL]
    nothing = SharedError(dict.fromkeys(levels, 0.0), dict.fromkeys(levels, 1.0))
    seen = found.filter("in_stock").sort("cutoff").group_by("cutoff", maintain_order=True)
    return pl.concat(sum_quantiles(rows, above, nothing).with_columns(cutoff=pl.lit(day)) for (day,), rows in seen)


def main() -> None:
    """Print pinball and coverage by level of one set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="sales.parquet and items.parquet")
    parser.add_argument("--levels", required=True, help="attributes of the items, with commas between")
    parser.add_argument("--before", type=int, default=0, help="weeks at the end that nothing is known of")
    parser.add_argument("--horizon", type=int, default=8)
    parser.add_argument("--origins", type=int, default=4)
    parser.add_argument("--weeks-apart", type=int, default=4)
    asked, began = parser.parse_args(), time.process_time()
    history, items = read_set(asked.folder, asked.before)
    above = items.select("unique_id", *asked.levels.split(","))
    params = Params(choice_origins=0, threads=1)
    found = backtest(history, asked.horizon, asked.origins, asked.weeks_apart, params, LEVELS, items)
    together, keys = backtest_sums(found, history, above), ["level", "member", "ds", "cutoff"]
    alone = one_by_one(found, above).join(together.select(*keys, "y"), on=keys)
    for name, sums in (("one by one", alone), ("together", together.drop("scale"))):
        for row in evaluate(sums, ["level"]).iter_rows(named=True):
            shares = ", ".join(f"{row[f'coverage_{level:g}']:.3f} within {level:g}" for level in (0.5, 0.9, 0.95))
            print(f"{name}, {row['level']}: pinball {row['pinball']:.4f}, {shares}, bias {row['bias']:+.3f}")
    print(f"{found['cutoff'].min()} to {found['cutoff'].max()}, {time.process_time() - began:.0f} CPU-s")


if __name__ == "__main__":
    main()
