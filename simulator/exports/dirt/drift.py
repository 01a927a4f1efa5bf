"""Columns that come otherwise than the contract has them (contract §0.5)."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from contracts.model import Table
from simulator.exports.dirt.sheet import Sheet

__all__ = ["Drifted", "drift"]

UNKNOWN, SUFFIX = "export_batch", "_v2"


@dataclass(frozen=True)
class Drifted:
    """What was done to the columns of a file: what is listed as drift for it (reason, column), and new names.

    A refused file lacks a column that no row can do without.
    """

    kind: str
    column: str
    drifts: tuple[tuple[str, str], ...] = ()
    names: dict[str, str] = field(default_factory=dict)
    is_refused: bool = False


def drift(contract: Table, sheet: Sheet, rng: np.random.Generator) -> Drifted:
    """Change the columns of a file in one way, of those that its table can bear."""
    empty, idle = _without_values(contract, sheet), _idle(contract, sheet)
    ways = ["reordered", "renamed_case", "unknown_column", "missing_hard"]
    ways += ["missing_optional"] if empty else []
    ways += ["renamed_column"] if idle else []
    match ways[rng.integers(len(ways))]:
        case "reordered":
            sheet.columns = [sheet.columns[n] for n in rng.permutation(len(sheet.columns))]
            return Drifted("reordered", sheet.columns[0])
        case "renamed_case":
            column = sheet.columns[rng.integers(len(sheet.columns))]
            return Drifted("renamed_case", column, names={column: column.upper()})
        case "unknown_column":
            sheet.columns.insert(int(rng.integers(len(sheet.columns) + 1)), UNKNOWN)
            sheet.rows = [row | {UNKNOWN: f"B{n % 3}"} for n, row in enumerate(sheet.rows)]
            return Drifted("unknown_column", UNKNOWN, (("unknown_column", UNKNOWN),))
        case "missing_optional":
            column = empty[rng.integers(len(empty))]
            sheet.columns.remove(column)
            sheet.dropped.add(column)
            return Drifted("missing_optional", column, (("missing_optional", column),))
        case "renamed_column":
            column = idle[rng.integers(len(idle))]
            drifts = (("missing_optional", column), ("unknown_column", column + SUFFIX))
            return Drifted("renamed_column", column, drifts, {column: column + SUFFIX})
    hard = [c.name for c in contract.columns if c.hard and c.key_default is None and c.name in sheet.columns]
    column = hard[rng.integers(len(hard))]
    return Drifted("missing_hard", column, names={column: column + SUFFIX}, is_refused=True)


def _optional(contract: Table, sheet: Sheet) -> list[str]:
    named = {contract.known_at, contract.event_time, *contract.slice}
    return [
        c.name for c in contract.columns
        if c.name in sheet.columns and c.name not in named and not (c.required or c.hard or c.primary_key)
    ]  # fmt: skip


def _without_values(contract: Table, sheet: Sheet) -> list[str]:
    return [name for name in _optional(contract, sheet) if not any(row.get(name) for row in sheet.rows)]


def _idle(contract: Table, sheet: Sheet) -> list[str]:
    """Columns that no plan rests on: words."""
    return [
        name for name in _optional(contract, sheet)
        if contract.column(name).type == "text" and contract.column(name).personal is None
    ]  # fmt: skip
