"""Reading a publication: one SELECT over its marts, with no way to a file, a setting or the network."""

from __future__ import annotations

import json
import math
import threading
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time
from decimal import Decimal
from types import MappingProxyType
from typing import Any, TextIO

import duckdb
import pyarrow
import pyarrow.dataset
from pyarrow.dataset import Dataset

from pipelines.publication import Mart, Publication, leased_publication, object_path
from pipelines.settings import Settings
from pipelines.workspace import Workspace

TIME_LIMIT_SECONDS = 60.0

# The engine's own lock keeps files out of reach; these two lists keep a query to what a SELECT is for. A CTE
# of DuckDB 2.0 may COPY, INSERT or DELETE, and table functions such as enable_logging() or duckdb_settings()
# act on the engine (DuckDB 1.5.5 ends the process over a log file it may not write) or tell of the machine.
_QUERY_NODES = frozenset({"SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"})
_TABLE_FUNCTIONS = frozenset({"generate_series", "json_each", "json_tree", "range", "repeat", "unnest"})

_BATCH_ROWS = 10_000


class QueryError(Exception):
    """The query has no answer; the message says why."""


class QueryRefusedError(QueryError):
    """The query is not one SELECT over the published marts."""


class QueryTimeoutError(QueryError):
    """The query ran past its time limit and was stopped."""


@contextmanager
def open_publication(
    workspace: Workspace,
    settings: Settings,
    shown: Callable[[str], bool] = lambda column: True,
    rows: Callable[[Dataset, Sequence[str]], Dataset | None] = lambda dataset, columns: dataset,
) -> Iterator[Reader]:
    """Open the current publication; what is published meanwhile does not change what the reader sees.

    Columns that are not `shown`, by their names, are not there; a mart without any left is not either. `rows` leaves
    some of a mart's rows, or nothing of it, by all of its columns.

    Raises
    ------
    PublicationError
        If nothing is published, or the publication is damaged.
    """
    with leased_publication(workspace) as publication:
        datasets = {}
        for name, mart in publication.marts.items():
            dataset = pyarrow.dataset.dataset(object_path(workspace, mart), format="parquet")
            kept = [field for field in dataset.schema if shown(field.name)]
            left = rows(dataset.replace_schema(pyarrow.schema(kept)), dataset.schema.names) if kept else None
            if left is not None:
                datasets[name] = left
        yield Reader(publication, datasets, settings)


def run_query(
    workspace: Workspace, settings: Settings, sql: str, limit: int
) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Columns and at most `limit` rows of one SELECT over the current publication."""
    with open_publication(workspace, settings) as reader:
        return reader.rows(sql, limit)


class Reader:
    """Queries over one publication. May be shared by threads: each query has a connection of its own."""

    def __init__(
        self, publication: Publication, datasets: dict[str, pyarrow.dataset.Dataset], settings: Settings
    ) -> None:
        self.publication = publication
        self._datasets = datasets
        self._settings = settings

    def list_marts(self) -> dict[str, Mart]:
        """The published marts by name, with their columns and numbers of rows."""
        return self.publication.marts

    def rows(
        self,
        sql: str,
        limit: int,
        time_limit: float = TIME_LIMIT_SECONDS,
        parameters: Mapping[str, object] = MappingProxyType({}),
    ) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Columns and at most `limit` rows, as Python values (DECIMAL as `Decimal`); `parameters` fill `$name`.

        Raises
        ------
        QueryRefusedError
            If `sql` is anything but one SELECT over the marts.
        QueryTimeoutError
            If it takes more than `time_limit` seconds.
        QueryError
            If it names what does not exist, or needs more memory than the settings give.
        """
        with self._asking(sql, time_limit) as (connection, select):
            connection.execute(select, dict(parameters) or None)
            columns = [column[0] for column in connection.description]
            return columns, connection.fetchmany(limit)

    def table(self, sql: str, limit: int, time_limit: float = TIME_LIMIT_SECONDS) -> pyarrow.Table:
        """The same as `rows`, as an Arrow table."""
        with self._asking(sql, time_limit) as (connection, select):
            stream = connection.sql(select).to_arrow_reader(_BATCH_ROWS)
            batches, wanted = [], limit
            while wanted > 0 and (batch := next(stream, None)) is not None:
                batches.append(batch.slice(0, wanted))
                wanted -= batches[-1].num_rows
            return pyarrow.Table.from_batches(batches, schema=stream.schema)

    @contextmanager
    def _asking(self, sql: str, time_limit: float) -> Iterator[tuple[duckdb.DuckDBPyConnection, duckdb.Statement]]:
        """A connection and the SELECT to run on it, until its answer has been read."""
        with self._connect() as connection:
            select = _only_select(connection, sql)
            try:
                with _time_limit(connection, time_limit):
                    yield connection, select
            except duckdb.PermissionException as error:
                raise QueryRefusedError(
                    f"the query reaches outside the published marts: {_first_line(error)}"
                ) from error
            except duckdb.OutOfMemoryException as error:
                raise QueryError(
                    f"the query needs more than the {self._settings.engine.memory_limit} that "
                    "engine.memory_limit gives. Ask for less at once, or raise it."
                ) from error
            except duckdb.CatalogException as error:
                raise QueryError(f"{_first_line(error)} Published are: {', '.join(self._datasets)}.") from error
            except (duckdb.Error, OSError) as error:  # OSError is what an Arrow stream raises
                raise QueryError(str(error).strip()) from error

    def _connect(self) -> duckdb.DuckDBPyConnection:
        connection = duckdb.connect(
            ":memory:",
            config={
                "memory_limit": self._settings.engine.memory_limit,
                "threads": self._settings.engine.threads,
                "temp_directory": "",
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
                "python_enable_replacements": False,
            },
        )
        connection.execute(f"set TimeZone = '{self._settings.business_timezone}'")
        connection.execute("set secret_directory = ''")  # its default tells the home folder
        for name, dataset in self._datasets.items():
            connection.register(name, dataset)
        connection.execute("set enable_external_access = false")
        connection.execute("set lock_configuration = true")
        return connection


def _only_select(connection: duckdb.DuckDBPyConnection, sql: str) -> duckdb.Statement:
    """The one SELECT that `sql` is, parsed but not run.

    Two readings must agree: the type of the statement, and its tree, in which every node is a query and every
    table function one that only computes. DuckDB 1.5 calls a PRAGMA a SELECT, and its tree gives it away.
    """
    try:
        statements = connection.extract_statements(sql)
    except duckdb.Error as error:
        raise QueryRefusedError(f"the query cannot be read: {_first_line(error)}") from error
    if len(statements) != 1:
        raise QueryRefusedError(f"exactly one SELECT is allowed, got {len(statements)} statements.")
    if statements[0].type != duckdb.StatementType.SELECT:
        raise QueryRefusedError(f"only SELECT is allowed, got {statements[0].type.name}.")
    try:
        serialized = connection.execute("select json_serialize_sql(?)", [sql]).fetchall()[0][0]
        tree = json.loads(serialized)
    except (duckdb.Error, RecursionError) as error:
        raise QueryRefusedError("the query cannot be checked: it is nested too deeply.") from error
    if tree["error"]:
        raise QueryRefusedError(f"only SELECT is allowed: {tree['error_message']}")
    for node in _nodes(tree):
        kind = node.get("type")
        if isinstance(kind, str) and kind.endswith("_NODE") and kind not in _QUERY_NODES:
            raise QueryRefusedError(f"only SELECT is allowed, got {kind.partition('_')[0]} inside it.")
        if kind == "TABLE_FUNCTION" and node["function"]["function_name"].lower() not in _TABLE_FUNCTIONS:
            raise QueryRefusedError(
                f"table function {node['function']['function_name']}() is not allowed. "
                f"Allowed are: {', '.join(sorted(_TABLE_FUNCTIONS))}."
            )
    return statements[0]


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    left = [tree]
    while left:
        node = left.pop()
        if isinstance(node, dict):
            yield node
            left.extend(node.values())
        elif isinstance(node, list):
            left.extend(node)


@contextmanager
def _time_limit(connection: duckdb.DuckDBPyConnection, seconds: float) -> Iterator[None]:
    """Interrupt `connection` after `seconds`, again and again until the block has ended.

    Again and again, for an interrupt between two steps of the engine is forgotten. It is heeded between
    vectors of rows: one call of a scalar function on a giant value, such as len(range(1_000_000_000)) or
    levenshtein() of two long texts, runs to its end first, and its memory is not in the engine's limit. A
    server that lets strangers ask must run queries in a process that it can limit and kill.
    """
    finished, expired = threading.Event(), threading.Event()

    def watch() -> None:
        if not finished.wait(seconds):
            expired.set()
            while not finished.wait(0.05):
                connection.interrupt()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    except (duckdb.Error, OSError) as error:
        if not expired.is_set():
            raise
        raise QueryTimeoutError(
            f"the query was stopped after {seconds:g} s. Ask for less: fewer days, SKUs or joins."
        ) from error
    finally:
        finished.set()
        watcher.join()


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]


# ---------------------------------------------------------------- formats


def write_table(columns: Sequence[str], rows: Sequence[Sequence[Any]], file: TextIO) -> None:
    """A table for a terminal. Control characters are shown, never sent: a cell cannot steer the terminal."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table()
    for index, column in enumerate(columns):
        numeric = any(isinstance(row[index], int | float | Decimal) for row in rows)
        table.add_column(Text(_visible(column)), justify="right" if numeric else "left")
    for row in rows:
        table.add_row(*(Text(_visible(_text(value))) for value in row))
    Console(file=file).print(table)


def write_csv(columns: Sequence[str], rows: Sequence[Sequence[Any]], file: TextIO) -> None:
    """CSV that a spreadsheet opens without running anything.

    A text that would be a formula gets a leading `'`. Numbers stay numbers, the negative ones too. NULL is an
    empty field.
    """
    for row in (columns, *rows):
        cells = (_inert(value) if isinstance(value, str) else _text(value) for value in row)
        file.write(",".join(map(_quoted, cells)) + "\n")


def write_json(columns: Sequence[str], rows: Sequence[Sequence[Any]], file: TextIO) -> None:
    """A JSON list of objects, one a line. DECIMAL is text, so that no reader rounds money."""
    names = _unique(columns)
    lines = (
        json.dumps(dict(zip(names, map(_plain, row), strict=True)), ensure_ascii=False, allow_nan=False) for row in rows
    )
    file.write("[" + ",\n ".join(lines) + "]\n")


def plain_rows(rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """Rows in what JSON has: DECIMAL and days as text, what is not finite as null."""
    return [[_plain(value) for value in row] for row in rows]


_STARTS_FORMULA = frozenset("=+-@＝＋－＠﹢﹣﹦﹫−\t\r\n")


def _inert(text: str) -> str:
    # Spreadsheets skip leading blanks and invisible characters, so they do not disarm a formula.
    start = next((i for i, sign in enumerate(text) if not _skipped(sign)), len(text))
    armed = text[:1] in _STARTS_FORMULA or text[start : start + 1] in _STARTS_FORMULA
    return "'" + text if text and armed else text


def _quoted(cell: str) -> str:
    # Not by `csv`: it leaves a carriage return bare, which starts a row, and a semicolon, which may a cell.
    return '"' + cell.replace('"', '""') + '"' if any(sign in cell for sign in ',;"\t\r\n') else cell


def _skipped(sign: str) -> bool:
    return sign not in "\t\r\n" and unicodedata.category(sign) in ("Zs", "Cc", "Cf")


def _visible(text: str) -> str:
    return "".join(
        sign if sign == "\n" or unicodedata.category(sign) not in ("Cc", "Cf") else f"\\u{ord(sign):04x}"
        for sign in text
    )


def _text(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case str():
            return value
        case Decimal():
            return f"{value:f}"
        case list() | dict() | tuple():
            return json.dumps(_plain(value), ensure_ascii=False)
        case datetime() | date() | time():
            return value.isoformat()
        case bytes():
            return value.hex()
        case _:
            return str(value)


def _plain(value: Any) -> Any:
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else None
        case list() | tuple():
            return [_plain(item) for item in value]
        case dict():
            return {_text(key): _plain(item) for key, item in value.items()}
        case _:
            return _text(value)


def _unique(columns: Sequence[str]) -> list[str]:
    """A JSON object has each name once: `a, a` becomes `a, a_2`."""
    names: list[str] = []
    for column in columns:
        name, number = column, 1
        while name in names:
            number += 1
            name = f"{column}_{number}"
        names.append(name)
    return names
