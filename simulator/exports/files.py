"""One table as one delivered file with its manifest, exactly as the contract's delivery rule says (contract §0.4)."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from simulator.tables import contract_of

__all__ = ["Delivery", "as_csv", "control_totals", "file_name", "totals_of", "write_file", "write_manifest"]

# A price, a ratio or a running balance has no meaningful sum.
_NOT_SUMMED = {"uom_ratio", "order_multiple", "account_balance", "min_qty"}


@dataclass(frozen=True)
class Delivery:
    """When a delivery was made and what time it covers."""

    window_from: datetime
    extracted_at: datetime
    complete: bool = True
    scope: str = "all"
    number: int = 1


def file_name(qualified: str, delivery: Delivery, suffix: str) -> str:
    return f"{qualified}.{delivery.scope}.{delivery.extracted_at:%Y%m%dT%H%M%S}.{delivery.number}.{suffix}"


def write_file(folder: Path, qualified: str, rows: pa.Table, delivery: Delivery, suffix: str = "csv") -> Path:
    """Write rows as CSV or Parquet, and the manifest beside them."""
    path = folder / file_name(qualified, delivery, suffix)
    if suffix == "csv":
        path.write_bytes(as_csv(rows))
    else:
        pq.write_table(rows, path, compression="zstd", compression_level=1)
    write_manifest(path, qualified, rows.num_rows, control_totals(qualified, rows), delivery)
    return path


def write_manifest(path: Path, qualified: str, rows: int, totals: dict[str, str], delivery: Delivery) -> None:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    manifest = {
        "contract": qualified,
        "contract_version": contract_of(qualified).version,
        "scope": {},
        "window": [delivery.window_from.isoformat(" "), delivery.extracted_at.isoformat(" ")],
        "complete": delivery.complete,
        "rows": rows,
        "sha256": digest,
        "control_totals": totals,
        "encoding": "utf-8",
        "tz": "Asia/Shanghai",
        "currency": "CNY",
        "tax_included": True,
        "extracted_at": delivery.extracted_at.isoformat(" "),
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=1) + "\n"
    path.with_name(path.name + ".manifest.json").write_text(text, encoding="utf-8")


def totals_of(qualified: str) -> list[str]:
    """The columns whose sums a manifest states: amounts and quantities, no prices."""
    return [
        column.name
        for column in contract_of(qualified).columns
        if column.type in ("money", "qty") and column.name not in _NOT_SUMMED and "price" not in column.name
    ]


def control_totals(qualified: str, rows: pa.Table) -> dict[str, str]:
    """Sums of a file's amounts and quantities, as text."""
    named = [name for name in totals_of(qualified) if name in rows.column_names]
    sums = {name: pc.sum(rows[name]).as_py() for name in named}
    return {name: str(total) for name, total in sums.items() if total is not None}


def as_csv(rows: pa.Table) -> bytes:
    """Rows as UTF-8 CSV; instants with their offset, nothing for null."""
    frame = pl.from_arrow(rows)
    text = frame.with_columns(pl.selectors.categorical().cast(pl.String))
    return text.write_csv(
        datetime_format="%Y-%m-%d %H:%M:%S%:z", date_format="%Y-%m-%d", time_format="%H:%M:%S"
    ).encode()
