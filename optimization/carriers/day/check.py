"""Faults of a choice, found by counting every parcel, cap and contract again, one by one."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

    from optimization.carriers.day.problem import Cap, Day, Terms


def faults(day: Day, assignment: pl.DataFrame, objective: float, bound: float) -> list[str]:
    """Everything in a choice that contradicts its day, in words; shares nothing with the solver.

    Parameters
    ----------
    day
        What was decided on. Days with parcels ahead have a part of their objective that no assignment shows: for
        them only assignment and caps are checked.
    assignment
        ``parcel_id``, ``service_id``; null for an unassigned parcel.
    objective, bound
        Yuan.

    Returns
    -------
    list of str
        Empty when every parcel occurs once on a service that was quoted for it, no cap is broken, the objective
        is what the assignment costs (when all parcels have a service), and the bound is not above it.
    """
    quotes = {
        (parcel, service): (cost, grams)
        for parcel, service, cost, grams in day.quotes.select(
            "parcel_id", "service_id", "expected_cost", "billed_g"
        ).iter_rows()
    }
    found = []
    chosen: dict[object, str | None] = {}
    for parcel, service in assignment.select("parcel_id", "service_id").iter_rows():
        if parcel in chosen:
            found.append(f"parcel {parcel} occurs twice")
        if service is not None and (parcel, service) not in quotes:
            found.append(f"parcel {parcel} goes by {service}, which was not quoted for it")
        chosen[parcel] = service
    places = {
        parcel: (warehouse, province)
        for parcel, warehouse, province in day.parcels.select("parcel_id", "warehouse_id", "province_id").iter_rows()
    }
    if set(places) != set(chosen):
        found.append(f"{len(set(places) ^ set(chosen))} parcels are missing, or not of this day")
    if found:
        return found
    carried = defaultdict(list)
    for parcel, service in chosen.items():
        if service is not None:
            carried[service].append((places[parcel], Fraction(quotes[parcel, service][1], 1000)))
    found += [
        fault
        for cap in day.caps
        if (fault := broken(cap, [parcel for name in cap.services for parcel in carried[name]]))
    ]
    if bound > objective + 1e-6 * max(1.0, abs(objective)):
        found.append(f"the bound {bound} lies above the objective {objective}")
    if day.ahead is None and None not in chosen.values():
        cost = sum(float(quotes[parcel, service][0]) for parcel, service in chosen.items())
        for terms in day.terms:
            mine = [parcel for name in terms.services for parcel in carried[name]]
            cost += bill(terms, len(inside(terms, mine)))
        if abs(cost - objective) > 0.01 + 1e-9 * abs(cost):
            found.append(f"the choice costs {cost:.2f}, not {objective:.2f}")
    return found


def broken(cap: Cap, carried: list[tuple[tuple, Fraction]]) -> str | None:
    """What a service carries beyond a cap, in words."""
    counted = inside(cap, carried)
    load = len(counted) if cap.measure == "parcels" else float(sum(counted))
    return f"{cap} carries {load}" if load > cap.limit + 1e-6 else None


def inside(contract: Cap | Terms, carried: list[tuple[tuple, Fraction]]) -> list[Fraction]:
    """Kilograms of each parcel that counts in a contract, by where it goes from and to."""
    return [
        kg
        for (warehouse, province), kg in carried
        if (contract.warehouse_id is None or contract.warehouse_id == warehouse)
        and (contract.province_id is None or contract.province_id == province)
    ]


def bill(terms: Terms, volume: int) -> float:
    """Fees less rebates, counted parcel by parcel from the contract's words."""
    total = terms.shipped + volume
    cost = terms.shortfall_fee * max(terms.minimum_parcels - total, 0)

    def rebate(parcel: int) -> float:
        return [tier.rebate_per_parcel for tier in terms.tiers if tier.from_parcels <= parcel][-1]

    if terms.is_all_unit:
        return cost - rebate(total) * total
    # Increments: parcel number k, counted from zero, earns the rebate of the tier that holds it.
    return cost - sum(rebate(parcel) for parcel in range(total))
