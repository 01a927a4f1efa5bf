"""What each contract costs: the price of one more parcel, and what the same parcels would cost without it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from optimization.carriers.day import Day, choose
from optimization.carriers.day.problem import place_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from optimization.carriers.day import Cap, Choice, Terms

CONTRACTS = {
    "kind": pl.String,
    "service_id": pl.String,
    "contract": pl.String,
    "price": pl.Float64,
    "cost_amount": pl.Float64,
    "left_over": pl.Int64,
}
# Yuan: a price below this is rounding of the solver.
NO_PRICE = 1e-4


def contract_costs(day: Day, choice: Choice, stop: Callable[[], bool] | None) -> pl.DataFrame:
    """``Plan.contracts``: for each contract with a price, what the same parcels would cost without it."""
    carried, cost = day, choice
    if choice.assignment["service_id"].null_count() or (choice.ahead_carried < 1 - 1e-9).any():
        # Parcels without a service have a price in the solver that no carrier bills: costs are of the others.
        carried = carried_only(day, choice)
        cost = choose(carried, stop=stop) if carried.parcels.height else None
    rows = []
    for kind, number, service, _ in choice.contracts.iter_rows():
        each = (day.terms if kind == "terms" else day.caps)[number]
        price, amount = 0.0, 0.0
        if cost is not None:
            price = cost.contracts.filter(kind=kind, number=number)["price"].item()
        if abs(price) > NO_PRICE:
            amount = float(cost.objective) - float(choose(without(carried, each), stop=stop).objective)
            # What a cap really costs is never below zero; both objectives are only known up to their gap.
            amount = max(amount, 0.0) if kind == "cap" else amount
        left_over = parcels_held_back(day, choice, each, stop)
        text = terms_text(each) if kind == "terms" else cap_text(each)
        rows.append((kind, service, text, price, round(amount, 4), left_over))
    return pl.DataFrame(rows, schema=CONTRACTS, orient="row")


def carried_only(day: Day, choice: Choice) -> Day:
    """The day without what has no service: the same contracts, nothing left over."""
    kept = choice.assignment.drop_nulls().select("parcel_id")
    ahead = day.ahead
    if ahead is not None:
        ahead = ahead.with_columns(weight=pl.col("weight") * pl.Series(choice.ahead_carried)).filter(
            pl.col("weight") > 1e-9
        )
        ahead = ahead if ahead.height else None
    parcels = day.parcels.join(kept, on="parcel_id", how="semi", maintain_order="left")
    return replace(day, parcels=parcels, ahead=ahead, days_ahead=day.days_ahead if ahead is not None else 0.0)


def without(day: Day, contract: Terms | Cap) -> Day:
    """The day as if a contract did not exist."""
    return replace(
        day,
        terms=[terms for terms in day.terms if terms is not contract],
        caps=[cap for cap in day.caps if cap is not contract],
    )


def parcels_held_back(day: Day, choice: Choice, contract: Terms | Cap, stop: Callable[[], bool] | None) -> int:
    """Parcels of the day that would have a service without a contract."""
    left_over = choice.assignment.filter(pl.col("service_id").is_null())
    quoted = day.quotes.join(left_over, on="parcel_id", how="semi")["service_id"].unique().to_list()
    if not set(quoted) & set(contract.services):
        return 0
    freed = choose(without(day, contract), stop=stop).assignment["service_id"].null_count()
    return left_over.height - freed


def terms_text(terms: Terms) -> str:
    """Terms in words."""
    parts = [f"minimum {terms.minimum_parcels}"] if terms.minimum_parcels else []
    parts += [f"rebate from {tier.from_parcels}" for tier in terms.tiers if tier.rebate_per_parcel]
    parts += [f"at most {terms.most_parcels:g}"] if terms.most_parcels is not None else []
    return f"volume of {terms.service_id}{where(terms)} ({', '.join(parts)})"


def cap_text(cap: Cap) -> str:
    """A cap in words."""
    return f"cap of {cap.service_id}{where(cap)}: room for {cap.limit:g} {cap.measure} today"


def where(contract: Terms | Cap) -> str:
    """Warehouse and province of a contract, if it names any."""
    return "".join(f" {part}" for part in place_of(contract) if part is not None)
