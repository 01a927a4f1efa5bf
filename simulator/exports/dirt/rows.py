"""Faults in the rows of one file: bad, repeated, late, told wrong first, followed by an older version, ghosts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from contracts.model import Table
from simulator.exports.dirt.log import Fault
from simulator.exports.dirt.sheet import Row, Sheet, altered, is_versioned, key_of, shifted
from simulator.exports.dirt.spoiling import SURPLUS, spoilings
from simulator.exports.dirt.waiting import Later, Waiting

if TYPE_CHECKING:
    from simulator.parameters import Dirt as Dials

__all__ = ["RowFaults"]

# A file is held when more of its rows are bad than its contract allows, and in any case when more than these are.
MAX_BAD_SHARE = 0.20


@dataclass
class RowFaults:
    """Puts faults into the rows of one file, and the rows that come later into `waiting`.

    `turn` counts the bad rows of a table so far: their kinds take turns, so that each comes.
    """

    dials: Dials
    contract: Table
    sheet: Sheet
    file: str
    day: int
    rng: np.random.Generator
    waiting: Waiting
    turn: int

    def __post_init__(self) -> None:
        self.faults: list[Fault] = []
        self.places: dict[int, int] = {}  # fault to the place of its row
        self._gone: set[int] = set()

    def inject(self) -> list[Fault]:
        """Change the sheet; returns the faults with the lines on which they stand."""
        self.waiting.pass_by(self.contract, self.sheet.rows)
        free = self._free()
        clean = len(self.sheet.rows)
        allowed = min(
            max(self.contract.max_bad_rows, int(self.contract.max_bad_ratio * clean)), int(MAX_BAD_SHARE * clean)
        )
        for share, put, at_most in (
            (self.dials.bad_row_share, self._spoil, allowed),
            (self.dials.duplicate_row_share, self._repeat, clean),
            (self.dials.late_row_share, self._hold_back, clean),
            (self.dials.corrected_row_share, self._tell_wrong_first, clean),
            (self.dials.older_row_share, self._follow_by_older, clean),
            (self.dials.mutated_row_share, self._mutate_later, clean),
            (self.dials.ghost_row_share, self._add_ghost, clean),
        ):
            self._put(put, free, min(self.rng.binomial(clean, share), at_most))
        # A row of another day may have a value where this file has no column: it waits for the next.
        for later in [] if self.sheet.dropped else self.waiting.due(self.contract.qualified, self.day):
            self._note(
                later.kind, later.outcome, self.sheet.add(later.row), later.row, later.reason, later.column, later.was,
                later.became,
            )  # fmt: skip
        return self._located()

    def _free(self) -> list[int]:
        """Places of rows that may be faulted, in random order: of a key that stands here once and is not waited for."""
        keys = [key_of(self.contract, row) for row in self.sheet.rows]
        times = Counter(keys)
        free = [
            place for place, key in enumerate(keys)
            if times[key] == 1 and not self.waiting.holds(self.contract.qualified, key)
        ]  # fmt: skip
        return [free[n] for n in self.rng.permutation(len(free))]

    def _put(self, put: Callable[[int, Row], bool], free: list[int], count: int) -> None:
        """Put one kind of fault into `count` rows, or as many as it fits; used rows are no longer free."""
        used = set()
        for place in free:
            if len(used) == count:
                break
            if put(place, self.sheet.rows[place]):
                used.add(place)
        free[:] = [place for place in free if place not in used]

    # ---------- kinds of faults; each returns whether it fits the row

    def _spoil(self, place: int, row: Row) -> bool:
        kinds = spoilings(self.contract.qualified, frozenset(self.sheet.columns))
        kind = sorted(kinds)[self.turn % len(kinds)]
        self.turn += 1
        spoiling = kinds[kind][self.rng.integers(len(kinds[kind]))]
        if kind == SURPLUS:
            self.sheet.surplus.add(place)
        else:
            self.sheet.rows[place] = row | {spoiling.column: spoiling.value}
        was = row.get(spoiling.column) if spoiling.column else None
        self._note(kind, "quarantined", place, row, spoiling.reason, spoiling.column, was, spoiling.value)
        # A state is not told again: with the next delivery it is another one.
        if self.contract.semantics != "snapshot":
            self._wait(row, "mended", "loaded")
        return True

    def _repeat(self, place: int, row: Row) -> bool:
        self._note("repeated", "duplicate", self.sheet.add(dict(row)), row)
        return True

    def _hold_back(self, place: int, row: Row) -> bool:
        if not (self.contract.semantics == "append" or is_versioned(self.contract, row)):
            return False
        self._gone.add(place)
        self._note("held_back", "absent", None, row)
        self._wait(row, "late", "loaded")
        return True

    def _tell_wrong_first(self, place: int, row: Row) -> bool:
        wrong = altered(self.contract, row)
        if wrong is None or not is_versioned(self.contract, row):
            return False
        told, column = wrong
        self.sheet.rows[place] = shifted(told, -1)
        self._note("wrong_at_first", "loaded", place, row, None, column, row[column], told[column])
        self._wait(row, "corrected", "loaded", column=column, was=told[column], became=row[column])
        return True

    def _follow_by_older(self, place: int, row: Row) -> bool:
        older = altered(self.contract, row)
        if older is None or not is_versioned(self.contract, row):
            return False
        told, column = older
        self._wait(shifted(told, -1), "older_version", "history", None, column, row[column], told[column])
        return True

    def _mutate_later(self, place: int, row: Row) -> bool:
        mutated = altered(self.contract, row)
        if mutated is None or self.contract.semantics != "append":
            return False
        told, column = mutated
        self._wait(told, "mutated_fact", "quarantined", "mutated_fact", column, row[column], told[column])
        return True

    def _add_ghost(self, place: int, row: Row) -> bool:
        keys = [c.name for c in self.contract.columns if c.primary_key and c.type == "id" and c.key_default is None]
        if not keys or self.contract.semantics != "upsert" or not row.get("updated_at"):
            return False
        ghost = row | {keys[-1]: f"GHOST-{self.day}-{place}"}
        self._note("ghost", "loaded", self.sheet.add(ghost), ghost, None, keys[-1], row[keys[-1]], ghost[keys[-1]])
        self._wait(shifted(ghost, 1) | {"is_deleted": "true"}, "tombstone", "deleted")
        return True

    # ---------- what is noted

    def _wait(
        self, row: Row, kind: str, outcome: str, reason: str | None = None, column: str | None = None,
        was: str | None = None, became: str | None = None,
    ) -> None:  # fmt: skip
        due = self.day + int(self.rng.integers(1, self.dials.delay_days_max + 1))
        self.waiting.add(self.contract, Later(row, due, kind, outcome, reason, column, was, became))

    def _note(
        self, kind: str, outcome: str, place: int | None, row: Row, reason: str | None = None,
        column: str | None = None, was: str | None = None, became: str | None = None,
    ) -> None:  # fmt: skip
        if place is not None:
            self.places[len(self.faults)] = place
        key = key_of(self.contract, row)
        self.faults.append(
            Fault(self.file, self.contract.qualified, kind, outcome, reason, None, key, column, was, became)
        )

    def _located(self) -> list[Fault]:
        """The faults with their lines, once rows that are held back are out of the sheet."""
        kept = [place for place in range(len(self.sheet.rows)) if place not in self._gone]
        moved = {place: n for n, place in enumerate(kept)}
        self.sheet.rows = [self.sheet.rows[place] for place in kept]
        self.sheet.surplus = {moved[place] for place in self.sheet.surplus}
        lines = self.sheet.lines()
        return [
            Fault(**{**vars(fault), "line": lines[moved[self.places[n]]]}) if n in self.places else fault
            for n, fault in enumerate(self.faults)
        ]
