"""What dbt asked the engine in a pass, kept by a warm process, so that the next pass asks the same without dbt.

To plan, render and log 150 nodes costs dbt five CPU-seconds, the engine one and a half. The statements of a node depend
on nothing but the project's files, which are the same as long as the parsed project is, and on what its macros asked
the engine meanwhile: whether a table may replace parts, for example. So a node's statements are said again in their
order, and wherever dbt read an answer, the answer must be the one it read then. Where it is another, a statement fails
or a test finds what it did not find, dbt builds the pass: it decides and it reports, here nothing is decided.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import duckdb

from pipelines.abreast import abreast
from pipelines.lineage import Lineage
from pipelines.transactions import transactions

# dbt names the node in front of each statement.
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
# What a macro marks so nothing in a pass changes: models ask twenty times whether this is one (`is_in_pass`), and each
# time the engine lists all tables.
_ONCE = "/* once in a pass */"

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
    seconds: dict[str, float] = field(default_factory=dict)
    """How long each node took last."""

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

    def parts(self, nodes: Sequence[str], first: Collection[str]) -> tuple[list[str], list[str], list[str]]:
        """The nodes in three parts: models up to the marts called `first`, other marts, and the tests of both."""
        tests = [node for node in nodes if node.startswith("test.")]
        later = self.lineage.unread(nodes, first)
        models = [node for node in nodes if not node.startswith("test.")]
        return [node for node in models if node not in later], [node for node in models if node in later], tests

    def perform(
        self,
        connections: Sequence[duckdb.DuckDBPyConnection],
        nodes: Sequence[str],
        on_result: Callable[[dict[str, Any]], None],
    ) -> list[dict[str, Any]]:
        """Ask the engine what dbt asked it for these nodes, over as many connections; dbt's events of them.

        Models one step further from the sources are one transaction of each connection: a commit writes to the disk and
        waits, and there are 60 models. Tests come after all of them.

        Raises
        ------
        UnrehearsedError
            At the first node that goes otherwise. What was built before it stands.
        """

        told: dict[str, Answer] = {}

        def ask(node: str, lane: int) -> None:
            began = time.monotonic()
            try:
                for statement in self.statements[node]:
                    _ask(connections[lane], statement, told, is_test=node.startswith("test."))
            except (duckdb.Error, UnrehearsedError) as reason:
                raise UnrehearsedError(node) from reason
            self.seconds[node] = time.monotonic() - began
            on_result(self.events[node])

        for step in self._steps(nodes):
            with transactions(connections):
                abreast([()] * len(step), lambda place, lane, step=step: ask(step[place], lane), len(connections))
        return [self.events[node] for node in nodes]

    def _steps(self, nodes: Sequence[str]) -> list[list[str]]:
        """Nodes that none of the same step stands on; of each step first what took longest, so that lanes end together.

        What stands between two models and is none of the nodes, as views do, hands on what it stands on.
        """
        chosen, steps = set(nodes), {}

        def step(node: str) -> int:
            if node not in steps:
                above = max((step(parent) for parent in self.lineage.parents.get(node, ())), default=0)
                steps[node] = above + 1 if node in chosen else above
            return steps[node]

        models = [node for node in nodes if not node.startswith("test.")]
        found = [[node for node in models if steps[node] == at] for at in sorted({step(node) for node in models})]
        tests = [node for node in nodes if node.startswith("test.")]
        longest_first = [sorted(some, key=lambda node: -self.seconds.get(node, 0.0)) for some in (*found, tests)]
        return [some for some in longest_first if some]


def _ask(connection: duckdb.DuckDBPyConnection, statement: Statement, told: dict[str, Answer], is_test: bool) -> None:
    """Ask one statement; `told` has the answers of the pass so far that nothing in a pass changes."""
    if statement.answer is None:
        connection.execute(statement.sql)
        return
    asked = _COMMENT.sub("", statement.sql)
    found = told.get(asked)
    if found is None:
        found = connection.execute(statement.sql).fetchall()
        if _ONCE in statement.sql:
            told[asked] = found
    before = statement.answer
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
