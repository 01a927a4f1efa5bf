"""From a row of a mart back to the lines of the files that it stands on.

Which rows a mart's row stands on is said beside the mart, in `config.meta.trace` of its YAML: per contract table, or
per other mart whose rows are traced in turn, a query over `m`, the rows of the mart, whose columns name rows of that
table. A mart that cannot be traced says in `config.meta.untraced` why.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import duckdb
import yaml

from contracts import table as contract_table
from pipelines.transformation import PROJECT

__all__ = ["TraceError", "Traced", "trace", "traceable", "untraced"]


class TraceError(Exception):
    """The row cannot be traced; the message says why and what to ask instead."""


@dataclass(frozen=True)
class Step:
    """A contract table, or a mart with steps of its own, that rows of a mart stand on."""

    meaning: str
    rows: str
    contract: str = ""
    mart: str = ""


@dataclass(frozen=True)
class Traceable:
    """A mart whose rows can be traced: the columns that name a row, and the steps back."""

    name: str
    key: tuple[str, ...]
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Traced:
    """What one step found: `columns` are file, line and the key of the source row."""

    step: Step
    columns: list[str]
    rows: list[tuple[Any, ...]]
    total: int


@cache
def _pages() -> list[dict[str, Any]]:
    paths = sorted((PROJECT / "models" / "marts").rglob("*.yml"))
    return [model for path in paths for model in yaml.safe_load(path.read_text(encoding="utf-8")).get("models", ())]


@cache
def traceable() -> Mapping[str, Traceable]:
    """Every mart that says where its rows come from, by name."""
    marts = {}
    for model in _pages():
        if steps := model["config"]["meta"].get("trace"):
            key = model["data_tests"][0]["promises"]["arguments"]["unique_by"]
            marts[model["name"]] = Traceable(model["name"], tuple(key), tuple(Step(**step) for step in steps))
    return marts


@cache
def untraced() -> Mapping[str, str]:
    """Every mart whose rows lead to no lines of files, with the reason."""
    reasons = {model["name"]: model["config"]["meta"].get("untraced") for model in _pages()}
    return {name: reason for name, reason in reasons.items() if reason}


def trace(connection: duckdb.DuckDBPyConnection, mart: str, key: Sequence[str], limit: int) -> tuple[int, list[Traced]]:
    """How many rows of the mart the key names, and per contract table the source lines behind them.

    Parameters
    ----------
    key
        `COLUMN=VALUE`, repeatable; a bare value is one of the mart's key columns, in their order.
    limit
        Most source lines listed per contract table; all are counted.

    Raises
    ------
    TraceError
        If the mart or a column is not known, or no row has this key.
    """
    found = traceable().get(mart)
    if mart in untraced():
        raise TraceError(f"{mart} cannot be traced: {untraced()[mart]}")
    if found is None:
        raise TraceError(f"{mart!r} cannot be traced; these can: {', '.join(traceable())}")
    wanted = _conditions(connection, found, key)
    where = " and ".join(f'cast("{column}" as varchar) = ?' for column in wanted)
    rows_of_mart = f"(select * from marts.{mart} where {where})"
    values = list(wanted.values())
    (count,) = connection.execute(f"select count(*) from {rows_of_mart}", values).fetchone()
    if not count:
        said = ", ".join(f"{column} = {value}" for column, value in wanted.items())
        raise TraceError(f"{mart} has no row with {said}: `supplyloop query` shows which rows there are")
    return count, [_step(connection, step, rows, values, limit) for step, rows in _to_contracts(found, rows_of_mart)]


def _to_contracts(mart: Traceable, rows_of_mart: str) -> Iterator[tuple[Step, str]]:
    """Every step to a contract table, with the rows it starts from: those of the mart, or of one that it stands on."""
    for step in mart.steps:
        if step.contract:
            yield step, rows_of_mart
            continue
        rows = f"""(with m as materialized {rows_of_mart}, wanted as (select distinct * from ({step.rows}))
            select * from marts.{step.mart} natural semi join wanted)"""
        for further, rows_of_further in _to_contracts(traceable()[step.mart], rows):
            meaning = f"{step.meaning}: {further.meaning}"
            yield Step(meaning, further.rows, contract=further.contract), rows_of_further


def _conditions(connection: duckdb.DuckDBPyConnection, mart: Traceable, key: Sequence[str]) -> dict[str, str]:
    """Column to value; bare values take the key columns in their order."""
    known = [row[0] for row in connection.execute(f"describe marts.{mart.name}").fetchall()]
    wanted, bare = {}, iter(mart.key)
    for part in key:
        column, equals, value = part.partition("=")
        if not equals:
            column, value = next(bare, ""), part
            if not column:
                raise TraceError(f"too many values: a row of {mart.name} is named by {', '.join(mart.key)}")
        if column not in known:
            raise TraceError(f"{mart.name} has no column {column!r}; it is named by {', '.join(mart.key)}")
        wanted[column] = value
    if not wanted:
        raise TraceError(f"name a row of {mart.name}: {' '.join(f'{column}=…' for column in mart.key)}")
    return wanted


def _step(
    connection: duckdb.DuckDBPyConnection, step: Step, rows_of_mart: str, values: Sequence[str], limit: int
) -> Traced:
    table = contract_table(step.contract)
    key = ", ".join(f's."{column}"' for column in table.primary_key)
    cursor = connection.execute(
        f"""with m as materialized {rows_of_mart},
        wanted as (select distinct * from ({step.rows})),
        files as (
            select load_id, any_value(file_name) as file_name from control.delivery
            where status != 'duplicate' group by load_id)
        select count(*) over () as total, files.file_name, s._line_no as line_no, {key}
        from (select * from known.{table.raw_name} natural semi join wanted) as s
        left join files on files.load_id = s._load_id
        order by files.file_name, s._line_no limit {limit}""",
        values,
    )
    rows = cursor.fetchall()
    columns = [column[0] for column in cursor.description][1:]
    return Traced(step, columns, [row[1:] for row in rows], rows[0][0] if rows else 0)
