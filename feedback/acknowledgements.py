"""Receivers' answers, read from files by `contracts/outbox/acknowledgement.yaml` and written to the journal."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TypeVar

from contracts import outbox
from feedback.journal import Journal, record_answers
from feedback.states import Event

Row = TypeVar("Row")


@dataclass(frozen=True)
class Acknowledged:
    """What one file of answers did; `strange` says line by line what could not be taken, and why."""

    applied: int
    repeated: int
    strange: tuple[str, ...]


class AcknowledgementError(ValueError):
    """A file of answers cannot be read as a whole."""


def acknowledge(journal: Journal, file: Path) -> Acknowledged:
    """Take up a CSV of answers; the same file again changes nothing.

    Raises
    ------
    AcknowledgementError
        If the file is not UTF-8 or lacks a column that the contract requires.
    """
    rows = ((f"{file.name} line {line}", row) for line, row in enumerate(_rows(file), start=2))
    return take_each(journal, rows, lambda row: (row["idempotency_key"], _event(row)))


def take_each(
    journal: Journal, rows: Iterable[tuple[str, Row]], answer: Callable[[Row], tuple[str, Event]], dated: bool = True
) -> Acknowledged:
    """Take up the answer that `answer` reads of each row, under the key of its message.

    `rows` have their place in the file; what cannot be read, or does not fit, is told with it. `dated` is as
    `record_answers` has it.
    """
    read, strange, places = [], [], []
    for place, row in rows:
        places.append(place)
        try:
            read.append((place, *answer(row)))
        # A cell that does not say what it should.
        except ValueError as reason:
            strange.append((place, f"{place}: {reason}"))
    applied, repeated, refused = _taken(journal, read, dated)
    in_turn = {place: number for number, place in enumerate(places)}
    told = sorted(strange + refused, key=lambda one: in_turn[one[0]])
    return Acknowledged(applied, repeated, tuple(text for _, text in told))


def _taken(journal: Journal, read: list[tuple[str, str, Event]], dated: bool) -> tuple[int, int, list[tuple[str, str]]]:
    """New answers, repeated ones, and by place what the journal refuses; the others are then taken one by one."""
    try:
        new = record_answers(journal, [(key, event) for _, key, event in read], dated)
    except ValueError as reason:
        if len(read) == 1:
            return 0, 0, [(read[0][0], f"{read[0][0]}: {reason}")]
        parts = [_taken(journal, [entry], dated) for entry in read]
        return sum(a for a, _, _ in parts), sum(r for _, r, _ in parts), [one for _, _, told in parts for one in told]
    return sum(new), len(new) - sum(new), []


def _rows(file: Path) -> list[dict[str, str]]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as content:
            # A row that ends early lacks its last cells: they are empty, and told where they are needed.
            reader = csv.DictReader(content, restval="")
            rows = list(reader)
    except (UnicodeDecodeError, csv.Error) as reason:
        raise AcknowledgementError(f"{file} is no CSV in UTF-8: {reason}; ask the receiver for it again") from reason
    required = [column.name for column in outbox()["acknowledgement"].columns if column.required]
    missing = [name for name in required if name not in (reader.fieldnames or ())]
    if missing:
        raise AcknowledgementError(f"{file} has no column '{missing[0]}'; it has {reader.fieldnames}")
    return rows


def _event(row: Mapping[str, str]) -> Event:
    at = datetime.fromisoformat(row["acknowledged_at"])
    accepted = _accepted(row)
    told = ("idempotency_key", "status", "document_type", "document_id", "document_line_id", "error_code", "message")
    payload = {name: row[name] for name in told if row.get(name)}
    return Event("acknowledge", row["suggestion_id"], row["receiver"], at, payload | {"accepted": accepted})


def _accepted(row: Mapping[str, str]) -> Decimal | str | None:
    """Base units taken, or "all"; None for a row that the receiver had seen before."""
    status = row["status"]
    whole = {"accepted": "all", "rejected": Decimal(0), "duplicate": None}
    if status in whole:
        return whole[status]
    if status != "part_accepted":
        raise ValueError(f"status {status!r} is none of accepted, part_accepted, rejected, duplicate")
    try:
        return Decimal(row.get("accepted_quantity") or "")
    except InvalidOperation:
        raise ValueError(f"part_accepted needs 'accepted_quantity', found {row.get('accepted_quantity')!r}") from None
