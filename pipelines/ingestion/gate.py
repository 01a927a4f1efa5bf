"""Whether a delivery may be published (contract §0.4): attested rows and totals agree, few rows are bad."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal, InvalidOperation

import duckdb

from contracts.model import Table
from contracts.types import NUMERIC_TYPES
from pipelines.ingestion.delivery import Delivery, DeliveryRefusedError
from pipelines.ingestion.readers.relation import Staged
from pipelines.ingestion.schema import quote

MAX_BAD_SHARE = 0.20


class DeliveryHeldError(DeliveryRefusedError):
    """The file is kept back whole; its bad rows are in quarantine and nothing of it is published."""


def check_attested(delivery: Delivery, staged: Staged) -> None:
    """Compare content and row count with the manifest.

    Raises
    ------
    DeliveryRefusedError
        `content_differs` or `rows_differ`.
    """
    manifest = delivery.manifest
    if manifest is None:
        return
    if manifest.sha256 and manifest.sha256 != delivery.sha256:
        raise DeliveryRefusedError(
            "content_differs",
            f"{delivery.path.name}: its SHA-256 is {delivery.sha256[:12]}…, the manifest says "
            f"{manifest.sha256[:12]}…. The file is incomplete or was changed; send both again.",
        )
    if manifest.rows is not None and manifest.rows != staged.rows:
        raise DeliveryRefusedError(
            "rows_differ",
            f"{delivery.path.name}: holds {staged.rows} rows, the manifest says {manifest.rows}. Send both again.",
        )


def check_totals(
    connection: duckdb.DuckDBPyConnection, delivery: Delivery, table: Table, staged: Staged, units: Collection[str] = ()
) -> None:
    """Compare the manifest's control totals with the sums of what was read.

    They are totals of the file's own columns: of a contract file as `conformed` holds them, of a
    foreign export, and of the columns in `units`, as they stand. A contract file with bad rows cannot
    tie out by its good ones alone; its rows are judged by `check_bad_rows`.

    Raises
    ------
    DeliveryHeldError
        `totals_differ`, with column, sum and stated total.
    """
    totals = (delivery.manifest.control_totals if delivery.manifest else None) or {}
    numbers = {column.name for column in table.columns if column.type in NUMERIC_TYPES}
    as_typed = {name for name in totals if delivery.file_mapping is None and name not in units}
    found = _sums(connection, "conformed", {name: quote(name) for name in totals if name in as_typed & numbers})
    written = [name for name in totals if name not in as_typed and name in staged.types]
    found |= _sums(connection, "staged", {name: f"try_cast({quote(name)} as decimal(38, 4))" for name in written})
    for name, stated in totals.items():
        if name not in found:
            raise DeliveryHeldError(
                "bad_manifest",
                f"{delivery.path.name}: control total of '{name}', which is no column of numbers. Mend the manifest.",
            )
        total = found[name]
        if _decimal(delivery, name, stated) != Decimal(str(total)):
            raise DeliveryHeldError(
                "totals_differ",
                f"{delivery.path.name}: column '{name}' adds up to {total}, the manifest says {stated}. "
                "Rows are missing or were changed; send both again.",
            )


def _sums(connection: duckdb.DuckDBPyConnection, relation: str, columns: Mapping[str, str]) -> dict[str, object]:
    """By name, the sum of each of some columns of a relation, all asked for at once; nought where there is no value."""
    if not columns:
        return {}
    sums = ", ".join(f"coalesce(sum({column}), 0)" for column in columns.values())
    return dict(zip(columns, connection.execute(f"select {sums} from {relation}").fetchone(), strict=True))


def _decimal(delivery: Delivery, name: str, stated: str) -> Decimal:
    try:
        return Decimal(stated)
    except InvalidOperation as error:
        raise DeliveryHeldError(
            "bad_manifest",
            f"{delivery.path.name}: control total of '{name}' is {stated!r}, which is no number.",
        ) from error


def check_bad_rows(delivery: Delivery, table: Table, staged: Staged, bad: int, rows: int) -> None:
    """Hold the whole file when more rows break the contract than it allows.

    Raises
    ------
    DeliveryHeldError
        `held_over_threshold`.
    """
    allowed = min(max(table.max_bad_rows, int(table.max_bad_ratio * rows)), int(MAX_BAD_SHARE * rows))
    if bad > allowed:
        unread = ""
        if staged.first_undecodable:
            byte, line = staged.first_undecodable
            unread = f" The first bytes that are not {delivery.encoding} stand at byte {byte}, on line {line}."
        raise DeliveryHeldError(
            "held_over_threshold",
            f"{delivery.path.name}: {bad} of {rows} rows break the contract of {table.qualified}, {allowed} may."
            f"{unread} Nothing of the file is published; its rows are in quarantine. Mend the export or the mapping.",
        )
