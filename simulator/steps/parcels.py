"""A parcel is on its way: its waybill, its price, its true journey and what will become of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simulator.fates import again
from simulator.steps.freight import owe
from simulator.steps.tracking import report
from simulator.tables import NULL, code
from simulator.tariffs import charges
from simulator.times import DAY, HOUR, MINUTE, day_of, moment
from simulator.transit import moving_days, transit_of

if TYPE_CHECKING:
    from simulator.world import World

__all__ = ["DAMAGED", "DELIVERED", "LOST", "REFUSED", "Sending", "send"]

SHIPMENT, EVENT = "logistics.shipment", "logistics.tracking_event"
DELIVERED, LOST, DAMAGED, REFUSED = range(4)
LOST_AFTER = 6  # days after the expected delivery that a carrier gives a parcel up
FAILED_SHARE = 0.25  # late parcels that are late because nobody opened the door


@dataclass(frozen=True)
class Sending:
    """n parcels to customers. `warehouse` is where they start; what others ship has no outbound order."""

    at: np.ndarray
    order: np.ndarray
    outbound: np.ndarray  # serial, -1: a supplier or merchant ships
    warehouse: np.ndarray
    province: np.ndarray
    service: np.ndarray
    weight_g: np.ndarray
    volume_cm3: np.ndarray
    value: np.ndarray  # fen
    plan: np.ndarray  # place of the plan that chose the service, -1: the rule did
    share: np.ndarray  # of 0 … 1: how its journey goes
    trouble: np.ndarray  # of 0 … 1: whether it fails
    may_be_refused: np.ndarray  # bool

    @property
    def ours(self) -> np.ndarray:
        return self.outbound >= 0


def send(world: World, sending: Sending) -> np.ndarray:
    """Hand parcels to their carriers; returns their waybills. They arrive by the agenda."""
    masters, day = world.masters, world.day
    zone = masters.zone_of[sending.service, sending.warehouse, sending.province].astype(np.int64)
    cost = charges(masters, sending.service, zone, sending.weight_g, sending.volume_cm3)
    transit = transit_of(world, day, sending.service, sending.warehouse, sending.province, zone)
    promised = moving_days(world, day, transit.promise)
    ours = sending.ours
    waybill = world.tables[SHIPMENT].add(
        len(zone), sending.at, carrier_id=sending.service, service_code=sending.service,
        direction=code(SHIPMENT, "direction", "outbound"), outbound_id=sending.outbound,
        warehouse_id=np.where(ours, sending.warehouse, -1), dest_province=sending.province,
        dest_city=sending.province, dest_district=sending.province, dest_zone=np.where(ours, zone, -1),
        actual_weight_g=sending.weight_g, volume_cm3=sending.volume_cm3, declared_value=sending.value, cod_amount=0,
        est_freight=np.where(ours, cost.total, NULL), promised_at=moment(promised, 22), handed_over_at=sending.at,
        picked_up_at=sending.at + _minutes(sending.share, 31, 50, 140),
        final_status=code(SHIPMENT, "final_status", "in_transit"),
        chosen_by=np.where(sending.plan >= 0, code(SHIPMENT, "chosen_by", "plan"), code(SHIPMENT, "chosen_by", "rule")),
        plan_id=sending.plan, _order=sending.order, _service=sending.service,
    )  # fmt: skip
    owe(world, waybill[ours], sending.service[ours], zone[ours], sending.weight_g[ours], sending.volume_cm3[ours],
        again(sending.share[ours], 32))  # fmt: skip
    world.truth.add(
        "parcel", waybill=waybill, service=sending.service, warehouse=sending.warehouse, province=sending.province,
        day=np.full(len(zone), day), late_probability=transit.late, mean_days=transit.mean_days(),
    )  # fmt: skip
    days = transit.days(sending.share)
    _journey(world, sending, waybill, days - transit.promise, moving_days(world, day, np.maximum(days, 1)),
             transit.bad_weather)  # fmt: skip
    return waybill


def _journey(world: World, sending: Sending, waybill, late_by, arrives, bad_weather) -> None:
    """Announce every scan of the way and the end of it."""
    share, carrier, there = sending.share, sending.service, sending.province
    here = world.masters.province_of[sending.warehouse]
    fate = _fates(world, sending)
    report(world, "collected", sending.at + _minutes(share, 31, 50, 140), waybill, carrier, here)
    report(world, "departed", sending.at + _minutes(share, 33, 180, 300), waybill, carrier, here)
    _exceptions(world, sending, waybill, late_by, arrives, bad_weather)
    comes = np.flatnonzero((fate == DELIVERED) | (fate == REFUSED))
    door = moment(arrives[comes], 9) + 30 * MINUTE + _minutes(share[comes], 34, 0, 630)
    report(world, "arrived", moment(arrives[comes], 5) + _minutes(share[comes], 35, 0, 90), waybill[comes],
           carrier[comes], there[comes])  # fmt: skip
    report(world, "out_for_delivery", moment(arrives[comes], 8) + _minutes(share[comes], 36, 0, 60), waybill[comes],
           carrier[comes], there[comes])  # fmt: skip
    ends = np.where(fate == LOST, moment(arrives + LOST_AFTER, 16), moment(arrives, 14)) + _minutes(share, 37, 0, 200)
    ends[comes] = door
    signed = fate == DELIVERED
    report(world, "signed", ends[signed], waybill[signed], carrier[signed], there[signed])
    _failures(world, fate, ends, waybill, carrier, there)
    world.agenda.put("arrival", day_of(ends), waybill=waybill, outbound=sending.outbound, order=sending.order,
                     at=ends, fate=fate, late_by=late_by)  # fmt: skip


def _fates(world: World, sending: Sending) -> np.ndarray:
    masters = world.masters
    lost, damaged = masters.lost_share[sending.service], masters.damage_share[sending.service]
    refused = np.where(sending.may_be_refused, world.parameters.customers.reject_share, 0.0)
    trouble = np.where(sending.ours, sending.trouble, 1.0)
    # Refusals count from the other end, so that another service does not change who refuses.
    return np.select([trouble < lost, trouble < lost + damaged, trouble > 1 - refused],
                     [LOST, DAMAGED, REFUSED], DELIVERED)  # fmt: skip


def _exceptions(world: World, sending: Sending, waybill, late_by, arrives, bad_weather) -> None:
    """The day before a late delivery says why it is late."""
    late = late_by > 0
    at = (moment(arrives, 13) + _minutes(sending.share, 38, 0, 240) - DAY)[late]
    at = np.maximum(at, sending.at[late] + 6 * HOUR)
    nobody = again(sending.share[late], 39) < FAILED_SHARE
    why = np.where(bad_weather[late], code(EVENT, "exception_code", "weather"), code(EVENT, "exception_code", "other"))
    common = waybill[late], sending.service[late], sending.province[late]
    for event, mine, reason in (
        ("attempt_failed", nobody, np.full(len(at), code(EVENT, "exception_code", "no_contact"))),
        ("exception", ~nobody, why),
    ):
        report(world, event, at[mine], *(values[mine] for values in common), reason[mine])


def _failures(world: World, fate, at, waybill, carrier, province) -> None:
    for kind, event, reason in ((LOST, "exception", "lost"), (DAMAGED, "exception", "damaged"),
                                (REFUSED, "attempt_failed", "refused")):  # fmt: skip
        mine = fate == kind
        report(world, event, at[mine], waybill[mine], carrier[mine], province[mine],
               code(EVENT, "exception_code", reason))  # fmt: skip


def _minutes(share: np.ndarray, use: int, low: int, high: int) -> np.ndarray:
    """Seconds between `low` and `high` minutes, drawn from the parcel's share."""
    return (again(share, use) * (high - low) * MINUTE).astype(np.int64) + low * MINUTE
