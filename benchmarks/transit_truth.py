"""Transit times against the twin's truth: ``python -m benchmarks transit_truth --world sample --parcels 200``.

A world lives its history; what is learned from its parcels on the last day is held against the chances that the world
itself drew them by, lane by lane, and against what counting late parcels says (with the same weights by age). The truth
is each parcel's chance by the world's law, not whether it came late; how far counting is off by chance alone is told. A
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
from simulator.world import World

HALF_LIFE = 60.0


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
    found = arrivals(fit_transit(history, HALF_LIFE), lanes, world.day)
    spent = time.process_time() - spent
    weight = 0.5 ** ((world.day - pl.col("day")) / HALF_LIFE)
    is_known = (pl.col("days") > pl.col("promise_days")) | (pl.col("outcome") == "arrived")
    is_late = (pl.col("days") > pl.col("promise_days")).cast(pl.Float64)
    truth = rows.group_by(LANE).agg(
        parcels=pl.len(),
        late=(weight * pl.col("late")).sum() / weight.sum(),
        noise=(weight**2 * pl.col("late") * (1 - pl.col("late"))).sum().sqrt() / weight.sum(),
        counted=(weight * is_late).filter(is_known).sum() / weight.filter(is_known).sum(),
    )
    judged = found.join(truth, on=LANE).filter(pl.col("parcels") >= arguments.parcels)
    error, plain = (100 * (judged[name] - judged["late"]).to_numpy() for name in ("late_rate", "counted"))
    days = range(world.day - parameters.world.history_days, world.day)
    of_days = 100 * (judged["late_rate"].to_numpy() - lateness_of_days(world, judged, days, HALF_LIFE))
    inside = ((judged["late_low"] <= judged["late"]) & (judged["late"] <= judged["late_high"])).mean()
    count = f"{judged.height} with {arguments.parcels} or more"
    print(f"{rows.height} parcels, {lanes.height} lanes, {count}; {spent:.1f} CPU-s")
    told = {"learned": error, "learned, against a day of the history": of_days, "counted": plain}
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
