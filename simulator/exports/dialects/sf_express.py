"""SF's monthly freight bill 顺丰月结账单: a workbook with a title, a merged header of two rows and a row of totals."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import numpy as np
import pyarrow as pa

from simulator.exports.dialects.foreign import ForeignFile, Spoken, rows_of
from simulator.exports.dialects.workbook import workbook
from simulator.exports.files import Delivery

__all__ = ["CARRIES", "speak"]

LINE = "logistics.freight_bill_line"
# The bill is named by account and month in its title.
CARRIES = {
    LINE: (
        "carrier_id", "waybill_no", "charge_type", "line_no", "billed_at", "billed_weight_g", "amount", "currency",
    ),
}  # fmt: skip
CHARGES = ("freight", "insured")
ACCOUNT = "0200000000"
HEADER = (
    ("运单号码", "寄件日期", "重量(kg)", None, "费用(元)", None, None, "备注"),
    (None, None, "实际", "计费", "运费", "保价", "应付", None),
)
MERGED = ("A2:A3", "B2:B3", "C2:D2", "E2:G2", "H2:H3")
FIRST_SERIAL = date(1899, 12, 30)  # day 0 of a workbook
NOTHING = Decimal(0)


def speak(tables: Mapping[str, pa.Table], delivery: Delivery) -> Spoken:
    """SF's freight and insurance; surcharges, returns and credits are billed apart."""
    lines = rows_of(tables, LINE)
    parcels: dict[tuple[str, str], dict[str, int]] = {}
    for place, row in enumerate(lines):
        if row["carrier_id"] == "SF" and row["charge_type"] in CHARGES and row["line_no"] == 1:
            parcels.setdefault((row["bill_period"], row["waybill_no"]), {})[row["charge_type"]] = place
    taken, months = np.zeros(len(lines), bool), {}
    for (month, _), charges in sorted(parcels.items()):
        if "freight" in charges and lines[charges["freight"]]["billed_weight_g"] is not None:
            taken[list(charges.values())] = True
            months.setdefault(month, []).append({charge: lines[place] for charge, place in charges.items()})
    files = [_bill(month, rows) for month, rows in months.items()]
    return Spoken(files, {LINE: taken} if files else {})


def _bill(month: str, parcels: list[dict[str, dict]]) -> ForeignFile:
    freight, insured = (sum((_amount(p, charge) for p in parcels), NOTHING) for charge in CHARGES)
    rows = [
        (f"顺丰月结账单 {month[:4]}-{month[4:]} 月结卡号 {ACCOUNT}",),
        *HEADER,
        *map(_row, parcels),
        ("合计", None, None, None, freight, insured, freight + insured),
    ]
    content = workbook(rows, "账单", MERGED)
    return ForeignFile(f"sf_freight_{month}.xlsx", content, len(parcels) + 1, LINE)


def _row(parcel: dict[str, dict]) -> tuple:
    line, kilograms = parcel["freight"], Decimal(parcel["freight"]["billed_weight_g"]) / 1000
    # A dash says that a parcel was not insured.
    insured = parcel["insured"]["amount"] if "insured" in parcel else "—"
    serial = (line["billed_at"] - FIRST_SERIAL).days
    total = _amount(parcel, "freight") + _amount(parcel, "insured")
    return line["waybill_no"], serial, None, kilograms, line["amount"], insured, total, None


def _amount(parcel: dict[str, dict], charge: str) -> Decimal:
    return parcel[charge]["amount"] if charge in parcel else NOTHING
