"""What dbt asked the engine in a pass, kept by a warm process, so that the next pass asks the same without dbt.

To plan, render and log 150 nodes costs dbt five CPU-seconds, the engine one and a half. The statements of a node depend
on nothing but the project's files, which are the same as long as the parsed project is, and on what its macros asked
the engine meanwhile: whether a table may replace parts, for example. So a node's statements are said again in their
order, and wherever dbt read an answer, the answer must be the one it read then. Where it is another, a statement fails
or a test finds what it did not find, dbt builds the pass: it decides and it reports, here nothing is decided.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import duckdb

from pipelines.lineage import Lineage

# dbt names the node in front of each statement.
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)

__all__ = ["Rehearsal", "UnrehearsedError", "noting"]

Answer = list[tuple[Any, ...]]


class UnrehearsedError(Exception):
    """The pass does not go as it went before."""


@dataclass(frozen=True)
class Statement:
    """What was asked, and the answer if dbt read it."""

    sql: str
    answer: Answer | None


@dataclass
class Rehearsal:
    """The statements of a pass by node, and dbt's word of each node, in the order in which nodes ended."""

    lineage: Lineage
    statements: dict[str, list[Statement]] = field(default_factory=dict)
    events: dict[str, dict[str, Any]] = field(default_factory=dict)
    sources: set[str] = field(default_factory=set)
    """Sources whose tests were asked for in some pass."""

    def learn(
        self, asked: Mapping[str, list[Statement]], events: Sequence[dict[str, Any]], sources: Sequence[str]
    ) -> None:
        """Keep what dbt did in a pass that went well."""
        for event in events:
            node = event["data"]["node_info"]["unique_id"]
            self.statements[node] = list(asked.get(node, []))
            self.events[node] = event
        self.sources |= set(sources)

    def forget(self) -> None:
        """Nothing of what was kept holds any more."""
        self.statements.clear()
        self.events.clear()
        self.sources.clear()

    @property
    def is_kept(self) -> bool:
        """Whether any pass is kept."""
        return bool(self.statements)

    def knows(self, sources: Sequence[str]) -> bool:
        """Whether a pass that tests these sources can go as others went."""
        return self.is_kept and self.sources >= set(sources)

    def nodes(self, sources: Sequence[str], read: Collection[str] | None = None) -> list[str]:
        """The nodes of a pass that tests these sources; without marts of which none is `read`, where that is known."""
        untested = self.sources - set(sources)
        unread = set() if read is None else self.lineage.unread(self.statements, read)
        return [node for node in self.statements if node not in unread and self.lineage.source_of(node) not in untested]

    def perform(
        self, connection: duckdb.DuckDBPyConnection, nodes: Sequence[str], on_result: Callable[[dict[str, Any]], None]
    ) -> list[dict[str, Any]]:
        """Ask the engine what dbt asked it for these nodes; dbt's events of them.

        All of it is one transaction: a commit writes to the disk and waits, and there are 150 nodes.

        Raises
        ------
        UnrehearsedError
            At the first node that goes otherwise; nothing is built then.
        """
        connection.begin()
        for node in nodes:
            try:
                for statement in self.statements[node]:
                    _ask(connection, statement, is_test=node.startswith("test."))
            except (duckdb.Error, UnrehearsedError) as reason:
                connection.rollback()
                raise UnrehearsedError(node) from reason
            on_result(self.events[node])
        connection.commit()
        return [self.events[node] for node in nodes]


def _ask(connection: duckdb.DuckDBPyConnection, statement: Statement, is_test: bool) -> None:
    said = connection.execute(statement.sql)
    if statement.answer is None:
        return
    found, before = said.fetchall(), statement.answer
    if is_test:
        # How many rows fail may change; what that means may not.
        found, before = [row[1:] for row in found], [row[1:] for row in before]
    if found != before:
        raise UnrehearsedError


@contextmanager
def noting() -> Iterator[dict[str, list[Statement]]]:
    """Note what dbt asks while this is open: statements by node, those outside of nodes by none."""
    from dbt.adapters.duckdb import DuckDBAdapter

    asked: dict[str, list[Statement]] = {}
    ordinary = DuckDBAdapter.ConnectionManager

    class Noting(ordinary):
        def execute(self, sql, auto_begin=False, fetch=False, limit=None):
            response, table = super().execute(sql, auto_begin, fetch, limit)
            # Macros read what they select; of what they write the engine tells a count that they do not read.
            reads = fetch and _COMMENT.sub("", sql).lstrip().lower().startswith(("select", "with"))
            answer = [tuple(row.values()) for row in table.rows] if reads else None
            asked.setdefault(self.get_thread_connection().name, []).append(Statement(sql, answer))
            return response, table

    DuckDBAdapter.ConnectionManager = Noting
    try:
        yield asked
    finally:
        DuckDBAdapter.ConnectionManager = ordinary
        Noting.close_all_connections()
