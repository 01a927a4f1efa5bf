"""Economic replenishment as one integer program: ``python -m benchmarks.replenishment_in_full --seconds 600``.

A binary for every quantity of every option and one for every supplier, nothing gathered and nothing left out: what the
choice is held against. HiGHS is given the time; its own bound stands beside what it found. Both choose one supplier for
each item, so what further suppliers add where one runs short (``splits``) is left out on both sides.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from benchmarks.replenishment_scale import generated, with_rivals
from optimization.replenishment.economics import EconomicParams, ReplenishmentProblem, solve
from optimization.replenishment.economics.choice import choose, lost_in
from optimization.replenishment.economics.offers import Offers, offers
from optimization.replenishment.problem import KEY

if TYPE_CHECKING:
    from scipy.optimize import OptimizeResult
    from scipy.sparse import coo_array


@dataclass(frozen=True)
class Program:
    """Every quantity that may be ordered, and what its supplier asks.

    Parameters
    ----------
    option, item, supplier
        Shape (quantities,): rows they belong to.
    spend, value
        Shape (quantities,), money.
    least, most, fixed
        Shape (suppliers,), money: smallest and largest order (infinity: any), cost of an order.
    budget
        Money in all; infinity for no limit.
    """

    option: np.ndarray
    item: np.ndarray
    supplier: np.ndarray
    spend: np.ndarray
    value: np.ndarray
    least: np.ndarray
    most: np.ndarray
    fixed: np.ndarray
    budget: float

    @classmethod
    def of(cls, problem: ReplenishmentProblem, offered: Offers) -> Program:
        """The quantities of a problem, repeated ones once."""
        items = {key: row for row, key in enumerate(problem.items.select(KEY).iter_rows())}
        suppliers = {name: row for row, name in enumerate(problem.suppliers["supplier_id"])}
        of_option = np.array([items[key] for key in problem.options.select(KEY).iter_rows()])
        from_whom = np.array([suppliers[name] for name in problem.options["supplier_id"]])
        fresh = np.diff(offered.quantity, axis=1, prepend=-1) > 0
        option, candidate = np.nonzero(fresh & (offered.quantity > 0) & np.isfinite(offered.judged))
        least, most, fixed = (
            problem.suppliers[name].cast(pl.Float64).fill_null(np.inf).to_numpy()
            for name in ("minimum_value", "capacity_value", "order_cost")
        )
        spend, value = (part[option, candidate] for part in (offered.spend, offered.judged))
        budget = np.inf if problem.budget is None else float(problem.budget)
        return cls(option, of_option[option], from_whom[option], spend, value, least, most, fixed, budget)

    def solve(self, seconds: float, gap: float) -> OptimizeResult:
        """What HiGHS finds in the time: the quantities' binaries, then the suppliers'."""
        from scipy.optimize import Bounds, LinearConstraint, milp

        size, suppliers = self.option.size, self.least.size
        ones, column, opens = np.ones(size), np.arange(size), size + np.arange(suppliers)
        offers_of, first, offer = np.unique(self.option, return_index=True, return_inverse=True)
        all_of_it = np.bincount(self.supplier, self.spend, suppliers)

        def rows(*parts: tuple[np.ndarray, np.ndarray, np.ndarray], count: int) -> coo_array:
            from scipy.sparse import coo_array

            values, at, columns = (np.concatenate(part) for part in zip(*parts, strict=True))
            return coo_array((values, (at, columns)), shape=(count, size + suppliers))

        paid = (self.spend, self.supplier, column)
        limits = [
            # An item is bought once; an option only from a supplier who is ordered from.
            LinearConstraint(rows((ones, self.item, column), count=int(self.item.max()) + 1), -np.inf, 1.0),
            LinearConstraint(
                rows(
                    (ones, offer, column),
                    (-np.ones(first.size), np.arange(first.size), size + self.supplier[first]),
                    count=offers_of.size,
                ),
                -np.inf,
                0.0,
            ),
            LinearConstraint(rows(paid, (-self.least, opens - size, opens), count=suppliers), 0.0, np.inf),
            LinearConstraint(
                rows(paid, (-np.minimum(self.most, all_of_it), opens - size, opens), count=suppliers), -np.inf, 0.0
            ),
        ]
        if np.isfinite(self.budget):
            limits.append(LinearConstraint(np.append(self.spend, np.zeros(suppliers))[None], -np.inf, self.budget))
        return milp(
            np.append(-self.value, self.fixed),
            constraints=limits,
            integrality=np.ones(size + suppliers),
            bounds=Bounds(0, 1),
            options={"time_limit": seconds, "mip_rel_gap": gap},
        )


def main() -> None:
    """Choose, solve in full, print both, for the whole of what is spent freely, half and a quarter of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=1_500)
    parser.add_argument("--suppliers", type=int, default=40)
    parser.add_argument("--paths", type=int, default=64)
    parser.add_argument("--candidates", type=int, default=16)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rivals", action="store_true", help="two suppliers for each item, a fifth of them short")
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--gap", type=float, default=1e-5)
    parser.add_argument("--share", type=float, nargs="+", default=[1.0, 0.5, 0.25])
    asked = parser.parse_args()
    params = EconomicParams(candidates=asked.candidates)
    free = generated(asked.items, asked.suppliers, asked.paths, asked.seed)
    if asked.rivals:
        free = with_rivals(free, asked.seed)
    wanted = float(solve(free, params).lines["spend"].sum())
    for share in asked.share:
        problem = free if share == 1.0 else replace(free, budget=wanted * share)
        offered = offers(problem, params)
        begun = time.process_time()
        chosen = choose(problem, offered, params)
        took = time.process_time() - begun
        waiting = lost_in(chosen, offered)
        value, bound = chosen.found.value - waiting, chosen.found.bound - waiting
        begun = time.process_time()
        found = Program.of(problem, offered).solve(asked.seconds, asked.gap)
        seconds = time.process_time() - begun
        best, proven = (-np.inf if part is None else -part for part in (found.fun, found.mip_dual_bound))
        print(
            f"budget {share:.0%}: chosen {value:,.1f} ({took:.2f} CPU-s), bound {bound:,.1f}; "
            f"in full {best:,.1f} ({seconds:.0f} CPU-s), bound {proven:,.1f}; "
            f"chosen below in full {(best - value) / best:+.3%}, below its bound {(proven - value) / proven:.3%}",
            flush=True,
        )


if __name__ == "__main__":
    main()
