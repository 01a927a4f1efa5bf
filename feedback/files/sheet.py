"""Rows of a decision laid out as a receiver's layout says: typed cells, documents, weeks side by side; pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from contracts.layout import Layout, LayoutColumn
from contracts.types import NUMERIC_TYPES, ContractType

Cell = str | int | Decimal | date | bool | None
Body = Mapping[str, object]

# Six places carry a price of any pack; an exact third has none.
PLACES = Decimal("0.000001")


class LayoutError(ValueError):
    """A row cannot be laid out; the message names suggestion, layout and column."""


@dataclass(frozen=True)
class Sheet:
    """One file's content: a name, headers and typed rows."""

    name: str
    headers: tuple[str, ...]
    rows: Sequence[tuple[Cell, ...]]


def check(layout: Layout, body: Body) -> None:
    """Whether this row can be laid out.

    Raises
    ------
    LayoutError
        If it lacks what the layout requires, or a value has no translation.
    """
    values = _values(layout, body)
    for column in layout.columns:
        _cell(layout, column, values | {"document_id": "", "line_no": 1})


def file_key(layout: Layout, body: Body) -> str:
    """Rows of one key go in one file: equal in what the layout files by, and in the optional columns they fill."""
    values = _values(layout, body)
    filed = [_text(values[name]) for name in layout.file_by]
    filled = [column.header for column in layout.columns if column.optional and _filled(column, values)]
    return json.dumps([filed, filled], ensure_ascii=False)


def sheet(layout: Layout, bodies: Iterable[Body]) -> Sheet:
    """The rows of one file, in an order that depends on nothing but them.

    Raises
    ------
    LayoutError
        As `check`.
    """
    rows = _in_order(layout, [_values(layout, body) for body in bodies])
    kept = [column for column in layout.columns if not column.optional or any(_filled(column, row) for row in rows)]
    if layout.pivot:
        return _pivoted(layout, kept, rows)
    cells = [
        tuple(None if column.document and row["line_no"] != 1 else _cell(layout, column, row) for column in kept)
        for row in rows
    ]
    return Sheet(layout.sheet, tuple(column.header for column in kept), cells)


# ---------- values of one row


def _values(layout: Layout, body: Body) -> dict[str, Cell]:
    """What the contract's columns hold, typed, and what is derived from them."""
    values = {name: _typed(kind, body.get(name)) for name, kind in layout.types.items()}
    packs, amount = values.get("quantity_uom"), values.get("amount")
    if packs and amount is not None:
        values["price_uom"] = (amount / packs).quantize(PLACES)
    if values.get("uom_ratio_numerator") and values.get("uom_ratio_denominator"):
        factor = Decimal(values["uom_ratio_numerator"]) / Decimal(values["uom_ratio_denominator"])
        values["uom_factor"] = factor if factor == factor.to_integral_value() else factor.quantize(PLACES)
    if values.get("billed_weight_g") is not None:
        values["weight_kg"] = Decimal(values["billed_weight_g"]) / 1000
    return values


def _typed(kind: ContractType, value: object) -> Cell:
    if value is None or value == "":
        return None
    if kind == "int":
        return int(str(value))
    if kind in NUMERIC_TYPES:
        return Decimal(str(value))
    if kind == "date":
        return value if isinstance(value, date) else date.fromisoformat(str(value))
    return value if isinstance(value, bool) else str(value)


def _cell(layout: Layout, column: LayoutColumn, values: Mapping[str, Cell]) -> Cell:
    if column.constant is not None:
        return column.constant
    if not _filled(column, values):
        if column.required:
            raise LayoutError(
                f"{values['suggestion_id']}: layout {layout.name} needs '{column.header}', "
                f"and {' or '.join(column.names)} is empty"
            )
        return column.default
    if column.template is not None:
        return column.template.format_map({name: _text(values[name]) for name in column.names})
    if not column.names:
        return None
    value = values[column.names[0]]
    if not column.translated:
        return value
    if str(value) not in column.values:
        raise LayoutError(
            f"{values['suggestion_id']}: layout {layout.name} has no '{column.header}' for {value!r}; "
            "add it to the destination's translate"
        )
    return column.values[str(value)]


def _filled(column: LayoutColumn, values: Mapping[str, Cell]) -> bool:
    return all(values[name] is not None for name in column.names)


def _text(value: Cell) -> str:
    if isinstance(value, Decimal):
        return f"{value.normalize() + 0:f}"
    return value.isoformat() if isinstance(value, date) else "" if value is None else str(value)


# ---------- rows of one file


def _in_order(layout: Layout, rows: list[dict[str, Cell]]) -> list[dict[str, Cell]]:
    """Documents one after the other, each row with its document's id and its place in it."""
    rows = sorted(rows, key=lambda row: [_sortable(row[name]) for name in (*layout.sort_by, "suggestion_id")])
    documents: dict[tuple[Cell, ...], list[dict[str, Cell]]] = {}
    for row in rows:
        documents.setdefault(tuple(row[name] for name in layout.document_by), []).append(row)
    for of_it in documents.values():
        names = "\n".join(sorted(_text(row.get("idempotency_key") or row["suggestion_id"]) for row in of_it))
        name = hashlib.sha256(names.encode()).hexdigest()[:16]
        for place, row in enumerate(of_it, start=1):
            row |= {"document_id": name, "line_no": place}
    return [row for of_it in documents.values() for row in of_it]


def _sortable(value: Cell) -> tuple[bool, bool, Decimal, str]:
    number = isinstance(value, int | Decimal)
    return value is None, not number, Decimal(value) if number else Decimal(0), "" if number else _text(value)


def _pivoted(layout: Layout, columns: Sequence[LayoutColumn], rows: Sequence[Mapping[str, Cell]]) -> Sheet:
    """One row per combination of the plain columns; the pivot's values side by side."""
    pivot = layout.pivot
    places = sorted({row[pivot.column] for row in rows}, key=_sortable)
    if len(places) > pivot.count:
        raise LayoutError(f"layout {layout.name} has {pivot.count} places for '{pivot.column}', found {len(places)}")
    lines: dict[tuple[Cell, ...], dict[Cell, Cell]] = {}
    for row in rows:
        line = lines.setdefault(tuple(_cell(layout, column, row) for column in columns), {})
        if row[pivot.column] in line:
            raise LayoutError(
                f"{row['suggestion_id']}: a second {pivot.value} for {pivot.column} {_text(row[pivot.column])}"
            )
        line[row[pivot.column]] = row[pivot.value]
    heads = [pivot.header.format(place=n, value=_text(value)) for n, value in enumerate(places, start=1)]
    cells = [(*plain, *(line.get(place) for place in places)) for plain, line in lines.items()]
    return Sheet(layout.sheet, (*(column.header for column in columns), *heads), cells)
