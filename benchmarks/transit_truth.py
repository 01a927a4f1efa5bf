"""Transit times against the twin's truth: ``python -m benchmarks transit_truth --world sample --parcels 200``.

A world lives its history; what is learned from its parcels on the last day is held against the chances that the world
itself drew them by, lane by lane, and against what counting late parcels says (with the same weights by age).
"""

import argparse
import time

import numpy as np
import polars as pl

from optimization.carriers.transit import arrivals, fit_transit
from simulator.choice import choose
from simulator.tables import NULL, code
from simulator.times import day_of
from simulator.world import World

SHIPMENT = "logistics.shipment"
LANE = ["carrier_id", "service_code", "origin_region", "dest_region"]
HALF_LIFE = 60.0


def parcels(world: World) -> pl.DataFrame:
    """Own parcels of a world as it knows them, one row each: lane, days, what became of it, true late share."""
    truth, table, masters = world.truth.take("parcel"), world.tables[SHIPMENT], world.masters
    waybill = truth["waybill"]
    status = table.get("final_status", waybill)
    ended_at = np.where(status == code(SHIPMENT, "final_status", "delivered"), table.get("delivered_at", waybill), NULL)
    handed, promised = day_of(table.get("handed_over_at", waybill)), day_of(table.get("promised_at", waybill))
    has_ended = (ended_at != NULL) & (day_of(ended_at) < world.day)
    last = np.where(has_ended, day_of(np.where(has_ended, ended_at, 0)), world.day - 1)
    # Days on which carriers rest do not count.
    moved = np.cumsum(~masters.carriers_rest)
    clock = moved[np.stack([handed, promised, last]) - masters.calendar_start]
    names = np.array([f"{service:02}" for service in range(len(masters.carrier_id))])
    frame = pl.DataFrame({
        "carrier_id": np.array(masters.carrier_id)[truth["service"]],
        "service_code": names[truth["service"]],
        "origin_region": np.char.add("W", truth["warehouse"].astype(str)),
        "dest_region": np.char.add("P", truth["province"].astype(str)),
        "day": handed, "promise_days": clock[1] - clock[0], "days": clock[2] - clock[0],
        "outcome": np.where(has_ended, "arrived", "on_the_way"), "late": truth["late_probability"],
        "is_drawn": np.zeros(len(waybill), bool),
    })  # fmt: skip
    # Lost, broken and refused parcels have no day of arrival here; they are few and chosen without regard to the way.
    known = has_ended | (status == code(SHIPMENT, "final_status", "in_transit"))
    return frame.filter(known & (table.get("outbound_id", waybill) >= 0) & (last >= handed))


def main() -> None:
    """Learn, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--world", default="sample")
    parser.add_argument("--parcels", type=int, default=200, help="lanes with fewer are not judged")
    parser.add_argument("--seed", type=int)
    arguments = parser.parse_args()
    parameters = choose(arguments.world, seed=arguments.seed)
    world = World.of(parameters)
    world.live(parameters.world.history_days)
    rows = parcels(world)
    history = rows.group_by(pl.exclude("late")).len("parcels").with_columns(pl.col("parcels").cast(pl.Int64))
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
        counted=(weight * is_late).filter(is_known).sum() / weight.filter(is_known).sum(),
    )
    judged = found.join(truth, on=LANE).filter(pl.col("parcels") >= arguments.parcels)
    error, plain = (100 * (judged[name] - judged["late"]).to_numpy() for name in ("late_rate", "counted"))
    inside = ((judged["late_low"] <= judged["late"]) & (judged["late"] <= judged["late_high"])).mean()
    count = f"{judged.height} with {arguments.parcels} or more"
    print(f"{rows.height} parcels, {lanes.height} lanes, {count}; {spent:.1f} CPU-s")
    for name, off in (("learned", error), ("counted", plain)):
        near = 100 * (np.abs(off) <= 1).mean()
        print(
            f"{name}: mean error {np.abs(off).mean():.2f} points, bias {off.mean():+.2f}, within 1 point {near:.0f} %"
        )
    print(f"95 % intervals hold the truth on {100 * inside:.0f} % of these lanes")


if __name__ == "__main__":
    main()
