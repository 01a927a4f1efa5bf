"""Which service carries which parcel: the cheapest in expectation, all parcels and contracts together."""

from collections.abc import Callable
from decimal import Decimal

import polars as pl

from optimization.carriers.competition import Together, together
from optimization.carriers.eligibility import NO_RATE, NO_SERVICE, refusal
from optimization.carriers.expected import moving_days_left, with_expected, with_lateness
from optimization.carriers.exploration import drawn_services
from optimization.carriers.insurance import must_be_insured, with_insurance
from optimization.carriers.params import Params
from optimization.carriers.plan import Plan
from optimization.carriers.problem import SERVICE, Problem
from optimization.carriers.rating import billed_weight, priced

APART = (
    "Freight, surcharges, lateness and loss as expected (yuan). No contract binds parcels together, so each has its "
    "cheapest eligible service and the choice is proven."
)

CARD = [*SERVICE, "origin_zone", "dest_zone"]
CAPS_FULL = "caps_full"


def solve(
    problem: Problem, params: Params | None = None, stop: Callable[[], bool] | None = None, seed: int = 0
) -> Plan:
    """Choose a service for each parcel that any may carry.

    What is minimised is freight and surcharges by the rate card, a penalty × the chance of being late, and the
    declared value × the chance of loss, or the premium where that is less; with terms or caps, for all parcels of the
    day together with what contracts cost and pay, else parcel by parcel. Equal costs go to the faster service, then to
    the smaller carrier and service code. A few parcels may have their service by chance (``Params.explore_share``); on
    a day on which some parcel would stay without a service, none does.

    Parameters
    ----------
    problem
        Parcels, services, rates, zones; contracts and what was learnt of lanes, where known.
    params
        Settings; defaults if None.
    stop
        Asked between choices of tiers; when it says so, the best choice so far is taken.
    seed
        Part of every solver's face; nothing here is left to chance.

    Returns
    -------
    Plan
    """
    params = params or Params()
    services = problem.services.sort(SERVICE).with_row_index("service")
    pairs = with_zone(problem, services).with_columns(must_be_insured=must_be_insured(params.insure_from))
    candidates = with_lateness(pairs, problem).with_columns(reason=refusal())
    rates = with_rate(candidates.filter(pl.col("reason").is_null()), problem.rates)
    rated = priced(with_insurance(rates, params.insure_from))
    offers = with_expected(rated, params.late_penalty)
    draws = drawn_services(offers, problem.parcels, params)
    if offers.height and (problem.terms or problem.caps):
        found = together(problem, services, offers, draws, stop)
    else:
        found = Together.apart(offers, draws, APART)
    choices = chosen(found.ranked, problem.parcels, services)
    return Plan(
        objective=found.objective,
        bound=found.bound,
        why=found.why,
        choices=choices,
        unassigned=refused(candidates, offers, choices, problem.parcels, services),
        offers=offered(found.ranked, problem.parcels, services),
        contracts=found.contracts,
        offsets=found.offsets,
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
    return pairs.with_columns(is_late=(pl.col("days") > moving_days_left()).fill_null(False))


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
        "insured_ok",
        "cod_amount",
        "late_cost",
        "warehouse_id",
        "dest_province",
        "late_probability",
        "failed_rate",
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


def chosen(ranked: pl.DataFrame, parcels: pl.DataFrame, services: pl.DataFrame) -> pl.DataFrame:
    """First and second of each parcel's ranking, as ``Plan`` documents them."""
    names = services.select("service", *SERVICE)
    runner_up_names = names.rename({"service": "runner_up"} | {name: f"runner_up_{name}" for name in SERVICE})
    first = ["service", "billed_weight_g", "freight_fen", "surcharge_fen", "cost_fen", "expected_fen", "is_late"]
    first += ["is_insured", "insured_value", "insured_fen"]
    best = (
        ranked.group_by("parcel", maintain_order=True)
        .agg(
            pl.col(*first, "late_probability", "bound_by", "is_drawn").first(),
            pl.col("is_late").all().alias("all_late"),
            least_fen=pl.col("expected_fen").min(),
            eligible_count=pl.len().cast(pl.Int64),
            runner_up=pl.col("service").get(1, null_on_oob=True),
            runner_up_fen=pl.col("cost_fen").get(1, null_on_oob=True),
            runner_up_expected_fen=pl.col("expected_fen").get(1, null_on_oob=True),
        )
        .join(parcels.select("outbound_id").with_row_index("parcel"), on="parcel")
        .join(names, on="service")
        .join(runner_up_names, on="runner_up", how="left")
    )
    return (
        best.with_columns(
            difference_fen=pl.col("runner_up_fen") - pl.col("cost_fen"),
            draw_fen=pl.when("is_drawn").then(pl.col("expected_fen") - pl.col("least_fen")).otherwise(0),
            bound_by=pl.when(pl.col("expected_fen") > pl.col("least_fen")).then("bound_by"),
        )
        .sort("outbound_id")
        .select(
            "outbound_id",
            *SERVICE,
            "billed_weight_g",
            yuan("freight_fen").alias("freight_amount"),
            yuan("surcharge_fen").alias("surcharge_amount"),
            yuan("cost_fen").alias("cost_amount"),
            yuan("expected_fen").alias("expected_amount"),
            "is_late",
            "late_probability",
            "eligible_count",
            "runner_up_carrier_id",
            "runner_up_service_code",
            yuan("runner_up_fen").alias("runner_up_amount"),
            yuan("runner_up_expected_fen").alias("runner_up_expected_amount"),
            yuan("difference_fen").alias("difference_amount"),
            "bound_by",
            "is_drawn",
            yuan("draw_fen").alias("draw_amount"),
            pl.col("insured_value").cast(pl.Decimal(18, 4)),
            yuan("insured_fen").alias("insured_amount"),
            reason=words(),
        )
    )


def offered(ranked: pl.DataFrame, parcels: pl.DataFrame, services: pl.DataFrame) -> pl.DataFrame:
    """Every offer of each parcel with a service, as ``Plan`` documents them."""
    return (
        ranked.with_columns(place=pl.int_range(1, pl.len() + 1).over("parcel"))
        .join(parcels.select("outbound_id").with_row_index("parcel"), on="parcel")
        .join(services.select("service", *SERVICE), on="service")
        .sort("outbound_id", "place")
        .select(
            "outbound_id",
            *SERVICE,
            "place",
            "billed_weight_g",
            yuan("cost_fen").alias("cost_amount"),
            yuan("expected_fen").alias("expected_amount"),
            yuan("insured_fen").alias("insured_amount"),
            "late_probability",
            offset_amount=(pl.col("priced") - pl.col("expected_fen")) / 100,
        )
    )


def words() -> pl.Expr:
    """Why a service was chosen, in words."""
    cheapest = pl.format("cheapest of {} eligible services", "eligible_count")
    only = pl.when(pl.col("eligible_count") == 1).then(pl.lit("the only eligible service")).otherwise(cheapest)
    dearer = (pl.col("runner_up_fen") < pl.col("cost_fen")) & pl.col("bound_by").is_null()
    bound = pl.format(
        "{} dearer than the cheapest: {}", yuan_text(pl.col("expected_fen") - pl.col("least_fen")), "bound_by"
    )
    drawn = pl.format("drawn by chance to learn, {} dearer than the cheapest", yuan_text(pl.col("draw_fen")))
    why = (
        pl.when("is_drawn")
        .then(drawn)
        .when(pl.col("bound_by").is_not_null())
        .then(bound)
        .when(dearer)
        .then(pl.lit("cheapest with the chance of being late priced in"))
        .otherwise(only)
    )
    late = (
        pl.when(pl.col("all_late"))
        .then(pl.lit("; none that may carry it keeps the promised date"))
        .when(pl.col("is_late"))
        .then(pl.lit("; after the promised date"))
        .otherwise(pl.lit(""))
    )
    insured = pl.format("; insured for {}", yuan_text(pl.col("insured_fen")))
    return why + late + pl.when("is_insured").then(insured).otherwise(pl.lit(""))


def yuan_text(fen: pl.Expr) -> pl.Expr:
    """Whole fen as yuan in words."""
    return pl.format("{}.{} yuan", fen // 100, (fen % 100).cast(pl.String).str.zfill(2))


def refused(
    candidates: pl.DataFrame,
    offers: pl.DataFrame,
    choices: pl.DataFrame,
    parcels: pl.DataFrame,
    services: pl.DataFrame,
) -> pl.DataFrame:
    """Each service's reason for every parcel that none carries."""
    stranded = parcels.select("outbound_id").with_row_index("parcel").join(choices, on="outbound_id", how="anti")
    offered = offers.select("parcel", "service", full=pl.lit(CAPS_FULL))
    reasons = candidates.select("parcel", "service", "reason").join(offered, on=["parcel", "service"], how="left")
    return (
        stranded.join(reasons, on="parcel", how="left")
        .join(services.select("service", *SERVICE), on="service", how="left")
        .with_columns(
            reason=pl.coalesce("reason", "full", pl.when(pl.col("service").is_not_null()).then(pl.lit(NO_RATE)))
        )
        .select("outbound_id", *SERVICE, pl.col("reason").fill_null(NO_SERVICE))
        .sort("outbound_id", *SERVICE)
    )
