"""Bills, parcels and contracts of an audit."""

from dataclasses import dataclass

import polars as pl

from forecasting.door import check_frame, check_unique
from optimization.carriers.problem import RATES, ZONES

WAYBILL = ["carrier_id", "waybill_no"]
LINES = {
    "carrier_id": "text",
    "bill_no": "text",
    "waybill_no": "text?",
    "charge_type": "text",
    "line_no": "integer",
    "billed_at": "date",
    "billed_weight_g": "integer?",
    "billed_zone": "text?",
    "amount": "money",
}
SHIPMENTS = {
    "carrier_id": "text",
    "waybill_no": "text",
    "service_code": "text?",
    "direction": "text",
    "origin_region": "text?",
    "dest_province": "text?",
    "weight_g": "integer?",
    "volume_cm3": "integer?",
    "insured_value": "money?",
    "cod_amount": "money?",
    "handed_over_on": "date?",
    "final_status": "text?",
}
VALID = {"valid_from": "date", "valid_to": "date?"}


@dataclass(frozen=True)
class AuditProblem:
    """What was billed, what was shipped, and what the contract says.

    Parameters
    ----------
    lines
        Charge lines of bills: ``carrier_id``, ``bill_no``, ``waybill_no`` (null: a credit on no waybill, such as a
        rebate), ``charge_type`` (freight, fuel, remote, insured, cod, return, weight_adjust, …), ``line_no``,
        ``billed_at``, ``billed_weight_g`` (grams), ``billed_zone``, ``amount`` (yuan, below zero: a credit).
    shipments
        One row per waybill: ``service_code``, ``direction`` (``return`` is billed in one charge), ``origin_region``,
        ``dest_province`` (of a return: where it comes from), ``weight_g``, ``volume_cm3``, ``insured_value``
        (null: not insured), ``cod_amount`` (yuan), ``handed_over_on`` (null: never), ``final_status``. A parcel
        without service, lane or weight cannot be rated.
    rates, zones
        As in ``Problem``, each with ``valid_from`` and ``valid_to`` (dates, the latter exclusive, null: open).

    Raises
    ------
    ValueError
        Naming column, value and row of the first thing that is wrong.
    """

    lines: pl.DataFrame
    shipments: pl.DataFrame
    rates: pl.DataFrame
    zones: pl.DataFrame

    def __post_init__(self) -> None:
        check_frame(self.lines, LINES, "lines")
        check_frame(self.shipments, SHIPMENTS, "shipments")
        check_frame(self.rates, RATES | VALID, "rates")
        check_frame(self.zones, ZONES | VALID, "zones")
        check_unique(self.shipments, WAYBILL, "shipments")
        check_unique(self.lines, [*WAYBILL, "bill_no", "charge_type", "line_no"], "lines")
