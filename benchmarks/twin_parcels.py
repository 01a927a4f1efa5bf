"""Own parcels of a lived world of the twin, and what was known of them on any later day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from simulator.tables import NULL, code
from simulator.times import day_of
from simulator.transit import at_rest, transit_of

if TYPE_CHECKING:
    from simulator.world import World

SHIPMENT, OUT, ORDER = "logistics.shipment", "warehouse.outbound_order", "order.sales_order"
LANE = ["carrier_id", "service_code", "origin_region", "dest_region"]


def moving_clock(world: World) -> np.ndarray:
    """Days on which carriers move up to each day of the calendar, from its first on."""
    return np.cumsum(~world.masters.carriers_rest)


def own_parcels(world: World) -> pl.DataFrame:
    """Every parcel that left one of our warehouses, one row each, in the order in which they left.

    Returns
    -------
    pl.DataFrame
        ``outbound`` (int), ``service``, ``warehouse``, ``province`` (int, places of the world), ``carrier_id``,
        ``service_code``, ``origin_region``, ``dest_region`` (text), ``handed``, ``promised`` (by the carrier),
        ``wanted`` (promised to the customer), ``ended`` (int, days; null: it has not come, or nobody knows when),
        ``weight_g``, ``volume_cm3``, ``value`` (fen), ``no_air`` (bool), ``late`` (chance of coming after the
        carrier's promise, as the world drew it).
    """
    truth, shipments, out = world.truth.take("parcel"), world.tables[SHIPMENT], world.tables[OUT]
    ours = shipments.get("outbound_id", truth["waybill"]) >= 0
    truth = {name: values[ours] for name, values in truth.items()}
    waybill, service = truth["waybill"], truth["service"]
    status, outbound = shipments.get("final_status", waybill), shipments.get("outbound_id", waybill)
    delivered = shipments.get("delivered_at", waybill)
    has_come = (status == code(SHIPMENT, "final_status", "delivered")) & (delivered != NULL)
    # Lost, broken and refused parcels have no day of arrival here; they are few and chosen without regard to the way.
    is_known = has_come | (status == code(SHIPMENT, "final_status", "in_transit"))
    frame = pl.DataFrame({
        "outbound": outbound, "service": service, "warehouse": truth["warehouse"], "province": truth["province"],
        "carrier_id": np.array(world.masters.carrier_id)[service],
        "service_code": np.array([f"{number:02}" for number in range(len(world.masters.carrier_id))])[service],
        "origin_region": np.char.add("W", truth["warehouse"].astype(str)),
        "dest_region": np.char.add("P", truth["province"].astype(str)),
        "handed": day_of(shipments.get("handed_over_at", waybill)),
        "promised": day_of(shipments.get("promised_at", waybill)),
        "wanted": day_of(world.tables[ORDER].get("promised_deliver_by", out.get("_order", outbound))),
        "ended": day_of(np.where(has_come, delivered, 0)), "has_come": has_come, "is_known": is_known,
        "weight_g": shipments.get("actual_weight_g", waybill), "volume_cm3": shipments.get("volume_cm3", waybill),
        "value": shipments.get("declared_value", waybill), "no_air": out.get("_no_air", outbound) == 1,
        "late": truth["late_probability"],
    })  # fmt: skip
    return frame.with_columns(ended=pl.when("has_come").then("ended")).drop("has_come")


def known_on(parcels: pl.DataFrame, day: int, world: World) -> pl.DataFrame:
    """The history that transit times are learned from, as it stood on the morning of a day; one row per parcel."""
    clock, start = moving_clock(world), world.masters.calendar_start
    seen = parcels.filter("is_known", pl.col("handed") < day)
    has_ended = (seen["ended"] < day).fill_null(False).to_numpy()
    last = np.where(has_ended, seen["ended"].fill_null(0).to_numpy(), day - 1)
    handed, promised = seen["handed"].to_numpy(), seen["promised"].to_numpy()
    moved = clock[np.stack([handed, promised, last]) - start]
    return seen.select(*LANE, "late", day=pl.col("handed"), weight_class=weight_class()).with_columns(
        promise_days=moved[1] - moved[0],
        days=moved[2] - moved[0],
        outcome=pl.Series(np.where(has_ended, "arrived", "on_the_way")),
        is_drawn=pl.lit(False),
    )


def weight_class() -> pl.Expr:
    """The classes of the marts."""
    return pl.col("weight_g").cut([1000, 3000, 10_000], labels=["0-1", "1-3", "3-10", "over 10"]).cast(pl.String)


def history_of(known: pl.DataFrame) -> pl.DataFrame:
    """Parcels alike counted together, as ``fit_transit`` takes them."""
    return known.group_by(pl.exclude("late")).len("parcels").with_columns(pl.col("parcels").cast(pl.Int64))


def lateness_of_days(world: World, lanes: pl.DataFrame, days: range) -> np.ndarray:
    """Share late of each lane on a day like those of a span, each day counting alike.

    The world's own chances, with the weather and the campaigns of those days; busy days count no more than others, as
    they do in what parcels tell.
    """
    places = (
        lanes[name].str.slice(first).cast(pl.Int64).to_numpy() for name, first in zip(LANE[1:], (0, 1, 1), strict=True)
    )
    service, warehouse, province = places
    zone = world.masters.zone_of[service, warehouse, province].astype(np.int64)
    moving = [day for day in days if not at_rest(world, day)]
    return np.mean([transit_of(world, day, service, warehouse, province, zone).late for day in moving], axis=0)
