"""The worklist of one publication: pages of lines, totals of a view, one line by its id."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal

import polars as pl

from feedback.journal import Journal
from planner.snapshot import Snapshot
from planner.worklist.kept import read_kept
from planner.worklist.last_decisions import with_last_decisions
from planner.worklist.query import DECIDABLE, Query
from planner.worklist.row_index import RowIndex
from planner.worklist.standing import Reading, Standings, read_standings
from planner.worklist.suggestions import suggestions

# Scrolling asks for one view page by page.
REMEMBERED = 8


@dataclass(frozen=True)
class Page:
    """Some lines of a view, and of the whole view: how many, its money and its money at stake."""

    lines: list[dict[str, object]]
    count: int
    amount: Decimal
    money_at_stake: Decimal
    sequence: int


def _made(snapshot: Snapshot, journal: Journal) -> tuple[pl.DataFrame, RowIndex, Reading]:
    # Beside each other: the journal waits for its database, the list for files.
    with ThreadPoolExecutor(1) as other:
        reading = other.submit(read_standings, journal)
        plan = with_last_decisions(suggestions(snapshot), journal)
        return plan, RowIndex(plan["suggestion_id"]), reading.result()


def _changed_amounts(whole: pl.DataFrame) -> pl.Series | None:
    """Amounts where purchases have another quantity than the plan's, at its price; None where none has."""
    quantity = pl.col("quantity")
    changed = whole.select(
        is_changed=(pl.col("action") == "buy") & quantity.is_not_nan() & (quantity != pl.col("suggested_qty"))
    )["is_changed"]
    if not changed.any():
        return None
    amount = (quantity * pl.col("unit_cost")).cast(whole.schema["amount"])
    return whole.select(amount=pl.when(changed).then(amount).otherwise("amount"))["amount"]


class Lines:
    """Suggestions of a publication with where they stand. Nothing in it belongs to a session."""

    def __init__(self, snapshot: Snapshot, journal: Journal) -> None:
        self.snapshot, self.journal = snapshot, journal
        self.plan, self._row, reading = read_kept(snapshot.kept_list) or _made(snapshot, journal)
        self._standings = Standings(journal, self._row, reading)
        self._amounts: tuple[int, pl.Series | None] | None = None
        self._views: OrderedDict[tuple[int, Query], pl.Series] = OrderedDict()
        self._lock = threading.Lock()

    def page(self, query: Query, start: int, end: int) -> Page:
        """Lines `start` to `end` (not included) of a view."""
        sequence, frame = self.frame()
        rows = self._rows(sequence, query, frame)
        found = frame[rows.slice(start, max(0, end - start))]
        # Of all lines two columns only: a view of half a million is summed with every page.
        amount, stake = (frame[name].gather(rows).sum() for name in ("amount", "money_at_stake"))
        return Page(found.to_dicts(), len(rows), amount or Decimal(0), stake or Decimal(0), sequence)

    def view(self, query: Query) -> pl.DataFrame:
        """Every line of a view, in its order."""
        sequence, frame = self.frame()
        return frame[self._rows(sequence, query, frame)]

    def ids(self, query: Query) -> list[str]:
        """Every suggestion of a view that can be decided on, in its order."""
        sequence, frame = self.frame()
        # Two columns only: a copy of all of half a million lines takes as much memory as the list.
        found = frame.select("suggestion_id", "status")[self._rows(sequence, query, frame)]
        decidable = found["status"].cast(pl.String).is_in(sorted(DECIDABLE))
        return found.filter(decidable)["suggestion_id"].to_list()

    def line(self, suggestion_id: str) -> dict[str, object] | None:
        """One line by its id; None if it is not in this publication."""
        row = self._row.get(suggestion_id)
        return None if row is None else self.frame()[1].row(row, named=True)

    def lines(self, names: Sequence[str]) -> list[dict[str, object]]:
        """Lines by their ids, in the order of these.

        Raises
        ------
        ValueError
            If one is not in this publication.
        """
        return self.frame()[1][self._numbers(names)].to_dicts()

    def standing(self, names: Sequence[str]) -> list[tuple[str, int, float]]:
        """Id, version and quantity of these, as `lines`, for many."""
        frame = self.frame()[1].select("suggestion_id", "version", "quantity")
        return frame[self._numbers(names)].rows()

    def frame(self) -> tuple[int, pl.DataFrame]:
        """The journal's last event that is in it, and every line; its amount is of the quantity that stands."""
        sequence, standings = self._standings.frame()
        whole = self.plan.hstack(standings)
        if self._amounts is None or self._amounts[0] != sequence:
            self._amounts = (sequence, _changed_amounts(whole))
        amounts = self._amounts[1]
        return sequence, whole if amounts is None else whole.with_columns(amounts)

    def _numbers(self, names: Sequence[str]) -> list[int]:
        rows = [self._row.get(name) for name in names]
        if None in rows:
            raise ValueError(f"{names[rows.index(None)]} is not in this publication")
        return rows

    def _rows(self, sequence: int, query: Query, frame: pl.DataFrame) -> pl.Series:
        key = (sequence, query)
        with self._lock:
            if key in self._views:
                self._views.move_to_end(key)
                return self._views[key]
        rows = query.rows(frame)
        with self._lock:
            self._views[key] = rows
            while len(self._views) > REMEMBERED:
                self._views.popitem(last=False)
        return rows
