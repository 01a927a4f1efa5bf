"""What carrier choice decides on."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from forecasting.door import check_frame, check_unique, refuse_rows
from optimization.carriers.day.problem import Cap, Terms

SERVICE = ["carrier_id", "service_code"]
ROUNDING = {"up_100g": 100, "up_500g": 500, "up_1kg": 1000, "exact": 1}

PARCELS = {
    "outbound_id": "text",
    "warehouse_id": "text?",
    "origin_region": "text",
    "dest_province": "text",
    "weight_g": "integer",
    "volume_cm3": "integer?",
    "longest_side_mm": "integer?",
    "declared_value": "money?",
    "is_cod": "bool",
    "cod_amount": "money?",
    "late_cost": "money?",
    "needs_cold": "bool",
    "is_hazmat": "bool",
    "no_air": "bool",
    "handover_date": "date?",
    "promised_date": "date?",
    "rest_days": "integer",
    "designated_carrier_id": "text?",
    "designated_service_code": "text?",
}
SERVICES = {
    "carrier_id": "text",
    "service_code": "text",
    "cod_ok": "bool",
    "cold_ok": "bool",
    "hazmat_ok": "bool",
    "insured_ok": "bool",
    "is_air": "bool",
    "max_declared_value": "money?",
    "max_weight_g": "integer?",
    "max_side_mm": "integer?",
    "promise_days": "number?",
}
RATES = {
    "carrier_id": "text",
    "service_code": "text",
    "origin_zone": "text",
    "dest_zone": "text",
    "weight_from_g": "integer",
    "weight_to_g": "integer?",
    "first_weight_g": "integer",
    "first_fee": "money",
    "step_g": "integer",
    "step_fee": "money",
    "min_fee": "money?",
    "volumetric_divisor": "integer?",
    "rounding": "text",
    "fuel_rate": "money?",
    "remote_fee": "money?",
    "peak_fee": "money?",
    "insured_rate": "money?",
    "cod_rate": "money?",
}
ZONES = {
    "carrier_id": "text",
    "service_code": "text",
    "origin_region": "text",
    "dest_region": "text",
    "origin_zone": "text",
    "dest_zone": "text",
    "is_remote": "bool",
    "is_stopped": "bool",
    "transit_days": "number?",
}
LATENESS = {
    "carrier_id": "text",
    "service_code": "text",
    "origin_region": "text",
    "dest_region": "text",
    "late_rate": "number?",
    "failed_rate": "number?",
}


@dataclass(frozen=True)
class Problem:
    """Parcels to ship, and the services, zones and rates of one day.

    Fees, values and rates are decimal (or whole) numbers, never float; fees and values in yuan, with at
    most four digits after the point, rates as shares, with at most six.

    Parameters
    ----------
    parcels
        ``outbound_id``, ``warehouse_id`` (text, null where no cap asks), ``origin_region``, ``dest_province``
        (text), ``weight_g`` (int, ≥ 1),
        ``volume_cm3``, ``longest_side_mm`` (int, null: not known), ``declared_value`` (money, null: none),
        ``is_cod`` (bool), ``cod_amount`` (money, needed for COD), ``late_cost`` (money, ≥ 0, null:
        ``Params.late_penalty``), ``needs_cold``, ``is_hazmat``,
        ``no_air`` (bool, batteries and the like), ``handover_date``, ``promised_date`` (date, null: no promise),
        ``rest_days`` (int, ≥ 0: days after the hand-over, up to the promised one, on which parcels do not move),
        ``designated_carrier_id``, ``designated_service_code`` (text, null: free).
    services
        ``carrier_id``, ``service_code`` (text), ``cod_ok``, ``cold_ok``, ``hazmat_ok``, ``insured_ok``, ``is_air``
        (bool), ``max_declared_value`` (money), ``max_weight_g``, ``max_side_mm`` (int), ``promise_days`` (number);
        null: no limit.
    rates
        One row per service, pair of zones and weight bracket: ``carrier_id``, ``service_code``,
        ``origin_zone``, ``dest_zone`` (text), ``weight_from_g``, ``weight_to_g`` (int, null: open; a
        bracket includes its upper end, so a weight that is the end of one and the start of the next belongs
        to the lower), ``first_weight_g``, ``step_g`` (int, ≥ 1 for the step), ``first_fee``, ``step_fee``,
        ``min_fee`` (money), ``volumetric_divisor`` (int, cm³ per kg, null: actual weight only),
        ``rounding`` (text: ``up_100g``, ``up_500g``, ``up_1kg``, ``exact``), ``fuel_rate`` (share of
        freight), ``remote_fee``, ``peak_fee`` (money per parcel), ``insured_rate`` (share of declared
        value), ``cod_rate`` (share of the amount collected); null: not charged.
    zones
        ``carrier_id``, ``service_code``, ``origin_region``, ``dest_region``, ``origin_zone``, ``dest_zone``
        (text), ``is_remote``, ``is_stopped`` (bool), ``transit_days`` (number, null: the service's
        promise).
    terms, caps
        Contracts by volume and daily limits, services named as ``service_name`` does. Default: none.
    lateness
        What was learnt of lanes: ``carrier_id``, ``service_code``, ``origin_region``, ``dest_region`` (text),
        ``arrived_within`` (list of shares that arrive within 0, 1, … moving days, null: not known), ``late_rate``
        (share that misses the carrier's own promise, for parcels without a promised date), ``failed_rate``
        (share lost or damaged). A lane that is not in it is late when its stated days say so. Default: none.
    expected_ahead, days_ahead
        Parcels that are expected in the rest of the contracts' period after today, on how many days; they are
        taken to be like today's. Default 0.

    Raises
    ------
    ValueError
        Naming column, value and row of the first thing that is wrong.
    """

    parcels: pl.DataFrame
    services: pl.DataFrame
    rates: pl.DataFrame
    zones: pl.DataFrame
    terms: Sequence[Terms] = ()
    caps: Sequence[Cap] = ()
    lateness: pl.DataFrame | None = None
    expected_ahead: float = 0.0
    days_ahead: float = 0.0

    def __post_init__(self) -> None:
        if self.lateness is not None:
            check_frame(self.lateness, LATENESS, "lateness")
            check_unique(self.lateness, [*SERVICE, "origin_region", "dest_region"], "lateness")
        if self.expected_ahead < 0 or self.days_ahead < 0:
            raise ValueError(f"what is ahead must be zero or more, found {self.expected_ahead}, {self.days_ahead}")
        check_frame(self.parcels, PARCELS, "parcels")
        check_frame(self.services, SERVICES, "services")
        check_frame(self.rates, RATES, "rates")
        check_frame(self.zones, ZONES, "zones")
        check_unique(self.parcels, ["outbound_id"], "parcels")
        check_unique(self.services, SERVICE, "services")
        check_unique(self.rates, [*SERVICE, "origin_zone", "dest_zone", "weight_from_g"], "rates")
        check_unique(self.zones, [*SERVICE, "origin_region", "dest_region"], "zones")
        check_ranges(self.parcels, self.rates, self.zones)


def service_name(carrier: str, service: str) -> str:
    """How terms and caps name a service of a carrier."""
    return f"{carrier} {service}"


def check_ranges(parcels: pl.DataFrame, rates: pl.DataFrame, zones: pl.DataFrame) -> None:
    """Refuse weights, fees, rates and days outside their domain."""
    sizes = {"weight_g": 1, "volume_cm3": 0, "longest_side_mm": 0, "rest_days": 0}
    for column, least in sizes.items():
        bad = ~pl.col(column).is_between(least, 10**8)
        refuse_rows(parcels, bad, column, f"must be between {least} and {10**8}", "parcels")
    for column in ("declared_value", "cod_amount", "late_cost"):
        refuse_rows(
            parcels,
            ~pl.col(column).is_between(0, 10**8),
            column,
            "must be between 0 and 100000000",
            "parcels",
        )
    refuse_rows(
        parcels,
        pl.col("is_cod") & pl.col("cod_amount").is_null(),
        "cod_amount",
        "must be known for COD",
        "parcels",
    )
    for column in ("first_fee", "step_fee", "min_fee", "remote_fee", "peak_fee"):
        refuse_rows(rates, ~pl.col(column).is_between(0, 10**6), column, "must be between 0 and 1000000", "rates")
    for column in ("fuel_rate", "insured_rate", "cod_rate"):
        refuse_rows(rates, ~pl.col(column).is_between(0, 1), column, "must be a share between 0 and 1", "rates")
    refuse_rows(rates, pl.col("step_g") < 1, "step_g", "must be at least 1", "rates")
    refuse_rows(rates, pl.col("volumetric_divisor") < 1, "volumetric_divisor", "must be at least 1", "rates")
    for column in ("weight_from_g", "first_weight_g"):
        refuse_rows(rates, pl.col(column) < 0, column, "must be zero or more", "rates")
    refuse_rows(
        rates,
        pl.col("weight_to_g") < pl.col("weight_from_g"),
        "weight_to_g",
        "must not be below weight_from_g",
        "rates",
    )
    refuse_rows(
        rates,
        ~pl.col("rounding").is_in(list(ROUNDING)),
        "rounding",
        f"must be one of {list(ROUNDING)}",
        "rates",
    )
    refuse_rows(zones, ~(pl.col("transit_days") >= 0), "transit_days", "must be zero or more", "zones")
