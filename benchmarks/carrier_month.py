"""A month of carrier choices under monthly tiers: ``python -m benchmarks.carrier_month FOLDER... --seed S``.

Each folder is a problem of the parcels benchmark, taken as a whole month: its minimums and tiers count over the
month, its parcels come on thirty days, its caps hold a day at a time. The planner believes in a volume per day that
is 20 % too high or too low and knows nothing of the day of the promotion; what it has seen slowly replaces what it
believes.
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks.parcels import read_day
from optimization.carriers.day import Cap, Day, Terms, choose
from optimization.carriers.day.volume import volume_cost

DAYS = 30
PROMOTION_DAY, PROMOTION = 19, 2.2
# Room of a day over its share of the month's: days are not alike.
ROOM = 1.5
WRONG = 0.2
# Days of observation that weigh as much as the belief before the month.
BELIEF_DAYS = 5
# Parcels seen that stand for those to come.
SAMPLE = 3000


@dataclass(frozen=True)
class Month:
    """Parcels of a month with the day each comes on.

    Parameters
    ----------
    problem
        All parcels, with terms of the month and caps of the month.
    day
        ``int64[parcels]``, from 0.
    believed
        Parcels a day that the planner expects before the month.
    caps
        Caps of one day.
    """

    problem: Day
    day: np.ndarray
    believed: float
    caps: list[Cap]


def month_of(problem: Day, seed: int) -> Month:
    """Spread a problem's parcels over a month."""
    rng = np.random.default_rng(seed)
    share = rng.uniform(0.8, 1.2, DAYS)
    share[PROMOTION_DAY] *= PROMOTION
    day = rng.choice(DAYS, problem.parcels.height, p=share / share.sum())
    usual = problem.parcels.height / (DAYS - 1 + PROMOTION)
    caps = [replace(cap, limit=float(int(cap.limit / DAYS * ROOM))) for cap in problem.caps]
    return Month(problem, day, usual * (1 + WRONG * rng.choice([-1, 1])), caps)


def hindsight(month: Month) -> float:
    """What nobody can undercut: all days known, caps of usual days pooled, the promotion's apart."""
    when = pl.Series(np.where(month.day == PROMOTION_DAY, 1, 0))
    parcels = month.problem.parcels.with_columns(province_id=when)
    pooled = [replace(cap, province_id=0, limit=cap.limit * (DAYS - 1)) for cap in month.caps]
    apart = [replace(cap, province_id=1) for cap in month.caps]
    return float(choose(Day(parcels, month.problem.quotes, month.problem.terms, pooled + apart)).bound)


def planned(month: Month) -> tuple[float, int]:
    """Solve each day with what has left and what is expected; cost of the month and parcels left over."""
    parcels, quotes = month.problem.parcels, month.problem.quotes
    volumes = dict.fromkeys((terms.service_id for terms in month.problem.terms), 0)
    rng = np.random.default_rng(0)
    cost, left_over = 0.0, 0
    for day in range(DAYS):
        today = parcels.filter(pl.Series(month.day == day))
        seen = np.flatnonzero(month.day <= day)
        sample = rng.choice(seen, min(SAMPLE, len(seen)), replace=False)
        pace = (BELIEF_DAYS * month.believed + len(seen)) / (BELIEF_DAYS + day + 1)
        ahead = pace * (DAYS - 1 - day)
        later = parcels[np.sort(sample)].with_columns(weight=pl.lit(ahead / len(sample))) if ahead else None
        wanted = today if later is None else pl.concat([today.select("parcel_id"), later.select("parcel_id")]).unique()
        known = quotes.join(wanted, on="parcel_id", how="semi")
        terms = [replace(each, shipped=volumes[each.service_id]) for each in month.problem.terms]
        chosen = choose(Day(today, known, terms, month.caps, later, float(DAYS - 1 - day) if ahead else 0.0)).assignment
        taken = chosen.join(known, on=["parcel_id", "service_id"])
        cost += taken["expected_cost"].sum()
        left_over += chosen["service_id"].null_count()
        for service, count in taken.group_by("service_id").len().iter_rows():
            volumes[service] += count
    return cost + contract_cost(month.problem.terms, volumes), left_over


def contract_cost(terms: list[Terms], volumes: dict[str, int]) -> float:
    """Fees less rebates of the month."""
    return sum(volume_cost(each, volumes[each.service_id]) for each in terms)


def shopped(month: Month, preference: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> tuple[float, int]:
    """Parcels in order of arrival, each to the service it prefers that has room today.

    Parameters
    ----------
    preference
        From the services' costs of a parcel and what each is short of its minimum: what is compared.
    """
    names = [terms.service_id for terms in month.problem.terms]
    column = {name: index for index, name in enumerate(names)}
    quotes = month.problem.quotes
    costs = np.full((month.problem.parcels.height, len(names)), np.inf)
    service = quotes["service_id"].replace_strict(column, return_dtype=pl.Int32).to_numpy()
    costs[quotes["parcel_id"].to_numpy(), service] = quotes["expected_cost"].to_numpy()
    warehouse = month.problem.parcels["warehouse_id"].to_numpy()
    minimum = np.array([terms.minimum_parcels for terms in month.problem.terms])
    volume, total, left_over = np.zeros(len(names), np.int64), 0.0, 0
    for day in range(DAYS):
        room = {(column[cap.service_id], cap.warehouse_id): cap.limit for cap in month.caps}
        for parcel in np.flatnonzero(month.day == day):
            wanted = preference(costs[parcel], minimum - volume)
            for choice in np.argsort(wanted):
                keys = [key for key in ((choice, None), (choice, warehouse[parcel])) if key in room]
                if np.isfinite(wanted[choice]) and all(room[key] >= 1 for key in keys):
                    for key in keys:
                        room[key] -= 1
                    volume[choice] += 1
                    total += costs[parcel, choice]
                    break
            else:
                left_over += 1
    return total + contract_cost(month.problem.terms, dict(zip(names, volume.tolist(), strict=True))), left_over


METHODS: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "rate shopping": lambda cost, short: cost,
    "minimums first": lambda cost, short: np.where(short > 0, cost, cost + 1e6),
    "1 yuan until the minimum": lambda cost, short: cost - (short > 0),
}


def main() -> None:
    """Print, for each month, how far each method is above the hindsight bound, and the means."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("problems", type=Path, nargs="+")
    parser.add_argument("--seed", type=int, default=0, help="of the first folder's month; the next has the next")
    arguments = parser.parse_args()
    above = []
    for seed, folder in enumerate(arguments.problems, arguments.seed):
        month = month_of(read_day(folder), seed)
        bound = hindsight(month)
        found = {"planned": planned(month)} | {name: shopped(month, how) for name, how in METHODS.items()}
        above.append([cost / bound - 1 for cost, _ in found.values()])
        told = "  ".join(
            f"{name} +{100 * (cost / bound - 1):.3f}%" + (f" ({left} left over)" if left else "")
            for name, (cost, left) in found.items()
        )
        print(f"{folder.name}: bound {bound:.2f}  {told}", flush=True)
    means = 100 * np.mean(above, axis=0)
    better = sum(row[0] < min(row[1:]) for row in above)
    told = dict(zip(found, means.round(3).tolist(), strict=True))
    print(f"mean above the bound (%): {told}; planned is best in {better} of {len(above)}")


if __name__ == "__main__":
    main()
