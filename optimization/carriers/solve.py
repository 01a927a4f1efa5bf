"""The cheapest eligible service, parcel by parcel."""

from collections.abc import Callable
from decimal import Decimal

import polars as pl

from optimization.carriers.eligibility import NO_RATE, NO_SERVICE, refusal
from optimization.carriers.params import Params
from optimization.carriers.plan import Plan
from optimization.carriers.problem import SERVICE, Problem
from optimization.carriers.rating import billed_weight, priced

WHY = (
    "Freight and surcharges by rate card. Each parcel has its cheapest eligible service{}; caps, commitments "
    "and rebates are not looked at, so parcels do not compete and the choice is proven."
)


CARD = [*SERVICE, "origin_zone", "dest_zone"]


def solve(
    problem: Problem, params: Params | None = None, stop: Callable[[], bool] | None = None, seed: int = 0
) -> Plan:
    """Choose for each parcel the cheapest service that may carry it.

    Services that keep the promised date go first; where none does, the cheapest late one is taken and
    marked. Equal costs go to the faster service, then to the smaller carrier and service code.

    Parameters
    ----------
    problem
        Parcels, services, rates, zones.
    params
        Settings; defaults if None.
    stop, seed
        Part of every solver's face; one pass without chance has no use for them.

    Returns
    -------
    Plan
    """
    params = params or Params()
    services = problem.services.sort(SERVICE).with_row_index("service")
    candidates = with_zone(problem, services).with_columns(reason=refusal())
    offers = priced(with_rate(candidates.filter(pl.col("reason").is_null()), problem.rates))
    promise = ["is_late"] if params.prefer_on_time else []
    # Services are numbered in order of carrier and code, so the last key is the tie-break of the docstring.
    ranked = offers.sort("parcel", *promise, "cost_fen", "days", "service", nulls_last=True)
    choices = chosen(ranked, problem.parcels, services, params)
    total = choices["cost_amount"].sum() or Decimal(0)
    first = ", on time before late" if params.prefer_on_time else ""
    return Plan(
        objective=total,
        bound=total,
        why=WHY.format(first),
        choices=choices,
        unassigned=refused(candidates, offers, problem.parcels, services),
        params=params,
    )


def with_cards(rates: pl.DataFrame) -> pl.DataFrame:
    """The distinct rate cards (service and pair of zones), numbered: joins on a number are far faster."""
    return rates.select(CARD).unique().sort(CARD).with_row_index("card")


def with_zone(problem: Problem, services: pl.DataFrame) -> pl.DataFrame:
    """Every parcel with every service, both by number, with its zone, card, days in transit and lateness."""
    zones = (
        problem.zones.rename({"dest_region": "dest_province"})
        .join(services.select(*SERVICE, "service"), on=SERVICE, how="inner")
        .join(with_cards(problem.rates), on=CARD, how="left")
        .drop(CARD)
    )
    pairs = (
        problem.parcels.drop("outbound_id")
        .with_row_index("parcel")
        .join(services, how="cross")
        .join(zones, on=["service", "origin_region", "dest_province"], how="left")
        .with_columns(days=pl.coalesce("transit_days", "promise_days").cast(pl.Float64).ceil())
    )
    arrival = pl.col("handover_date") + pl.duration(days=pl.col("days").cast(pl.Int64))
    return pairs.with_columns(is_late=(arrival > pl.col("promised_date")).fill_null(False))


def with_rate(candidates: pl.DataFrame, rates: pl.DataFrame) -> pl.DataFrame:
    """The candidates whose billed weight lies in a bracket of their card, with that bracket."""
    cards = rates.join(with_cards(rates), on=CARD).drop(CARD).with_row_index("rate")
    weights = ["weight_g", "volume_cm3"]
    kept = [
        "parcel",
        "service",
        "card",
        "days",
        "is_late",
        "is_remote",
        "is_cod",
        "declared_value",
        "cod_amount",
    ]
    brackets = candidates.select(*kept, *weights).join(
        cards.select("card", "rate", "weight_from_g", "weight_to_g", "volumetric_divisor", "rounding"),
        on="card",
    )
    inside = (pl.col("weight_from_g") <= pl.col("billed_weight_g")) & (
        pl.col("billed_weight_g") <= pl.col("weight_to_g")
    ).fill_null(True)
    return (
        brackets.with_columns(billed_weight_g=billed_weight())
        .filter(inside)
        .sort("parcel", "service", "weight_from_g")
        .unique(["parcel", "service"], keep="first", maintain_order=True)
        .select(*kept, "rate", "billed_weight_g")
        .join(cards.drop("card"), on="rate")
    )


def yuan(fen: str) -> pl.Expr:
    """Whole fen as decimal yuan."""
    return (pl.col(fen).cast(pl.Decimal(18, 4)) * pl.lit(Decimal("0.0100"))).cast(pl.Decimal(18, 4))


def chosen(ranked: pl.DataFrame, parcels: pl.DataFrame, services: pl.DataFrame, params: Params) -> pl.DataFrame:
    """First and second of each parcel's ranking, as ``Plan`` documents them."""
    names = services.select("service", *SERVICE)
    runner_up_names = names.rename({"service": "runner_up"} | {name: f"runner_up_{name}" for name in SERVICE})
    first = ["service", "billed_weight_g", "freight_fen", "surcharge_fen", "cost_fen", "is_late"]
    best = (
        ranked.group_by("parcel", maintain_order=True)
        .agg(
            pl.col(first).first(),
            eligible_count=pl.len().cast(pl.Int64),
            runner_up=pl.col("service").get(1, null_on_oob=True),
            runner_up_fen=pl.col("cost_fen").get(1, null_on_oob=True),
        )
        .join(parcels.select("outbound_id").with_row_index("parcel"), on="parcel")
        .join(names, on="service")
        .join(runner_up_names, on="runner_up", how="left")
    )
    cheapest = pl.format("cheapest of {} eligible services", "eligible_count")
    late = pl.when(pl.col("is_late")).then(
        pl.lit(
            "; none that may carry it keeps the promised date" if params.prefer_on_time else "; after the promised date"
        )
    )
    only = pl.when(pl.col("eligible_count") == 1).then(pl.lit("the only eligible service")).otherwise(cheapest)
    over = pl.col("runner_up_fen") < pl.col("cost_fen")
    words = pl.when(over).then(pl.lit("cheapest that keeps the promised date")).otherwise(only)
    return (
        best.with_columns(difference_fen=pl.col("runner_up_fen") - pl.col("cost_fen"))
        .sort("outbound_id")
        .select(
            "outbound_id",
            *SERVICE,
            "billed_weight_g",
            yuan("freight_fen").alias("freight_amount"),
            yuan("surcharge_fen").alias("surcharge_amount"),
            yuan("cost_fen").alias("cost_amount"),
            "is_late",
            "eligible_count",
            "runner_up_carrier_id",
            "runner_up_service_code",
            yuan("runner_up_fen").alias("runner_up_amount"),
            yuan("difference_fen").alias("difference_amount"),
            reason=words + late.fill_null(""),
        )
    )


def refused(
    candidates: pl.DataFrame, offers: pl.DataFrame, parcels: pl.DataFrame, services: pl.DataFrame
) -> pl.DataFrame:
    """Each service's reason for every parcel without an offer."""
    stranded = parcels.select("outbound_id").with_row_index("parcel").join(offers, on="parcel", how="anti")
    reasons = candidates.select("parcel", "service", pl.col("reason").fill_null(NO_RATE))
    return (
        stranded.join(reasons, on="parcel", how="left")
        .join(services.select("service", *SERVICE), on="service", how="left")
        .select("outbound_id", *SERVICE, pl.col("reason").fill_null(NO_SERVICE))
        .sort("outbound_id", *SERVICE)
    )
