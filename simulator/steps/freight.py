"""What carriers bill: every parcel once, in the month after its hand-over, by the rate card."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.tables import code
from simulator.tariffs import charges
from simulator.times import as_date, day_number, month_of

if TYPE_CHECKING:
    from simulator.world import World

__all__ = ["bills", "claim", "owe"]

BILL = "logistics.freight_bill_line"
REWEIGHED_SHARE, REWEIGHED_G = 0.01, 600  # parcels that the carrier finds heavier, and by how much
CLAIM_TIMES = 7  # a carrier pays at most so many times the freight of a parcel that was not insured


def owe(world: World, waybill, service, zone, weight_g, volume_cm3, share, *, is_return: bool = False) -> None:
    """Note parcels handed over today for the bill of the month; `share` of 0 … 1 says which are weighed again."""
    world.agenda.put(
        "freight bill", np.full(len(waybill), _next_first(world.day)), waybill=waybill, service=service, zone=zone,
        weight=weight_g, volume=volume_cm3, share=share, back=np.full(len(waybill), is_return),
    )  # fmt: skip


def claim(world: World, waybill: np.ndarray, service: np.ndarray, freight: np.ndarray, value: np.ndarray) -> None:
    """Claim lost and damaged parcels (fen) from their carriers, credited on the next bill."""
    fen = np.minimum(value, CLAIM_TIMES * freight)
    world.agenda.put("freight claim", np.full(len(waybill), _next_first(world.day)), waybill=waybill, service=service,
                     fen=fen)  # fmt: skip


def bills(world: World, day: int) -> None:
    """On the 1st, each carrier's bill of last month."""
    due, claims = world.agenda.due("freight bill", day), world.agenda.due("freight claim", day)
    if due is not None:
        _parcels(world, due)
        _rebates(world, due)
    if claims is not None:
        _line(world, "claim_credit", claims["waybill"], claims["service"], -claims["fen"], "freight_claim")


def _parcels(world: World, due: dict[str, np.ndarray]) -> None:
    """Freight and surcharges of each parcel; returns in one charge; a second line where it was weighed again."""
    waybill, service, zone, back = due["waybill"], due["service"], due["zone"], due["back"]
    card = charges(world.masters, service, zone, due["weight"], due["volume"])
    heavier = charges(world.masters, service, zone, due["weight"] + REWEIGHED_G, due["volume"])
    added = np.where((due["share"] < REWEIGHED_SHARE) & ~back, heavier.total - card.total, 0)
    rows = (
        ("freight", ~back, card.freight, card),
        ("fuel", ~back & (card.fuel > 0), card.fuel, card),
        ("remote", ~back & (card.remote > 0), card.remote, card),
        ("weight_adjust", added > 0, added, heavier),
        ("return", back, card.total, card),
    )
    for charge, mine, fen, weighed in rows:
        _line(world, charge, waybill[mine], service[mine], fen[mine], "freight", zone[mine], weighed.billed_g[mine])


def _rebates(world: World, due: dict[str, np.ndarray]) -> None:
    """One credit for the month, on no waybill, where a service carried enough parcels: on all of them."""
    masters = world.masters
    parcels = np.bincount(due["service"][~due["back"]], minlength=len(masters.rebate))
    earned = np.flatnonzero((masters.rebate_from > 0) & (parcels >= masters.rebate_from))
    _line(world, "freight", np.full(len(earned), -1), earned, -masters.rebate[earned] * parcels[earned], "freight")


def _line(world: World, charge: str, waybill, service, fen, kind: str, zone=-1, grams=None) -> None:
    day = world.day
    if not len(waybill):
        return
    period = month_of(day - 1)
    bill = np.array([world.place("bill", f"{name}-{period}") for name in world.masters.carrier_id], np.int64)
    weight = {} if grams is None else {"billed_weight_g": grams}
    world.tables[BILL].add(
        len(waybill), carrier_id=service, bill_no=bill[service], waybill_no=waybill, bill_period=int(period),
        billed_at=day, charge_type=code(BILL, "charge_type", charge), line_no=1, billed_zone=zone, amount=fen,
        dispute_status=code(BILL, "dispute_status", "none"), **weight,
    )  # fmt: skip
    world.postings.post(day, kind, "6602", fen)
    world.postings.post(day, kind, "2241", -fen, carrier_id=service)


def _next_first(day: int) -> int:
    """The first day of the next month."""
    date = as_date(day)
    year, month = divmod(date.year * 12 + date.month, 12)
    return day_number(date.replace(year=year, month=month + 1, day=1))
