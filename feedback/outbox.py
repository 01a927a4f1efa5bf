"""Decision files by their outbox contracts: the CSV and JSON that a receiving system reads."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from contracts.model import Column, Table
from feedback.files.formula import as_text
from feedback.freezing import frozen_body, idempotency_key


@dataclass(frozen=True)
class DecisionFile:
    """What was written: the decision, its files and what they hold."""

    decision: str
    csv: Path
    json: Path
    rows: int
    sha256: str


class DecisionError(ValueError):
    """A decision does not fit its outbox contract; the message names row and column."""


def write_decisions(
    folder: Path,
    contract: Table,
    rows: Sequence[Mapping[str, object]],
    as_of: datetime,
    tenant_id: str,
    dry_run: bool,
) -> DecisionFile:
    """Write one decision's rows as CSV and JSON, with a manifest; the same rows give the same bytes.

    Raises
    ------
    DecisionError
        If a row lacks a required column or holds one the contract does not name.
    """
    bodies = [_completed(contract, row, as_of, tenant_id) for row in rows]
    stem = _stem(contract, as_of, dry_run)
    folder.mkdir(parents=True, exist_ok=True)
    document = _document(contract, bodies, as_of, tenant_id, dry_run)
    written = {
        ".csv": _csv(contract, bodies).encode("utf-8"),
        ".json": (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode("utf-8"),
    }
    for ending, content in written.items():
        replace_file(folder / (stem + ending), content)
    sha256 = hashlib.sha256(written[".csv"]).hexdigest()
    manifest = {
        "contract": f"outbox.{contract.name}", "contract_version": contract.version, "rows": len(bodies),
        "sha256": sha256, "as_of": as_of.isoformat(), "tenant_id": tenant_id, "dry_run": dry_run,
    }  # fmt: skip
    replace_file(folder / f"{stem}.csv.manifest.json", (json.dumps(manifest, indent=1) + "\n").encode())
    return DecisionFile(contract.name, folder / f"{stem}.csv", folder / f"{stem}.json", len(bodies), sha256)


def withdraw_decisions(folder: Path, contract: Table, as_of: datetime, dry_run: bool) -> None:
    """Remove what an earlier run wrote for this instant, when a later one finds that nothing is to be decided."""
    stem = _stem(contract, as_of, dry_run)
    for ending in (".csv.manifest.json", ".json", ".csv"):
        (folder / (stem + ending)).unlink(missing_ok=True)


def _stem(contract: Table, as_of: datetime, dry_run: bool) -> str:
    return f"{contract.name}.{as_of.strftime('%Y%m%dT%H%M%S')}" + (".dry-run" if dry_run else "")


def _completed(contract: Table, row: Mapping[str, object], as_of: datetime, tenant_id: str) -> dict[str, object]:
    known = {column.name for column in contract.columns}
    strange = sorted(set(row) - known)
    if strange:
        raise DecisionError(f"{contract.name}: column '{strange[0]}' is not in its contract")
    body = {column.name: row.get(column.name) for column in contract.columns}
    body |= {
        "schema_version": contract.version,
        "as_of": as_of,
        "tenant_id": tenant_id,
        "idempotency_key": None,
    }
    # The same decision found again by a later run is the same decision: its instant is not part of the key.
    plain = {name: _plain(value) for name, value in body.items() if name not in ("idempotency_key", "as_of")}
    body["idempotency_key"] = idempotency_key(contract.name, frozen_body(plain))
    for column in contract.columns:
        if column.required and body[column.name] is None:
            raise DecisionError(
                f"{contract.name}: suggestion {row.get('suggestion_id')} has no '{column.name}', "
                "which the receiver needs"
            )
    return body


def _plain(value: object) -> object:
    """A value as it stands in a file: money and quantities as exact text, instants with their offset."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, float):
        return format(Decimal(repr(value)), "f")
    return value


def _csv(contract: Table, bodies: Iterable[Mapping[str, object]]) -> str:
    out = io.StringIO()
    # CR LF (RFC 4180): only then is a carriage return inside a value quoted as well.
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(column.name for column in contract.columns)
    for body in bodies:
        writer.writerow(_cell(column, _plain(body[column.name])) for column in contract.columns)
    return out.getvalue()


def _cell(column: Column, value: object) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and column.type in ("id", "text", "enum"):
        return as_text(value)
    return "" if value is None else value


def _document(
    contract: Table, bodies: Sequence[Mapping[str, object]], as_of: datetime, tenant_id: str, dry_run: bool
) -> dict[str, object]:
    return {
        "contract": f"outbox.{contract.name}",
        "contract_version": contract.version,
        "as_of": as_of.isoformat(),
        "tenant_id": tenant_id,
        "dry_run": dry_run,
        "decisions": [{name: _plain(value) for name, value in body.items()} for body in bodies],
    }


def replace_file(path: Path, content: bytes) -> None:
    """Write aside and rename, so that a receiver never picks up half a file; unchanged files stay."""
    if path.exists() and path.read_bytes() == content:
        return
    aside = path.with_name(f".{path.name}.part")
    with aside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)
    # The rename too must outlive a power cut before anybody notes the file as written.
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
