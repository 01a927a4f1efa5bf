"""Faults of a carrier choice, found by pricing every parcel and service again, one by one, in decimals."""

from collections import defaultdict
from datetime import timedelta
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from math import ceil

import polars as pl

from optimization.carriers.problem import Problem

FEN = Decimal("0.01")
GRAMS = {"up_100g": 100, "up_500g": 500, "up_1kg": 1000, "exact": 1}


def faults(choices: pl.DataFrame, unassigned: pl.DataFrame, prefer_on_time: bool, problem: Problem) -> list[str]:
    """Everything in a choice that contradicts its problem, in words; the frames are those of ``Plan``.

    Returns
    -------
    list of str
        Empty when every parcel is chosen or unassigned once, every choice is eligible and priced right, no
        eligible service is better, and no unassigned parcel has an eligible one.
    """
    chosen = {row["outbound_id"]: row for row in choices.iter_rows(named=True)}
    stranded = set(unassigned["outbound_id"].to_list())
    found = []
    if len(chosen) != choices.height:
        found.append("a parcel is chosen more than once")
    price = Prices(problem)
    for parcel in problem.parcels.iter_rows(named=True):
        order = parcel["outbound_id"]
        offers = price.offers(parcel)
        if (order in chosen) == (order in stranded):
            found.append(f"parcel {order} is chosen and unassigned, or neither")
        elif order in stranded:
            found += [f"parcel {order} is unassigned, but {sorted(offers)} may carry it"] if offers else []
        else:
            found += choice_faults(chosen.pop(order), offers, prefer_on_time)
    found += [f"parcel {order} is not in the problem" for order in chosen]
    return found


def choice_faults(choice: dict, offers: dict[tuple[str, str], tuple[bool, Decimal]], prefer_on_time: bool) -> list[str]:
    """Faults of one parcel's choice against all its offers (late, cost)."""
    order, service = choice["outbound_id"], (choice["carrier_id"], choice["service_code"])
    if service not in offers:
        return [f"parcel {order} has {service}, which may not carry it"]
    late, cost = offers[service]
    found = []
    if choice["cost_amount"] != cost or choice["is_late"] != late:
        found.append(f"parcel {order} costs {cost} by {service} (late: {late}), not {choice['cost_amount']}")
    for other, (other_late, other_cost) in offers.items():
        better = (other_late, other_cost) < (late, cost) if prefer_on_time else other_cost < cost
        if better:
            found.append(f"parcel {order} has {service} for {cost}, but {other} costs {other_cost}")
    return found


class Prices:
    """The rate cards of a problem, read row by row."""

    def __init__(self, problem: Problem) -> None:
        self.services = problem.services.rows(named=True)
        self.zones = {
            (row["carrier_id"], row["service_code"], row["origin_region"], row["dest_region"]): row
            for row in problem.zones.iter_rows(named=True)
        }
        self.rates = defaultdict(list)
        for row in problem.rates.sort("weight_from_g").iter_rows(named=True):
            self.rates[row["carrier_id"], row["service_code"], row["origin_zone"], row["dest_zone"]].append(row)

    def offers(self, parcel: dict) -> dict[tuple[str, str], tuple[bool, Decimal]]:
        """Services that may carry a parcel: whether late, and the cost."""
        found = {}
        for service in self.services:
            key = (service["carrier_id"], service["service_code"])
            zone = self.zones.get((*key, parcel["origin_region"], parcel["dest_province"]))
            if zone is None or zone["is_stopped"] or not may_carry(parcel, service):
                continue
            for rate in self.rates[(*key, zone["origin_zone"], zone["dest_zone"])]:
                weight = billed(parcel, rate)
                if rate["weight_from_g"] <= weight and (rate["weight_to_g"] is None or weight <= rate["weight_to_g"]):
                    found[key] = (is_late(parcel, service, zone), cost(parcel, zone, rate, weight))
                    break
        return found


def may_carry(parcel: dict, service: dict) -> bool:
    """Whether a service's own limits allow a parcel."""
    limits = (
        ("declared_value", "max_declared_value"),
        ("weight_g", "max_weight_g"),
        ("longest_side_mm", "max_side_mm"),
    )
    needs = (("is_cod", "cod_ok"), ("needs_cold", "cold_ok"), ("is_hazmat", "hazmat_ok"))
    wishes = (("designated_carrier_id", "carrier_id"), ("designated_service_code", "service_code"))
    return (
        all(None in (parcel[value], service[limit]) or parcel[value] <= service[limit] for value, limit in limits)
        and all(service[able] or not parcel[need] for need, able in needs)
        and all(parcel[wish] in (None, service[name]) for wish, name in wishes)
    )


def billed(parcel: dict, rate: dict) -> int:
    """Billed weight (in grams)."""
    weight = Decimal(parcel["weight_g"])
    if parcel["volume_cm3"] is not None and rate["volumetric_divisor"] is not None:
        weight = max(weight, Decimal(parcel["volume_cm3"]) * 1000 / rate["volumetric_divisor"])
    unit = GRAMS[rate["rounding"]]
    return int((weight / unit).to_integral_value(ROUND_CEILING)) * unit


def cost(parcel: dict, zone: dict, rate: dict, weight: int) -> Decimal:
    """Freight and surcharges (in yuan), each to the fen."""

    def fen(amount: Decimal | int | None) -> Decimal:
        return Decimal(amount or 0).quantize(FEN, ROUND_HALF_UP)

    beyond = max(weight - rate["first_weight_g"], 0)
    freight = max(fen(rate["first_fee"] + Decimal(beyond) * rate["step_fee"] / rate["step_g"]), fen(rate["min_fee"]))
    charges = [freight, fen(freight * (rate["fuel_rate"] or 0)), fen(rate["peak_fee"])]
    charges.append(fen(fen(parcel["declared_value"]) * (rate["insured_rate"] or 0)))
    if zone["is_remote"]:
        charges.append(fen(rate["remote_fee"]))
    if parcel["is_cod"]:
        charges.append(fen(fen(parcel["cod_amount"]) * (rate["cod_rate"] or 0)))
    return sum(charges, Decimal(0))


def is_late(parcel: dict, service: dict, zone: dict) -> bool:
    """Whether a parcel would arrive after its promised date; false where that cannot be known."""
    days = zone["transit_days"] if zone["transit_days"] is not None else service["promise_days"]
    if None in (days, parcel["handover_date"], parcel["promised_date"]):
        return False
    return parcel["handover_date"] + timedelta(days=ceil(days)) > parcel["promised_date"]
