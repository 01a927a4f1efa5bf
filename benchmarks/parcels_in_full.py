"""A day of parcels as one integer program: ``python -m benchmarks parcels_in_full PROBLEM_DIR --seconds 900``.

One binary per quote, one per tier, nothing gathered and nothing left out: what the carrier choice is held against.
HiGHS is given the time and told when to stop; its own bound stands beside what it found, and beside the choice's. With
``--tiers-chosen`` each volume is held in the tier that the choice reached, which is as far as the whole program often
gets by itself.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from benchmarks.parcels import notes_apart, read_day, warm
from optimization.carriers.day import choose

if TYPE_CHECKING:
    from scipy.optimize import OptimizeResult

    from optimization.carriers.day import Cap, Day, Terms


class Program:
    """Columns with cost, ends and kind, and rows over them."""

    def __init__(self, cost: np.ndarray) -> None:
        self.cost, self.high, self.whole = [*cost], [1.0] * len(cost), [1] * len(cost)
        self.entries: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
        self.low_row: list[np.ndarray] = []
        self.high_row: list[np.ndarray] = []
        self.rows = 0

    def column(self, cost: float, high: float, whole: int) -> int:
        """A column more; its number."""
        self.cost.append(cost)
        self.high.append(high)
        self.whole.append(whole)
        return len(self.cost) - 1

    def row(self, columns: np.ndarray, values: np.ndarray | float, low: float, high: float) -> None:
        """A row more: ``low ≤ Σ values × columns ≤ high``."""
        columns = np.asarray(columns)
        self.entries.append((np.full(len(columns), self.rows), columns, np.broadcast_to(values, len(columns))))
        self.low_row.append(np.array([low]))
        self.high_row.append(np.array([high]))
        self.rows += 1

    def solve(self, seconds: float, gap: float) -> OptimizeResult:
        """What HiGHS finds in the time."""
        from scipy.optimize import Bounds, LinearConstraint, milp
        from scipy.sparse import csr_array

        row, column, value = (np.concatenate(each) for each in zip(*self.entries, strict=True))
        matrix = csr_array((value, (row, column)), shape=(self.rows, len(self.cost)))
        return milp(
            np.array(self.cost),
            integrality=np.array(self.whole),
            bounds=Bounds(0, np.array(self.high)),
            constraints=LinearConstraint(matrix, np.concatenate(self.low_row), np.concatenate(self.high_row)),
            options={"time_limit": seconds, "mip_rel_gap": gap},
        )


def program_of(day: Day, taken: pl.DataFrame | None = None) -> Program:
    """The day with all-unit tiers, a binary for each quote and for each tier.

    `taken` (``parcel_id``, ``service_id``): each volume stays in the tier that this assignment reaches; None: any.
    """
    quotes = day.quotes.join(day.parcels, on="parcel_id")
    program = Program(quotes["expected_cost"].to_numpy())
    numbered = quotes.with_row_index("column")
    for _, columns in numbered.group_by("parcel_id", maintain_order=True).agg("column").iter_rows():
        program.row(np.array(columns), 1.0, 1.0, 1.0)
    for cap in day.caps:
        inside = numbered.filter(is_inside(cap))
        load = np.ones(inside.height) if cap.measure == "parcels" else inside["billed_g"].to_numpy() / 1000
        program.row(inside["column"].to_numpy(), load, -np.inf, cap.limit)
    for terms in day.terms:
        if not terms.is_all_unit or terms.shipped or terms.most_parcels is not None:
            raise ValueError(f"terms of {terms.service_id}: this program knows all-unit tiers of one day only")
        counted = numbered.filter(is_inside(terms))["column"].to_numpy()
        volumes, switches = [], []
        reached = None if taken is None else taken.join(day.parcels, on="parcel_id").filter(is_inside(terms)).height
        ends = [tier.from_parcels - 1 for tier in terms.tiers[1:]] + [len(counted)]
        for tier, end in zip(terms.tiers, ends, strict=True):
            is_open = reached is None or tier.from_parcels <= reached <= end
            switch = program.column(0.0, float(is_open), 1)
            volume = program.column(-tier.rebate_per_parcel, float(len(counted)), 0)
            program.row(np.array([volume, switch]), np.array([1.0, -tier.from_parcels]), 0.0, np.inf)
            program.row(np.array([volume, switch]), np.array([1.0, -end]), -np.inf, 0.0)
            volumes.append(volume)
            switches.append(switch)
        missing = program.column(terms.shortfall_fee, np.inf, 0)
        program.row(np.array(switches), 1.0, 1.0, 1.0)
        program.row(np.append(counted, volumes), np.append(np.ones(len(counted)), -np.ones(len(volumes))), 0.0, 0.0)
        program.row(np.array([*volumes, missing]), 1.0, float(terms.minimum_parcels), np.inf)
    return program


def is_inside(contract: Cap | Terms) -> pl.Expr:
    """Quotes that count in a cap or volume."""
    inside = pl.col("service_id").is_in(contract.services)
    for name in ("warehouse_id", "province_id"):
        place = getattr(contract, name)
        inside &= pl.lit(True) if place is None else pl.col(name) == place
    return inside


def main() -> None:
    """Choose, solve in full, print both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("problem", type=Path)
    parser.add_argument("--seconds", type=float, default=900.0)
    parser.add_argument("--gap", type=float, default=1e-5)
    parser.add_argument("--tiers-chosen", action="store_true", help="only the tiers that the choice reached")
    arguments = parser.parse_args()
    day = read_day(arguments.problem)
    with notes_apart():
        warm(day)
        choice = choose(day)
        program = program_of(day, choice.assignment if arguments.tiers_chosen else None)
        begun = time.process_time()
        found = program.solve(arguments.seconds, arguments.gap)
        seconds = time.process_time() - begun
    size = f"{len(program.cost):,} columns, {program.rows:,} rows"
    print(f"choice: objective={choice.objective:.2f} bound={choice.bound:.2f}")
    told = "nothing found" if found.x is None else f"objective={found.fun:.2f}"
    print(f"in full: {told} bound={found.mip_dual_bound:.2f} ({size}, {seconds:.0f} CPU-s; {found.message})")
    print(f"choice above its own bound {100 * (choice.objective / choice.bound - 1):.4f} %, ", end="")
    print(f"above that of the program {100 * (choice.objective / found.mip_dual_bound - 1):.4f} %")
    if found.x is not None:
        print(f"choice above what was found in full: {100 * (choice.objective / found.fun - 1):+.4f} %")


if __name__ == "__main__":
    main()
