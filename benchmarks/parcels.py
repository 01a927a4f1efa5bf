"""Carriers of one day of parcels: ``python -m benchmarks.parcels PROBLEM_DIR ASSIGNMENT.parquet``."""

import argparse
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from optimization.carriers.day import Cap, Choice, Day, Terms, choose


def read_day(folder: Path, parcels: pl.DataFrame | None = None, quotes: pl.DataFrame | None = None) -> Day:
    """The day that a folder of ``parcels.parquet``, ``quotes.parquet`` and ``contracts.json`` describes."""
    contracts = json.loads((folder / "contracts.json").read_text(encoding="utf-8"))
    return Day(
        pl.read_parquet(folder / "parcels.parquet") if parcels is None else parcels,
        pl.read_parquet(folder / "quotes.parquet") if quotes is None else quotes,
        [Terms.from_mapping(row) for row in contracts["services"]],
        [Cap(**row) for row in contracts["caps"]],
    )


def warm(day: Day) -> Choice:
    """Choose for a few parcels: what is compiled at the first call is then loaded."""
    few = day.parcels.head(50)
    quotes = day.quotes.head(500).join(few, on="parcel_id", how="semi")
    return choose(Day(few, quotes, day.terms, day.caps))


@contextmanager
def notes_apart() -> Iterator[None]:
    """What HiGHS prints by itself goes to the error output: the answer is one line."""
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


def main() -> None:
    """Write the service of each parcel; print objective, bound, and the seconds that choosing took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("problem", type=Path)
    parser.add_argument("assignment", type=Path)
    arguments = parser.parse_args()
    day = read_day(arguments.problem)
    with notes_apart():
        warm(day)
        begun = time.perf_counter()
        choice = choose(day)
        seconds = time.perf_counter() - begun
    choice.assignment.write_parquet(arguments.assignment)
    print(f"objective={choice.objective:.2f} bound={choice.bound:.2f} seconds={seconds:.2f}")


if __name__ == "__main__":
    main()
