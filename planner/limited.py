"""The same publication for who may see the rows of some places only."""

from __future__ import annotations

import hashlib
from pathlib import Path

import polars as pl

from planner.access.places import EVERYWHERE, place_column
from planner.snapshot import NOT_MADE_YET, Snapshot


class LimitedSnapshot(Snapshot):
    """A publication without the rows of other places. It shares the connection of the whole one, and is gone with it.

    Parameters
    ----------
    whole
        The publication.
    places
        Whose rows are left, besides those of no place.
    """

    is_whole = False

    def __init__(self, whole: Snapshot, places: frozenset[str]) -> None:
        self.whole, self.places = whole, sorted({*places, EVERYWHERE})
        self.published, self.today, self._connection = whole.published, whole.today, whole.connection
        self.schema = "of_" + hashlib.sha256(repr(self.places).encode()).hexdigest()[:16]
        named = ", ".join("'" + place.replace("'", "''") + "'" for place in self.places)
        with self._connection.cursor() as cursor:
            cursor.execute(f"create schema if not exists {self.schema}")
            for mart in {*self.published.marts, *NOT_MADE_YET}:
                column = place_column(self.published.columns.get(mart, ()))
                kept = f' where "{column}" is null or "{column}" in ({named})' if column else ""
                cursor.execute(f'create or replace view {self.schema}."{mart}" as from main."{mart}"{kept}')

    @property
    def kept_list(self) -> Path | None:
        """None: what is kept is of all places."""

    def scan(self, mart: str) -> pl.LazyFrame:
        """The rows of these places, as of the whole."""
        column = place_column(self.published.columns[mart])
        rows = super().scan(mart)
        return rows.filter(pl.col(column).is_null() | pl.col(column).is_in(self.places)) if column else rows

    def close(self) -> None:
        """Nothing: the whole one closes."""
