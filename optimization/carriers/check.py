"""Faults of a carrier choice, found by pricing every parcel and service again, one by one, in decimals."""

from collections import defaultdict
from datetime import timedelta
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from fractions import Fraction
from math import ceil
from typing import NamedTuple

import polars as pl

from optimization.carriers.day.check import bill, broken, inside
from optimization.carriers.params import Params
from optimization.carriers.problem import Problem, service_name

FEN = Decimal("0.01")
GRAMS = {"up_100g": 100, "up_500g": 500, "up_1kg": 1000, "exact": 1}


class Offer(NamedTuple):
    """What a service asks for a parcel.

    Parameters
    ----------
    is_late
        Whether the stated days miss the promised date.
    cost
        Freight and surcharges (in yuan).
    expected
        With lateness and loss (in yuan).
    insured
        The premium in it (in yuan); None: not insured.
    """

    is_late: bool
    cost: Decimal
    expected: Decimal
    insured: Decimal | None


def faults(
    choices: pl.DataFrame, unassigned: pl.DataFrame, objective: float, params: Params, problem: Problem
) -> list[str]:
    """Everything in a choice that contradicts its problem, in words; the frames are those of ``Plan``.

    Returns
    -------
    list of str
        Empty when every parcel is chosen or unassigned once, every choice is eligible and priced right, no cap is
        broken, and no unassigned parcel has a service whose caps are not said to be full. Without contracts no
        eligible service is better; with contracts, and none expected after today, the objective is what choices
        and contracts come to.
    """
    chosen = {row["outbound_id"]: row for row in choices.iter_rows(named=True)}
    stranded = {(row["outbound_id"], row["reason"]) for row in unassigned.iter_rows(named=True)}
    stranded_ids = {order for order, _ in stranded}
    found = ["a parcel is chosen more than once"] if len(chosen) != choices.height else []
    price = Prices(problem, params)
    bound_together = bool(problem.terms or problem.caps)
    carried: dict[str, list[tuple]] = defaultdict(list)
    total = Decimal(0)
    for parcel in problem.parcels.iter_rows(named=True):
        order = parcel["outbound_id"]
        offers = price.offers(parcel)
        if (order in chosen) == (order in stranded_ids):
            found.append(f"parcel {order} is chosen and unassigned, or neither")
        elif order in stranded_ids:
            is_left = offers and (order, "caps_full") not in stranded
            found += [f"parcel {order} is unassigned, but {sorted(offers)} may carry it"] if is_left else []
        else:
            choice = chosen.pop(order)
            offers |= price.other_way(parcel, choice)
            found += choice_faults(choice, offers, not bound_together and not choice["is_drawn"])
            found += draw_faults(choice, offers, params)
            place = (parcel["warehouse_id"] or "", parcel["dest_province"])
            name = service_name(choice["carrier_id"], choice["service_code"])
            carried[name].append((place, Fraction(choice["billed_weight_g"], 1000)))
            total += choice["expected_amount"]
    found += [f"parcel {order} is not in the problem" for order in chosen]
    for cap in problem.caps:
        fault = broken(cap, [parcel for name in cap.services for parcel in carried[name]])
        found += [fault] if fault else []
    if choices.height and not stranded_ids and not problem.expected_ahead:
        counted = [[parcel for name in terms.services for parcel in carried[name]] for terms in problem.terms]
        bills = sum(bill(terms, len(inside(terms, mine))) for terms, mine in zip(problem.terms, counted, strict=True))
        if abs(float(total) + bills - objective) > 0.01:
            found.append(f"the choice costs {float(total) + bills:.2f}, not {objective:.2f}")
    return found


def choice_faults(choice: dict, offers: dict[tuple[str, str], Offer], is_alone: bool) -> list[str]:
    """Faults of one parcel's choice against all its offers."""
    order, service = choice["outbound_id"], (choice["carrier_id"], choice["service_code"])
    if service not in offers:
        return [f"parcel {order} has {service}, which may not carry it"]
    offer = offers[service]
    found = []
    if (choice["insured_value"] is not None) != (offer.insured is not None):
        found.append(f"parcel {order} is insured for {choice['insured_value']} by {service}, which may not be")
    elif choice["cost_amount"] != offer.cost or choice["is_late"] != offer.is_late:
        found.append(
            f"parcel {order} costs {offer.cost} by {service} (late: {offer.is_late}), not {choice['cost_amount']}"
        )
    if abs(choice["expected_amount"] - offer.expected) > FEN:
        found.append(f"parcel {order} is expected to cost {offer.expected}, not {choice['expected_amount']}")
    for other, better in offers.items():
        if is_alone and better.expected < offer.expected - FEN:
            found.append(f"parcel {order} has {service} for {offer.expected}, but {other} costs {better.expected}")
    return found


def draw_faults(choice: dict, offers: dict[tuple[str, str], Offer], params: Params) -> list[str]:
    """Faults of a service drawn by chance: dearer than the setting allows, or priced wrong."""
    service = (choice["carrier_id"], choice["service_code"])
    if not choice["is_drawn"] or service not in offers:
        return []
    order, more = choice["outbound_id"], offers[service].expected - min(offer.expected for offer in offers.values())
    found = []
    if params.explore_share == 0 or more > Decimal(str(params.explore_most)) + 2 * FEN:
        found.append(f"parcel {order} is drawn for {service}, {more} dearer than its cheapest")
    if abs(choice["draw_amount"] - more) > 2 * FEN:
        found.append(f"parcel {order} is drawn for {more} more, not {choice['draw_amount']}")
    return found


class Prices:
    """The rate cards of a problem, read row by row."""

    def __init__(self, problem: Problem, params: Params) -> None:
        self.late_penalty, self.insure_from = params.late_penalty, params.insure_from
        self.services = problem.services.rows(named=True)
        self.zones = {
            (row["carrier_id"], row["service_code"], row["origin_region"], row["dest_region"]): row
            for row in problem.zones.iter_rows(named=True)
        }
        self.rates = defaultdict(list)
        for row in problem.rates.sort("weight_from_g").iter_rows(named=True):
            self.rates[row["carrier_id"], row["service_code"], row["origin_zone"], row["dest_zone"]].append(row)
        learnt = [] if problem.lateness is None else problem.lateness.iter_rows(named=True)
        self.learnt = {
            (row["carrier_id"], row["service_code"], row["origin_region"], row["dest_region"]): row for row in learnt
        }

    def offers(self, parcel: dict) -> dict[tuple[str, str], Offer]:
        """Services that may carry a parcel, insured or not as that is cheaper, where it may be chosen."""
        ways = {name(service): self.ways(parcel, service) for service in self.services}
        return {key: min(mine, key=lambda offer: offer.expected) for key, mine in ways.items() if mine}

    def other_way(self, parcel: dict, choice: dict) -> dict[tuple[str, str], Offer]:
        """The chosen service insured as it was chosen, where that is the other way and as good to two fen."""
        service = next((each for each in self.services if name(each) == name(choice)), None)
        ways = [] if service is None else self.ways(parcel, service)
        asked = [offer for offer in ways if (offer.insured is None) == (choice["insured_value"] is None)]
        near = [offer for offer in asked if offer.expected <= min(way.expected for way in ways) + 2 * FEN]
        return {name(choice): near[0]} if near else {}

    def ways(self, parcel: dict, service: dict) -> list[Offer]:
        """A service's offers for a parcel: uninsured unless it must be, insured if it must be or a card prices it."""
        key = name(service)
        zone = self.zones.get((*key, parcel["origin_region"], parcel["dest_province"]))
        must = 0 < self.insure_from <= float(parcel["declared_value"] or 0)
        if zone is None or zone["is_stopped"] or not may_carry(parcel, service) or (must and not service["insured_ok"]):
            return []
        for rate in self.rates[(*key, zone["origin_zone"], zone["dest_zone"])]:
            weight = billed(parcel, rate)
            if rate["weight_from_g"] <= weight and (rate["weight_to_g"] is None or weight <= rate["weight_to_g"]):
                late, plain = is_late(parcel, service, zone), cost(parcel, zone, rate, weight)
                learnt = self.learnt.get((*key, parcel["origin_region"], parcel["dest_province"]))
                premium = fen(fen(parcel["declared_value"]) * (rate["insured_rate"] or 0))
                may = must or (service["insured_ok"] and rate["insured_rate"] is not None)
                found = [] if must else [Offer(late, plain, plain + self.risk(parcel, learnt, late, False), None)]
                dearer = plain + premium
                safe = Offer(late, dearer, dearer + self.risk(parcel, learnt, late, True), premium)
                return [*found, safe] if may and parcel["declared_value"] else found
        return []

    def risk(self, parcel: dict, learnt: dict | None, late: bool, is_insured: bool) -> Decimal:
        """What lateness and loss are expected to cost (in yuan)."""
        chance, lost = float(late), 0.0
        if learnt is not None:
            lost = learnt["failed_rate"] or 0.0
            promised, leaves = parcel["promised_date"], parcel["handover_date"]
            known = learnt["arrived_within"]
            if None in (promised, leaves):
                chance = learnt["late_rate"] if learnt["late_rate"] is not None else chance
            elif (left := (promised - leaves).days - parcel["rest_days"]) < 0:
                chance = 1.0
            elif known:
                chance = 1 - known[min(left, len(known) - 1)]
        value = 0.0 if is_insured else float(parcel["declared_value"] or 0)
        penalty = self.late_penalty if parcel["late_cost"] is None else float(parcel["late_cost"])
        return Decimal(penalty * min(max(chance, 0.0), 1.0) + value * lost).quantize(FEN, ROUND_HALF_UP)


def name(row: dict) -> tuple[str, str]:
    """Carrier and service of a row."""
    return row["carrier_id"], row["service_code"]


def fen(amount: Decimal | int | None) -> Decimal:
    """Yuan to the fen."""
    return Decimal(amount or 0).quantize(FEN, ROUND_HALF_UP)


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
        not (parcel["no_air"] and service["is_air"])
        and all(None in (parcel[value], service[limit]) or parcel[value] <= service[limit] for value, limit in limits)
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
    """Freight and surcharges but insurance (in yuan), each to the fen."""
    beyond = max(weight - rate["first_weight_g"], 0)
    freight = max(fen(rate["first_fee"] + Decimal(beyond) * rate["step_fee"] / rate["step_g"]), fen(rate["min_fee"]))
    charges = [freight, fen(freight * (rate["fuel_rate"] or 0)), fen(rate["peak_fee"])]
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
    resting = timedelta(days=ceil(days) + parcel["rest_days"])
    return parcel["handover_date"] + resting > parcel["promised_date"]
