"""Chances of late arrival for ``on_time/score.py``: ``python -m benchmarks.on_time TASK_FOLDER``."""

import argparse
from pathlib import Path

import numpy as np
import polars as pl

from optimization.carriers.on_time import OnTimeParams, fit, predict

# A carrier's service on a lane, the hour it is handed over, and the weekday: what a retailer knows of a parcel.
PARAMS = OnTimeParams(
    kinds=(
        ("carrier",), ("origin",), ("hour",), ("weekday",), ("dest",), ("carrier", "origin"), ("carrier", "hour"),
        ("origin", "hour"), ("carrier", "dest"), ("carrier", "origin", "dest"),
    ),
    levels=((), ("origin",)),
)  # fmt: skip
# On bad days late hours grow worse than early ones, on good days all are alike: effects that add up on the logit say
# too little. Chosen on April and May.
STRETCH = 1.15
LATE_MINUTES = 15
YEAR = 2013


def main() -> None:
    """Learn from the history of the task and write a chance per asked row."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("task", type=Path)
    folder = parser.parse_args().task
    late = ((pl.col("arr_delay") > LATE_MINUTES) | pl.col("arr_delay").is_null()).cast(pl.Int64)
    history = pl.read_parquet(folder / "history.parquet").with_columns(tried=pl.lit(1), hit=late).with_columns(_known())
    asked = pl.read_parquet(folder / "asked.parquet").with_columns(_known())
    chance = stretched(predict(fit(history, PARAMS), asked), history["hit"].mean())
    pl.DataFrame({"p_late": chance}).write_parquet(folder / "p_late.parquet")


def stretched(chance: np.ndarray, usual: float) -> np.ndarray:
    """Chances (rows,) moved away from the usual one, on the logit."""
    chance = np.clip(chance, 1e-4, 1 - 1e-4)
    middle = np.log(usual / (1 - usual))
    return 1 / (1 + np.exp(-(middle + STRETCH * (np.log(chance / (1 - chance)) - middle))))


def _known() -> list[pl.Expr]:
    date = pl.date(YEAR, pl.col("month"), pl.col("day"))
    return [
        (date - pl.date(YEAR, 1, 1)).dt.total_days().alias("day"),
        (pl.col("sched_dep_time") // 100).alias("hour"),
        date.dt.weekday().alias("weekday"),
    ]


if __name__ == "__main__":
    main()
