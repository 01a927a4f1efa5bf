"""Transit times against the twin's truth: ``python -m benchmarks transit_truth --world sample --parcels 200``.

A world lives its history; what is learned from its parcels on the last day is held against the chances that the world
itself drew those of the last year by, lane by lane, and against what counting late parcels says. The truth is each
parcel's chance by the world's law, not whether it came late. How far counting is off by chance alone is told, and how
far somebody would be who knew all of the world's law (services, weather, campaigns, Sundays, how lanes are scattered)
but each lane's own part, which only its parcels can tell: nobody who reads the exports is nearer in the long run. A
busy day has many parcels; against a day of the history each day counts alike.
"""

import argparse
import time
from math import erf, pi, sqrt

import numpy as np
import polars as pl

from benchmarks.twin_parcels import LANE, history_of, known_on, lateness_of_days, own_parcels
from optimization.carriers.transit import arrivals, fit_transit
from simulator.choice import choose
from simulator.transit import LANE_SPREAD, MOST_LATE, lane_factors
from simulator.world import World

YEAR = 365


def who_knows_the_law(rows: pl.DataFrame, world: World) -> pl.DataFrame:
    """Mean late share of each lane by the world's own law, its lane's part learned from all its parcels (Bayes)."""
    places = [rows["service_code"].cast(pl.Int64)] + [rows[name].str.slice(1).cast(pl.Int64) for name in LANE[2:]]
    warehouses, provinces = world.masters.rank.shape[::-1]
    factors = lane_factors(world.parameters.world.seed, len(world.parameters.services), warehouses, provinces)
    own = factors[tuple(place.to_numpy() for place in places)]
    grid = np.linspace(-4, 4, 161) * LANE_SPREAD - LANE_SPREAD**2 / 2
    prior = -0.5 * ((grid + LANE_SPREAD**2 / 2) / LANE_SPREAD) ** 2
    found = []
    for lane, mine in rows.with_columns(rest=pl.col("late") / own).group_by(LANE, maintain_order=True):
        chance = np.clip(mine["rest"].to_numpy()[:, None] * np.exp(grid), 1e-6, MOST_LATE)
        late = mine["is_late"].to_numpy()[:, None]
        told = np.where(mine["is_known"].to_numpy()[:, None], np.where(late, np.log(chance), np.log(1 - chance)), 0.0)
        likely = told.sum(axis=0) + prior
        share = np.exp(likely - likely.max())
        found.append((*lane, float(chance.mean(axis=0) @ share / share.sum())))
    return pl.DataFrame(found, schema=[*LANE, "by_law"], orient="row")


def main() -> None:
    """Learn, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--world", default="sample")
    parser.add_argument("--parcels", type=int, default=200, help="lanes with fewer are not judged")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--history", type=int, help="days lived; default: the world's own")
    arguments = parser.parse_args()
    parameters = choose(arguments.world, arguments.seed, arguments.history)
    world = World.of(parameters)
    world.live(parameters.world.history_days)
    rows = known_on(own_parcels(world), world.day, world)
    history = history_of(rows)
    lanes = rows.group_by(LANE).agg(pl.col("promise_days").mode().min()).sort(LANE)
    spent = time.process_time()
    found = arrivals(fit_transit(history), lanes, world.day)
    spent = time.process_time() - spent
    rows = rows.filter(pl.col("day") >= world.day - YEAR).with_columns(
        is_late=pl.col("days") > pl.col("promise_days"),
        is_known=(pl.col("days") > pl.col("promise_days")) | (pl.col("outcome") == "arrived"),
    )
    truth = rows.group_by(LANE).agg(
        pl.col("late").mean(),
        parcels=pl.len(),
        noise=(pl.col("late") * (1 - pl.col("late"))).sum().sqrt() / pl.len(),
        counted=pl.col("is_late").filter("is_known").mean(),
    )
    judged = found.join(truth, on=LANE).join(who_knows_the_law(rows, world), on=LANE)
    judged = judged.filter(pl.col("parcels") >= arguments.parcels)
    error, plain, floor = (
        100 * (judged[name] - judged["late"]).to_numpy() for name in ("late_rate", "counted", "by_law")
    )
    days = range(max(world.day - YEAR, world.day - parameters.world.history_days), world.day)
    of_days = 100 * (judged["late_rate"].to_numpy() - lateness_of_days(world, judged, days))
    inside = ((judged["late_low"] <= judged["late"]) & (judged["late"] <= judged["late_high"])).mean()
    count = f"{judged.height} with {arguments.parcels} or more"
    print(f"{rows.height} parcels, {lanes.height} lanes, {count}; {spent:.1f} CPU-s")
    told = {"learned": error, "against a day of the history": of_days, "counted": plain, "who knows the law": floor}
    for name, off in told.items():
        near = 100 * (np.abs(off) <= 1).mean()
        print(
            f"{name}: mean error {np.abs(off).mean():.2f} points, bias {off.mean():+.2f}, within 1 point {near:.0f} %"
        )
    # A normal error of this deviation: its mean size, and how often it stays within a point.
    noise = 100 * judged["noise"].to_numpy()
    near = 100 * np.mean([erf(1 / (each * sqrt(2))) for each in noise])
    size = (noise * sqrt(2 / pi)).mean()
    print(f"chance alone, counting late parcels: mean error {size:.2f} points, within 1 point {near:.0f} %")
    print(f"95 % intervals hold the truth on {100 * inside:.0f} % of these lanes")


if __name__ == "__main__":
    main()
