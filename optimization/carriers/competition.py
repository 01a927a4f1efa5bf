"""Parcels that compete for caps, and count together for minimums and rebates."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl

from optimization.carriers.contract_costs import CONTRACTS, NO_PRICE, cap_text, contract_costs, terms_text
from optimization.carriers.day import Day, choose
from optimization.carriers.day.problem import holds_at
from optimization.carriers.problem import SERVICE, Problem, service_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from optimization.carriers.day import Choice

OFFSETS = {
    "service_id": pl.String,
    "warehouse_id": pl.String,
    "province_id": pl.String,
    "per_parcel": pl.Float64,
    "per_kg": pl.Float64,
}


@dataclass(frozen=True)
class Together:
    """Offers in the order in which each parcel prefers them, the chosen one first, and what proves it.

    Parameters
    ----------
    ranked
        Offers of the parcels that have a service, with ``bound_by`` (text, null: nothing), ``is_drawn`` (bool, the
        parcel's service was drawn by chance) and ``priced`` (fen, expected with what scarce room and volumes add).
    objective, bound, why
        As in ``Proof``.
    contracts, offsets
        As in ``Plan``.
    """

    ranked: pl.DataFrame
    objective: Decimal | float
    bound: Decimal | float
    why: str
    contracts: pl.DataFrame
    offsets: pl.DataFrame

    @classmethod
    def apart(cls, offers: pl.DataFrame, draws: pl.DataFrame, why: str) -> Together:
        """Each parcel by its own cheapest offer, or by the one drawn for it: nothing binds them together."""
        known = offers.join(draws, on="parcel", how="left").with_columns(
            is_drawn=pl.col("drawn").is_not_null(),
            bound_by=pl.lit(None, pl.String),
            priced=pl.col("expected_fen").cast(pl.Float64),
        )
        is_other = (pl.col("drawn") != pl.col("service")).fill_null(False)
        ranked = known.sort("parcel", is_other, "expected_fen", "days", "service", nulls_last=True)
        total = Decimal(ranked.unique("parcel", keep="first", maintain_order=True)["expected_fen"].sum()) / 100
        return cls(ranked, total, total, why, pl.DataFrame(schema=CONTRACTS), pl.DataFrame(schema=OFFSETS))


def together(
    problem: Problem,
    services: pl.DataFrame,
    offers: pl.DataFrame,
    draws: pl.DataFrame,
    stop: Callable[[], bool] | None,
) -> Together:
    """Choose for all parcels of the day at once, those with a draw among their drawn service only."""
    names = pl.Series([service_name(*key) for key in services.select(SERVICE).iter_rows()], dtype=pl.String)
    offers = offers.with_columns(service_id=names.gather(offers["service"]))
    known = offers.join(draws, on="parcel", how="left").with_columns(is_drawn=pl.col("drawn").is_not_null())
    day = day_of(problem, known.filter((pl.col("drawn") == pl.col("service")).fill_null(True)))
    choice = choose(day, stop=stop)
    if draws.height and choice.assignment["service_id"].null_count():
        # A draw must not take the room of a parcel that has no other way.
        return together(problem, services, offers.drop("service_id"), draws.clear(), stop)
    taken = choice.assignment.drop_nulls().rename({"parcel_id": "parcel", "service_id": "taken"})
    paid = with_offsets(known.join(taken, on="parcel"), choice, day)
    # The chosen offer first, then what would be taken without it.
    ranked = paid.sort("parcel", pl.col("taken") != pl.col("service_id"), "priced", "days", "service", nulls_last=True)
    return Together(
        ranked=with_bounds(ranked, day, choice),
        objective=float(choice.objective),
        bound=float(choice.bound),
        why=choice.why,
        contracts=contract_costs(day, choice, stop),
        offsets=choice.offsets,
    )


def day_of(problem: Problem, offers: pl.DataFrame) -> Day:
    """The day that a problem's offers make."""
    parcels = (
        problem.parcels.with_row_index("parcel_id")
        .join(offers.select("parcel").unique(), left_on="parcel_id", right_on="parcel", how="semi")
        .select("parcel_id", pl.col("warehouse_id").fill_null(""), province_id="dest_province")
    )
    ahead = None
    if problem.expected_ahead > 0 and problem.days_ahead > 0 and parcels.height:
        ahead = parcels.with_columns(weight=pl.lit(problem.expected_ahead / parcels.height))
    quotes = offers.select(
        "service_id",
        parcel_id="parcel",
        expected_cost=pl.col("expected_fen") / 100,
        billed_g="billed_weight_g",
    )
    return Day(
        parcels,
        quotes,
        problem.terms,
        problem.caps,
        ahead,
        problem.days_ahead if ahead is not None else 0.0,
    )


def with_offsets(offers: pl.DataFrame, choice: Choice, day: Day) -> pl.DataFrame:
    """Add ``priced``: the expected cost (in fen) with what scarce room and volumes are worth."""
    by_place = {"warehouse_id": "warehouse_id", "province_id": "dest_province"}
    asked = [name for name in by_place if any(getattr(each, name) is not None for each in (*day.caps, *day.terms))]
    keys = ["service_id", *asked]
    found = offers.with_columns(warehouse_id=pl.col("warehouse_id").fill_null("")).join(
        choice.offsets.select(*keys, "per_parcel", "per_kg"),
        left_on=["service_id", *(by_place[name] for name in asked)],
        right_on=keys,
        how="left",
    )
    extra = pl.col("per_parcel") + pl.col("per_kg") * pl.col("billed_weight_g") / 1000
    return found.with_columns(priced=pl.col("expected_fen") + 100 * extra)


def with_bounds(ranked: pl.DataFrame, day: Day, choice: Choice) -> pl.DataFrame:
    """Add ``bound_by``: the contract that keeps a parcel from its cheapest offer, in words."""
    prices = dict(zip(choice.contracts.select("kind", "number").iter_rows(), choice.contracts["price"], strict=True))
    cheapest = ranked.sort("parcel", "expected_fen").unique("parcel", keep="first", maintain_order=True)
    pairs = cheapest.select("parcel", "taken", "service_id", "warehouse_id", "dest_province")
    distinct = pairs.drop("parcel").unique().sort(pl.all())
    reasons = [strongest(*row, day, prices) for row in distinct.iter_rows()]
    known = distinct.with_columns(bound_by=pl.Series(reasons, dtype=pl.String))
    keys = ["taken", "service_id", "warehouse_id", "dest_province"]
    return ranked.join(pairs.join(known, on=keys).select("parcel", "bound_by"), on="parcel", maintain_order="left")


def strongest(
    taken: str, cheapest: str, warehouse: str, province: str, day: Day, prices: dict[tuple[str, int], float]
) -> str | None:
    """The contract whose price sets the service taken most apart from the cheapest one."""
    found = []
    for kind, contracts, text in (("terms", day.terms, terms_text), ("cap", day.caps, cap_text)):
        for number, each in enumerate(contracts):
            apart = (cheapest in each.services) - (taken in each.services)
            found.append((apart * holds_at(each, warehouse, province) * prices[kind, number], text(each)))
    most = max(found, default=(0.0, None))
    return most[1] if most[0] > NO_PRICE else None
