"""What carriers report of parcels, written on the day it happens."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.tables import code
from simulator.times import day_of

if TYPE_CHECKING:
    from simulator.world import World

__all__ = ["report", "tracking"]

EVENT = "logistics.tracking_event"
# Event: its place in a parcel's life and the carriers' word for it.
WORDS = {
    "collected": (1, "已揽收"), "departed": (2, "已发往目的地"), "exception": (3, "运输异常"),
    "arrived": (4, "到达派件网点"), "out_for_delivery": (5, "派送中"), "attempt_failed": (6, "派送未成功"),
    "signed": (7, "已签收"), "returning": (8, "退回中"), "returned_signed": (9, "退回签收"),
}  # fmt: skip


def report(
    world: World, event: str, at: np.ndarray, waybill: np.ndarray, carrier: np.ndarray, province: np.ndarray,
    exception: np.ndarray | int = -1,
) -> None:  # fmt: skip
    """Report an event of each parcel at its instant, now or on a later day; `province` is where it happens."""
    columns = {"at": at, "waybill": waybill, "carrier": carrier, "province": province,
               "exception": np.broadcast_to(np.asarray(exception, np.int64), len(at))}  # fmt: skip
    days = day_of(at)
    if len(days) and days.max() == world.day:
        _write(world, event, columns)
    else:
        world.agenda.put(f"tracking {event}", days, **columns)


def tracking(world: World, day: int) -> None:
    """Write what was announced for today."""
    for event in WORDS:
        due = world.agenda.due(f"tracking {event}", day)
        if due is not None:
            _write(world, event, due)


def _write(world: World, event: str, rows: dict[str, np.ndarray]) -> None:
    seq, word = WORDS[event]
    names = world.masters.province_names
    places = np.array([world.place("location", name) for name in names], np.int64)
    world.tables[EVENT].add(
        len(rows["at"]), carrier_id=rows["carrier"], waybill_no=rows["waybill"], event_at=rows["at"],
        event_code=code(EVENT, "event_code", event), event_seq=seq, raw_status=world.place("raw_status", word),
        location=places[rows["province"]], exception_code=rows["exception"],
    )  # fmt: skip
