"""Rows under the columns of their contract."""

import json
from datetime import UTC, datetime
from decimal import Decimal

from contracts import table
from simulator.times import CHINA, clock_time

__all__ = ["SOURCE", "Sheet", "dump", "instant", "opened", "rate", "yuan"]

SOURCE = {
    "product": "pim", "supplier": "srm", "procurement": "erp", "inventory": "inv", "warehouse": "wms",
    "logistics": "tms", "order": "oms", "payment": "pay", "aftersales": "crm", "marketing": "mkt",
    "finance": "fin", "reference": "ref", "policy": "plan",
}  # fmt: skip
CENT, MILLIONTH = Decimal("0.01"), Decimal("0.000001")


class Sheet:
    """Collects rows by table; every row has all columns of its contract, None where nothing is said."""

    def __init__(self) -> None:
        self._rows: dict[str, list[dict]] = {}
        self._empty: dict[str, dict] = {}

    def add(self, name: str, at: datetime, /, **columns: object) -> None:
        """A row of table `name` in the version of `at`.

        Raises
        ------
        KeyError
            If a column is not in the contract.
        """
        if name not in self._empty:
            self._empty[name] = {"source_system": SOURCE[name.split(".")[0]]}
            self._empty[name] |= {c.name: None for c in table(name).all_columns if c.name != "source_system"}
        empty = self._empty[name]
        row = {**empty, **columns, "updated_at": at, "is_deleted": False}
        if len(row) > len(empty):
            raise KeyError(f"{name} has no column {', '.join(row.keys() - empty.keys())}; see its contract")
        self._rows.setdefault(name, []).append(row)

    def by_age(self) -> dict[str, list[dict]]:
        """All rows, each table's oldest version first."""
        return {name: sorted(rows, key=lambda row: row["updated_at"]) for name, rows in self._rows.items()}


def yuan(fen: int) -> Decimal:
    return (Decimal(int(fen)) / 100).quantize(CENT)


def rate(share: float) -> Decimal:
    """A share as the contract's rate, six decimals."""
    return Decimal(str(share)).quantize(MILLIONTH)


def dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def instant(seconds: int) -> datetime:
    """Epoch seconds as a local instant with its zone."""
    return datetime.fromtimestamp(int(seconds), UTC).astimezone(CHINA)


def opened(masters) -> datetime:
    """When the systems were filled: a month before the first day."""
    return clock_time(masters.first_day - 30, 9)
